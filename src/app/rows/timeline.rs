//! Timeline: what happened when, as far as the evidence states it.

use crate::app::row::{Role, Row, place_name, support_mark};
use crate::domain::Stamp;
use crate::domain::report::RowKind;
use crate::session::Session;

/// The panel's rows.
pub fn rows(session: &Session) -> Vec<Row> {
    let Some(report) = &session.report else { return vec![Row::of(Role::Dim, "No report yet.")] };
    let mut out = Vec::new();
    let mut day = None;
    for r in &report.timeline {
        let here = match r.at {
            Stamp::Exact(t) => Some(format!("{} UTC", t.format("%Y-%m-%d"))),
            Stamp::Local(t) => Some(format!("{} (zone not known)", t.format("%Y-%m-%d"))),
            Stamp::Clock(_) => Some("date not known".to_owned()),
            Stamp::Yearless(..) => Some("year not known".to_owned()),
        };
        if here != day {
            out.extend(here.clone().map(Row::heading));
            day = here;
        }
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
        if let Some(cite) = r.what.citations.first() {
            row = row.bit(Role::Cite, format!("  [{}]", place_name(session, cite)));
        }
        out.push(row.citing(r.what.citations.first().cloned()));
    }
    if out.is_empty() {
        out.push(Row::of(Role::Dim, "Nothing given carries a time."));
    }
    out
}
