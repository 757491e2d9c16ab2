//! What kubectl printed → objects. Pure; never fails; what is not understood is passed over. It does
//! not judge what the objects mean.

mod names;

pub use names::workload_of;
