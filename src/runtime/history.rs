//! The saved sessions as a list, and the search over them. A row costs the journal's head and tail,
//! not its fold: no index is kept, so none can be wrong. What is listed is not verified.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use aho_corasick::AhoCorasick;
use chrono::{DateTime, Utc};
use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::folder::{Folder, words};
use super::segments::{BLOBS, segment_number};
use super::store::{IMPORTED, Store};
use crate::app::{HomeRow, SavedKind};
use crate::domain::showable::clean;
use crate::fault::Fault;
use crate::journal::format::FRAME;
use crate::journal::{Event, Record};

/// A journal up to this size is looked at whole.
const WHOLE: u64 = 1024 * 1024;
/// Of a longer one, so much of its beginning …
const HEAD: u64 = 128 * 1024;
/// … and of its end.
const TAIL: u64 = 512 * 1024;
/// Where in a payload the event's type stands at the latest, in bytes.
const TYPE_WITHIN: usize = 512;
/// The longest excerpt around what was found, in characters.
const EXCERPT: usize = 100;

/// One saved session.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its title, possibly empty.
    pub title: String,
    /// The service the caller named.
    pub service: Option<String>,
    /// When it was started.
    pub started: Option<DateTime<Utc>>,
    /// The last record's time.
    pub last: Option<DateTime<Utc>>,
    /// `SEV1` to `SEV3`, or `undecided`; nothing before the first report.
    pub severity: Option<String>,
    /// How many records it holds.
    pub records: u64,
    /// What it takes on disk, with its blobs.
    pub bytes: u64,
    /// Why it can't be listed whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Where the searched text stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The tags that people gave it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// True for a session that came from an archive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
    /// The path, where it is a postmortem in a file and no session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

impl From<Row> for HomeRow {
    fn from(row: Row) -> Self {
        let kind = match (&row.document, row.imported) {
            (Some(_), _) => SavedKind::Document,
            (None, true) => SavedKind::Imported,
            (None, false) => SavedKind::Session,
        };
        let Row { id, title, service, started, last, severity, records, fault, found, tags, .. } = row;
        let title = fault.map_or(title, |why| format!("(cannot be read: {why})"));
        let (severity, service) = (severity.unwrap_or_default(), service.unwrap_or_default());
        Self { id, title, started, last, severity, records, service, tags, kind, found }
    }
}

/// All saved sessions, the last begun first.
pub fn rows(store: &Store) -> Result<Vec<Row>, Fault> {
    let sessions = store.sessions_path();
    let ids = store.ids()?;
    let Some(folder) = (!ids.is_empty()).then(|| Folder::open(&sessions)).transpose().ok().flatten() else {
        return Ok(Vec::new());
    };
    Ok(ids.into_iter().rev().map(|id| row(&folder, id)).collect())
}

/// The sessions in which a text stands: in titles, evidence, reports, notes, commands, outputs or the
/// postmortem. Large and small letters are the same.
pub fn search(store: &Store, text: &str) -> Result<Vec<Row>, Fault> {
    let escaped = serde_json::to_string(text).unwrap_or_default();
    any(store, &[text, escaped.trim_matches('"')])
}

/// The sessions in which any of some words stands, as [`search`] finds one text.
///
/// # Errors
/// Those of [`search`].
pub fn any(store: &Store, words: &[&str]) -> Result<Vec<Row>, Fault> {
    let find = AhoCorasick::builder().ascii_case_insensitive(true).build(words);
    let find = find.map_err(|e| Fault::usage(format!("cannot search for that: {e}"), "give a shorter text"))?;
    let folder = Folder::open(&store.sessions_path());
    let mut out = Vec::new();
    for mut row in rows(store)? {
        let hit = folder.as_ref().is_ok_and(|f| mentions(f, &row.id, &find).unwrap_or(true));
        if !hit {
            continue;
        }
        // The bytes may hold it as a key or a name of ours: what counts is what a person would read.
        let Ok(loaded) = store.load(&row.id) else { continue };
        if let Some(found) = loaded.records.iter().rev().find_map(|r| found_in(r, &find)) {
            row.found = Some(found);
            out.push(row);
        }
    }
    Ok(out)
}

/// A row as one line of text (two where a search found something), safe to print.
pub fn line(row: &Row) -> String {
    let begun = row.started.map_or_else(|| "date unknown     ".into(), |t| t.format("%Y-%m-%d %H:%MZ").to_string());
    let severity = row.severity.as_deref().unwrap_or("-");
    let title = match &row.fault {
        Some(why) => format!("(cannot be read: {why})"),
        None if row.title.is_empty() => "(no title)".into(),
        None => row.title.clone(),
    };
    let Row { id, records, bytes, .. } = row;
    let mut line = match &row.document {
        Some(path) => format!("{begun}  {severity:<9}  document  {title}  {path}"),
        None => {
            format!("{id}  {begun}  {severity:<9}  {records:>6} records  {:>6} KiB  {title}", bytes.div_ceil(1024))
        }
    };
    if row.imported {
        line.push_str("  (imported)");
    }
    row.tags.iter().for_each(|tag| line.push_str(&format!("  #{tag}")));
    if let Some(found) = &row.found {
        line.push_str(&format!("\n    {found}"));
    }
    clean(&line).into_owned()
}

fn row(sessions: &Folder, id: String) -> Row {
    let mut row = Row { id, ..Row::default() };
    if let Err(e) = fill(sessions, &mut row) {
        row.fault = Some(words(&e));
    }
    row
}

fn fill(sessions: &Folder, row: &mut Row) -> io::Result<()> {
    let folder = sessions.child(&row.id)?;
    let names = folder.names()?;
    let segments: Vec<&String> = names.iter().filter(|n| segment_number(n).is_some()).collect();
    let sizes: Vec<u64> = segments.iter().map(|n| folder.size(n).unwrap_or(0)).collect();
    (row.bytes, row.imported) = (bytes(&folder)?, folder.size(IMPORTED).is_some());
    let mut facts = Facts::default();
    let last = segments.len().saturating_sub(1);
    for (i, (name, size)) in segments.iter().zip(&sizes).enumerate() {
        let mut file = folder.read(name)?;
        if *size <= WHOLE {
            facts.look(&part(&mut file, 0, WHOLE)?);
            continue;
        }
        if i == 0 {
            facts.look(&part(&mut file, 0, HEAD)?);
        }
        if i == last {
            facts.look(&part(&mut file, size - TAIL, TAIL)?);
        }
    }
    facts.give(row);
    Ok(())
}

/// What a session takes on disk: its segments and blobs.
pub fn bytes(folder: &Folder) -> io::Result<u64> {
    let names = folder.names()?;
    let mut sum: u64 = names.iter().filter(|n| segment_number(n).is_some()).filter_map(|n| folder.size(n)).sum();
    if names.iter().any(|n| n == BLOBS) {
        let blobs = folder.child(BLOBS)?;
        sum += blobs.names()?.iter().filter_map(|n| blobs.size(n)).sum::<u64>();
    }
    Ok(sum)
}

fn part(file: &mut File, from: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The payloads that a row is made of.
#[derive(Default)]
struct Facts {
    started: Option<Vec<u8>>,
    title: Option<Vec<u8>>,
    tags: Option<Vec<u8>>,
    report: Option<Vec<u8>>,
    last: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct When {
    seq: u64,
    at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct ReportLine {
    event: ReportEvent,
}

#[derive(Deserialize)]
struct ReportEvent {
    report: ReportFacts,
}

#[derive(Deserialize)]
struct ReportFacts {
    title: String,
    severity: Level,
}

#[derive(Deserialize)]
struct Level {
    level: Option<String>,
}

impl Facts {
    /// Notes the lines of interest. A line that is cut at an edge is none.
    fn look(&mut self, bytes: &[u8]) {
        let mut begin = 0;
        let mut newest: Option<&[u8]> = None;
        for end in memchr::memchr_iter(b'\n', bytes) {
            let line = bytes.get(begin..end).unwrap_or_default();
            begin = end + 1;
            let Some(payload) = line.get(FRAME..).filter(|p| line.starts_with(b"= ") && p.ends_with(b"}")) else {
                continue;
            };
            newest = Some(payload);
            let slot = match kind(payload) {
                Some(b"session_started") => &mut self.started,
                Some(b"title_changed") => &mut self.title,
                Some(b"tagged") => &mut self.tags,
                Some(b"report_ready") => &mut self.report,
                _ => continue,
            };
            *slot = Some(payload.to_vec());
        }
        if let Some(newest) = newest {
            self.last = Some(newest.to_vec());
        }
    }

    fn give(self, row: &mut Row) {
        let record = |p: &Option<Vec<u8>>| p.as_ref().and_then(|p| serde_json::from_slice::<Record>(p).ok());
        if let Some(When { seq, at }) = self.last.and_then(|p| serde_json::from_slice(&p).ok()) {
            row.records = seq;
            row.last = Some(at);
        }
        if let Some(Record { at, event: Event::SessionStarted { title, service, .. }, .. }) = record(&self.started) {
            (row.started, row.title, row.service) = (Some(at), title, service);
        }
        if let Some(Record { event: Event::TitleChanged { title }, .. }) = record(&self.title) {
            row.title = title;
        }
        if let Some(Record { event: Event::Tagged { tags }, .. }) = record(&self.tags) {
            row.tags = tags;
        }
        let report = self.report.and_then(|p| serde_json::from_slice::<ReportLine>(&p).ok());
        if let Some(facts) = report.map(|l| l.event.report) {
            let ReportFacts { title, severity, .. } = facts;
            row.severity = Some(severity.level.unwrap_or_else(|| "undecided".into()));
            if row.title.is_empty() {
                row.title = title;
            }
        }
    }
}

/// The event's type: it stands early in the payload, and in this form nowhere within a string.
fn kind(payload: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = br#""event":{"type":""#;
    let early = payload.get(..TYPE_WITHIN).unwrap_or(payload);
    let rest = early.get(memmem::find(early, MARK)? + MARK.len()..)?;
    rest.get(..memchr::memchr(b'"', rest)?)
}

fn mentions(sessions: &Folder, id: &str, find: &AhoCorasick) -> io::Result<bool> {
    let folder = sessions.child(id)?;
    let mut bytes = Vec::new();
    let mut holds = |folder: &Folder, name: &str| -> io::Result<bool> {
        bytes.clear();
        folder.read(name)?.read_to_end(&mut bytes)?;
        Ok(find.is_match(&bytes))
    };
    for name in folder.names()? {
        if segment_number(&name).is_some() && holds(&folder, &name)? {
            return Ok(true);
        }
    }
    let blobs = match folder.child(BLOBS) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        blobs => blobs?,
    };
    for name in blobs.names()? {
        if holds(&blobs, &name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where a record says it: what sort of text, and the text around it.
fn found_in(record: &Record, find: &AhoCorasick) -> Option<String> {
    let within = |what: &str, text: &str| find.find(text).map(|m| format!("{what}: {}", around(text, m.range())));
    match &record.event {
        Event::SessionStarted { title, service, .. } => {
            within("title", title).or_else(|| within("service", service.as_deref().unwrap_or_default()))
        }
        Event::TitleChanged { title } => within("title", title),
        Event::SourceAdded { name, body, .. } => within(name, body.as_str()).or_else(|| within("source", name)),
        Event::ReportReady { report, .. } => {
            let claims = report.hypotheses.iter().map(|h| h.statement.as_str());
            let mut texts = [report.title.as_str(), report.summary.text.as_str()].into_iter().chain(claims);
            texts.find_map(|text| within("report", text))
        }
        Event::UpdateMade { text, .. } => within("update", text),
        Event::Tagged { tags } => within("tags", &tags.join(" ")),
        Event::NoteTaken { text, .. } => within("note", text),
        Event::LeadOffered { name, .. } => within("offer", name),
        Event::PeerSaid { message } => message.saying().and_then(|s| within("peer", s.text())),
        Event::QuestionAsked { text, .. } => within("question", text),
        Event::HypothesisAdded { statement, .. } => within("hypothesis", statement),
        Event::HypothesisJudged { reason, .. } | Event::HypothesisRanked { reason, .. } => within("judgement", reason),
        Event::RunApproved { command, .. } | Event::CommandAllowed { command, .. } => within("command", command),
        Event::RunEnded { output, .. } => within("output", output.as_str()),
        Event::PostmortemEdited { body } | Event::PostmortemDrafted { body } => within("postmortem", body.as_str()),
        _ => None,
    }
}

/// The line around a place, shortened.
pub(super) fn around(text: &str, at: std::ops::Range<usize>) -> String {
    let before = text.get(..at.start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |n| n + 1);
    let lead: Vec<char> = before.get(line_start..).unwrap_or_default().chars().rev().take(EXCERPT / 3).collect();
    let lead: String = lead.into_iter().rev().collect();
    let rest = text.get(at.start..).unwrap_or_default();
    let rest: String = rest.chars().take_while(|c| *c != '\n').take(EXCERPT - EXCERPT / 3).collect();
    format!("{lead}{rest}").trim().to_owned()
}
