//! What notes and prose state by themselves: dated things, and the single changes of a change note.
//!
//! Used where no tool has put the same into the casebook. It reads what is written; it infers nothing.

use chrono::NaiveTime;

use super::wording::sentence;
use crate::analyst::casebook::Change;
use crate::analyst::grounding::pattern::{Pattern, group};
use crate::domain::report::{RowKind, TimelineRow};
use crate::domain::{Claim, Evidence, Line, MonthDay, SourceId, Span, Stamp};

/// Dated notes above which a paste is a log, whose rows the tools choose.
const MOST: usize = 40;

static CLOCK: Pattern = Pattern::new(r"(?:\b|T)(\d{1,2}:\d{2}(?::\d{2})?)(?:\b|Z)");
static HALF: Pattern = Pattern::new(r"(?i)\b\d{1,2}:\d\d ?[ap]\.?m\b");
static CHANGELOG: Pattern =
    Pattern::new(r#"(?i)\b(?:changelog|release notes?|changes(?: in this release)?)\b\s*[:=-]\s*["“']?([^"”\n]+)"#);
static DEPLOYED: Pattern = Pattern::new(r"(?i)\b(?:deploy(?:ed|ment)?|roll(?:ed )?out|rollout|released?)\b");
static VERSION: Pattern = Pattern::new(r"\b(v\d+(?:\.\d+)*|\d+\.\d+\.\d+)\b");
static NAME: Pattern = Pattern::new(r"\b([a-z][a-z0-9]*(?:-[a-z0-9]+)+)\b");

/// Words that say what a dated note is about, the first that hits decides.
static KINDS: [(Pattern, RowKind); 6] = [
    (Pattern::new(r"(?i)\b(?:page[dr]?|pager|alert(?:ed|s)?|alarm)\b"), RowKind::Alert),
    (
        Pattern::new(r"(?i)\b(?:recover\w*|resolved|back to normal|restored|service operational|mitigated)\b"),
        RowKind::Recovery,
    ),
    (
        Pattern::new(
            r"(?i)\b(?:rolled back|rollback|revert\w*|restarted|scaled (?:up|down)|failed over|drained|cordoned)\b",
        ),
        RowKind::Action,
    ),
    (Pattern::new(r"(?i)\b(?:grow(?:th|s|ing)?|trend|baseline|stable)\b"), RowKind::Note),
    (
        Pattern::new(
            r"(?i)\b(?:deploy\w*|rollout|roll(?:ed|ing) out|released?|complete[d]? by|(?:config|flag|schema) change\w*|migrat\w*|applied)\b",
        ),
        RowKind::Change,
    ),
    (
        Pattern::new(
            r"(?i)\b(?:oom\w*|crash\w*|kill\w*|error\w*|fail\w*|dip\w*|drop\w*|fell|5xx|time(?:d)? ?outs?|down|unavailable|degrad\w*|slow\w*|latency|exhaust\w*|reaches 0)\b",
        ),
        RowKind::Symptom,
    ),
];

/// Keys before what a note says.
const KEYED: [&str; 5] = ["status", "state", "note", "update", "event"];

/// Lines that are notes, and not long.
pub(super) fn notes(evidence: &Evidence) -> impl Iterator<Item = (SourceId, &Line, &str)> {
    crate::analyst::grounding::notes(evidence)
        .take(2_000)
        .map(|(source, line)| (source, line, evidence.slice(Span::new(source, line.range()))))
        .filter(|(_, _, text)| text.len() < 400)
}

/// The dated notes as rows; none when there are more than fit a list.
pub fn rows(evidence: &Evidence) -> Vec<TimelineRow> {
    let mut out: Vec<TimelineRow> = Vec::new();
    for (source, line, text) in notes(evidence) {
        // clocks of twelve hours are read as rows of people's timelines
        if HALF.is_match(text) || crate::intake::prompt::typed(text).is_some() {
            continue;
        }
        for (clause, time) in dated_clauses(text) {
            if out.len() >= MOST {
                return Vec::new();
            }
            let worded = || worded_day(&clause, time).map(|day| with_year(&clause, day, time));
            let at = line.stamp.is_none().then(worded).flatten().unwrap_or_else(|| stamp(line.stamp, time));
            let head = if clause.starts_with('[') { crate::analyst::wording::after_prefix(&clause) } else { 0 };
            let clause = clause.get(head..).unwrap_or(&clause).replace("**", "");
            // `Status: Resolved`: the key says nothing
            let clause = match clause.split_once(": ") {
                Some((key, said)) if KEYED.contains(&key.to_lowercase().as_str()) => said.to_owned(),
                _ => clause,
            };
            let kind = KINDS.iter().find(|(p, _)| p.is_match(&clause)).map_or(RowKind::Note, |(_, k)| *k);
            let what = Claim::quoted(sentence(&clause), vec![evidence.cite_line(source, line)]);
            let service = NAME.captures(&clause).map(|c| group(&c, 1).to_owned());
            let service = service.filter(|s| evidence.lines().any(|(_, l)| l.service.as_deref() == Some(s)));
            out.push(TimelineRow { at, service, what, kind });
        }
    }
    out
}

/// The time with the date of the line's own stamp, where it has one.
fn stamp(line: Option<Stamp>, time: NaiveTime) -> Stamp {
    match line {
        // the line's own stamp, which may be finer or in another zone's clock
        Some(own) if own.time().format("%H:%M").to_string() == time.format("%H:%M").to_string() => own,
        Some(Stamp::Exact(at)) => Stamp::Exact(at.date_naive().and_time(time).and_utc()),
        Some(Stamp::Local(at)) => Stamp::Local(at.date().and_time(time)),
        Some(Stamp::Yearless(day, _)) => Stamp::Yearless(day, time),
        Some(Stamp::Clock(_)) | None => Stamp::Clock(time),
    }
}

static MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// `1st of November 14:49`, `March 3rd at 9:05`: a day in words before its time, without a year.
static WORDED: Pattern = Pattern::new(
    r"(?i)\b(?:(\d{1,2})(?:st|nd|rd|th)?(?: of)? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (\d{1,2})(?:st|nd|rd|th)?),?(?: at)? (\d{1,2}:\d{2})\b",
);

/// The day in words that a clause gives for its time.
fn worded_day(clause: &str, time: NaiveTime) -> Option<MonthDay> {
    let found = WORDED.captures(clause).filter(|c| time_of(group(c, 5)) == Some(time))?;
    let (day, month) = match group(&found, 1) {
        "" => (group(&found, 4), group(&found, 3)),
        day => (day, group(&found, 2)),
    };
    let month = MONTHS.iter().position(|m| month.eq_ignore_ascii_case(m))?;
    MonthDay::new(u32::try_from(month).ok()? + 1, day.parse().ok()?)
}

/// The day with the year that the same sentence gives a day no earlier than it: what is told before another day
/// is of that year, and the turn of a year is not guessed.
fn with_year(clause: &str, day: MonthDay, time: NaiveTime) -> Stamp {
    static FULL: Pattern = Pattern::new(
        r"(?i)\b(?:(\d{1,2})(?:st|nd|rd|th)?(?: of)? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (\d{1,2})(?:st|nd|rd|th)?),? (20\d\d)\b",
    );
    let in_its_year = |c: &regex::Captures<'_>| {
        let (number, name) =
            if group(c, 1).is_empty() { (group(c, 4), group(c, 3)) } else { (group(c, 1), group(c, 2)) };
        let month = u32::try_from(MONTHS.iter().position(|m| name.eq_ignore_ascii_case(m))?).ok()? + 1;
        let year = group(c, 5).parse().ok()?;
        let full = chrono::NaiveDate::from_ymd_opt(year, month, number.parse().ok()?)?;
        day.in_year(year).filter(|own| *own <= full)
    };
    let date = FULL.all(clause).iter().find_map(in_its_year);
    date.map_or(Stamp::Yearless(day, time), |date| Stamp::Local(date.and_time(time)))
}

/// The parts of a line: what stands in brackets is one of its own where it has a time, and belongs to the sentence
/// where it has none.
fn parts(text: &str) -> Vec<&str> {
    let (mut out, mut from, mut held) = (Vec::new(), 0, 0);
    // the cells of a table's row are parts of their own
    let row = text.trim_start().starts_with('|');
    for (at, c) in text.char_indices() {
        if at < held || !(matches!(c, '(' | ')' | ',' | ';') || row && c == '|') {
            continue;
        }
        if c == '('
            && let Some(inner) = text.get(at + 1..).and_then(|t| t.split_once(')')).map(|(inner, _)| inner)
            && !CLOCK.is_match(inner)
        {
            held = at + inner.len() + 2;
            continue;
        }
        out.push(text.get(from..at).unwrap_or(""));
        from = at + c.len_utf8();
    }
    out.push(text.get(from..).unwrap_or(""));
    out
}

/// What tells of something that is yet to come, and that it was told.
static FORETOLD: Pattern = Pattern::new(
    r"(?i)\b(?:sent|sends|advis\w+|announc\w+|notif\w+|warn\w+|inform\w+|told|tells|mail(?:s|ed)?|wrote)\b[^.;\n]{0,160}\b(?:would|will|is going to|is to|are to) be\b",
);

/// The words tell that something was announced, and not that it happened.
pub fn foretells(text: &str) -> bool {
    FORETOLD.is_match(text)
}

/// Each part of a line that carries a time, with its last time: `09:12 - first OOM` is one, and so
/// is `complete by 04:08` behind it. What is announced is dated by when it was, and not by what it is for.
fn dated_clauses(text: &str) -> Vec<(String, NaiveTime)> {
    let mut out = Vec::new();
    let parts = parts(text);
    for (i, part) in parts.iter().enumerate() {
        let times: Vec<NaiveTime> = CLOCK.all(part).iter().filter_map(|c| time_of(group(c, 1))).collect();
        let told = if foretells(part) { times.first() } else { times.last() };
        let Some(time) = told.filter(|_| !is_of_data(part, text)) else { continue };
        let mut words = undated(part, times.len() == 1);
        let bare = words.split_whitespace().count() < 2 && i + 1 < parts.len();
        // `(posted 18:35 UTC)`: of what, the rest of the line says
        let short = i > 0 && words.split_whitespace().filter(|w| !CLOCK.is_match(w) && *w != "UTC").count() < 2;
        let only = i == 0 && times.len() == 1 && !parts.iter().skip(1).any(|p| CLOCK.is_match(p));
        if bare || only {
            words = undated(text, true);
        } else if short {
            words = undated(text, false);
        }
        if !words.is_empty() {
            out.push((words, *time));
        }
    }
    out
}

/// `dump of the namespace, 20:00-20:12`: from when to when data was taken, which is nothing that happened.
fn is_of_data(part: &str, text: &str) -> bool {
    static RANGE: Pattern =
        Pattern::new(r"(?i)\b\d{1,2}:\d{2}(?::\d{2})?(?:\s?(?:Z|UTC))?\s*(?:[-–—]|to|until|till)\s*\d{1,2}:\d{2}");
    static DATA: Pattern = Pattern::new(
        r"(?i)\b(?:export(?:ed|s)?|dump(?:ed|s)?|data|logs?|metrics|traces|spans|files|collected|recorded|window|excerpt)\b",
    );
    let alone = || part.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 3).count() == 0;
    RANGE.is_match(part) && (DATA.is_match(part) || alone() && DATA.is_match(text))
}

fn time_of(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M:%S").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M")).ok()
}

/// The words without bullets, the leading time, and what stands between the two.
fn undated(text: &str, cut: bool) -> String {
    static LEAD: Pattern = Pattern::new(
        r"(?i)^[\s\-*•|#>]*(?:time\s*:\s*)?(?:(?:\d{4}-\d{2}-\d{2})[T ])?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|UTC|GMT|CES?T)?\s*[-–—:|.,]*\s*",
    );
    let found = if cut { LEAD.regex().and_then(|r| r.find(text)).map_or(0, |m| m.end()) } else { 0 };
    let rest = text.get(found..).unwrap_or(text);
    rest.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '*' | '•' | '|' | '—' | '–' | ':')).to_owned()
}

/// The single changes of change notes, each with the deploy it belongs to.
pub fn changes(evidence: &Evidence) -> Vec<Change> {
    let mut out = Vec::new();
    let mut deploy: Option<(Option<Stamp>, String, Option<String>)> = None;
    for (source, line, text) in notes(evidence) {
        if DEPLOYED.is_match(text) && (line.stamp.is_some() || CLOCK.is_match(text)) {
            let at = line.stamp.or_else(|| dated_clauses(text).first().map(|(_, t)| Stamp::Clock(*t)));
            let subject = NAME.captures(text).map(|c| group(&c, 1).to_owned()).unwrap_or_default();
            deploy = Some((at, subject, VERSION.captures(text).map(|c| group(&c, 1).to_owned())));
        }
        let Some(note) = CHANGELOG.captures(text) else { continue };
        let Some((at, subject, version)) = deploy.clone() else { continue };
        for item in group(&note, 1).split(';').map(str::trim).filter(|i| i.split_whitespace().count() >= 2) {
            let from = text.find(item).map_or(line.start, |i| line.start + i);
            let citation = evidence.cite(Span::new(source, from..from + item.len()));
            let (subject, version) = (subject.clone(), version.clone());
            out.push(Change { at, subject, what: item.to_owned(), version, citation });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_within_a_table_s_row_is_of_its_cell() {
        let found = dated_clauses("| 10:18 | Triage | web was suspected. Rolled back to 2026.8 at 10:24. No change |");
        let later = found.iter().find(|(_, t)| t.format("%H:%M").to_string() == "10:24");
        assert!(later.is_some_and(|(words, _)| words.starts_with("web was suspected")), "{found:?}");
    }

    #[test]
    fn a_note_gives_a_row_for_each_time_it_states() {
        let found = dated_clauses("- 04:00 UTC — cart-svc v3.7 deployed (rolling, 100% complete by 04:08)");
        let told: Vec<(String, String)> = found.into_iter().map(|(w, t)| (w, t.format("%H:%M").to_string())).collect();
        assert_eq!(
            told,
            [
                ("cart-svc v3.7 deployed".to_owned(), "04:00".to_owned()),
                ("100% complete by 04:08".to_owned(), "04:08".to_owned())
            ]
        );
    }

    #[test]
    fn what_was_announced_is_told_whole_and_dated_by_when_it_was() {
        let text = "On the 2nd of May 14:49 the provider sent a mail that host web-7 (the shop's) would be retired on the 9th of May at 16:00";
        let found = dated_clauses(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0.ends_with("retired on the 9th of May at 16:00"), "{found:?}");
        assert_eq!(found[0].1.format("%H:%M").to_string(), "14:49");
        assert_eq!(worded_day(&found[0].0, found[0].1), MonthDay::new(5, 2));
        assert!(foretells(text) && !foretells("the host was retired"));
    }

    #[test]
    fn a_note_with_one_time_is_told_whole() {
        let found = dated_clauses("- 09:16 - most traffic still served; success rate fell from 99% to 96%");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "most traffic still served; success rate fell from 99% to 96%");
        let found = dated_clauses("Time: 09:15 UTC. cart-svc pods restart");
        assert_eq!(found[0].0, "cart-svc pods restart");
    }

    #[test]
    fn when_data_was_taken_is_nothing_that_happened() {
        assert!(dated_clauses("players can't join. dump of ns arena, 20:00-20:12 UTC.").is_empty());
        assert!(dated_clauses("Export from 09:10 to 09:23 UTC.").is_empty());
        for text in ["10:02-10:30 checkout answered 500", "10:02-10:30, checkout answered 500"] {
            assert_eq!(dated_clauses(text).len(), 1, "{text}");
        }
    }
}
