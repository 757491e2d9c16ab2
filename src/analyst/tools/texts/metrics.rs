//! What changed in the measured series: which measure of which thing left its level, when, how far,
//! and whether it came back. A measure alone names a fault only where it is the fault (CPU used up,
//! space used up); latency and load are symptoms.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::{BACK, Bearing, Finding, Moment};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::report::RowKind;
use crate::domain::{Citation, Claim, Evidence, SourceId, Span, Stamp};
use crate::intake::metrics::{Measured, Point, Series, may_head_series, series};

use super::super::{Observation, Tool};
use super::levels;
use super::meanings::{Meaning, meaning};
use super::measures::{begun, is_latency, is_load, named_unit, told};
use super::shifts::{Shift, shift};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "metrics",
    question: "Which measure left its level, and when?",
    applies: |e, _| e.sources.iter().any(|s| has_series(&s.text)),
    arguments: |_, _| serde_json::json!({}),
    run,
};

fn has_series(text: &str) -> bool {
    (text.contains("\"values\"") && text.contains("\"timestamps\""))
        || text.contains("\"resultType\"")
        || text.lines().any(may_head_series)
}

/// Faults kept of one evidence: the farthest moved first.
const KEPT: usize = 6;

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let mut seen = Observation::default();
    let (mut total, mut unread) = (0, 0);
    for source in evidence.sources.iter().filter(|s| has_series(&s.text)) {
        let Measured { series: all, unread: passed } = series(&source.text);
        total += all.len();
        unread += passed;
        let utc = states_utc(&source.text);
        let mut faults: Vec<Finding> = Vec::new();
        let mut symptoms: Vec<Symptom> = Vec::new();
        for s in &all {
            read(evidence, book, source.id, (s, &all), utc, &mut faults, &mut symptoms);
        }
        faults.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        faults.truncate(KEPT);
        for f in &faults {
            seen.text.push_str(&format!("{} / {}: {}\n", f.subject, f.playbook, f.claim.text));
            seen.citations.extend(f.claim.citations.first().cloned());
        }
        symptoms.sort_by(|a, b| b.by.total_cmp(&a.by));
        book.moments.extend(symptoms.into_iter().take(KEPT).map(|s| s.moment));
        if faults.iter().all(|f| f.weight < 1.0) {
            levels::calm(evidence, book, source, &all);
        }
        book.findings.extend(faults);
    }
    seen.citations.truncate(12);
    seen.title = format!("series: {total}; of them name a fault: {}", seen.text.lines().count());
    seen.text.push_str(&super::told_unread(unread));
    seen
}

/// A symptom that a series shows, and how many times its level it reached.
struct Symptom {
    by: f64,
    moment: Moment,
}

/// True where something is measured to be asked for nothing while it is slow: its times are of no request.
fn is_idle(all: &[Series], s: &Series, change: &Shift) -> bool {
    let (Some(from), Some(to)) = (s.points.get(change.onset), s.points.get(change.worst)) else { return false };
    let within = |p: &&Point| (from.at.sort_key()..=to.at.sort_key()).contains(&p.at.sort_key());
    let own = |l: &&Series| l.subject == s.subject && l.instance == s.instance && is_load(&l.metric);
    let mut asked = all.iter().filter(own).flat_map(|l| &l.points).filter(within).peekable();
    is_latency(&s.metric) && asked.peek().is_some() && asked.all(|p| p.value == 0.0)
}

/// True where what is asked of something is measured before the change and at its worst, and did not grow: its CPU
/// goes into something else than more of the same work.
fn asked_no_more(all: &[Series], s: &Series, change: &Shift) -> bool {
    let Some(worst) = s.points.get(change.worst) else { return false };
    let own = |l: &&Series| l.subject == s.subject && l.instance == s.instance && is_load(&l.metric);
    let before = |p: &&Point| s.points.iter().take(change.onset).any(|b| b.at == p.at);
    let mut loads = all.iter().filter(own).filter_map(|l| {
        let values: Vec<f64> = l.points.iter().filter(before).map(|p| p.value).collect();
        let most = values.into_iter().reduce(f64::max)?;
        Some((most, l.points.iter().find(|p| p.at == worst.at)?.value))
    });
    let (Some((most, then)), None) = (loads.next(), loads.next()) else { return false };
    most > 0.0 && then <= most
}

/// How much longer a call is told to take than all of the answer that it is a part of: then it is no measure.
const OUTDONE: f64 = 10.0;

/// True where a program's own calls are told to take many times what its whole answers take at that moment: with a
/// handful of requests a quantile is one of them, or none of this time.
fn is_outdone(all: &[Series], s: &Series, change: &Shift) -> bool {
    let Some(worst) = s.points.get(change.worst) else { return false };
    let name = s.metric.to_lowercase();
    if !is_latency(&s.metric) || !name.contains("client") {
        return false;
    }
    let server = name.replacen("client", "server", 1);
    let own = |l: &&Series| l.subject == s.subject && l.instance == s.instance && l.metric.to_lowercase() == server;
    let beside = all.iter().filter(own).flat_map(|l| &l.points).find(|p| p.at == worst.at);
    beside.is_some_and(|p| !p.value.is_finite() || p.value * OUTDONE < worst.value)
}

fn read(
    evidence: &Evidence,
    book: &mut Casebook,
    source: SourceId,
    (s, all): (&Series, &[Series]),
    utc: bool,
    faults: &mut Vec<Finding>,
    symptoms: &mut Vec<Symptom>,
) {
    if let [only] = s.points.as_slice() {
        faults.extend(stands_throttled(evidence, source, s, only));
    }
    let Some(mut change) = shift(&s.points) else { return };
    let free = ["free", "avail"].iter().any(|w| s.metric.to_lowercase().contains(w));
    change.recovered |= free && change.refilled;
    let low = s.points.iter().map(|p| p.value).fold(f64::INFINITY, f64::min);
    node_used_up(evidence, book, source, s, &change);
    let Some(meaning) = meaning(&s.metric, &change, low) else { return };
    let subject = naming::workload(&s.subject);
    let cite =
        |i: usize| -> Option<Citation> { s.points.get(i).map(|p| evidence.cite(Span::new(source, p.span.clone()))) };
    let (Some(before), Some(onset)) = (cite(change.onset - 1), s.points.get(change.onset)) else { return };
    let (Some(worst), Some(began)) = (cite(change.worst), cite(change.onset)) else { return };
    let at = if utc { in_utc(onset.at) } else { onset.at };
    let (name, unit) = named_unit(&s.metric);
    let value = |i: usize| s.points.get(i).map_or(0.0, |p| p.value);
    let from = (value(change.onset - 1), before.quote.as_str());
    let peak = (value(change.worst), worst.quote.as_str());
    // the claim is dated by the first point after the change, so it says that point's value, and the farthest one
    // where that is another
    let far = Some(&worst).filter(|w| w.quote != began.quote);
    let head = format!("{} of {subject} went from", begun(&name));
    let text = match far {
        Some(_) => {
            let [from, to, far] = told([from, (onset.value, &began.quote), peak], &unit);
            let most = if change.peak > change.base { "highest" } else { "lowest" };
            format!("{head} {from} to {to}, and to {far} at its {most}.")
        }
        None => {
            let [from, to] = told([from, peak], &unit);
            format!("{head} {from} to {to}.")
        }
    };
    let cited = [Some(&before), Some(&began), far].into_iter().flatten().cloned().collect();
    let claim = Claim::quoted(text, cited);
    let [was, now] = told([from, peak], &unit);
    match meaning {
        Meaning::Fault { playbook, weight, is } => {
            if change.recovered && naming::is_name(&subject) {
                let text = format!("{} of {subject} {BACK}", begun(&name));
                book.calm.push(Claim::inferred(text, cite(s.points.len() - 1).into_iter().collect()));
            }
            if naming::is_name(&subject) {
                faults.push(Finding {
                    tool: TOOL.name,
                    subject_kind: naming::kind_of(&subject),
                    subject,
                    playbook: playbook.into(),
                    bearing: Bearing::Stated,
                    weight: if change.recovered { weight * 0.15 } else { weight },
                    mechanism: if is == "CPU" && asked_no_more(all, s, &change) {
                        format!("its {is} went from {was} to {now}, and it is asked for no more than before")
                    } else {
                        format!("its {is} went from {was} to {now}")
                    },
                    claim,
                    at: Some(at),
                });
            }
        }
        Meaning::Symptom if naming::is_name(&subject) && !is_idle(all, s, &change) && !is_outdone(all, s, &change) => {
            if change.recovered {
                let text = format!("{} of {subject} {BACK}", begun(&name));
                book.calm.push(Claim::inferred(text, cite(s.points.len() - 1).into_iter().collect()));
            }
            let what = claim;
            let moment = Moment { at, service: Some(subject), kind: RowKind::Symptom, what };
            symptoms.push(Symptom { by: change.peak / change.base.max(f64::MIN_POSITIVE), moment });
        }
        Meaning::Symptom => {}
    }
}

/// The share of throttled periods from which one look at it says enough.
const THROTTLED: f64 = 0.25;

/// An instant share of throttled periods: it has no time before, and needs none.
fn stands_throttled(evidence: &Evidence, source: SourceId, s: &Series, only: &Point) -> Option<Finding> {
    let share = s.metric.contains("throttled") && s.metric.ends_with(" ratio") && only.value >= THROTTLED;
    let subject = naming::workload(&s.subject);
    if !share || !naming::is_name(&subject) {
        return None;
    }
    let cited = evidence.cite(Span::new(source, only.span.clone()));
    let mechanism = format!("the share of its throttled periods is {}", cited.quote);
    let text = format!("The share of throttled periods of {subject} is {}.", cited.quote);
    Some(Finding {
        tool: TOOL.name,
        subject_kind: naming::kind_of(&subject),
        subject,
        playbook: "cpu_throttling.quota".into(),
        bearing: Bearing::Stated,
        weight: 3.0 + only.value,
        mechanism,
        claim: Claim::quoted(text, vec![cited]),
        at: None,
    })
}

/// Of a node's CPU, what counts as used up, in percent.
const USED_UP: f64 = 90.0;

/// The CPU of the node that a pod stands on, told with the pod: used up, it starves what runs there.
fn node_used_up(evidence: &Evidence, book: &mut Casebook, source: SourceId, s: &Series, change: &Shift) {
    let name = s.metric.to_lowercase();
    let used_up = name.starts_with("node") && name.contains("cpu") && change.peak >= USED_UP && change.base < USED_UP;
    let (Some(before), Some(worst)) = (s.points.get(change.onset - 1), s.points.get(change.worst)) else { return };
    if !used_up || change.recovered || change.peak > 110.0 {
        return;
    }
    let [before, worst] = [before, worst].map(|p| evidence.cite(Span::new(source, p.span.clone())));
    let service = naming::workload(&s.subject);
    let (name, unit) = named_unit(&s.metric);
    let value = |i: usize| s.points.get(i).map_or(0.0, |p| p.value);
    let [from, to] = told([(value(change.onset - 1), &before.quote), (value(change.worst), &worst.quote)], &unit);
    let text = format!("{} of {service} went from {from} to {to}.", begun(&name));
    book.starved.push((service, Claim::quoted(text, vec![before, worst])));
}

static UTC_STATED: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"(?i)\(UTC\)|\btimes? (?:are )?in UTC\b|\bin UTC\b").ok());

/// True when the source says in words that its times are UTC.
pub fn states_utc(text: &str) -> bool {
    let head: String = text.chars().take(600).collect();
    UTC_STATED.as_ref().is_some_and(|r| r.is_match(&head))
}

/// A stamp without a zone, read as UTC because the source says so.
pub fn in_utc(at: Stamp) -> Stamp {
    match at {
        Stamp::Local(t) => Stamp::Exact(t.and_utc()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::pasted::pasted;

    /// A table of one pod's measures, a row a minute.
    fn read_all(asked: &str, slow: [&str; 6], cpu: [&str; 6]) -> Casebook {
        let row = |(i, (p90, cpu)): (usize, (&str, &str))| {
            format!("2026-03-01 10:0{i}:00,cart-5d4fbcf6f-b9vdc,{cpu},{asked},{p90}\n")
        };
        let rows: String = slow.into_iter().zip(cpu).enumerate().map(row).collect();
        let evidence = pasted(&format!("time,pod,CpuUsageRate(%),Workload(Ops),ServerLatencyP90(s)\n{rows}"));
        let mut book = Casebook::default();
        (TOOL.run)(&evidence, &mut book, Knowledge::embedded());
        book
    }

    const FLAT: [&str; 6] = ["2", "2", "2", "2", "2", "2"];
    const SLOW: [&str; 6] = ["0.004", "0.005", "0.004", "2.1", "3", "2.9"];

    #[test]
    fn a_slow_measure_is_told_in_words_of_whom_it_is_and_how_far_it_went() {
        let book = read_all("12", SLOW, FLAT);
        let told: Vec<&str> = book.moments.iter().map(|m| m.what.text.as_str()).collect();
        assert_eq!(told, ["Server latency p90 of cart went from 0.004 s to 2.1 s, and to 3 s at its highest."]);
        assert_eq!(book.moments[0].service.as_deref(), Some("cart"));
    }

    #[test]
    fn what_nobody_asks_is_slow_for_nobody_and_an_improvement_is_no_symptom() {
        assert!(read_all("0", SLOW, FLAT).moments.is_empty());
        assert!(read_all("12", ["18", "17.5", "18", "0.004", "0.005", "0.004"], FLAT).moments.is_empty());
    }

    #[test]
    fn a_call_that_takes_many_times_the_whole_answer_is_no_measure() {
        let read = |server: &str| {
            let row = |i: usize| {
                let client = if i > 2 { "15" } else { "0.08" };
                let server = if i > 2 { server } else { "0.09" };
                format!("2026-03-01 10:0{i}:00,cart-5d4fbcf6f-b9vdc,{client},{server},0.33\n")
            };
            let rows: String = (0..6).map(row).collect();
            let head = "Time,PodName,PodClientLatencyP90(s),PodServerLatencyP90(s),PodWorkload(Ops)";
            let evidence = pasted(&format!("{head}\n{rows}"));
            let mut book = Casebook::default();
            (TOOL.run)(&evidence, &mut book, Knowledge::embedded());
            book.moments.iter().filter(|m| m.what.text.starts_with("Client")).count()
        };
        assert_eq!((read("0.046"), read("16")), (0, 1));
    }

    #[test]
    fn one_measure_has_one_figure_for_its_peak() {
        let book = read_all("12", ["0.004"; 6], ["4.1", "4.0", "4.2", "81.03", "99.9", "99.1"]);
        let [found] = book.findings.as_slice() else { panic!("{:?}", book.findings) };
        assert_eq!(found.mechanism, "its CPU went from 4.2% to 99.9%, and it is asked for no more than before");
        let says = "CPU usage rate of cart went from 4.2% to 81.03%, and to 99.9% at its highest.";
        assert_eq!(found.claim.text, says);
        assert_eq!(found.claim.citations.len(), 3, "the first value after the change dates it");
    }
}
