//! A folder of postmortems in Markdown as history: each file is read, masked and kept like a session,
//! so that it is found and compared with. The files themselves are only read.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::Error;

use super::cache::Cache;
use super::entry::{Entry, Texts};
use super::sync::{Mark, Place, marks, put, remove};
use crate::analyst::likeness::{Words, signature};
use crate::analyst::naming;
use crate::analyst::playbook::PastIncident;
use crate::intake;
use crate::runtime::history::Row;
use crate::runtime::masking;

/// The most files that are read.
const MOST_FILES: usize = 5_000;
/// How deep folders are looked into.
const DEEPEST: usize = 6;
/// The largest file, in bytes; a larger one is listed and not read.
const LARGEST: u64 = 1024 * 1024;
/// The longest sentence that is told as the fix.
const LONGEST: usize = 240;

/// Brings the cache up to date with a folder; without one, what was known of any is forgotten.
///
/// # Errors
/// The cache's.
pub(super) fn bring_up_to_date(cache: &mut Cache, folder: Option<&Path>) -> Result<(), Error> {
    let known: HashMap<String, Mark> = marks(cache)?
        .into_iter()
        .filter_map(|((place, id), mark)| (place == Place::Documents.name()).then_some((id, mark)))
        .collect();
    if folder.is_none() && known.is_empty() {
        return Ok(());
    }
    let mut there: BTreeMap<String, Mark> = BTreeMap::new();
    if let Some(folder) = folder {
        gather(folder, 0, &mut there);
    }
    let transaction = cache.connection.transaction()?;
    for id in known.keys().filter(|id| !there.contains_key(*id)) {
        remove(&transaction, Place::Documents, id)?;
    }
    for (path, mark) in there.iter().filter(|(path, mark)| known.get(*path) != Some(mark)) {
        put(&transaction, Place::Documents, Some(mark), &read(Path::new(path)))?;
    }
    transaction.commit()
}

/// The Markdown files below a folder, without hidden ones and without following links.
fn gather(folder: &Path, depth: usize, out: &mut BTreeMap<String, Mark>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or(".");
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        if name.starts_with('.') || out.len() >= MOST_FILES {
            continue;
        }
        if meta.is_dir() && depth < DEEPEST {
            gather(&path, depth + 1, out);
        } else if meta.is_file() && (name.ends_with(".md") || name.ends_with(".markdown")) {
            let changed = meta.modified().map(|t| DateTime::<Utc>::from(t).timestamp_nanos_opt().unwrap_or(0));
            let size = i64::try_from(meta.len()).unwrap_or(i64::MAX);
            let mark = Mark { folder: 0, segment: String::new(), size, changed: changed.unwrap_or(0) };
            out.insert(path.display().to_string(), mark);
        }
    }
}

fn read(path: &Path) -> Entry {
    let mut bytes = Vec::new();
    let open = fs::File::open(path).and_then(|f| f.take(LARGEST + 1).read_to_end(&mut bytes));
    let fault = match open {
        Err(e) => Some(crate::runtime::folder::words(&e)),
        Ok(n) if n as u64 > LARGEST => Some("it is larger than 1 MiB".to_owned()),
        Ok(_) => None,
    };
    if fault.is_some() {
        let id = path.display().to_string();
        let row = Row { document: Some(id.clone()), id, fault, ..Row::default() };
        return Entry { row, texts: Texts::default(), past: None };
    }
    let text = intake::admit(&bytes, &mut masking::fresh()).text;
    entry(path, text)
}

/// The entry of a document. What it does not say stays unknown: its fault's kind is never guessed.
fn entry(path: &Path, text: String) -> Entry {
    let id = path.display().to_string();
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let heading = text.lines().find_map(|l| l.strip_prefix("# ")).map(|t| t.trim().to_owned());
    let title = heading.unwrap_or_else(|| stem.clone());
    let head: String = text.chars().take(4_000).collect();
    let day = day_in(&stem).or_else(|| day_in(&head));
    let started = day.and_then(|d| d.and_hms_opt(0, 0, 0)).map(|t| t.and_utc());
    let severity = ["1", "2", "3"]
        .into_iter()
        .filter_map(|n| head.to_uppercase().replace("SEV-", "SEV").find(&format!("SEV{n}")).map(|at| (at, n)))
        .min()
        .map(|(_, n)| format!("SEV{n}"));
    let sections = sections(&text);
    let of = |names: &[&str]| {
        let found = sections.iter().find(|(name, _)| names.iter().any(|n| name.contains(n)));
        found.map(|(_, body)| sentences(body)).unwrap_or_default()
    };
    let fixed = of(&["resolution", "mitigation", "remediation", "recovery", "how it was fixed", "how we fixed"]);
    let cause = of(&["root cause", "cause", "contributing"]);
    let mut words = Words::default();
    words.take(&title, 3);
    cause.iter().for_each(|s| words.take(s, 2));
    words.take(&head, 1);
    let mut signatures: Vec<String> = fenced(&text).filter_map(signature).collect();
    signatures.dedup();
    signatures.truncate(crate::analyst::likeness::MOST_SIGNATURES);
    let past = PastIncident {
        id: id.clone(),
        title: title.clone(),
        day: day.map_or_else(String::new, |d| d.to_string()),
        services: services(&text),
        outcome: cause.first().cloned().unwrap_or_default(),
        signatures,
        words: words.most(),
        trigger: of(&["trigger"]).into_iter().next().unwrap_or_default(),
        fixed: fixed.into_iter().take(2).map(|s| format!("told as the fix: {s}")).collect(),
        ..PastIncident::default()
    };
    let row = Row {
        document: Some(id.clone()),
        id,
        title: title.clone(),
        started,
        severity,
        bytes: text.len() as u64,
        ..Row::default()
    };
    Entry { row, texts: Texts { title, postmortem: text, ..Texts::default() }, past: Some(past) }
}

/// The first day of the form `2026-06-02` in a text.
fn day_in(text: &str) -> Option<NaiveDate> {
    text.char_indices().find_map(|(at, _)| text.get(at..at + 10).filter(|d| d.starts_with("20"))?.parse().ok())
}

/// The sections by their headings in small letters, without the fences' lines.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = vec![(String::new(), String::new())];
    for line in text.lines() {
        let name = line.trim_start_matches('#');
        if name.len() < line.len() && name.starts_with(' ') {
            out.push((name.trim().to_lowercase(), String::new()));
        } else if let Some((_, body)) = out.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    out
}

/// The first sentences or points of a section.
fn sentences(body: &str) -> Vec<String> {
    let plain = |l: &str| l.trim().trim_start_matches(['-', '*', '>', ' ']).trim().to_owned();
    let lines = body.lines().map(plain).filter(|l| l.len() > 3 && !l.starts_with(['|', '`', '<', '!']));
    lines.take(4).map(|l| l.chars().take(LONGEST).collect()).collect()
}

/// The lines within code fences: what was pasted into the document.
fn fenced(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |l| {
        let fence = l.trim_start().starts_with("```");
        inside ^= fence;
        inside && !fence
    })
}

/// The names of services that stand at least twice, the most named first.
fn services(text: &str) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines().take(5_000) {
        for (name, _) in naming::names_in(line) {
            *counts.entry(name).or_default() += 1;
        }
    }
    let mut all: Vec<(String, usize)> = counts.into_iter().filter(|(_, n)| *n > 1).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.into_iter().take(8).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_tells_its_day_severity_cause_and_fix_and_no_kind_of_fault() {
        let text = "# Orders failed after the cache moved\n\nDate: 2026-03-04, SEV-2\n\n## Root cause\n\n\
                    order-svc held too many connections to order-db.\n\norder-svc and order-db were hit.\n\n\
                    ## Resolution\n\n- The pool was made smaller.\n- order-svc was restarted.\n\n\
                    ```\nERROR pool exhausted for order-db\n```\n";
        let e = entry(Path::new("/x/2025.md"), text.to_owned());
        let past = e.past.unwrap();
        assert_eq!((e.row.title.as_str(), past.day.as_str()), ("Orders failed after the cache moved", "2026-03-04"));
        assert_eq!(e.row.severity.as_deref(), Some("SEV2"));
        assert_eq!(past.fixed[0], "told as the fix: The pool was made smaller.");
        assert_eq!(past.outcome, "order-svc held too many connections to order-db.");
        assert_eq!((past.fault_kind.as_str(), past.playbook.as_str()), ("", ""));
        assert_eq!(past.signatures, ["ERROR pool exhausted for order-db"]);
        assert!(past.services.contains(&"order-svc".to_owned()), "{:?}", past.services);
    }

    #[test]
    fn any_text_is_an_entry() {
        for text in ["", "#", "```", "20", "# \n## \n", "2026-99-99 SEV", "\u{fe0f}2026-0\u{e9}"] {
            let _ = entry(Path::new("x.md"), text.to_owned());
        }
    }
}
