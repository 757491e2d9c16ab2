//! One log line → what its head states: stamps, levels, service, and where the message begins.
//!
//! Every form is tried on every line; nothing is remembered from line to line here (a heading that
//! changes how the following lines read is `intake::lines`'s). A line that states nothing gives an
//! empty [`Head`]. No meaning is read out of messages.

mod bracket;
mod clock;
mod date;
mod head;
mod json;
mod keyed;
mod level;
mod words;

pub use clock::Zone;
pub use date::{Found, stamp_of};
pub use head::{Head, NameKind, Shape, head};
pub use json::{Field, fields};
pub use level::level_of;
