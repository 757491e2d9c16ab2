//! Answers that the evidence offers for a blank: what stands behind its name in a line, and what
//! stands under its name in a table. Offers are for a person to pick; none is filled in by itself.

use std::collections::BTreeSet;

use crate::analyst::naming;
use crate::domain::SubjectKind;
use crate::session::Session;

/// The most offers for a blank.
const MOST: usize = 12;
/// The most places in one source that are looked at.
const MOST_HITS: usize = 2_000;
/// The most rows of one table that are looked at.
const MOST_ROWS: usize = 2_000;

/// Values for a blank, in the order in which the evidence gives them: `namespace=shop`,
/// `--namespace shop`, `"namespace": "shop"`, `pod/web-1`, a table's column of that name, and for
/// what is a service here (`database`, `service`, a store's `host`) those that the report knows as such.
pub fn offers(session: &Session, name: &str) -> Vec<String> {
    let word = name.rsplit(['-', '_', ' ']).next().unwrap_or(name).to_ascii_lowercase();
    let mut out = Found::default();
    under(session, &word, &mut out);
    known(session, &word, &mut out);
    behind(session, &word, &mut out);
    out.kept
}

#[derive(Default)]
struct Found {
    kept: Vec<String>,
    seen: BTreeSet<String>,
}

impl Found {
    /// Keeps a value once; false when there is no room for more.
    fn keep(&mut self, value: &str) -> bool {
        let sound = value.len() > 1 && value.starts_with(|c: char| c.is_ascii_alphanumeric());
        if sound && self.kept.len() < MOST && self.seen.insert(value.to_owned()) {
            self.kept.push(value.to_owned());
        }
        self.kept.len() < MOST
    }
}

fn behind(session: &Session, word: &str, out: &mut Found) {
    let short = if word == "namespace" { r"|(?:^|\s)-n" } else { "" };
    let name = regex::escape(word);
    // A name alone needs a mark between it and the value: `pod failed` names no pod.
    let pattern = format!(
        r#"(?im)(?:\b{name}s?["']?\s*[=:/]\s*["']?|--{name}[\s=]|\b{name}\s+["'](?:[\w.-]+/)?{short}\s+)([a-z0-9][\w.-]*[a-z0-9])"#
    );
    let Ok(found) = regex::Regex::new(&pattern) else { return };
    for source in &session.evidence.sources {
        for hit in found.captures_iter(&source.text).take(MOST_HITS).filter_map(|c| c.get(1)) {
            if !out.keep(hit.as_str()) {
                return;
            }
        }
    }
}

/// The column of a table that bears the name, by where its heading stands: a cell begins there too.
fn under(session: &Session, word: &str, out: &mut Found) {
    for source in &session.evidence.sources {
        let mut column = None;
        let mut rows = 0;
        for text in source.text.lines() {
            if let Some(at) = column_of(text, word) {
                (column, rows) = (Some(at), 0);
                continue;
            }
            let Some(at) = column else { continue };
            rows += 1;
            match cell(text, at) {
                Some(cell) if rows <= MOST_ROWS => {
                    if !out.keep(cell) {
                        return;
                    }
                }
                _ => column = None,
            }
        }
    }
}

/// Where the column stands in a table's head, in bytes. Only capitals make a head; a table of pods
/// has them under `NAME`.
fn column_of(text: &str, word: &str) -> Option<usize> {
    if text.len() > 400 || text.chars().any(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let head = text.to_ascii_lowercase();
    let at = |name: &str| {
        let mut found = head.match_indices(name).map(|(at, _)| at);
        found.find(|at| cell(&head, *at) == Some(name))
    };
    let several = head.split_whitespace().count() > 1;
    let pods = || at("ready").and(at("restarts")).and(at("name")).filter(|_| word == "pod");
    at(word).or_else(pods).filter(|_| several)
}

/// The word that begins exactly here, behind a blank or at the line's begin.
fn cell(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let word = text.get(at..)?.split_whitespace().next()?;
    let begins = (before.is_empty() || before.ends_with(char::is_whitespace)) && text.get(at..)?.starts_with(word);
    begins.then_some(word)
}

fn known(session: &Session, word: &str, out: &mut Found) {
    for row in session.report.iter().flat_map(|r| &r.services) {
        let stores = word == "host" && naming::kind_of(&row.name) == SubjectKind::Database;
        let is = word == "service" || stores || row.role.as_deref().is_some_and(|r| r.eq_ignore_ascii_case(word));
        if is && !out.keep(&row.name) {
            return;
        }
    }
}
