//! Tags of a saved session: words that people find it by. They are kept in its journal, as everything is.

use chrono::Utc;

use super::persist::{Persist, Urgency};
use super::store::{Opened, Store};
use crate::app::update::tags::changed;
use crate::fault::Fault;
use crate::journal::event::{Author, Event, Record};

/// Changes a saved session's tags as typed (`disk +urgent -old`); the tags it has then. With nothing
/// typed it changes nothing.
///
/// # Errors
/// There is no such session, it is open elsewhere or read-only, or a word is no tag.
pub fn tag(store: &Store, which: &str, typed: &str, by: &str) -> Result<Vec<String>, Fault> {
    let had = |records: &[Record]| {
        let last = records.iter().rev().find_map(|r| match &r.event {
            Event::Tagged { tags } => Some(tags.clone()),
            _ => None,
        });
        last.unwrap_or_default()
    };
    if typed.trim().is_empty() {
        return Ok(had(&store.load(which)?.records));
    }
    let (session, loaded) = match store.open(which)? {
        Opened::Writable(session, loaded) => (*session, loaded),
        Opened::ReadOnly(loaded) => {
            let why = loaded.read_only.unwrap_or_default();
            return Err(Fault::environment(format!("session {} can't be tagged: {why}", loaded.id), ""));
        }
    };
    let before = had(&loaded.records);
    let tags = changed(&before, typed).map_err(|why| Fault::usage(why, "for example: hotwash tag 0197 disk -old"))?;
    let tags: Vec<String> = tags.iter().map(|tag| super::masking::plain(tag)).collect();
    if tags == before {
        return Ok(tags);
    }
    let record = Record {
        seq: session.next_seq,
        at: Utc::now(),
        by: Author::Person(by.to_owned()),
        event: Event::Tagged { tags: tags.clone() },
    };
    let persist = Persist::spawn(session, |_| {})
        .map_err(|e| Fault::environment(format!("no thread for the journal: {}", super::files::reason(&e)), ""))?;
    persist.append(record, Urgency::Decision)?;
    match persist.flush_and_close().lost {
        None => Ok(tags),
        Some((_, fault)) => Err(fault),
    }
}
