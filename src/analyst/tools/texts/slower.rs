//! What made traced requests slow or fail, where an export shows quick ones as well: the place with most of
//! the time that slow requests take longer, and the deepest failures. Who is slow for a known reason (CPU,
//! pauses, a pool) keeps that reason.

use std::collections::BTreeMap;

use crate::analyst::casebook::{Bearing, Edge, Finding, Seen};
use crate::analyst::grounding::conversions::larger_unit;
use crate::analyst::{Casebook, naming};
use crate::domain::{Citation, Claim, Evidence, SourceId, Span, Stamp};
use crate::intake::spans::{Side, TraceSpan};

use super::super::Observation;
use super::excess::{Place, Stretch, Tree, onset, stretches};
use super::failing;

/// Of all the time that slow requests take longer, the least share that a place must have.
const SHARE: f64 = 0.35;
/// Slow stretches that a place must have.
const SEVERAL: usize = 3;
/// Of a way's excess, the least that must lie between two traced services.
const ON_THE_WAY: f64 = 0.2;

/// One export's evidence.
pub(super) struct Export<'a> {
    pub evidence: &'a Evidence,
    pub source: SourceId,
    pub tree: Tree<'a>,
}

impl Export<'_> {
    fn span(&self, i: usize) -> Option<&TraceSpan> {
        self.tree.all.get(i)
    }

    /// The line of a span.
    pub(super) fn cite(&self, i: usize) -> Option<Citation> {
        self.span(i).map(|s| self.evidence.cite(Span::new(self.source, s.at.clone())))
    }

    /// True where a span's whole time may be told as that of the stretch: of a service's own time it must be most,
    /// and a quick one's whole must be less.
    fn carries(&self, place: &Place, worst: &Stretch) -> bool {
        let whole = |i: usize| self.span(i).map_or(0.0, |s| s.micros);
        !matches!(place, Place::Own(_))
            || worst.micros * 2.0 > whole(worst.span) && whole(worst.quick) < whole(worst.span)
    }

    /// How long a span took, in a larger unit than the export's own where that is easier to say. `None` where the
    /// export states no duration.
    fn took(&self, i: usize) -> Option<String> {
        let s = self.span(i)?;
        let figure = self.evidence.slice(Span::new(self.source, s.took.clone()));
        let told = || larger_unit(figure, s.unit).unwrap_or_else(|| format!("{figure} {}", s.unit));
        (!figure.is_empty()).then(told)
    }
}

/// True where an export states the side of its spans: the decomposition holds only there.
pub(super) fn states_sides(all: &[TraceSpan]) -> bool {
    let servers = all.iter().filter(|s| s.side == Side::Server).count();
    servers * 4 >= all.len() && servers > 7 && all.iter().any(|s| s.side == Side::Client)
}

/// Reads one export; true where it says where the time goes or what fails.
pub(super) fn read(
    evidence: &Evidence,
    book: &mut Casebook,
    source: SourceId,
    all: &[TraceSpan],
    seen: &mut Observation,
) -> bool {
    let names = Tree::names(all);
    let export = Export { evidence, source, tree: Tree::of(all, &names) };
    edges(&export, book);
    let failed = failing::read(&export, book, seen);
    // without a unit no duration stands against a time
    if !TraceSpan::measures(all) {
        return failed;
    }
    let places = stretches(&export.tree);
    let slow: BTreeMap<&Place, f64> = places
        .iter()
        .map(|(p, all)| (p, all.iter().map(|s| s.excess).sum::<f64>()))
        .filter(|(_, e)| *e > 0.0)
        .collect();
    let total: f64 = slow.values().sum();
    let Some(culprit) = culprit(&slow, &places).filter(|c| c.excess >= SHARE * total) else { return failed };
    let told: Vec<&Stretch> = culprit.places.iter().filter_map(|p| places.get(*p)).flatten().collect();
    if told.iter().filter(|s| s.excess > 0.0).count() < SEVERAL {
        return failed;
    }
    tell(&export, book, &culprit, &places, seen) || failed
}

/// Who calls whom, by the spans.
fn edges(export: &Export<'_>, book: &mut Casebook) {
    let tree = &export.tree;
    for (i, above) in tree.above.iter().enumerate() {
        let Some((caller, callee)) = above.map(|p| (tree.service(p), tree.service(i))) else { continue };
        if caller != callee && !book.edges.iter().any(|e| e.caller == caller && e.callee == callee) {
            let Some(observed) = export.cite(i) else { continue };
            book.edges.push(Edge {
                caller: caller.to_owned(),
                callee: callee.to_owned(),
                observed,
                failing: false,
                seen: Seen::Span,
            });
        }
    }
}

/// The subject with most of the excess, and the places where it is spent.
struct Culprit<'a> {
    subject: String,
    excess: f64,
    places: Vec<&'a Place>,
}

fn culprit<'a>(slow: &BTreeMap<&'a Place, f64>, all: &BTreeMap<Place, Vec<Stretch>>) -> Option<Culprit<'a>> {
    let mut found: Vec<Culprit<'a>> = Vec::new();
    for (place, excess) in slow {
        match place {
            Place::Own(who) => found.push(Culprit { subject: who.clone(), excess: *excess, places: vec![place] }),
            Place::Waits(who, peer) => {
                // who waits in one place only waits for its own statement; several make it the other's fault
                let of_peer = |p: &&Place| matches!(p, Place::Waits(_, other) if other == peer && !peer.is_empty());
                let waiting: Vec<&'a Place> = slow.keys().copied().filter(of_peer).collect();
                let subject = if waiting.len() > 1 || !is_store(peer) && naming::is_name(peer) { peer } else { who };
                let places = if waiting.is_empty() { vec![*place] } else { waiting };
                let excess = places.iter().filter_map(|p| slow.get(*p)).sum();
                found.push(Culprit { subject: subject.clone(), excess, places });
            }
            Place::Between(..) => {}
        }
    }
    found.extend(on_the_way(slow, all));
    found.into_iter().max_by(|a, b| a.excess.total_cmp(&b.excess))
}

/// The service whose calls, to it and from it, take longer on the way.
fn on_the_way<'a>(slow: &BTreeMap<&'a Place, f64>, all: &BTreeMap<Place, Vec<Stretch>>) -> Option<Culprit<'a>> {
    let mut ends: Vec<&str> = Vec::new();
    for place in slow.keys() {
        if let Place::Between(a, b) = place {
            ends.extend([a.as_str(), b.as_str()].into_iter().filter(|n| !n.is_empty()));
        }
    }
    ends.sort_unstable();
    ends.dedup();
    let touches = |place: &Place, who: &str| match place {
        Place::Between(a, b) => a == who || b == who,
        Place::Waits(a, _) => a == who,
        Place::Own(_) => false,
    };
    let mut best: Option<(f64, bool, Culprit<'a>)> = None;
    for who in ends {
        let places: Vec<&'a Place> = slow.keys().copied().filter(|p| touches(p, who)).collect();
        let sum = |between: bool| -> f64 {
            places.iter().filter(|p| !between || matches!(p, Place::Between(..))).filter_map(|p| slow.get(*p)).sum()
        };
        let (excess, way) = (sum(false), sum(true));
        if way < ON_THE_WAY * excess {
            continue;
        }
        // a caller of many, of whose calls one kind is slow, is not what is slow
        let ways = all.keys().filter(|p| touches(p, who)).count().max(1);
        let score = excess * places.len() as f64 / ways as f64;
        let called = places.iter().any(|p| matches!(p, Place::Between(_, b) if b == who));
        let known = best.as_ref().is_some_and(|(s, c, _)| *s > score * 1.001 || (*s > score * 0.999 && *c && !called));
        if !known {
            best = Some((score, called, Culprit { subject: who.to_owned(), excess, places }));
        }
    }
    best.map(|(_, _, culprit)| culprit)
}

/// True for what stores data by its name, and for a call that nobody put a name to.
fn is_store(peer: &str) -> bool {
    use crate::domain::SubjectKind;
    peer.is_empty() || matches!(naming::kind_of(peer), SubjectKind::Database | SubjectKind::Cache)
}

fn tell(
    export: &Export<'_>,
    book: &mut Casebook,
    culprit: &Culprit<'_>,
    places: &BTreeMap<Place, Vec<Stretch>>,
    seen: &mut Observation,
) -> bool {
    let mut all: Vec<&Stretch> = culprit.places.iter().filter_map(|p| places.get(*p)).flatten().collect();
    all.sort_by_key(|s| s.start);
    let ordered: Vec<Stretch> = all.iter().map(|s| (*s).clone()).collect();
    let Some(first) = onset(&ordered) else { return false };
    let at = ordered.get(first).and_then(|s| export.span(s.span)?.start);
    let ways = culprit.places.iter().filter(|p| matches!(p, Place::Between(..)));
    let leading = ways.chain(&culprit.places).next().and_then(|p| Some((*p, places.get(*p)?)));
    let Some((place, stretches)) = leading else { return false };
    let slow = || stretches.iter().filter(|s| s.excess > 0.0);
    let answered = slow().filter(|s| s.below.is_some() || !matches!(place, Place::Between(..)));
    // one of which most was spent there shows it best
    let most = |s: &Stretch| export.span(s.span).is_some_and(|whole| s.micros * 2.0 > whole.micros);
    let worse = |a: &&Stretch, b: &&Stretch| most(a).cmp(&most(b)).then(a.excess.total_cmp(&b.excess));
    let Some(worst) = answered.max_by(worse).or_else(|| slow().next()) else { return false };
    let mut cited: Vec<Citation> = [Some(worst.span), worst.below, Some(worst.quick)]
        .into_iter()
        .flatten()
        .chain(ordered.get(first).map(|s| s.span))
        .filter_map(|i| export.cite(i))
        .collect();
    cited.dedup();
    let subject = &culprit.subject;
    let (text, mechanism) = said(export, place, worst, subject);
    let (playbook, weight, mechanism) = match place {
        Place::Between(..) => {
            let loses = lost(&ordered, first) || reported(book, subject, "network_loss.");
            (if loses { "network_loss.packets" } else { "network_delay.latency" }, 4.4, mechanism)
        }
        Place::Waits(who, peer) => {
            let explained =
                reported(book, who, "connection_pool_exhaustion.") || reported(book, subject, "lock_contention.");
            let playbook = if is_store(peer) { "slow_query.general" } else { "dependency_unavailable.timeouts" };
            (playbook, if explained { 0.6 } else { 3.6 }, mechanism)
        }
        Place::Own(_) => match book.starved.iter().find(|(service, _)| service == subject) {
            Some((_, node)) => {
                cited.extend(node.citations.clone());
                ("cpu_saturation.busy", 4.4, format!("the CPU of its node is used up, and {mechanism}"))
            }
            None if known_reason(book, subject) => ("app_logic_error.slow_code", 0.5, mechanism),
            None => ("app_logic_error.slow_code", 3.0, mechanism),
        },
    };
    seen.citations.extend(cited.iter().take(2).cloned());
    seen.text.push_str(&format!("most of the time that slow requests take longer: {subject}\n"));
    let claim = Claim::quoted(text, cited);
    for known in confirmed(book, subject, &claim, at) {
        book.findings.push(known);
    }
    super::traces::found(book, subject, playbook, weight, claim, at, mechanism);
    true
}

/// What the slowest stretch shows, as a sentence and as what is wrong with the subject. Without a stated
/// duration no figure is told.
fn said(export: &Export<'_>, place: &Place, worst: &Stretch, subject: &str) -> (String, String) {
    let figures = export.took(worst.span).zip(export.took(worst.quick)).filter(|_| export.carries(place, worst));
    match (place, figures) {
        (Place::Between(a, b), Some((took, quick))) => {
            let whose = if b == subject { "a call to it".to_owned() } else { format!("its call to {b}") };
            match worst.below.and_then(|i| export.took(i)) {
                Some(worked) => (
                    format!(
                        "A call from {a} to {b} took {took}, of which {b} worked {worked}; a quick one took {quick}."
                    ),
                    format!("{whose} took {took} although the work behind it took {worked}"),
                ),
                None => (
                    format!("A call from {a} to {b} took {took}; a quick one took {quick}."),
                    format!("{whose} took {took}, and a quick one {quick}"),
                ),
            }
        }
        (Place::Between(a, b), None) => {
            let whose = if b == subject { "calls to it".to_owned() } else { format!("its calls to {b}") };
            let longer = "take far longer than quick ones, and the work behind them does not";
            (format!("Calls from {a} to {b} {longer}."), format!("{whose} {longer}"))
        }
        (Place::Waits(a, b), figures) => {
            let whom = if b.is_empty() { export.span(worst.span).map_or("", |s| s.operation.as_str()) } else { b };
            let whose = |one: &str| {
                if b == subject {
                    format!("{one} to it")
                } else {
                    format!("its {} to {whom}", one.trim_start_matches("a "))
                }
            };
            match figures {
                Some((took, quick)) => (
                    format!("A call from {a} to {whom} took {took}; a quick one took {quick}."),
                    format!("{} took {took}, and a quick one {quick}", whose("a call")),
                ),
                None => (
                    format!("Calls from {a} to {whom} take far longer than quick ones."),
                    format!("{} take far longer than quick ones", whose("calls")),
                ),
            }
        }
        (Place::Own(who), Some((took, quick))) => (
            format!(
                "One request stood {took} in {who}, most of it with nothing called meanwhile; a quick one took {quick}."
            ),
            format!("a request stood {took} in it, most of it with nothing called meanwhile"),
        ),
        (Place::Own(who), None) => (
            format!("Requests stand far longer in {who} than quick ones do, with nothing called meanwhile."),
            "requests stand far longer in it than quick ones do, with nothing called meanwhile".to_owned(),
        ),
    }
}

/// True where calls get lost on the way: only some are slow, or they are so by very different times, as where
/// a packet is sent again after growing pauses.
fn lost(all: &[Stretch], first: usize) -> bool {
    let after = all.get(first..).unwrap_or(&[]);
    let mut excess: Vec<f64> = after.iter().map(|s| s.excess).filter(|e| *e > 0.0).collect();
    excess.sort_by(f64::total_cmp);
    let at = |share: usize| excess.get(excess.len() * share / 8).copied().unwrap_or(0.0);
    let share = excess.len() as f64 / after.len().max(1) as f64;
    share < 0.7 || at(7) > 2.5 * at(1).max(1.0)
}

fn reported(book: &Casebook, subject: &str, group: &str) -> bool {
    book.findings.iter().any(|f| f.subject == subject && f.playbook.starts_with(group) && f.weight > 1.0)
}

/// Faults by which a service is slow in its own work.
const REASONS: &[&str] =
    &["cpu_", "gc_pressure.", "memory_exhaustion.", "connection_pool_exhaustion.", "fd_exhaustion."];

fn known_reason(book: &Casebook, subject: &str) -> bool {
    REASONS.iter().any(|group| reported(book, subject, group))
}

/// What is measured of the subject itself is confirmed by its spans: it is where the time goes.
fn confirmed(book: &Casebook, subject: &str, claim: &Claim, at: Option<Stamp>) -> Vec<Finding> {
    let mut out: Vec<Finding> = Vec::new();
    for f in book.findings.iter().filter(|f| f.subject == subject && f.weight > 1.0) {
        let reason = REASONS.iter().any(|group| f.playbook.starts_with(group));
        if reason && !out.iter().any(|o| o.playbook == f.playbook) {
            let again = Finding { claim: claim.clone(), bearing: Bearing::Position, weight: 1.2, at, ..f.clone() };
            out.push(Finding { tool: super::traces::TOOL.name, mechanism: String::new(), ..again });
        }
    }
    out
}
