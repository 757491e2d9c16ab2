//! What kubectl printed → objects. Pure; never fails; what is not understood is passed over. It does
//! not judge what the objects mean.

mod api;
mod checks;
mod clocks;
mod dated;
mod describe;
mod described;
mod flow;
mod json;
mod lines;
mod listed;
mod manifest;
mod manifested;
mod model;
mod names;
mod nodes;
mod policy;
pub mod quantity;
mod read;
mod segments;
mod settled;
mod store;
mod table;
mod tree;

pub use clocks::{Clock, ClockSaid};
pub use model::{
    Amounts, Cluster, Condition, Container, Dated, Env, Event, Mount, Named, Node, Pair, Pod, PodSpec, Probe,
    ProbeKind, Quota, Reach, Reference, Said, Service, ServicePort, Sign, State, Storage, Unit, Workload,
};
pub use names::{schedule_of, workload_of};
pub use policy::{Admits, Policy};
pub use read::cluster;
