//! The invented incident that the journal's tests play, and a journal of it in memory.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hotwash::journal::{Chain, Header, Record, format};
use hotwash::runtime::scripted;
use hotwash::session::Session;

pub const ID: &str = "01957b2e-0000-7000-8000-000000000001";
pub const SCRIPT: &str = include_str!("../../fixtures/journals/incident.jsonl");

pub fn begin() -> DateTime<Utc> {
    "2026-03-14T05:04:00Z".parse().unwrap()
}

/// The incident's records, the second one second after the first and so on.
pub fn records() -> Vec<Record> {
    scripted::records(SCRIPT, ID, 1, begin(), Duration::from_secs(1)).unwrap()
}

/// Notes only: records as small as they get.
pub fn notes(count: u64) -> Vec<Record> {
    let line = r#"{"by":{"person":"mira"},"event":{"type":"note_taken","kind":"note","text":"n"}}"#;
    let script = vec![line; count as usize].join("\n");
    scripted::records(&script, ID, 1, begin(), Duration::from_secs(1)).unwrap()
}

/// One segment that holds these records, and where each record ends.
pub fn segment(records: &[Record]) -> (Vec<u8>, Vec<usize>) {
    let mut chain = Chain::genesis(ID);
    let mut bytes = Header::new(ID, 1, 0, chain).line().into_bytes();
    let mut ends = Vec::new();
    for record in records {
        chain = format::frame(&chain, &format::payload(record).unwrap(), &mut bytes);
        ends.push(bytes.len());
    }
    (bytes, ends)
}

pub fn fold(records: &[Record]) -> Session {
    let mut session = Session::default();
    records.iter().for_each(|r| session.apply(r));
    session
}
