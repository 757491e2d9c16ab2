//! Weighs findings into hypotheses, one per subject and playbook, and orders them.

use std::collections::BTreeMap;

use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::causality::{self, is_second_hand};
use crate::analyst::{Casebook, Knowledge};
use crate::domain::report::Conclusion;
use crate::domain::{Claim, Evidence, FaultKind, Hypothesis, SubjectKind, Verdict};

use super::confidence::{Calibration, Features};
use super::folding::{self, Folded};
use super::named::is_named;
use super::quiet::{erring, failing};
use super::{context, explain, outcome, subjects};

/// A hypothesis while its weight is still in the making.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Weighed {
    pub subject: String,
    pub subject_kind: SubjectKind,
    pub playbook: String,
    pub fault_kind: FaultKind,
    pub weight: f64,
    pub mechanism: String,
    pub supporting: Vec<Claim>,
    pub against: Vec<Claim>,
    /// How many tools speak for it.
    pub channels: usize,
    /// True when a line or a state states the reason itself.
    pub stated: bool,
    /// True when a tool that reads the cluster's own state speaks for it.
    pub state: bool,
    /// True when nothing speaks for it but what somebody outside can write into a log.
    pub outside: bool,
}

/// The result, with what the trail tells about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The hypotheses in their order.
    pub hypotheses: Vec<Hypothesis>,
    /// What the investigation came to.
    pub outcome: Conclusion,
    /// Why, in one sentence.
    pub because: String,
    /// What gained or lost weight for which reason, for the trail.
    pub notes: Vec<String>,
    /// What the first one's confidence was made of.
    pub first: Option<Features>,
    /// What the first one accounts for, so that it is not told by itself.
    pub folded: Vec<Folded>,
}

impl Weighed {
    /// Its name: subject and playbook.
    pub fn id(&self) -> String {
        format!("{}/{}", self.subject, self.playbook)
    }
}

/// The most hypotheses that a report keeps.
const KEPT: usize = 12;
/// What each further finding of one tool still adds.
const DIMINISHING: f64 = 0.4;
/// From this weight on, another subject's stated fault competes with the first.
const RIVAL: f64 = 2.2;
/// Stamps this close (in seconds) give no order.
const JITTER: f64 = 0.005;
/// What a hypothesis may reach that rests on what anybody outside can write, however often.
const OUTSIDE: f64 = 0.15;

/// Of the first one's weight, below which another that no state shows is no more than what the first one leaves.
const FAINT: f64 = 0.5;
/// What an alternative that stands at all has at least.
const FAINTEST: f64 = 0.1;

/// What a first hypothesis leaves for those that are told beside it.
fn left_by(sure: f64) -> f64 {
    ((1.0 - sure).max(FAINTEST) * 100.0).round() / 100.0
}

/// Ranked hypotheses, and what the investigation came to.
pub fn hypotheses(evidence: &Evidence, casebook: &Casebook, knowledge: &Knowledge) -> (Vec<Hypothesis>, Conclusion) {
    let ranked = rank(evidence, casebook, knowledge);
    (ranked.hypotheses, ranked.outcome)
}

/// Ranked hypotheses with the reasons of their order.
pub fn rank(evidence: &Evidence, book: &Casebook, knowledge: &Knowledge) -> Ranked {
    let mut all = weighed(book, knowledge);
    let before: Vec<(String, f64)> = all.iter().map(|w| (w.id(), w.weight)).collect();
    explain::apply(book, &mut all);
    let notes = changes(&before, &all);
    all.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.id().cmp(&b.id())));
    let rivals = all.first().map(|w| rivals_without_order(book, &w.subject)).unwrap_or_default();
    let calibration = Calibration::embedded();
    let second = |i: usize| all.get(if i == 0 { 1 } else { 0 }).map_or(0.0, |w| w.weight);
    let folded = folding::of(book, &all);
    let mut apart = 0;
    let found = all.iter().enumerate().filter(|(i, w)| *i == 0 || w.weight > 0.0).take_while(|(_, w)| {
        apart += usize::from(!folded.iter().any(|f| f.id == w.id()));
        apart <= KEPT
    });
    let named = all.first().is_none_or(|w| w.state || is_named(evidence, &w.subject));
    let features = |i: usize, w: &Weighed| Features {
        weight: w.weight,
        margin: w.weight - second(i),
        channels: w.channels,
        stated: w.stated,
        state: w.state,
        first: i == 0,
        ordered: rivals.is_empty(),
        named: i > 0 || named,
    };
    let first = all.first().map(|w| features(0, w));
    let confidence = |i: usize, w: &Weighed| {
        let most = if w.outside { OUTSIDE } else { most_sure(book, w) };
        calibration.confidence(&features(i, w)).min(most)
    };
    let sure = all.first().map_or(0.0, |w| confidence(0, w));
    let left =
        |i: usize, w: &Weighed| if i > 0 && !w.state && w.weight < FAINT * second(i) { left_by(sure) } else { 1.0 };
    let (outcome, mut because) = outcome::of(book, &all, erring(evidence) || failing(evidence), sure);
    if !rivals.is_empty() {
        because = format!("{because}; the stamps do not tell whether {} came first", rivals.join(" or "));
    }
    // what is over or never was is no cause that anybody should act on
    let most = if outcome == Conclusion::NoIncident { calibration.caps.later } else { 1.0 };
    let hypotheses =
        found.map(|(i, w)| hypothesis(i, w, confidence(i, w).min(most).min(left(i, w)), knowledge)).collect();
    Ranked { hypotheses, outcome, because, notes, first, folded }
}

/// Below this weight a state that nothing states a reason for is no more than seen.
const SHOWN: f64 = 2.5;
/// What a hypothesis may reach that says what is seen, and not why: words alone about a workload that
/// the cluster shows ready, or a container that ends for a reason that is not shown.
const NO_REASON: f64 = 0.6;

/// The most that a hypothesis may reach by what its kind of evidence can tell at all.
fn most_sure(book: &Casebook, w: &Weighed) -> f64 {
    let effect = ["dns_failure.resolution", "app_logic_error."].iter().any(|p| w.playbook.starts_with(p));
    let words = !w.state && !book.cluster.pods.is_empty() && (effect || is_second_hand(&w.playbook));
    let ready = || context::state(&book.cluster, &w.subject) == context::State::Up;
    // among the lines of every day, what callers say of another is said on good days too
    let hearsay = book.full_log && !w.state && w.playbook.starts_with("dependency_unavailable.");
    // a state alone names who is in trouble, and no reason
    let unexplained = w.playbook == "crash_loop.unexplained" || (w.state && !w.stated && w.weight < SHOWN);
    // nobody listens where a pod is not up, whyever it is not
    let down = || context::state(&book.cluster, &w.subject) == context::State::Trouble;
    let refused = !w.state && w.playbook.starts_with("connection_refused.") && down();
    // spans alone show where requests fail, and not why
    let positive =
        || book.findings.iter().filter(|f| f.subject == w.subject && f.playbook == w.playbook && f.weight > 0.0);
    let spans = positive().all(|f| f.tool == "traces" || f.bearing == Bearing::Position);
    let where_only = w.playbook == "app_exception.unhandled" && positive().next().is_some() && spans;
    let said = unexplained || refused || hearsay || where_only || (words && ready());
    if said || unreasoned(book, w) { NO_REASON } else { 1.0 }
}

/// Kinds of fault that people see and tell of whatever the cause was.
const SEEN_BY_PEOPLE: [&str; 14] = [
    "network_partition.",
    "network_delay.",
    "network_loss.",
    "dns_failure.resolution",
    "dependency_unavailable.",
    "connection_refused.",
    "message_lag.",
    "replication_lag.",
    "app_exception.",
    "app_logic_error.",
    "capacity_limit.full",
    "crash_loop.",
    "cpu_saturation.",
    "slow_query.",
];

/// True where all that speaks for what is merely seen stands in what people wrote, and nobody there gives its
/// kind as the cause.
fn unreasoned(book: &Casebook, w: &Weighed) -> bool {
    let family = w.playbook.split('.').next().unwrap_or_default();
    if !SEEN_BY_PEOPLE.iter().any(|p| w.playbook.starts_with(p)) {
        return false;
    }
    let cited = || w.supporting.iter().flat_map(|c| &c.citations);
    !w.state
        && cited().next().is_some()
        && cited().all(|c| book.accounts.iter().any(|a| a.source == c.source && !a.stated.contains(family)))
}

fn weighed(book: &Casebook, knowledge: &Knowledge) -> Vec<Weighed> {
    let mut findings = subjects::settled(book);
    // A monitor's list of anomalies names many services and asks about none of them in particular.
    if findings.iter().any(|f| f.tool == "reported_anomalies") {
        findings.retain(|f| f.tool != "trace_origin");
    }
    let anyone = context::anyone_in_trouble(&book.cluster);
    let mut groups: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for f in &findings {
        groups.entry((&f.subject, &f.playbook)).or_default().push(f);
    }
    let mut all = Vec::new();
    for ((subject, id), mut group) in groups {
        let Some(playbook) = knowledge.playbooks.get(id) else { continue };
        group.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let mut tools: Vec<(&str, u32)> = Vec::new();
        let mut weight = 0.0;
        for f in &group {
            let met = match tools.iter_mut().find(|(t, _)| *t == f.tool) {
                Some((_, met)) => {
                    *met += 1;
                    *met
                }
                None => {
                    tools.push((f.tool, 0));
                    0
                }
            };
            let share = if f.weight > 0.0 { DIMINISHING.powi(met as i32) } else { 1.0 };
            let state = if met == 0 { context::adjustment(book, f, anyone) } else { 0.0 };
            let adds = f.weight * share + state;
            // A line that counts for nothing here takes nothing from what the state shows.
            weight += if f.weight > 0.0 { adds.max(0.0) } else { adds };
        }
        let (against, supporting): (Vec<&Finding>, Vec<&Finding>) =
            group.iter().partition(|f| f.bearing == Bearing::Against);
        let supporting = without_guesses(supporting);
        let mechanism = supporting.iter().map(|f| f.mechanism.as_str()).find(|m| !m.is_empty());
        all.push(Weighed {
            subject: subject.to_owned(),
            subject_kind: group.first().map_or(SubjectKind::Unknown, |f| f.subject_kind),
            playbook: id.to_owned(),
            fault_kind: playbook.kind,
            weight,
            mechanism: mechanism.unwrap_or(&playbook.mechanism).to_owned(),
            supporting: each_once(&supporting),
            against: each_once(&against),
            channels: tools.len(),
            stated: supporting.iter().any(|f| f.bearing == Bearing::Stated),
            state: supporting.iter().any(|f| context::reads_state(f.tool) && f.weight > 1.0),
            outside: from_outside(book, &supporting),
        });
    }
    all
}

/// From this weight on a stated fault stands by itself, and below `OUTWEIGHED` one beside it of the same
/// tool is a fact of every day that happens to have the same playbook.
const STANDS: f64 = 2.5;
const OUTWEIGHED: f64 = 1.0;

/// The findings without what is no support: a guess of the tool that states another fault plainly.
fn without_guesses(supporting: Vec<&Finding>) -> Vec<&Finding> {
    let plain = |tool: &str| {
        context::reads_state(tool)
            && supporting.iter().any(|f| f.tool == tool && f.bearing == Bearing::Stated && f.weight >= STANDS)
    };
    let guess = |f: &Finding| f.bearing == Bearing::Stated && f.weight < OUTWEIGHED && plain(f.tool);
    supporting.iter().filter(|f| !guess(f)).copied().collect()
}

/// True when every finding that states or shows the fault rests on a place that an outsider writes.
fn from_outside(book: &Casebook, supporting: &[&Finding]) -> bool {
    let mut shown = supporting.iter().filter(|f| matches!(f.bearing, Bearing::Stated | Bearing::Symptom)).peekable();
    let outside = |f: &&&Finding| f.claim.citations.iter().all(|c| book.outsiders.contains(c));
    !book.outsiders.is_empty() && shown.peek().is_some() && shown.all(|f| outside(&f))
}

/// The claims, each said once: two patterns may meet on one line.
fn each_once(findings: &[&Finding]) -> Vec<Claim> {
    let mut out: Vec<Claim> = Vec::new();
    for f in findings {
        if !out.iter().any(|known| known.text == f.claim.text) {
            out.push(f.claim.clone());
        }
    }
    out
}

/// The other subjects whose stated faults compete with the first where the stamps give no order.
pub fn rivals_without_order(book: &Casebook, first: &str) -> Vec<String> {
    let ranks = causality::ranking(book);
    let Some((at, _)) = causality::first_of(book, first) else { return Vec::new() };
    let mut rivals: Vec<String> = Vec::new();
    for (subject, playbook, weight) in &ranks {
        let stated = || {
            book.findings
                .iter()
                .any(|f| f.subject == *subject && f.playbook == *playbook && f.bearing == Bearing::Stated)
        };
        let own = !is_second_hand(playbook) || playbook == "dependency_unavailable.down";
        if subject == first || *weight < RIVAL || !own || rivals.contains(subject) || !stated() {
            continue;
        }
        let unordered = causality::first_of(book, subject)
            .is_some_and(|(t, _)| t.seconds_since(&at).is_some_and(|s| s.abs() <= JITTER));
        if unordered {
            rivals.push(subject.clone());
        }
    }
    rivals
}

fn hypothesis(i: usize, w: &Weighed, confidence: f64, knowledge: &Knowledge) -> Hypothesis {
    let playbook = knowledge.playbooks.get(&w.playbook);
    let statement = playbook.map_or("", |p| p.statement.as_str());
    Hypothesis {
        id: w.id(),
        rank: i as u32 + 1,
        subject: w.subject.clone(),
        subject_kind: w.subject_kind,
        fault_kind: w.fault_kind,
        playbook: w.playbook.clone(),
        known_as: playbook.map(|p| p.known_as.clone()).unwrap_or_default(),
        confidence,
        verdict: if !w.against.is_empty() && w.weight < 1.0 { Verdict::Weakened } else { Verdict::Proposed },
        statement: statement.replace("{subject}", &w.subject).replace("{mechanism}", &w.mechanism),
        supporting: w.supporting.clone(),
        against: w.against.clone(),
        settled_by: None,
    }
}

/// What gained or lost weight because one thing accounts for another.
fn changes(before: &[(String, f64)], all: &[Weighed]) -> Vec<String> {
    all.iter()
        .filter_map(|w| {
            let id = w.id();
            let was = before.iter().find(|(n, _)| *n == id).map_or(0.0, |(_, weight)| *weight);
            let change = w.weight - was;
            match () {
                () if change > 0.3 => Some(format!("{id} gains: it accounts for what others show")),
                () if change < -0.9 => Some(format!("{id} loses: another hypothesis accounts for it")),
                () => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alternative_that_is_faint_has_what_the_first_one_leaves() {
        assert_eq!((left_by(0.94), left_by(0.7), left_by(0.0)), (0.1, 0.3, 1.0));
    }
}
