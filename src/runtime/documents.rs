//! A session's document, made: what may leave, the configured template, the place in the journal; and
//! a document that left, held against the session.

use super::cast;
use super::config::Config;
use super::store::{Loaded, Store};
use super::{knowledge, languages};
use crate::analyst::grounding::pattern::Pattern;
use crate::export::{self, FORMATS, Given, Seal};
use crate::fault::Fault;
use crate::journal::Record;
use crate::session::Session;

/// The bytes of a document. `records` are asked for where a format is made of the journal itself.
///
/// # Errors
/// There is no such format, its records can't be read, or the template does not render.
pub fn document(
    config: &Config,
    session: &Session,
    records: impl FnOnce() -> Result<Vec<Record>, Fault>,
    seal: Option<&Seal>,
    format: &str,
) -> Result<Vec<u8>, Fault> {
    if format == "asciicast" {
        return Ok(cast::cast(&records()?, seal).into_bytes());
    }
    // A draft is in its report's language, and so is the template.
    let language = languages::of(session);
    // A journal from elsewhere says its language itself: only one that there is names a folder.
    let known = languages::messages(config)?.codes().any(|code| code == language);
    let template = knowledge::template(&config.clone().in_language(known.then_some(language)))?;
    let template = template.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
    let outward = export::outward(session);
    export::document(&Given { session: &outward, template, seal }, format)
}

/// The place of a saved session at a record; `None` where the journal does not hold it.
pub fn seal(store: &Store, id: &str, record: u64) -> Option<Seal> {
    let head = store.chain_at(id, record).ok()??;
    Some(Seal { session: id.to_owned(), record, head: head.to_string() })
}

static HEAD: Pattern = Pattern::new(r"\b[0-9a-f]{64}\b");

/// What became of a document that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The session gives these bytes in this format at this record.
    Same(&'static str, u64),
    /// It names this record of the session, and no format gives these bytes there.
    Differs(u64),
    /// A PDF that names this record: it carries the time it was made at and is not compared.
    Named(u64),
    /// It names no place of this session's journal.
    Foreign,
}

impl Held {
    /// True when nothing speaks against the document.
    pub fn holds(&self) -> bool {
        matches!(self, Self::Same(..) | Self::Named(_))
    }
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Same(format, record) => {
                write!(f, "document  holds: what the session gives as {format} at record {record}, byte for byte")
            }
            Self::Differs(record) => write!(
                f,
                "document  DIFFERS: its chain head is that of record {record}, and the session gives other bytes there; \
                 the document, the template or the program's version was changed"
            ),
            Self::Named(record) => {
                write!(f, "document  its chain head is that of record {record}; a PDF is not compared byte for byte")
            }
            Self::Foreign => write!(f, "document  DOES NOT HOLD: it names no chain head of this session"),
        }
    }
}

/// Holds a document against a session.
///
/// # Errors
/// The session can't be read, or the template can't.
pub fn held(config: &Config, store: &Store, loaded: &Loaded, which: &str, bytes: &[u8]) -> Result<Held, Fault> {
    let text = String::from_utf8_lossy(bytes);
    let heads: std::collections::BTreeSet<String> =
        HEAD.all(&text).iter().filter_map(|c| c.get(0)).map(|m| m.as_str().to_owned()).collect();
    let mut named = None;
    for head in heads {
        if let Some(record) = store.record_at(which, &head)? {
            named = Some(Seal { session: loaded.id.clone(), record, head });
            break;
        }
    }
    let Some(seal) = named else { return Ok(Held::Foreign) };
    if bytes.starts_with(b"%PDF-") {
        return Ok(Held::Named(seal.record));
    }
    let records = || Ok(loaded.records.iter().take_while(|r| r.seq <= seal.record).cloned().collect());
    // As the session has it, then as it can be said in each other language.
    let own = (config.clone(), Session::at(&loaded.records, seal.record));
    let codes = languages::messages(config)?;
    let others = codes.codes().filter(|code| *code != languages::of(&own.1)).filter_map(|code| {
        let config = config.clone().in_language(Some(code));
        let said = languages::said(&config, own.1.clone()).ok()?;
        Some((config, said))
    });
    for (config, session) in std::iter::once(own.clone()).chain(others) {
        for format in FORMATS.iter().filter(|f| f.name != "pdf") {
            if document(&config, &session, records, Some(&seal), format.name)? == bytes {
                return Ok(Held::Same(format.name, seal.record));
            }
        }
    }
    Ok(Held::Differs(seal.record))
}
