//! Notices: everything intake noticed, per source, and what the report noticed besides.

use super::evidence::{notice_row, notices as of_source};
use crate::app::row::{Role, Row, Subject};
use crate::session::Session;

/// The panel's rows.
pub fn rows(session: &Session) -> Vec<Row> {
    let mut out = Vec::new();
    for (n, source) in session.evidence.sources.iter().enumerate() {
        let mut said = of_source(session, n).peekable();
        if said.peek().is_none() {
            continue;
        }
        out.push(Row::heading(format!("▌ {}", source.name)).about(Subject::Source(source.id.0)));
        out.extend(said.map(|x| notice_row(x).about(Subject::Source(source.id.0))));
    }
    let known: Vec<_> = (0..session.evidence.sources.len()).flat_map(|n| of_source(session, n)).collect();
    let mut more =
        session.report.iter().flat_map(|r| &r.notices).filter(|n| !known.iter().any(|k| k.is_same(n))).peekable();
    if more.peek().is_some() {
        out.push(Row::heading("▌ noticed by the investigation"));
        out.extend(more.map(notice_row));
    }
    if session.unknown_events > 0 {
        let text = match session.unknown_events {
            1 => "1 record is of a kind this version does not know".to_owned(),
            n => format!("{n} records are of kinds this version does not know"),
        };
        out.push(Row::of(Role::Warn, "     ! ").bit(Role::Text, text).hang(7));
    }
    if out.is_empty() {
        out.push(Row::of(Role::Dim, "Nothing was noticed."));
    }
    out
}

/// How many notices there are.
pub fn count(session: &Session) -> usize {
    (0..session.evidence.sources.len()).map(|n| of_source(session, n).count()).sum()
}
