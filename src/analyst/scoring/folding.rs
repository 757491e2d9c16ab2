//! One cause is told once. What follows from the first hypothesis, what says the same in other words,
//! and what stands in every snapshot whatever the fault is no rival of it: it is told with the first,
//! or not at all. Nothing here moves a weight, and nothing is folded into a hypothesis that a check
//! has spoken against.

use crate::analyst::Casebook;
use crate::domain::{Claim, FaultKind, Hypothesis, SubjectKind, Verdict};

use super::context;
use super::explain::{follows_from_a_callee, follows_from_a_node, is_general};
use super::rank::Weighed;

/// From this weight on, the first hypothesis accounts for others.
const STRONG: f64 = 2.0;
/// Below this weight a hypothesis beside a strong one is no more than a fact that nobody is heard to miss.
const GUESS: f64 = 1.0;
/// Claims of what is folded that the first keeps, as its effects.
const KEPT: usize = 2;

/// How a claim ends for which no reason was found.
const UNEXPLAINED: &[&str] = &["nothing that is shown says why", "no word of the scheduler", "no event says why"];

/// Why a later hypothesis is not told by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It follows from the first.
    Follows,
    /// It says the same of the same thing.
    Same,
    /// It would stand there whatever the fault is.
    Background,
}

/// A later hypothesis that is told with the first or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// Its id.
    pub id: String,
    /// The id of the first, which accounts for it.
    pub first: String,
    /// Why.
    pub why: Why,
    /// What the first keeps of it.
    pub shown: Vec<Claim>,
}

impl Folded {
    /// One sentence for the trail.
    pub fn sentence(&self) -> String {
        match self.why {
            Why::Follows => format!("{} follows from {}", self.id, self.first),
            Why::Same => format!("{} says the same as {}", self.id, self.first),
            Why::Background => format!("{} is set aside: nothing that failed touches it", self.id),
        }
    }
}

/// What the first hypothesis of this order accounts for.
pub fn of(book: &Casebook, ordered: &[Weighed]) -> Vec<Folded> {
    let Some((first, later)) = ordered.split_first().filter(|(f, _)| f.weight >= STRONG) else {
        return Vec::new();
    };
    let mut found: Vec<(&Weighed, Why)> = later.iter().filter_map(|w| Some((w, why(book, first, w)?))).collect();
    // whoever runs into the limit of another comes down of it, whatever its log calls that
    let clients: Vec<&str> = later.iter().filter(|w| one_limit(first, w)).map(|w| w.subject.as_str()).collect();
    let comes_down = |w: &&Weighed| is_general(&w.playbook) && clients.contains(&w.subject.as_str());
    for w in later.iter().filter(comes_down) {
        if !found.iter().any(|(known, _)| std::ptr::eq(*known, w)) {
            found.push((w, Why::Follows));
        }
    }
    found
        .into_iter()
        .map(|(w, why)| {
            // a claim that nothing says why is no support of what says why
            let says = |c: &&Claim| why != Why::Background && !UNEXPLAINED.iter().any(|u| c.text.contains(u));
            let shown = w.supporting.iter().filter(says).cloned().collect();
            Folded { id: w.id(), first: first.id(), why, shown }
        })
        .collect()
}

/// Takes out what is folded, while what it is folded into still stands first and nothing speaks
/// against it. Answers what was taken out.
pub fn settle(hypotheses: &mut Vec<Hypothesis>, folded: &[Folded]) -> Vec<Folded> {
    let Some(first) = hypotheses.first_mut().filter(|h| !matches!(h.verdict, Verdict::Weakened | Verdict::RuledOut))
    else {
        return Vec::new();
    };
    let id = first.id.clone();
    let mut taken: Vec<Folded> = folded.iter().filter(|f| f.first == id).cloned().collect();
    let untouched = |h: &Hypothesis| h.verdict == Verdict::Proposed;
    taken.retain(|f| hypotheses.iter().any(|h| h.id == f.id && untouched(h)));
    hypotheses.retain(|h| !taken.iter().any(|f| f.id == h.id));
    if let Some(first) = hypotheses.first_mut() {
        for claim in taken.iter().flat_map(|f| f.shown.iter().take(1)).take(KEPT) {
            let cited = |c: &Claim| claim.citations.iter().all(|new| c.citations.contains(new)) || c.text == claim.text;
            if !first.supporting.iter().any(cited) {
                first.supporting.push(claim.clone());
            }
        }
    }
    (1..).zip(hypotheses.iter_mut()).for_each(|(place, h)| h.rank = place);
    taken
}

fn why(book: &Casebook, first: &Weighed, w: &Weighed) -> Option<Why> {
    if (w.subject == first.subject && says_the_same(first, w)) || one_limit(first, w) {
        return Some(Why::Same);
    }
    let own = w.subject == first.subject && follows_in_one(first, w);
    if own || misled(first, w) || stands_on(book, first, w) || lacks_room(book, first, w) || waits_for(book, first, w) {
        return Some(Why::Follows);
    }
    // an address that nobody is heard to miss does not keep a workload down that something else does
    let unmissed = w.playbook == "service_misroute.env_address" && w.weight < STRONG;
    let kept_down = keeps_down(first.fault_kind) && (w.subject == first.subject || on_node(book, first, &w.subject));
    (w.weight < GUESS || (unmissed && kept_down)).then_some(Why::Background)
}

/// Two names of one thing that is wrong with one subject.
fn says_the_same(first: &Weighed, w: &Weighed) -> bool {
    let setting = |k: FaultKind| matches!(k, FaultKind::ConfigError | FaultKind::MissingConfig);
    let change = |k: FaultKind| matches!(k, FaultKind::BadDeploy | FaultKind::HumanError | FaultKind::ConfigError);
    let told = |c: &Claim| first.supporting.iter().any(|f| c.citations.iter().all(|at| f.citations.contains(at)));
    w.fault_kind == first.fault_kind
        || (setting(w.fault_kind) && setting(first.fault_kind))
        || (change(w.fault_kind) && change(first.fault_kind) && w.supporting.iter().all(told))
        || has_no_line_of_its_own(first, w)
}

/// By how much the first must outweigh another reading of its own lines.
const CLEARLY: f64 = 0.5;

/// Another reading of the first's own lines, which weighs clearly less or is a general one: no rival, since
/// nothing else speaks for it.
fn has_no_line_of_its_own(first: &Weighed, w: &Weighed) -> bool {
    let of_first = |at: &crate::domain::Citation| {
        first.supporting.iter().flat_map(|c| &c.citations).any(|f| f.source == at.source && f.line == at.line)
    };
    let mut cited = w.supporting.iter().flat_map(|c| &c.citations).peekable();
    let clearly = is_general(&w.playbook) || first.weight - w.weight >= CLEARLY;
    cited.peek().is_some() && cited.all(of_first) && clearly
}

/// A limit of one server or namespace that each of its clients or workloads runs into.
fn one_limit(first: &Weighed, w: &Weighed) -> bool {
    let store = matches!(first.subject_kind, SubjectKind::Database | SubjectKind::Cache | SubjectKind::Queue);
    let pool = |x: &Weighed| x.fault_kind == FaultKind::ConnectionPoolExhaustion;
    let quota = |x: &Weighed| x.fault_kind == FaultKind::QuotaExceeded;
    let server = first.playbook == "connection_pool_exhaustion.server_limit" && store && pool(w);
    server || (quota(first) && quota(w) && first.subject_kind == SubjectKind::Namespace && first.playbook == w.playbook)
}

/// True for what keeps a workload from running at all.
fn keeps_down(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Unschedulable
            | FaultKind::ImagePull
            | FaultKind::ScaledToZero
            | FaultKind::StorageVolume
            | FaultKind::ReadonlyStorage
            | FaultKind::QuotaExceeded
            | FaultKind::ConfigError
            | FaultKind::MissingConfig
            | FaultKind::MissingSecret
            | FaultKind::InvalidCredentials
            | FaultKind::PermissionDenied
            | FaultKind::PortConflict
            | FaultKind::MemoryExhaustion
            | FaultKind::ProbeMisconfig
            | FaultKind::CrashLoop
            | FaultKind::NodeFailure
            | FaultKind::NodeComponentDown
            | FaultKind::VersionIncompatibility
    )
}

/// True for a want of something on the machine, which shows as slowness.
fn slows(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::CpuSaturation
            | FaultKind::CpuThrottling
            | FaultKind::MemoryExhaustion
            | FaultKind::DiskFull
            | FaultKind::GcPressure
    )
}

/// What one subject shows because of what is wrong with it.
fn follows_in_one(first: &Weighed, w: &Weighed) -> bool {
    let unreachable = matches!(w.fault_kind, FaultKind::ConnectionRefused | FaultKind::DependencyUnavailable);
    let general = is_general(&w.playbook) && !is_general(&first.playbook) && keeps_down(first.fault_kind);
    let job = first.fault_kind != FaultKind::JobFailure && w.fault_kind == FaultKind::JobFailure;
    let gone = keeps_down(first.fault_kind) || first.fault_kind == FaultKind::ServiceMisroute;
    let slow = w.playbook == "network_delay.latency" || w.playbook == "capacity_limit.full";
    general || job || (unreachable && gone) || (slow && slows(first.fault_kind))
}

/// Names and ports that a wrong address makes somebody ask in vain.
fn misled(first: &Weighed, w: &Weighed) -> bool {
    let asks =
        matches!(w.fault_kind, FaultKind::ConnectionRefused | FaultKind::DependencyUnavailable | FaultKind::DnsFailure);
    let of_callee = first.subject != w.subject && names(&first.mechanism, &w.subject);
    let held = |host: &str| first.mechanism.contains(&format!(" {host}:"));
    let asked = || w.supporting.iter().any(|c| words(&c.text).any(held));
    let lookup = w.fault_kind == FaultKind::DnsFailure && asked();
    first.fault_kind == FaultKind::ServiceMisroute && asks && (of_callee || lookup)
}

/// The parts of a text that may be an object's name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|w| !w.is_empty())
}

fn names(text: &str, name: &str) -> bool {
    words(text).any(|word| word == name)
}

/// True where a pod of the workload stands on the node that the first is about.
fn on_node(book: &Casebook, first: &Weighed, subject: &str) -> bool {
    first.subject_kind == SubjectKind::Node
        && book.cluster.pods_of(subject).any(|p| p.node.as_ref().is_some_and(|n| n.text == first.subject))
}

/// What shows on a workload whose node is the first.
fn stands_on(book: &Casebook, first: &Weighed, w: &Weighed) -> bool {
    if first.subject_kind != SubjectKind::Node || w.subject_kind == SubjectKind::Node {
        return false;
    }
    let places = first.playbook == "node_component_down.scheduler";
    let waits = places && book.cluster.pods_of(&w.subject).any(|p| p.node.as_ref().is_none_or(|n| n.text == "<none>"));
    let own = follows_from_a_node(w.fault_kind) && on_node(book, first, &w.subject);
    own || (waits && (follows_from_a_node(w.fault_kind) || w.fault_kind == FaultKind::Unschedulable))
}

/// What shows on a workload that a namespace has no room for.
fn lacks_room(book: &Casebook, first: &Weighed, w: &Weighed) -> bool {
    let room = first.fault_kind == FaultKind::QuotaExceeded && first.subject_kind == SubjectKind::Namespace;
    let refused = matches!(w.fault_kind, FaultKind::ConnectionRefused | FaultKind::DependencyUnavailable);
    let short = context::state(&book.cluster, &w.subject) == context::State::Trouble;
    let unnamed = first.playbook.ends_with(".services") && w.playbook == "service_misroute.missing_service";
    room && (unnamed || (short && (refused || is_general(&w.playbook))))
}

/// What a caller shows whose call to the first is seen to fail.
fn waits_for(book: &Casebook, first: &Weighed, w: &Weighed) -> bool {
    let call = |e: &&crate::analyst::casebook::Edge| e.caller == w.subject && e.callee == first.subject;
    let fails = book.edges.iter().filter(call).any(|e| e.failing);
    let slow = first.playbook == w.playbook && w.fault_kind == FaultKind::NetworkDelay;
    let calls = book.edges.iter().any(|e| call(&e));
    let blames = w.supporting.iter().any(|c| names(&c.text, &first.subject));
    w.subject != first.subject && follows_from_a_callee(w.fault_kind) && ((fails && blames) || (slow && calls))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::casebook::Edge;

    fn weighed(id: &str, fault_kind: FaultKind, weight: f64, mechanism: &str) -> Weighed {
        let (subject, playbook) = id.split_once('/').unwrap();
        Weighed {
            subject: subject.into(),
            subject_kind: SubjectKind::Service,
            playbook: playbook.into(),
            fault_kind,
            weight,
            mechanism: mechanism.into(),
            supporting: vec![Claim::quoted(format!("{id} is seen."), Vec::new())],
            against: Vec::new(),
            channels: 1,
            stated: true,
            state: true,
            outside: false,
        }
    }

    fn folded(book: &Casebook, all: &[Weighed]) -> Vec<(String, Why)> {
        of(book, all).into_iter().map(|f| (f.id, f.why)).collect()
    }

    #[test]
    fn who_can_not_run_refuses_calls_because_of_that_and_a_fact_of_every_day_is_no_rival() {
        let all = [
            weighed("ledger/unschedulable.node_selector", FaultKind::Unschedulable, 5.0, ""),
            weighed("ledger/connection_refused.nothing_listens", FaultKind::ConnectionRefused, 1.8, ""),
            weighed("ledger/crash_loop.unexplained", FaultKind::CrashLoop, 1.5, ""),
            weighed("stock/lock_contention.blocked", FaultKind::LockContention, 1.4, ""),
            weighed("shop/service_misroute.env_address", FaultKind::ServiceMisroute, 0.7, ""),
        ];
        let expected = [
            ("ledger/connection_refused.nothing_listens".to_owned(), Why::Follows),
            ("ledger/crash_loop.unexplained".to_owned(), Why::Follows),
            ("shop/service_misroute.env_address".to_owned(), Why::Background),
        ];
        assert_eq!(folded(&Casebook::default(), &all), expected);
    }

    #[test]
    fn an_address_that_leads_nowhere_stays_where_it_is_the_best_that_is_known_or_a_rival() {
        let address = |weight| weighed("shop/service_misroute.env_address", FaultKind::ServiceMisroute, weight, "");
        let book = Casebook::default();
        assert_eq!(folded(&book, &[address(0.7)]), []);
        let thin = weighed("ledger/slow_query.general", FaultKind::SlowQuery, 1.2, "");
        assert_eq!(folded(&book, &[thin, address(0.7)]), [], "what is thin itself accounts for nothing");
        let strong = weighed("ledger/slow_query.general", FaultKind::SlowQuery, 5.0, "");
        assert_eq!(folded(&book, &[strong, address(2.6)]), [], "somebody is heard to miss it");
    }

    #[test]
    fn another_reading_of_the_same_line_is_no_rival_and_one_with_a_line_of_its_own_is() {
        let source = crate::domain::SourceId(0);
        let line = |line| crate::domain::Citation { source, start: 0, end: 1, line, quote: "r".into() };
        let of = |id: &str, kind, weight, no| Weighed {
            supporting: vec![Claim::quoted("routes were removed", vec![line(no)])],
            ..weighed(id, kind, weight, "")
        };
        let first = of("edge/bad_deploy.infrastructure", FaultKind::BadDeploy, 5.0, 8);
        let same = of("edge/service_misroute.routes", FaultKind::ServiceMisroute, 3.0, 8);
        let own = of("edge/dns_failure.resolution", FaultKind::DnsFailure, 3.0, 9);
        let near = of("edge/network_partition.split", FaultKind::NetworkPartition, 4.8, 8);
        let why = folded(&Casebook::default(), &[first, near, same, own]);
        assert_eq!(why, [("edge/service_misroute.routes".to_owned(), Why::Same)]);
    }

    #[test]
    fn a_limit_and_a_wrong_port_are_told_once() {
        let kind = FaultKind::ConnectionPoolExhaustion;
        let mut server = weighed("books-db/connection_pool_exhaustion.server_limit", kind, 5.0, "");
        server.subject_kind = SubjectKind::Database;
        let client = weighed("shop/connection_pool_exhaustion.server_limit", kind, 2.2, "");
        let why = folded(&Casebook::default(), &[server, client]);
        assert_eq!(why, [("shop/connection_pool_exhaustion.server_limit".to_owned(), Why::Same)]);
        let says =
            "its environment variable RATES holds the address rates:9001, and that service has port 9000 instead";
        let wrong = weighed("shop/service_misroute.env_address", FaultKind::ServiceMisroute, 5.0, says);
        let refused = weighed("rates/connection_refused.nothing_listens", FaultKind::ConnectionRefused, 2.0, "");
        let other = weighed("stock/connection_refused.nothing_listens", FaultKind::ConnectionRefused, 2.0, "");
        let why = folded(&Casebook::default(), &[wrong, refused, other]);
        assert_eq!(why, [("rates/connection_refused.nothing_listens".to_owned(), Why::Follows)]);
    }

    #[test]
    fn a_caller_is_folded_only_where_its_own_words_blame_the_first() {
        let first = weighed("ledger/memory_exhaustion.oom_killed", FaultKind::MemoryExhaustion, 5.0, "");
        let mut caller = weighed("shop/app_exception.unhandled", FaultKind::AppException, 2.0, "");
        let observed = crate::domain::Citation {
            source: crate::domain::SourceId(0),
            start: 0,
            end: 0,
            line: 1,
            quote: String::new(),
        };
        let edge = Edge {
            caller: "shop".into(),
            callee: "ledger".into(),
            observed,
            failing: true,
            seen: crate::analyst::casebook::Seen::Log,
        };
        let book = Casebook { edges: vec![edge], ..Casebook::default() };
        assert_eq!(folded(&book, &[first.clone(), caller.clone()]), []);
        caller.supporting = vec![Claim::quoted("“ledger did not answer”", Vec::new())];
        let why = folded(&book, &[first, caller]);
        assert_eq!(why, [("shop/app_exception.unhandled".to_owned(), Why::Follows)]);
    }

    #[test]
    fn what_a_check_spoke_against_holds_nothing_back() {
        let hypothesis = |rank: u32, id: &str, verdict| Hypothesis {
            id: id.into(),
            rank,
            subject: "ledger".into(),
            subject_kind: SubjectKind::Service,
            fault_kind: FaultKind::Unschedulable,
            playbook: String::new(),
            known_as: Vec::new(),
            confidence: 0.5,
            verdict,
            statement: String::new(),
            supporting: Vec::new(),
            against: Vec::new(),
            settled_by: None,
        };
        let fold = Folded {
            id: "b".into(),
            first: "a".into(),
            why: Why::Follows,
            shown: vec![Claim::quoted("b.", Vec::new())],
        };
        let folds = [fold];
        let mut weakened = vec![hypothesis(1, "a", Verdict::Weakened), hypothesis(2, "b", Verdict::Proposed)];
        assert_eq!((settle(&mut weakened, &folds), weakened.len()), (Vec::new(), 2));
        let mut confirmed = vec![
            hypothesis(1, "a", Verdict::Proposed),
            hypothesis(2, "b", Verdict::Proposed),
            hypothesis(3, "c", Verdict::Proposed),
        ];
        assert_eq!(settle(&mut confirmed, &folds), folds);
        let left: Vec<_> = confirmed.iter().map(|h| (h.id.as_str(), h.rank)).collect();
        assert_eq!(left, [("a", 1), ("c", 2)]);
        assert_eq!(confirmed[0].supporting.len(), 1, "the effect is told with its cause");
    }
}
