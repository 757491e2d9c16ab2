//! The journal: the append-only record of a session, over `Read` and `Write`. It knows no paths and
//! no clock; time, author and sequence arrive from outside.

pub mod event;

pub use event::{Author, Body, Event, Record};
