//! The timeline: dated things, each cited, in the order their stamps allow.
//!
//! Rows with equal stamps stand in the order they were read, and nothing is concluded from it. A
//! state that was noted at a time is told as noted, never as having begun then.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

use super::background::{Lead, is_foreign};
use super::wording::sentence;
use crate::analyst::casebook::{Finding, Moment};
use crate::analyst::scope::BlockKind;
use crate::analyst::timeline::kind_of_row;
use crate::analyst::wording::Fences;
use crate::analyst::{Casebook, naming};
use crate::domain::report::{FirstCause, RowKind, TimelineRow};
use crate::domain::{Citation, Claim, Evidence, Hypothesis, Stamp};

/// Rows at most. Above that the rows that carry the story are kept, the repeats are not.
const MOST: usize = 80;

/// The rows, without what the logs say every day.
pub fn timeline(evidence: &Evidence, book: &Casebook, hypotheses: &[Hypothesis]) -> Vec<TimelineRow> {
    let mut rows: Vec<TimelineRow> = Vec::new();
    let lead = Lead::of(evidence, book, hypotheses);
    let tells = |m: &&Moment| !lead.as_ref().is_some_and(|l| l.is_background(evidence, book, m));
    // what was pasted into a note has times of its own, or none: its heading's time dates it and is no row
    let fences: Vec<Fences> = evidence.sources.iter().map(|s| Fences::of(&s.text)).collect();
    let pasted = |m: &&Moment| match m.what.citations.as_slice() {
        [said, heading, ..] => {
            heading.start < said.start && fences.get(said.source.0 as usize).is_some_and(|f| f.hold(said.start))
        }
        _ => false,
    };
    for moment in book.moments.iter().filter(tells).filter(|m| !pasted(m)) {
        let service = moment.service.clone();
        let what = super::dated::claim(evidence, book, &moment.at, service.as_deref(), &moment.what);
        push(&mut rows, TimelineRow { at: moment.at, service, what, kind: moment.kind });
    }
    for change in &book.changes {
        let Some(at) = change.at else { continue };
        let what = Claim::quoted(sentence(&change.what), vec![change.citation.clone()]);
        let service = Some(change.subject.clone()).filter(|s| !s.is_empty());
        push(&mut rows, TimelineRow { at, service, what, kind: RowKind::Change });
    }
    let onset = book.onset.as_ref().filter(|(_, claim)| !is_foreign(book, hypotheses, claim));
    let told = [(onset, RowKind::Symptom), (book.detected.as_ref(), RowKind::Alert)];
    for ((at, claim), kind) in told.into_iter().filter_map(|(told, kind)| Some((told?, kind))) {
        let what = super::dated::claim(evidence, book, at, None, claim);
        let service = writer(evidence, book, &what).or_else(|| measured(book, claim));
        push(&mut rows, TimelineRow { at: *at, service, what, kind });
    }
    for row in super::stated::rows(evidence) {
        let row = super::days::on_its_day(snapshot(evidence, book, row), &rows);
        if !announced(&row) {
            push(&mut rows, row);
        }
    }
    for row in super::again::ends(evidence, &book.cluster, hypotheses) {
        push(&mut rows, row);
    }
    for row in rows.iter_mut().filter(|row| lead.as_ref().is_some_and(|l| l.is_apart(book, row))) {
        row.kind = RowKind::Note;
    }
    rows.iter_mut().for_each(without_its_time);
    rows.retain(|row| {
        says(&row.what.text) && !super::labels::is_label(row) && !super::labels::is_cells(&row.what.text)
    });
    super::background::without_other_clocks(&mut rows);
    super::labels::leave_out(&mut rows);
    say_once(&mut rows);
    thin(&mut rows);
    put_in_order(&mut rows);
    super::again::in_one(evidence, book, &mut rows);
    super::again::tell_restarts(evidence, book, hypotheses, &mut rows);
    let stamped = |c: &Citation| evidence.line_of(c).is_none_or(|l| l.stamp.is_some());
    unwrapped(rows, &stamped)
}

/// The row of when the state was taken, in its zone: beside rows of another zone it would be hours off.
fn snapshot(evidence: &Evidence, book: &Casebook, row: TimelineRow) -> TimelineRow {
    let known = || super::taken::in_its_zone(evidence, &book.cluster);
    let labelled = matches!(row.at, Stamp::Local(_)) && row.kind == RowKind::Note;
    match labelled.then(known).flatten().filter(|z| z.written == row.at) {
        Some(z) => {
            let text =
                format!("The snapshot was taken; its time names no zone, and by the age of a pod it is {}.", z.zone);
            TimelineRow { at: z.at, what: Claim::inferred(text, z.places), ..row }
        }
        None => row,
    }
}

/// `Snapshot: 2026-03-17T21:08:56.` of that very time: the row's first column says when.
fn without_its_time(row: &mut TimelineRow) {
    let text = row.what.text.trim_end_matches('.');
    let rest = text.strip_suffix(&row.at.to_string()).map(|rest| rest.trim_end_matches([':', ' ']));
    // `slow since about 10:07` would be cut in the middle
    const LEADS: [&str; 10] = ["since", "about", "around", "at", "from", "until", "till", "by", "before", "after"];
    let open =
        |rest: &str| rest.split_whitespace().next_back().is_some_and(|w| LEADS.contains(&w.to_lowercase().as_str()));
    if let Some(rest) = rest.filter(|rest| !rest.is_empty() && !open(rest)) {
        row.what.text = rest.to_owned();
    }
}

/// Of what a measure or a span tells: the finding that says it knows.
fn measured(book: &Casebook, claim: &Claim) -> Option<String> {
    let of_figures = |f: &&Finding| matches!(f.tool, "metrics" | "traces" | "load") && f.claim.text == claim.text;
    book.findings.iter().find(of_figures).map(|f| f.subject.clone())
}

/// The program whose log the claim's line stands in.
fn writer(evidence: &Evidence, book: &Casebook, what: &Claim) -> Option<String> {
    let place = what.citations.first()?;
    let line = evidence.line_of(place)?;
    let scope = book.scope(evidence);
    let block = scope.block(place.source, (place.line as usize).saturating_sub(1))?;
    let logged = matches!(block.kind, BlockKind::Logs) && line.stamp.is_some();
    let name = line.service.as_deref().map(str::to_owned).or_else(|| block.service.clone());
    name.filter(|s| logged && !naming::is_part(s))
}

/// A sentence that its writer broke into lines is one row, with the places of all of them; the row is of
/// the kind that its beginning is of. A line with a time of its own begins anew.
fn unwrapped(rows: Vec<TimelineRow>, stamped: &dyn Fn(&Citation) -> bool) -> Vec<TimelineRow> {
    let mut out: Vec<TimelineRow> = Vec::new();
    for row in rows {
        match out.last_mut().filter(|last| goes_on(last, &row, stamped)) {
            Some(last) => {
                last.what.text = format!("{} {}", last.what.text.trim_end(), row.what.text);
                last.what.citations.extend(row.what.citations);
            }
            None => out.push(row),
        }
    }
    out
}

/// Characters of a row at most that is put together.
const LONGEST: usize = 300;

/// True for a row that ends in the middle of a sentence, and the line below it that goes on in it.
fn goes_on(last: &TimelineRow, row: &TimelineRow, stamped: &dyn Fn(&Citation) -> bool) -> bool {
    let next = last.what.citations.last().zip(row.what.citations.first());
    let open = !last.what.text.trim_end().ends_with(['.', '!', '?', ':', '”', '"']);
    last.at == row.at
        && open
        && row.what.text.starts_with(char::is_lowercase)
        && next.is_some_and(|(a, b)| a.source == b.source && a.line + 1 == b.line && !stamped(b))
        && last.what.support == row.what.support
        && last.what.text.len() + row.what.text.len() < LONGEST
}

/// What was announced for a time has not happened by being announced: no clause of the row tells of anything
/// that has.
fn announced(row: &TimelineRow) -> bool {
    const TO_COME: [&str; 2] = ["would be ", "will be "];
    let to_come = |clause: &str| {
        let clause = clause.trim_start();
        TO_COME.iter().any(|w| clause.starts_with(w) || clause.contains(&format!(" {w}")))
    };
    let text = row.what.text.as_str();
    let mut clauses = text.split([',', ';', '.']).flat_map(|c| c.split(" and ").flat_map(|c| c.split(" but ")));
    let happened = clauses.any(|c| !to_come(c) && kind_of_row(c, true) != RowKind::Note);
    matches!(row.at, Stamp::Clock(_)) && to_come(text) && !happened && !super::stated::foretells(text)
}

/// Words that only say that a time follows.
const KEYS: [&str; 9] = ["at", "time", "date", "when", "start", "started", "ca", "status", "on"];

/// `10:05`, `2026-09-01`, `09:15:00.5Z`, `2026-09-01T10:00:00Z`: parts of a time.
static OF_A_TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"^\W*(?:\d{4}-\d\d-\d\d(?:[T ]?\d\d(?::\d\d){0,2}(?:[.,]\d+)?)?|\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,4}(?:[.,]\d+)?|\d\dT\d\d)(?:Z|[+-]\d\d:?\d\d|[ap]m)?\W*$",
    )
    .ok()
});

fn is_of_a_time(word: &str) -> bool {
    OF_A_TIME.as_ref().is_some_and(|r| r.is_match(word))
}

/// False for a heading, and for a key of which only the time was of use: `At: 2026-09-01T10:00:00Z`.
fn says(text: &str) -> bool {
    // `#inc-42 opened` names a channel
    if text.trim_start_matches('#').starts_with([' ', '\t']) && text.starts_with('#') {
        return false;
    }
    let is_word = |w: &&str| w.chars().any(char::is_alphanumeric) && !is_of_a_time(w);
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, ':' | '\'' | '"' | '*')).filter(is_word);
    let key = |w: &str| {
        let word = w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        KEYS.contains(&word.as_str()) || ["_at", "_date", "_time"].iter().any(|end| word.ends_with(end))
    };
    words.any(|w| !key(w))
}

/// Of two rows of one time and kind, of which one says no more than the other, the longer stays; of one with
/// a zone and one without, that of which most rows are: the others have their order by it.
fn say_once(rows: &mut Vec<TimelineRow>) {
    // figures are words, but for the row's own time and day
    fn words(row: &TimelineRow) -> Vec<String> {
        let text = row.what.text.to_lowercase();
        let all = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '“' | '”' | '"' | '(' | ')' | '|'));
        let (clock, whole) = (row.at.clock(), row.at.to_string());
        let time = |w: &str| {
            let digits = w.trim_end_matches(['z', '.', ':']);
            matches!(w.trim_end_matches(['.', ':']), "utc" | "gmt" | "")
                || digits.contains([':', '-'])
                    && is_of_a_time(digits)
                    && (clock.starts_with(digits) || whole.to_lowercase().starts_with(digits) || digits.contains('-'))
        };
        all.filter(|w| !time(w))
            .flat_map(|w| w.split(|c: char| !c.is_alphanumeric()))
            .filter(|w| !w.is_empty() && !KEYS.contains(w))
            .map(str::to_owned)
            .collect()
    }
    let denies = |w: &&String| matches!(w.as_str(), "not" | "no" | "never" | "without" | "nothing" | "un");
    let denials = |said: &[String]| said.iter().filter(denies).count();
    let said_of = |r: &TimelineRow| (r.at, r.kind, words(r), r.service.clone());
    let all: Vec<(Stamp, RowKind, Vec<String>, Option<String>)> = rows.iter().map(said_of).collect();
    let of_sort = |at: &Stamp| all.iter().filter(|(t, ..)| t.order(at).is_some()).count();
    let covered_by = |me: usize| {
        let (time, kind, said, of) = all.get(me).filter(|(_, _, said, _)| !said.is_empty() && said.len() <= WORDS)?;
        all.iter().enumerate().position(|(i, (t, k, more, whose))| {
            let stays = match t.order(time) {
                Some(_) => t == time && (more.len() > said.len() || more.len() == said.len() && i < me),
                None => t.time() == time.time() && of_sort(t) > of_sort(time),
            };
            i != me
                && stays
                && (k == kind || *kind == RowKind::Note)
                && (of.is_none() || of == whose)
                && denials(said) == denials(more)
                && said.iter().all(|w| more.contains(w))
        })
    };
    let covers: Vec<Option<usize>> = (0..all.len()).map(covered_by).collect();
    // whoever stays has the places of what it stands for
    for (me, stays) in covers.iter().enumerate() {
        let Some(stays) = stays.filter(|i| covers.get(*i).is_some_and(Option::is_none)) else { continue };
        let places = rows.get(me).map_or_else(Vec::new, |r| r.what.citations.clone());
        if let Some(row) = rows.get_mut(stays) {
            let new: Vec<Citation> = places.into_iter().filter(|p| !row.what.citations.contains(p)).collect();
            row.what.citations.extend(new);
        }
    }
    let mut at = 0;
    rows.retain(|_| {
        at += 1;
        covers.get(at - 1).is_none_or(Option::is_none)
    });
}

/// A row of more words than these is told even where another holds all of them.
const WORDS: usize = 12;

/// Adds a row unless the same place already gives one for that time.
fn push(rows: &mut Vec<TimelineRow>, row: TimelineRow) {
    let told = rows.iter().any(|r| {
        same_words(r, &row)
            || r.at == row.at
                && (r.what.text == row.what.text
                    || r.what
                        .citations
                        .first()
                        .zip(row.what.citations.first())
                        .is_some_and(|(a, b)| a.source == b.source && a.start < b.end && b.start < a.end))
    });
    if !told && !row.what.text.trim().is_empty() {
        rows.push(row);
    }
}

/// One place told twice in the same words: its time was read once with a date and once without.
fn same_words(a: &TimelineRow, b: &TimelineRow) -> bool {
    fn plain(text: &str) -> &str {
        text.trim_matches(['“', '”', '.', ' ', '"', '|'])
    }
    let place = a.what.citations.first().zip(b.what.citations.first());
    place.is_some_and(|(x, y)| x.source == y.source && x.start < y.end && y.start < x.end)
        && plain(&a.what.text) == plain(&b.what.text)
}

/// Keeps what tells most when there are too many rows: changes, causes, alerts, actions and
/// recoveries before symptoms, symptoms before notes, early before late.
fn thin(rows: &mut Vec<TimelineRow>) {
    if rows.len() <= MOST {
        return;
    }
    rows.sort_by(|a, b| weight(a.kind).cmp(&weight(b.kind)).then_with(|| order(&a.at, &b.at)));
    rows.truncate(MOST);
}

fn weight(kind: RowKind) -> u8 {
    match kind {
        RowKind::Change | RowKind::Cause => 0,
        RowKind::Alert | RowKind::Action | RowKind::Recovery => 1,
        RowKind::Symptom => 2,
        RowKind::Note => 3,
    }
}

/// The rows with the first cause of what leads among them, where none of them has its time: what is dated is
/// told here.
pub fn timeline_with(rows: &[TimelineRow], first: Option<&FirstCause>, lead: Option<&Hypothesis>) -> Vec<TimelineRow> {
    let mut rows = rows.to_vec();
    if let Some(first) = first.filter(|f| rows.iter().all(|r| r.at != f.at)) {
        let service = lead.map(|h| h.subject.clone());
        rows.push(TimelineRow { at: first.at, service, what: first.what.clone(), kind: RowKind::Note });
        put_in_order(&mut rows);
    }
    rows
}

fn put_in_order(rows: &mut [TimelineRow]) {
    let first_of = sorts(rows);
    rows.sort_by(|a, b| first_of(&a.at).cmp(&first_of(&b.at)).then_with(|| order(&a.at, &b.at)));
}

/// Where the rows of a stamp's sort stand among the other sorts: by what is written on their earliest row.
/// Nothing is known of an order between two sorts, and a recovery on top of its fault reads as one.
fn sorts(rows: &[TimelineRow]) -> impl Fn(&Stamp) -> (chrono::NaiveDateTime, u8) + use<> {
    let written = |at: &Stamp| match at {
        Stamp::Exact(t) => Some(t.naive_utc()),
        Stamp::Local(t) => Some(*t),
        Stamp::Yearless(..) | Stamp::Clock(_) => None,
    };
    let sort = |at: &Stamp| at.sort_key().0;
    let mut earliest: [Option<chrono::NaiveDateTime>; 4] = [None; 4];
    for row in rows {
        if let (Some(t), Some(known)) = (written(&row.at), earliest.get_mut(usize::from(sort(&row.at)))) {
            *known = Some(known.map_or(t, |k| k.min(t)));
        }
    }
    move |at| {
        let first = earliest.get(usize::from(sort(at))).copied().flatten();
        // what has no date stands last, in its own order
        (first.unwrap_or(chrono::NaiveDateTime::MAX), sort(at))
    }
}

/// A total order for the table: dated stamps among themselves, clock times among themselves. Between
/// the two no order is known, and a notice says that zones or dates differ.
pub fn order(a: &Stamp, b: &Stamp) -> Ordering {
    // the key has microseconds, and a stamp may be finer
    a.sort_key().cmp(&b.sort_key()).then_with(|| a.time().cmp(&b.time()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SourceId;

    fn row(line: u32, text: &str) -> TimelineRow {
        let place = Citation { source: SourceId(0), start: 0, end: 1, line, quote: text.into() };
        let at = Stamp::Clock(chrono::NaiveTime::from_hms_opt(13, 0, 0).unwrap_or_default());
        TimelineRow { at, service: None, what: Claim::quoted(text, vec![place]), kind: RowKind::Note }
    }

    #[test]
    fn rows_without_a_zone_stand_before_a_later_one_that_states_it() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 9, 1).unwrap();
        let local = |h| Stamp::Local(day.and_hms_opt(h, 0, 0).unwrap());
        let exact = |h| Stamp::Exact(day.and_hms_opt(h, 0, 0).unwrap().and_utc());
        let of = |at: Stamp| TimelineRow { at, ..row(1, "x") };
        let rows = vec![of(exact(15)), of(local(7)), of(local(16))];
        let first_of = sorts(&rows);
        assert!(first_of(&local(16)) < first_of(&exact(15)), "a sort stands together");
        assert!(first_of(&exact(15)) < first_of(&row(1, "x").at), "what has no date is last");
    }

    #[test]
    fn a_row_keeps_the_time_that_its_sentence_ends_in() {
        let said = |text: &str| {
            let mut row = row(1, text);
            without_its_time(&mut row);
            row.what.text
        };
        assert_eq!(said("Snapshot: 13:00."), "Snapshot");
        assert_eq!(said("the basket is slow since about 13:00."), "the basket is slow since about 13:00.");
    }

    #[test]
    fn a_first_cause_that_no_row_has_the_time_of_is_a_row_of_its_own() {
        let known = row(1, "alert");
        let other = Stamp::Clock(chrono::NaiveTime::from_hms_opt(12, 0, 0).unwrap());
        let first = |at| FirstCause { at, what: Claim::quoted("the disk went full", Vec::new()) };
        let rows = timeline_with(std::slice::from_ref(&known), Some(&first(other)), None);
        let told: Vec<&str> = rows.iter().map(|r| r.what.text.as_str()).collect();
        assert_eq!(told, ["the disk went full", "alert"]);
        assert_eq!(timeline_with(std::slice::from_ref(&known), Some(&first(known.at)), None).len(), 1);
    }

    #[test]
    fn a_key_with_its_time_and_a_heading_tell_nothing() {
        for text in ["At", "At: 2026-09-01T10:00:00.000Z.", "starts_at: '", "### 2018-07-08 ca. 18:30.", "ca. 18:30"] {
            assert!(!says(text), "{text}");
        }
        for text in [
            "Resolved",
            "pager",
            "At the gate: closed",
            "Status: Resolved at",
            "5xx 41%",
            "p99 8s",
            "db-1 -> db-2",
            "#inc-42 opened, on-call paged",
        ] {
            assert!(says(text), "{text}");
        }
    }

    #[test]
    fn what_one_row_says_another_of_its_time_does_not_say_again() {
        let mut rows =
            vec![row(5, "Resolved"), row(9, "Incident is resolved."), row(7, "Status: Resolved at"), row(8, "Paged")];
        say_once(&mut rows);
        let told: Vec<&str> = rows.iter().map(|r| r.what.text.as_str()).collect();
        assert_eq!(told, ["Incident is resolved.", "Paged"]);
        let at = |mut row: TimelineRow, at: &str| {
            row.at = at.parse().unwrap();
            row
        };
        let mut rows = vec![
            at(row(2, "Detected"), "2026-04-15T13:45:00"),
            at(row(5, "Resolved"), "2026-04-15T15:09:00"),
            at(row(7, "Resolved at 2026-04-15 15:09 UTC."), "2026-04-15T15:09:00Z"),
        ];
        say_once(&mut rows);
        let told: Vec<String> = rows.iter().map(|r| r.at.to_string()).collect();
        assert_eq!(told, ["2026-04-15T13:45:00", "2026-04-15T15:09:00"], "one without a zone among such rows");
    }

    #[test]
    fn rows_that_differ_in_a_figure_a_denial_or_a_service_are_both_told() {
        for (a, b) in [
            ("shard-1 unreachable", "shard-2 unreachable"),
            ("scaled to 3", "scaled to 30"),
            ("api healthy", "api not healthy"),
        ] {
            let mut rows = vec![row(2, a), row(3, b)];
            say_once(&mut rows);
            assert_eq!(rows.len(), 2, "{a} / {b}");
        }
        let of = |line, service: &str| TimelineRow { service: Some(service.into()), ..row(line, "restarted") };
        let mut rows = vec![of(2, "cart"), of(3, "orders")];
        say_once(&mut rows);
        assert_eq!(rows.len(), 2, "each of its own");
        let mut rows = vec![row(2, "Resolved"), row(7, "Resolved by the team")];
        say_once(&mut rows);
        assert_eq!(rows.iter().map(|r| r.what.citations.len()).collect::<Vec<_>>(), [2], "no place is lost");
    }

    #[test]
    fn a_row_that_also_tells_what_has_happened_is_no_announcement() {
        assert!(announced(&row(2, "the host will be drained")) && announced(&row(2, "Traffic would be moved")));
        assert!(!announced(&row(2, "service restored, the backlog will be drained")));
        assert!(!announced(&row(2, "Paged; users will be told")));
    }

    #[test]
    fn lines_of_a_log_with_one_stamp_stay_lines() {
        let rows = vec![row(3, "cart-svc waited 2 s"), row(4, "billing-svc failed")];
        assert_eq!(unwrapped(rows, &|_| true).len(), 2);
    }

    #[test]
    fn a_sentence_over_two_lines_is_one_row_and_two_sentences_stay_two() {
        let rows = vec![
            row(3, "Cordoned the host (web-4),"),
            row(4, "although it seemed to be well."),
            row(5, "it was not."),
            row(9, "and later"),
        ];
        let told: Vec<(String, usize)> =
            unwrapped(rows, &|_| false).into_iter().map(|r| (r.what.text, r.what.citations.len())).collect();
        assert_eq!(
            told,
            [
                ("Cordoned the host (web-4), although it seemed to be well.".to_owned(), 2),
                ("it was not.".to_owned(), 1),
                ("and later".to_owned(), 1)
            ]
        );
    }
}
