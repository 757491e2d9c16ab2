//! The journal: nothing acknowledged is lost, whatever is cut, flipped, swapped, full or killed.

mod bytes;
mod folding;
mod memory;
mod script;
