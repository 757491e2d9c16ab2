//! A session's document, made: what may leave, the configured template, the place in the journal.

use super::config::Config;
use super::knowledge;
use super::store::Store;
use crate::export::{self, Given, Seal};
use crate::fault::Fault;
use crate::session::Session;

/// The bytes of a document.
///
/// # Errors
/// There is no such format, or the template can't be read or does not render.
pub fn document(config: &Config, session: &Session, seal: Option<&Seal>, format: &str) -> Result<Vec<u8>, Fault> {
    let template = knowledge::template(config)?;
    let template = template.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
    let outward = export::outward(session);
    export::document(&Given { session: &outward, template, seal }, format)
}

/// The place of a saved session at a record; `None` where the journal does not hold it.
pub fn seal(store: &Store, id: &str, record: u64) -> Option<Seal> {
    let head = store.chain_at(id, record).ok()??;
    Some(Seal { session: id.to_owned(), record, head: head.to_string() })
}
