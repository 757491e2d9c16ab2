//! The catalog: what is known of all saved sessions at once, kept in one cache file so that thousands
//! of them are listed, searched and compared within a key press.
//!
//! The cache holds nothing that can't be made again from the journals: a missing, damaged or older one
//! is made anew. Only masked text goes into it. It decides nothing and is never the truth.

mod cache;
mod documents;
mod entry;
mod find;
mod sync;

pub use cache::{Cache, FILE};
pub use find::{Catalog, rows};
pub use sync::{Place, bring_up_to_date};
