//! Requests that can be followed through the logs by an id: which service is the first to say something
//! that it never says in a request that goes well. Whoever complains later was only told of it. It
//! reads nothing without ids, and nothing where no request goes well.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::scope::{BlockKind, service_of};
use crate::analyst::wording::{after_prefix, excerpt};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Claim, Evidence, Level, Span, Stamp};

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "first_deviation",
    question: "In the requests that fail, whose line is the first that no sound request has?",
    applies: |e, _| {
        e.sources.iter().any(|s| ["raceID", "raceId", "race_id", "raceid"].iter().any(|w| s.text.contains(w)))
    },
    arguments: |_, _| serde_json::json!({}),
    run,
};

static ID: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"(?i)\btrace[_-]?id\W{1,3}([0-9a-z][0-9a-z-]{1,63})").ok());

/// The most lines that are followed.
const MOST: usize = 60_000;
/// Of the failing requests, how many must begin to fail with one service, before it is told.
const SHARE: f64 = 0.6;

/// One line of a request.
struct Said {
    at: Stamp,
    service: String,
    shape: String,
    erring: bool,
    warns: bool,
    span: Span,
}

/// The words of a line without ids, figures and names of its own.
fn shape(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let plain = words.filter(|w| w.len() > 1 && w.len() < 24 && w.chars().all(|c| c.is_alphabetic() || c == '_'));
    let said = plain.take(40).collect::<Vec<_>>().join(" ");
    // `data=[]` says something else than `data=[17]`
    if ["[]", "{}", "=null", ": null"].iter().any(|empty| text.contains(empty)) { said + " (empty)" } else { said }
}

fn requests(evidence: &Evidence, book: &Casebook) -> BTreeMap<String, Vec<Said>> {
    let scope = book.scope(evidence);
    let mut found: BTreeMap<String, Vec<Said>> = BTreeMap::new();
    let Some(id) = ID.as_ref() else { return found };
    let logs = scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs | BlockKind::Text));
    for (block, line, text) in logs.take(MOST) {
        let Some(at) = line.stamp else { continue };
        let Some(trace) = id.captures(text).and_then(|c| c.get(1)) else { continue };
        let Some(service) = service_of(&scope, block, line, text) else { continue };
        let message = text.get(line.message.saturating_sub(line.start)..).unwrap_or(text);
        let quote = excerpt(text, after_prefix(text)..after_prefix(text) + 1);
        found.entry(trace.as_str().to_owned()).or_default().push(Said {
            at,
            service: naming::workload(&service),
            shape: shape(message),
            erring: line.level >= Some(Level::Error),
            warns: line.level >= Some(Level::Warn),
            span: Span::new(block.source, line.start + quote.start..line.start + quote.end),
        });
    }
    for said in found.values_mut() {
        said.sort_by_key(|s| s.at.sort_key());
    }
    found
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let mut requests = requests(evidence, book);
    // where no program reports an error, a request that is warned of is the one that fails
    if !requests.values().flatten().any(|s| s.erring) {
        requests.values_mut().flatten().for_each(|s| s.erring = s.warns);
    }
    let (failing, sound): (Vec<&Vec<Said>>, Vec<&Vec<Said>>) =
        requests.values().partition(|said| said.iter().any(|s| s.erring));
    let usual: BTreeSet<(&str, &str)> =
        sound.iter().flat_map(|r| r.iter()).map(|s| (s.service.as_str(), s.shape.as_str())).collect();
    let known: BTreeSet<&str> = usual.iter().map(|(service, _)| *service).collect();
    let mut first: BTreeMap<&str, Vec<(&Said, &Said)>> = BTreeMap::new();
    for request in &failing {
        let Some(error) = request.iter().find(|s| s.erring) else { continue };
        let odd = request
            .iter()
            .find(|s| known.contains(s.service.as_str()) && !usual.contains(&(s.service.as_str(), s.shape.as_str())));
        if let Some(odd) = odd.filter(|s| !s.erring && s.service != error.service) {
            first.entry(&odd.service).or_default().push((odd, error));
        }
    }
    let title = format!("requests that can be followed: {}; of them fail: {}", requests.len(), failing.len());
    let mut seen = Observation { title, ..Observation::default() };
    let Some((service, met)) = first.iter().max_by_key(|(_, met)| met.len()) else { return seen };
    if met.len() < 2 || (met.len() as f64) < SHARE * failing.len() as f64 {
        return seen;
    }
    let Some((odd, error)) = met.iter().min_by_key(|(odd, _)| odd.at.sort_key()) else { return seen };
    let (said, told) = (evidence.cite(odd.span), evidence.cite(error.span));
    let text = format!(
        "{service} is the first to say what no sound request has, before {} reports an error: “{}”",
        error.service, said.quote
    );
    seen.text = text.clone();
    seen.citations = vec![said.clone(), told.clone()];
    let mechanism = format!("it answers what {} can't work with: “{}”", error.service, said.quote);
    let because = format!("What {} reports follows from what {service} answered before.", error.service);
    let note = |subject: &str, bearing, weight, claim, mechanism| Finding {
        tool: TOOL.name,
        subject: subject.to_owned(),
        subject_kind: naming::kind_of(subject),
        playbook: "app_logic_error.wrong_result".to_owned(),
        bearing,
        weight,
        claim,
        at: Some(odd.at),
        mechanism,
    };
    let own = note(service, Bearing::Stated, 4.2, Claim::quoted(text, vec![said.clone(), told.clone()]), mechanism);
    let other = note(&error.service, Bearing::Against, -1.5, Claim::inferred(because, vec![said, told]), String::new());
    book.findings.extend([own, other]);
    seen
}
