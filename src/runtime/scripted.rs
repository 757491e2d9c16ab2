//! A session that plays a script: what the kill tests run as a process of its own. It goes the way of
//! the live loop (store, writer thread, acknowledgements), without a terminal.
//!
//! A script is JSON lines of `{"by": …, "event": …}`; in place of a body stands its text.

use std::sync::mpsc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::persist::{Persist, Urgency};
use super::store::{OpenSession, Opened, Store};
use crate::app::Input;
use crate::fault::Fault;
use crate::journal::event::{Author, Body, Event, Record};

#[derive(Deserialize)]
struct Line {
    by: Author,
    event: Value,
}

/// The records of a script: numbered from `first`, the first at `begin`, one every `every`.
pub fn records(
    script: &str,
    id: &str,
    first: u64,
    begin: DateTime<Utc>,
    every: Duration,
) -> Result<Vec<Record>, Fault> {
    let mut out = Vec::new();
    let (mut seq, mut at) = (first, begin);
    for (i, line) in script.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let bad = |e: serde_json::Error| Fault::input(format!("line {} of the script: {e}", i + 1), "");
        let Line { by, mut event } = serde_json::from_str(line).map_err(bad)?;
        for key in ["body", "output"] {
            if let Some(Value::String(text)) = event.get(key) {
                let Body { digest, len, text } = Body::new(text.as_str());
                let body = serde_json::json!({"digest": digest, "len": len, "text": text});
                event.as_object_mut().map(|o| o.insert(key.into(), body));
            }
        }
        if event.get("id").and_then(Value::as_str) == Some("$ID") {
            event.as_object_mut().map(|o| o.insert("id".into(), id.into()));
        }
        let event: Event = serde_json::from_value(event).map_err(bad)?;
        out.push(Record { seq, at, by, event });
        seq += 1;
        at += every;
    }
    Ok(out)
}

/// Plays the script into the session `id` under `store`, which is made or gone on with. `say` hears the
/// acknowledgements as they come.
pub fn run(store: &Store, id: &str, script: &str, say: impl Fn(&Input) + Send + 'static) -> Result<u64, Fault> {
    let session: OpenSession = if store.ids()?.iter().any(|known| known == id) {
        match store.open(id)? {
            Opened::Writable(session, _) => *session,
            Opened::ReadOnly(loaded) => {
                return Err(Fault::environment(loaded.read_only.unwrap_or_default(), ""));
            }
        }
    } else {
        store.create_as(id)?
    };
    let records = records(script, id, session.next_seq, Utc::now(), Duration::from_millis(7))?;
    let (tell, told) = mpsc::channel();
    let ack = move |input: Input| {
        say(&input);
        let _ = tell.send(input);
    };
    let persist = Persist::spawn(session, ack).map_err(|e| Fault::environment(format!("no writer thread: {e}"), ""))?;
    let mut failing = false;
    for record in records {
        let (seq, urgency) = (record.seq, Urgency::of(&record.event));
        persist.append(record, urgency)?;
        // A decision is waited for, as the live loop does before it acts on one; not while saving fails.
        if urgency != Urgency::Decision {
            continue;
        }
        loop {
            match told.recv_timeout(if failing { Duration::from_millis(2) } else { Duration::from_secs(10) }) {
                Ok(Input::Saved(n)) => {
                    failing = false;
                    if n >= seq {
                        break;
                    }
                }
                Ok(Input::SaveFailed(_)) => failing = true,
                _ => break,
            }
        }
    }
    let closed = persist.flush_and_close();
    match closed.lost {
        Some((_, fault)) => Err(fault),
        None => Ok(closed.seq),
    }
}
