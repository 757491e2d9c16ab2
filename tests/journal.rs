//! The journal: nothing acknowledged is lost, whatever is cut, flipped, swapped, full or killed.

mod bytes;
mod disk;
mod folding;
mod kill;
mod listing;
mod memory;
mod sample;
pub mod script;
