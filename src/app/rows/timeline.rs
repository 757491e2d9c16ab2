//! Timeline: what happened when, as far as the evidence states it, and what people stamped into it.

use crate::analyst::report::untrusted::{FROM_LOG_TEXT, repeats_untrusted};
use chrono::{DateTime, Utc};

use super::notes::kind_word;
use crate::app::row::{Role, Row, place_name, support_mark};
use crate::app::standing::author_name;
use crate::domain::Stamp;
use crate::domain::report::{RowKind, TimelineRow};
use crate::session::{Note, Session};

/// The panel's rows. A scribe's line stands before the first dated row that is later; where the
/// evidence's rows carry no date, behind them: which came first is not known then.
pub fn rows(session: &Session) -> Vec<Row> {
    let told: &[TimelineRow] = session.report.as_ref().map_or(&[], |r| &r.timeline);
    if session.report.is_none() && session.notes.is_empty() {
        return vec![Row::of(Role::Dim, "No report yet.")];
    }
    let mut out = Out::default();
    let mut notes = session.notes.iter().peekable();
    for r in told {
        while let (Stamp::Exact(at), Some(note)) = (r.at, notes.peek()) {
            if note.at >= at {
                break;
            }
            out.put(day_of(note.at), noted(note));
            notes.next();
        }
        let day = match r.at {
            Stamp::Exact(t) => day_of(t),
            Stamp::Local(t) => format!("{} (zone not known)", t.format("%Y-%m-%d")),
            Stamp::Clock(_) => "date not known".to_owned(),
            Stamp::Yearless(..) => "year not known".to_owned(),
        };
        out.put(day, happened(session, r));
    }
    notes.for_each(|note| out.put(day_of(note.at), noted(note)));
    if out.rows.is_empty() {
        out.rows.push(Row::of(Role::Dim, "Nothing given carries a time."));
    }
    out.rows
}

#[derive(Default)]
struct Out {
    rows: Vec<Row>,
    day: String,
}

impl Out {
    fn put(&mut self, day: String, row: Row) {
        if day != self.day {
            self.rows.push(Row::heading(day.clone()));
            self.day = day;
        }
        self.rows.push(row);
    }
}

fn day_of(at: DateTime<Utc>) -> String {
    format!("{} UTC", at.format("%Y-%m-%d"))
}

fn noted(note: &Note) -> Row {
    Row::of(Role::Strong, format!("{:<8} ", note.at.format("%H:%M:%S")))
        .bit(Role::Decision, format!("{:<9}", kind_word(note.kind)))
        .bit(Role::Text, note.text.clone())
        .bit(Role::Dim, format!("  — {}", author_name(&note.by)))
        .hang(18)
}

fn happened(session: &Session, r: &TimelineRow) -> Row {
    let (role, word) = match r.kind {
        RowKind::Change => (Role::Info, "change"),
        RowKind::Symptom => (Role::Warn, "symptom"),
        RowKind::Cause => (Role::Bad, "CAUSE"),
        RowKind::Alert => (Role::Warn, "alert"),
        RowKind::Action => (Role::Decision, "action"),
        RowKind::Recovery => (Role::Good, "recovery"),
        RowKind::Note => (Role::Dim, "note"),
    };
    let mut row = Row::of(Role::Strong, format!("{:<8} ", r.at.clock())).bit(role, format!("{word:<9}")).hang(18);
    if let Some(service) = &r.service {
        row = row.bit(Role::Info, format!("{service} "));
    }
    if let Some((word, role)) = support_mark(&r.what) {
        row = row.bit(role, word);
    }
    row = row.bit(Role::Text, r.what.text.clone());
    if repeats_untrusted(&r.what) {
        row = row.bit(Role::Mark, format!(" {FROM_LOG_TEXT}"));
    }
    if let Some(cite) = r.what.citations.first() {
        row = row.bit(Role::Cite, format!("  [{}]", place_name(session, cite)));
    }
    row.citing(r.what.citations.first().cloned())
}
