//! Since when a cluster's state is as it is: pods that are in trouble since they were made, what was rolled out or
//! changed just before, what events first told. An age is counted back from the time at which the state was taken,
//! and told with both stamps; where that time is not known, an age dates nothing.

use std::cmp::Ordering;

use super::material::Material;
use super::taken::{Taken, taken};
use super::wording::duration;
use crate::analyst::tools::kube_view;
use crate::analyst::wording::event_said;
use crate::domain::report::FirstCause;
use crate::domain::{Claim, Hypothesis, Span, Stamp};
use crate::intake::kube::{Cluster, Dated, Event, Pod, Sign, workload_of};

/// A change this long before the first sign of trouble may have brought it, in seconds.
const BROUGHT_WITHIN_S: f64 = 900.0;
/// A change that no sign is known of is told where it is at most this old, in seconds.
const RECENT_S: f64 = 86_400.0;
/// Ages have whole minutes: signs this close have no order, in seconds.
const COARSE_S: f64 = 90.0;
/// A container that does not stay up is started anew every five minutes at most; a run may take some more.
const RESTARTED_EVERY_S: f64 = 600.0;

/// Repeats over more than this are no longer of one trouble, in seconds.
const ONE_TROUBLE_S: f64 = 6.0 * 3600.0;

/// What begins an event that dates a fault though it is no warning.
const TELLING: &[&str] = &["Killing", "NodeNotReady", "NodeHas", "Evicted", "Preempted"];

/// What the state shows first of a hypothesis; `true`: it is a sign of the fault itself, and not only a change.
pub fn first(m: &Material<'_>, h: &Hypothesis) -> Option<(FirstCause, bool)> {
    let cluster = &m.book.cluster;
    if cluster.is_empty() {
        return None;
    }
    let read = Reading { m, h, taken: taken(m.evidence, cluster) };
    let signs = read.signs();
    let changes = read.changes();
    let sign = signs.into_iter().reduce(earlier);
    let Some(sign) = sign else {
        let recent = |c: &FirstCause| {
            let age = read.taken.as_ref().and_then(|t| t.at.seconds_since(&c.at));
            age.is_some_and(|s| (0.0..RECENT_S).contains(&s))
        };
        let last = changes.into_iter().filter(recent).reduce(|a, b| if is_before(&a.at, &b.at) { b } else { a });
        return last.map(|c| (c, false));
    };
    let brought = changes
        .into_iter()
        .filter(|c| sign.at.seconds_since(&c.at).is_some_and(|s| (-COARSE_S..BROUGHT_WITHIN_S).contains(&s)));
    let brought: Vec<FirstCause> = brought.collect();
    Some((brought.into_iter().fold(sign, earlier), true))
}

fn is_before(a: &Stamp, b: &Stamp) -> bool {
    a.order(b) == Some(Ordering::Less)
}

fn earlier(a: FirstCause, b: FirstCause) -> FirstCause {
    if is_before(&b.at, &a.at) { b } else { a }
}

struct Reading<'a> {
    m: &'a Material<'a>,
    h: &'a Hypothesis,
    taken: Option<Taken>,
}

impl Reading<'_> {
    fn cluster(&self) -> &Cluster {
        &self.m.book.cluster
    }

    /// True for a name that the hypothesis is of or speaks of as its mechanism.
    fn is_meant(&self, name: &str) -> bool {
        name == self.h.subject || name.len() > 3 && names(&self.h.statement, name)
    }

    /// The pods that the hypothesis is of: its workload's, and on a node those that its statement names.
    fn pods(&self) -> impl Iterator<Item = &Pod> {
        let node = self.cluster().nodes.iter().any(|n| n.name == self.h.subject);
        self.cluster().pods.iter().filter(move |p| {
            let on = p.node.as_ref().is_some_and(|n| n.text == self.h.subject);
            let own =
                kube_view::owner(p) == self.h.subject || p.workload() == self.h.subject || p.name == self.h.subject;
            own || node && on && names(&self.h.statement, p.workload())
        })
    }

    fn signs(&self) -> Vec<FirstCause> {
        // what stopped on a host says when; what its events repeat is of other days as well
        if let Some(stopped) = self.unit() {
            return vec![stopped];
        }
        let mut out: Vec<FirstCause> = Vec::new();
        for pod in self.pods().filter(|p| kube_view::in_trouble(p)) {
            out.extend(self.unready(pod));
            if is_since_made(pod) {
                out.extend(self.made(pod));
            }
        }
        out.extend(self.cluster().events.iter().filter(|e| self.is_told(e)).filter_map(|e| self.told(e)));
        out.extend(self.replica_sets());
        out.extend(self.expiry());
        out
    }

    /// A unit of the host that stopped.
    fn unit(&self) -> Option<FirstCause> {
        let units = self.cluster().units.iter().filter(|u| u.host == self.h.subject && !u.active);
        let first = units.filter_map(|u| u.since.map(|at| (at, u.at))).min_by_key(|(at, _)| at.sort_key())?;
        Some(self.quoted(first.0, first.1))
    }

    /// A replica set that has none of the pods it wants: it was made as the trouble began.
    fn replica_sets(&self) -> Vec<FirstCause> {
        let sets = self.cluster().workloads.iter().filter(|w| w.kind == "replicaset");
        let without = sets.filter(|w| w.ready == Some(0) && w.desired.is_some_and(|d| d > 0));
        without.filter(|w| workload_of(&w.name) == self.h.subject).filter_map(|w| self.aged(w.age?, w.at)).collect()
    }

    /// When a certificate ended, where the error that is cited says so.
    fn expiry(&self) -> Option<FirstCause> {
        if !self.h.playbook.starts_with("certificate_expired.") {
            return None;
        }
        let cited = self.h.supporting.iter().flat_map(|c| &c.citations);
        let (at, place) = cited.filter_map(|c| Some((ended(&c.quote)?, c))).next()?;
        Some(FirstCause { at, what: Claim::quoted(format!("“{}”", place.quote), vec![place.clone()]) })
    }

    fn made(&self, pod: &Pod) -> Option<FirstCause> {
        let dated = self.cluster().dated.iter().find(|d| is_of(d, pod) && d.sign == Sign::Made);
        let told = |d: &Dated| self.noted(&format!("The pod {} was made then", d.name), d.at, d.place);
        dated.map(told).or_else(|| {
            let made = self.aged(pod.age?, pod.at)?;
            let text = format!("The pod {} was made then, by its age", pod.name);
            Some(FirstCause { what: Claim { text, ..made.what }, ..made })
        })
    }

    fn unready(&self, pod: &Pod) -> Option<FirstCause> {
        let dated = self.cluster().dated.iter().find(|d| is_of(d, pod) && d.sign == Sign::Unready)?;
        Some(self.noted(&format!("The pod {} is not ready since then", pod.name), dated.at, dated.place))
    }

    fn is_told(&self, e: &Event) -> bool {
        // a number of replicas that was changed is a sign where the number is what is short
        let scaled = e.reason == "SuccessfulRescale" && self.h.playbook.starts_with("capacity_limit.");
        let telling = scaled
            || e.warning && kube_view::matters(self.cluster(), e)
            || TELLING.iter().any(|t| e.reason.starts_with(t));
        let of_pod = || self.pods().any(|p| p.name == e.name && kube_view::in_trouble(p));
        let own = e.name == self.h.subject || kube_view::subject(self.cluster(), e) == self.h.subject;
        let whole = || e.kind != "pod" || self.cluster().pods.iter().all(|p| p.name != e.name) || of_pod();
        telling && (own && whole() || of_pod())
    }

    fn told(&self, e: &Event) -> Option<FirstCause> {
        if let Some(at) = e.began {
            return Some(self.quoted(at, e.at));
        }
        // an event that goes on for days is of several troubles
        let over = e.over.filter(|o| *o < ONE_TROUBLE_S).unwrap_or(0.0);
        let counted = self.aged(e.age?.max(over), e.at)?;
        // nothing is told of a pod before it was made: its age belongs to a table that was printed later
        let namespace = e.namespace.as_deref();
        let of = |d: &&Dated| d.is_of("pod", namespace, &e.name) && d.sign == Sign::Made;
        let made = self.cluster().dated.iter().find(of);
        (!made.is_some_and(|d| is_before(&counted.at, &d.at))).then_some(counted)
    }

    /// What was rolled out or changed: the newest pods of the workload where nothing is wrong with them, and the
    /// objects that the hypothesis names.
    fn changes(&self) -> Vec<FirstCause> {
        let dated = self.cluster().dated.iter().filter(|d| d.kind != "pod" && d.sign != Sign::Unready);
        let mut out: Vec<FirstCause> = dated.filter(|d| self.is_meant(&d.name)).map(|d| self.of_object(d)).collect();
        let policies = self.cluster().policies.iter().filter(|p| self.is_meant(&p.name));
        out.extend(policies.filter_map(|p| self.aged(p.age?, p.at)));
        out.extend(self.rolled_out());
        out
    }

    /// The oldest of the newest pods of one template, where most others are older.
    fn rolled_out(&self) -> Option<FirstCause> {
        let own = || self.pods().filter(|p| p.is_well());
        let newest = own()
            .filter_map(|p| Some((self.made(p)?, p)))
            .reduce(|a, b| if is_before(&a.0.at, &b.0.at) { b } else { a })?;
        let template = |p: &Pod| p.name.rsplit_once('-').map(|(t, _)| t.to_owned());
        let same = own().filter(|p| template(p) == template(newest.1));
        let first = same.filter_map(|p| self.made(p)).reduce(earlier)?;
        let others = || self.cluster().pods.iter().filter(|p| p.workload() != newest.1.workload());
        let older = others().filter_map(|p| self.made(p)).filter(|o| is_before(&o.at, &first.at)).count();
        (older * 2 > others().count()).then_some(first)
    }

    fn of_object(&self, d: &Dated) -> FirstCause {
        let how = if d.sign == Sign::Made { "made" } else { "changed" };
        self.noted(&format!("The {} {} was {how} then", d.kind, d.name), d.at, d.place)
    }

    /// What a field of an object says, with the field.
    fn noted(&self, what: &str, at: Stamp, place: Span) -> FirstCause {
        let cited = self.m.evidence.cite(place);
        let quote = cited.quote.trim();
        // quotation marks around the whole of it are the format's; one behind a key belongs to its value
        let bare = quote.strip_prefix('"').and_then(|q| q.strip_suffix('"')).unwrap_or(quote);
        let text = format!("{what}: “{bare}”.");
        FirstCause { at, what: Claim::quoted(text, vec![cited]) }
    }

    fn quoted(&self, at: Stamp, place: Span) -> FirstCause {
        let cited = self.m.evidence.cite(place);
        FirstCause { at, what: Claim::quoted(format!("“{}”", event_said(&cited.quote)), vec![cited]) }
    }

    /// What the row of that age told, counted back from when the state was taken.
    fn aged(&self, age: f64, row: Span) -> Option<FirstCause> {
        let taken = self.taken.as_ref()?;
        let at = taken.before(age)?;
        let cited = self.m.evidence.cite(row);
        let formula = format!("{} - {at} = {}", taken.at, duration(age));
        let what = Claim::derived(format!("“{}”", event_said(&cited.quote)), formula, vec![cited, taken.place.clone()]);
        Some(FirstCause { at, what })
    }
}

/// True where a pod that is in trouble can have been so since it was made: it never started, or its restarts
/// fill its life.
fn is_since_made(pod: &Pod) -> bool {
    let waits = pod.restarts.unwrap_or(0) == 0;
    let ran = pod.status.as_ref().is_some_and(|s| matches!(s.text.as_str(), "Running" | "Terminating" | "Unknown"));
    let fills = |age: f64| age <= f64::from(pod.restarts.unwrap_or(0) + 1) * RESTARTED_EVERY_S;
    (waits && !ran) || pod.age.is_some_and(fills) || pod.age.is_none() && !ran
}

/// True for a time of that pod.
fn is_of(d: &Dated, pod: &Pod) -> bool {
    d.is_of("pod", pod.namespace.as_deref(), &pod.name)
}

/// True where the name stands in the text by itself.
fn names(text: &str, name: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == '-'));
    text.match_indices(name).any(|(at, _)| {
        let after = text.get(at + name.len()..).and_then(|t| t.chars().next());
        edge(text.get(..at).and_then(|t| t.chars().next_back())) && edge(after)
    })
}

/// `current time … is after 2026-09-12T00:00:00Z`.
fn ended(quote: &str) -> Option<Stamp> {
    let (_, rest) = quote.split_once(" is after ")?;
    let word = rest.split(|c: char| c.is_whitespace() || c == '"').next()?;
    word.trim_end_matches(['.', ',', ')']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::{Knowledge, Request};
    use crate::domain::{Evidence, Origin, Source, SourceId};

    fn first_cause(text: &str) -> Option<FirstCause> {
        let source = Source { id: SourceId(0), name: "x".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let knowledge = Knowledge::embedded();
        let mut go_on = |_: &crate::domain::Step| std::ops::ControlFlow::Continue(());
        crate::analyst::investigate(&evidence, &Request::default(), knowledge, &mut go_on).unwrap().first_cause
    }

    const PENDING: &str = "\
$ kubectl get pods -n farm -o wide
NAME                       READY   STATUS    RESTARTS   AGE    IP          NODE     NOMINATED NODE   READINESS GATES
feeder-6d8c9f7b5d-2xkqp    0/1     Pending   0          25m    <none>      <none>   <none>           <none>
scales-7f9d6c5b4d-8wzrt    1/1     Running   0          12d    10.1.0.8    n-1      <none>           <none>

$ kubectl get events -n farm
LAST SEEN   TYPE      REASON             OBJECT                        MESSAGE
3m          Warning   FailedScheduling   pod/feeder-6d8c9f7b5d-2xkqp   0/3 nodes are available: 3 Insufficient memory.
";

    #[test]
    fn an_age_is_counted_back_from_when_the_state_was_taken_with_both_stamps() {
        let dated = format!("Snapshot: 2026-05-06T10:30:00Z\n\n{PENDING}");
        let first = first_cause(&dated).unwrap();
        assert_eq!(first.at.to_string(), "2026-05-06T10:05:00Z");
        assert_eq!(first.what.formula.as_deref(), Some("2026-05-06T10:30:00Z - 2026-05-06T10:05:00Z = 25 min"));
        assert_eq!(first.what.support, crate::domain::Support::Derived);
    }

    #[test]
    fn an_age_dates_nothing_where_nobody_knows_when_the_state_was_taken() {
        assert_eq!(first_cause(PENDING), None);
    }

    #[test]
    fn a_name_is_met_whole_and_an_expiry_is_read() {
        assert!(names("the quota team-grid for memory", "team-grid"));
        assert!(!names("the quota team-grid-2 for memory", "team-grid"));
        let error = "x509: certificate has expired: current time 2026-09-12T00:11:44Z is after 2026-09-12T00:00:00Z";
        assert_eq!(ended(error).map(|s| s.to_string()).as_deref(), Some("2026-09-12T00:00:00Z"));
    }
}
