//! The journal: the append-only record of a session, over `Read` and `Write`. It knows no paths and
//! no clock; time, author and sequence arrive from outside. docs/journal.md is the format's description.

pub mod attend;
pub mod beacon;
pub mod course;
pub mod event;
pub mod feed;
pub mod format;
pub mod peer;
pub mod reader;
pub mod seal;
pub mod verify;
pub mod writer;

pub use course::Course;
pub use event::{Author, Body, Event, Record};
pub use feed::Feed;
pub use format::{Chain, Header};
pub use reader::{Damage, Journal, Segment, Tail};
pub use verify::Verification;
pub use writer::{Media, Medium, Writer};
