//! How many calls each service is asked for, and who asks for more: everybody at the entrance (a
//! surge), or one caller that asks again and again for each request of its own (retries). It says
//! nothing of services whose rate is not measured.

use std::collections::BTreeMap;

use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Citation, Claim, Evidence, Span, Stamp};
use crate::intake::metrics::{Series, series};

use super::super::{Observation, Tool};
use super::metrics::{in_utc, states_utc};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "load",
    question: "Which service is asked for more than before, and by whom?",
    applies: |e, _| e.sources.iter().any(|s| has_rates(&s.text)),
    arguments: |_, _| serde_json::json!({}),
    run,
};

/// A rate is a rise from this multiple of what it was.
const RISE: f64 = 4.0;
/// Below this multiple a rate has kept its level.
const KEPT: f64 = 2.0;
/// Calls a second below which a multiple says nothing.
const FLOOR: f64 = 3.0;
/// Services that must be asked for more, before it is everybody.
const EVERYBODY: usize = 2;

/// How a service's rate of calls moved.
struct Moved {
    times: f64,
    from: Citation,
    began: Citation,
    to: Citation,
    at: Stamp,
}

/// Cheap: true where a rate of calls may be measured at all.
fn has_rates(text: &str) -> bool {
    let head = text.lines().filter(|l| l.len() < 1_000 && (l.contains(',') || l.contains("metric_name")));
    head.take(HEAD).any(is_rate)
}

/// The lines in which the head of a table of measures is looked for.
const HEAD: usize = 400;

fn is_rate(metric: &str) -> bool {
    let name = metric.to_lowercase().replace(['_', '-', ' '], "");
    ["workload", "ops)", "opspersec", "requestrate", "requestspersec", "rps", "qps"].iter().any(|w| name.contains(w))
}

/// The rate at the end against that of the first third, where the end is high.
fn moved(evidence: &Evidence, source: crate::domain::SourceId, s: &Series, utc: bool) -> Option<Moved> {
    let points = &s.points;
    let head = points.get(..(points.len() / 3).max(1))?;
    let base = head.iter().map(|p| p.value).sum::<f64>() / head.len() as f64;
    let last = points.last().filter(|p| p.value >= FLOOR || p.value < KEPT * base.max(0.01))?;
    let times = last.value / base.max(0.05);
    let begins = points.iter().find(|p| p.value >= RISE * base.max(0.05)).unwrap_or(last);
    let cite = |p: &crate::intake::metrics::Point| evidence.cite(Span::new(source, p.span.clone()));
    let at = if utc { in_utc(begins.at) } else { begins.at };
    if points.len() < 4 {
        return None;
    }
    Some(Moved { times, from: cite(head.last()?), began: cite(begins), to: cite(last), at })
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let mut rates: BTreeMap<String, Moved> = BTreeMap::new();
    for source in evidence.sources.iter().filter(|s| has_rates(&s.text)) {
        let utc = states_utc(&source.text);
        for s in series(&source.text).series.iter().filter(|s| is_rate(&s.metric)) {
            if let Some(found) = moved(evidence, source.id, s, utc) {
                rates.insert(naming::workload(&s.subject), found);
            }
        }
    }
    let risen: Vec<&String> = rates.iter().filter(|(_, m)| m.times >= RISE).map(|(n, _)| n).collect();
    let callers = |name: &str| -> Vec<&str> {
        let of = book.edges.iter().filter(|e| e.callee == name && e.caller != name);
        of.map(|e| e.caller.as_str()).filter(|c| rates.contains_key(*c)).collect()
    };
    let kept = |name: &str| rates.get(name).is_some_and(|m| m.times < KEPT);
    let mut found: Vec<Finding> = Vec::new();
    let entrance = risen
        .iter()
        .filter(|n| callers(n).is_empty() && book.edges.iter().any(|e| e.caller == ***n))
        .max_by(|a, b| times_of(&rates, a).total_cmp(&times_of(&rates, b)));
    for name in &risen {
        let Some(m) = rates.get(name.as_str()) else { continue };
        // dated by the first that rose, it says that one, and where it led
        let end = if m.to.quote == m.began.quote { String::new() } else { format!(" ({} in the end)", m.to.quote) };
        let above = callers(name);
        if entrance == Some(name) && risen.len() > EVERYBODY {
            let text = format!("{name} is asked for {} calls a second, up from {}{end}.", m.began.quote, m.from.quote);
            let mechanism = format!("the requests that reach it went from {} to {} a second", m.from.quote, m.to.quote);
            found.push(finding(name, "traffic_spike.surge", 5.6, text, m, mechanism));
        } else if let [caller] = above.as_slice()
            && kept(caller)
        {
            let text = format!(
                "{name} is asked for {} calls a second, up from {}{end}, and {caller}, which calls it, stays at its own level.",
                m.began.quote, m.from.quote
            );
            let mechanism = format!(
                "its calls to {name} went from {} to {} a second while its own load stayed at its level: it retries",
                m.from.quote, m.to.quote
            );
            let mut one = finding(caller, "retry_storm.amplified", 5.0, text, m, mechanism);
            one.claim.citations.extend(rates.get(*caller).into_iter().flat_map(|m| [m.from.clone(), m.to.clone()]));
            found.push(one);
        }
    }
    let mut seen = Observation {
        title: format!("rates: {}; of them rose: {}", rates.len(), risen.len()),
        ..Observation::default()
    };
    for f in &found {
        seen.text.push_str(&format!("{} / {}: {}\n", f.subject, f.playbook, f.claim.text));
        seen.citations.extend(f.claim.citations.iter().take(2).cloned());
    }
    book.findings.extend(found);
    seen
}

fn times_of(rates: &BTreeMap<String, Moved>, name: &str) -> f64 {
    rates.get(name).map_or(0.0, |m| m.times)
}

fn finding(name: &str, playbook: &str, weight: f64, text: String, m: &Moved, mechanism: String) -> Finding {
    Finding {
        tool: TOOL.name,
        subject: name.to_owned(),
        subject_kind: naming::kind_of(name),
        playbook: playbook.to_owned(),
        bearing: Bearing::Stated,
        weight,
        claim: Claim::quoted(text, vec![m.from.clone(), m.began.clone(), m.to.clone()]),
        at: Some(m.at),
        mechanism,
    }
}
