//! Since when a cluster's state is as it is: pods that are in trouble since they were made, what was rolled out or
//! changed just before, what events first told. An age is counted back from the time at which the state was taken,
//! and told with both stamps; where that time is not known, an age dates nothing. An age is cut off at its printed
//! unit: what `9h` tells of may be an hour older, so it has an order only outside that hour.

use std::cmp::Ordering;

use super::material::Material;
use super::taken::{Taken, taken};
use super::wording::duration;
use crate::analyst::tools::kube_view;
use crate::analyst::wording::event_said;
use crate::domain::report::FirstCause;
use crate::domain::{Claim, Hypothesis, Span, Stamp};
use crate::intake::kube::{self, Cluster, Event, Pod, Sign, Workload, quantity, workload_of};

/// A change this long before the first sign of trouble may have brought it, in seconds.
const BROUGHT_WITHIN_S: f64 = 900.0;
/// A change that no sign is known of is told where it is at most this old, in seconds.
const RECENT_S: f64 = 86_400.0;
/// Events of one cluster come from several clocks: signs this close have no order, in seconds.
const CLOCKS_S: f64 = 30.0;
/// What the kubelet waits before it starts a container anew: ten seconds, twice as long each time, five minutes at
/// most.
const BACK_OFF_S: (f64, f64) = (10.0, 300.0);
/// A life that restarts fill but for this much was never a healthy one, in seconds.
const BEFORE_FIRST_S: f64 = 600.0;

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
        let recent = |c: &Dated| {
            let age = read.taken.as_ref().and_then(|t| t.at.seconds_since(&c.cause.at));
            age.is_some_and(|s| (0.0..RECENT_S).contains(&s))
        };
        let last = changes.into_iter().filter(recent).reduce(|a, b| if b.is_after(&a) { b } else { a });
        return last.map(|c| (c.cause, false));
    };
    let brought: Vec<Dated> = changes.into_iter().filter(|c| c.can_have_brought(&sign)).collect();
    Some((brought.into_iter().fold(sign, earlier).cause, true))
}

fn is_before(a: &Stamp, b: &Stamp) -> bool {
    a.order(b) == Some(Ordering::Less)
}

/// Something that happened at the latest at its time, and at the earliest so many seconds before.
#[derive(Debug)]
struct Dated {
    cause: FirstCause,
    width: f64,
}

impl Dated {
    fn exact(cause: FirstCause) -> Self {
        Self { cause, width: 0.0 }
    }

    /// True where even its earliest time is after the other's latest.
    fn is_after(&self, other: &Self) -> bool {
        self.cause.at.seconds_since(&other.cause.at).is_some_and(|s| s > self.width)
    }

    /// True for a change that was not after the sign for all one can tell, and at most so long before it.
    fn can_have_brought(&self, sign: &Self) -> bool {
        let coarse = CLOCKS_S + self.width;
        sign.cause.at.seconds_since(&self.cause.at).is_some_and(|s| (-coarse..BROUGHT_WITHIN_S).contains(&s))
    }
}

/// The earlier of two; where their widths overlap, the one whose time is better known.
fn earlier(a: Dated, b: Dated) -> Dated {
    let apart = a.is_after(&b) || b.is_after(&a);
    let first = if apart || a.width == b.width { is_before(&b.cause.at, &a.cause.at) } else { b.width < a.width };
    if first { b } else { a }
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

    fn signs(&self) -> Vec<Dated> {
        // what stopped on a host says when; what its events repeat is of other days as well
        if let Some(stopped) = self.unit() {
            return vec![Dated::exact(stopped)];
        }
        let mut out: Vec<Dated> = Vec::new();
        for pod in self.pods().filter(|p| kube_view::in_trouble(p)) {
            out.extend(self.unready(pod).map(Dated::exact));
            if let Some(lasting) = since_made(pod, pod.age.or_else(|| self.lived(pod))) {
                out.extend(self.made(pod, &lasting));
            }
        }
        let told: Vec<&Event> = self.cluster().events.iter().filter(|e| self.is_told(e)).collect();
        // what ended a workload's pods says more than that they ended
        let scaled: Vec<&Event> = told.iter().filter(|e| self.is_scaled(e)).copied().collect();
        out.extend((if scaled.is_empty() { told } else { scaled }).into_iter().filter_map(|e| self.told(e)));
        out.extend(self.replica_sets());
        out
    }

    /// A unit of the host that stopped.
    fn unit(&self) -> Option<FirstCause> {
        let units = self.cluster().units.iter().filter(|u| u.host == self.h.subject && !u.active);
        let first = units.filter_map(|u| u.since.map(|at| (at, u.at))).min_by_key(|(at, _)| at.sort_key())?;
        Some(self.quoted(first.0, first.1))
    }

    /// The newest replica set of a rollout that does not get on: none of its pods is ready, and the one before it
    /// still has some. Without that one nobody knows whether its pods ever were.
    fn replica_sets(&self) -> Vec<Dated> {
        let own = |w: &&Workload| w.kind == "replicaset" && workload_of(&w.name) == self.h.subject && w.age.is_some();
        let sets = || self.cluster().workloads.iter().filter(own);
        let Some(newest) = sets().min_by(|a, b| a.age.unwrap_or(0.0).total_cmp(&b.age.unwrap_or(0.0))) else {
            return Vec::new();
        };
        let wanted = |w: &Workload| w.desired.is_some_and(|d| d > 0);
        let replaces = sets().any(|w| w.age > newest.age && wanted(w));
        let stuck = newest.ready == Some(0) && wanted(newest) && replaces;
        newest.age.filter(|_| stuck).and_then(|age| self.aged(age, newest.at)).into_iter().collect()
    }

    /// The pod's beginning, with what is told of it since. Its description says when its node took it on, which
    /// what made it did not wait for; that is as near as a description comes.
    fn made(&self, pod: &Pod, lasting: &str) -> Option<Dated> {
        let dated = self.cluster().dated.iter().find(|d| is_of(d, pod) && d.sign == Sign::Made);
        let told = |d: &kube::Dated| {
            let text = format!("The pod {} was made{lasting}", d.name);
            let what = Claim::quoted(text, vec![self.m.evidence.cite(d.place), self.m.evidence.cite(pod.at)]);
            Dated::exact(FirstCause { at: d.at, what })
        };
        dated.map(told).or_else(|| {
            let Dated { cause, width } = self.aged(pod.age?, pod.at)?;
            let text = format!("The pod {} was made{lasting} (by its age{})", pod.name, up_to(width));
            let what = Claim { text, ..cause.what };
            Some(Dated { cause: FirstCause { what, ..cause }, width })
        })
    }

    /// How old a pod was when a container of it last ended, where only its description says when it was made: its
    /// restarts filled that much of its life.
    fn lived(&self, pod: &Pod) -> Option<f64> {
        let made = self.cluster().dated.iter().find(|d| is_of(d, pod) && d.sign == Sign::Made)?;
        let ends = pod.spec.containers.iter().filter_map(|c| c.last.ended_at()?.seconds_since(&made.at));
        ends.reduce(f64::max).filter(|s| *s >= 0.0)
    }

    fn unready(&self, pod: &Pod) -> Option<FirstCause> {
        let dated = self.cluster().dated.iter().find(|d| is_of(d, pod) && d.sign == Sign::Unready)?;
        Some(self.noted(&format!("The pod {} is not ready since then", pod.name), dated.at, dated.place))
    }

    /// A number of replicas that was changed is a sign where the number is what is short.
    fn is_scaled(&self, e: &Event) -> bool {
        let of = |family: &str| self.h.playbook.starts_with(family);
        let away = || kube_view::scaled_away(self.cluster(), &self.h.subject).is_some_and(|(s, _)| s.at == e.at);
        e.reason == "SuccessfulRescale" && of("capacity_limit.") || of("scaled_to_zero.") && away()
    }

    fn is_told(&self, e: &Event) -> bool {
        let telling = self.is_scaled(e)
            || e.warning && kube_view::matters(self.cluster(), e)
            || TELLING.iter().any(|t| e.reason.starts_with(t));
        let of_pod = || self.pods().any(|p| p.name == e.name && kube_view::in_trouble(p));
        let own = e.name == self.h.subject || kube_view::subject(self.cluster(), e) == self.h.subject;
        let whole = || e.kind != "pod" || self.cluster().pods.iter().all(|p| p.name != e.name) || of_pod();
        telling && (own && whole() || of_pod())
    }

    fn told(&self, e: &Event) -> Option<Dated> {
        if let Some(at) = e.began {
            return Some(Dated::exact(self.quoted(at, e.at)));
        }
        // an event that goes on for days is of several troubles
        let over = e.over.filter(|o| *o < ONE_TROUBLE_S).unwrap_or(0.0);
        let taken = self.taken.as_ref()?.of_row(self.m.evidence, self.cluster(), e.at)?;
        let counted = self.counted(&taken, e.age?.max(over), e.at)?;
        // nothing is told of a pod before it was made: its age belongs to a table that was printed later
        let namespace = e.namespace.as_deref();
        let of = |d: &&kube::Dated| d.is_of("pod", namespace, &e.name) && d.sign == Sign::Made;
        let made = self.cluster().dated.iter().find(of);
        (!made.is_some_and(|d| is_before(&counted.cause.at, &d.at))).then_some(counted)
    }

    /// What was rolled out or changed: the newest pods of the workload where nothing is wrong with them, and the
    /// objects that the hypothesis names.
    fn changes(&self) -> Vec<Dated> {
        let dated = self.cluster().dated.iter().filter(|d| d.kind != "pod" && d.sign != Sign::Unready);
        let meant = dated.filter(|d| self.is_meant(&d.name));
        let mut out: Vec<Dated> = meant.map(|d| Dated::exact(self.of_object(d))).collect();
        let policies = self.cluster().policies.iter().filter(|p| self.is_meant(&p.name));
        out.extend(policies.filter_map(|p| self.aged(p.age?, p.at)));
        out.extend(self.rolled_out());
        out
    }

    /// The oldest of the newest pods of one template, where most others are older.
    fn rolled_out(&self) -> Option<Dated> {
        let own = || self.pods().filter(|p| p.is_well());
        let newest = own()
            .filter_map(|p| Some((self.made(p, "")?, p)))
            .reduce(|a, b| if is_before(&a.0.cause.at, &b.0.cause.at) { b } else { a })?;
        let template = |p: &Pod| p.name.rsplit_once('-').map(|(t, _)| t.to_owned());
        let same = own().filter(|p| template(p) == template(newest.1));
        let first = same.filter_map(|p| self.made(p, "")).reduce(earlier)?;
        let others = || self.cluster().pods.iter().filter(|p| p.workload() != newest.1.workload());
        let older = others().filter_map(|p| self.made(p, "")).filter(|o| first.is_after(o)).count();
        (older * 2 > others().count()).then_some(first)
    }

    fn of_object(&self, d: &kube::Dated) -> FirstCause {
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
    fn aged(&self, age: f64, row: Span) -> Option<Dated> {
        self.counted(self.taken.as_ref()?, age, row)
    }

    fn counted(&self, taken: &Taken, age: f64, row: Span) -> Option<Dated> {
        let at = taken.before(age)?;
        let cited = self.m.evidence.cite(row);
        let formula = format!("{} - {at} = {}", taken.at, duration(age));
        let width = quantity::cut_off(&cited.quote, age) + taken.width;
        let text = format!("“{}”{}", event_said(&cited.quote), up_to(width));
        // whoever follows the sum needs the start, the age that led from it to the time, and the age that leads back
        let by = taken.row.filter(|by| *by != row).map(|by| self.m.evidence.cite(by));
        let places = [Some(cited), Some(taken.place.clone()), by];
        let what = Claim::derived(text, formula, places.into_iter().flatten().collect());
        Some(Dated { cause: FirstCause { at, what }, width })
    }
}

/// What is said of a time that may be so many seconds earlier; nothing below a minute.
fn up_to(width: f64) -> &'static str {
    match width {
        w if w >= 86_400.0 => ", or up to a day sooner",
        w if w >= 3_600.0 => ", or up to an hour sooner",
        // both the age and the time that it is counted back from are cut off
        w if w >= 120.0 => ", give or take a minute",
        w if w >= 60.0 => ", or up to a minute sooner",
        _ => "",
    }
}

/// True for a time of that pod.
fn is_of(d: &kube::Dated, pod: &Pod) -> bool {
    d.is_of("pod", pod.namespace.as_deref(), &pod.name)
}

/// States before the first start of a container; an eviction, an error or a kill ends a pod that ran.
const NEVER_STARTED: &[&str] = &[
    "Pending",
    "ContainerCreating",
    "PodInitializing",
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "SchedulingGated",
];

/// What is told of a pod that is in trouble since it was made: it never started, or the waits between its restarts
/// fill its life.
fn since_made(pod: &Pod, age: Option<f64>) -> Option<String> {
    let state = pod.status.as_ref().map_or("", |s| s.text.as_str());
    let restarts = pod.restarts.unwrap_or(0);
    if restarts == 0 {
        return (NEVER_STARTED.contains(&state) || state.starts_with("Init:"))
            .then(|| ", and has not started since".to_owned());
    }
    let (first, longest) = BACK_OFF_S;
    let waits = (0..restarts.min(MOST_RESTARTS)).map(|n| (first * 2f64.powi(n.min(10) as i32)).min(longest));
    let waited: f64 = waits.sum();
    // a description's count stands on a line of its own
    let told = if pod.age.is_some() { format!("; restarts since then: {restarts}") } else { DOWN_SINCE.to_owned() };
    age.is_some_and(|age| age <= waited + BEFORE_FIRST_S).then_some(told)
}

/// What is told of a pod whose restarts fill its life.
const DOWN_SINCE: &str = ", and has not stayed up since";
/// More restarts than a life that is still told in minutes can have.
const MOST_RESTARTS: u32 = 1_000;

/// True where the name stands in the text by itself.
fn names(text: &str, name: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == '-'));
    text.match_indices(name).any(|(at, _)| {
        let after = text.get(at + name.len()..).and_then(|t| t.chars().next());
        edge(text.get(..at).and_then(|t| t.chars().next_back())) && edge(after)
    })
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
    fn a_coarse_age_says_how_much_sooner_it_may_have_been_and_is_no_finer_than_its_unit() {
        let old = PENDING.replace("25m ", "9h ").replace("3m ", "9h ");
        let first = first_cause(&format!("Snapshot: 2026-05-06T10:30:00Z\n\n{old}")).unwrap();
        assert_eq!(first.at.to_string(), "2026-05-06T01:30:00Z");
        assert!(first.what.text.ends_with("or up to an hour sooner)"), "{}", first.what.text);
        let at = |text: &str, width: f64| {
            let cause = FirstCause { at: text.parse().unwrap(), what: Claim::inferred("", Vec::new()) };
            Dated { cause, width }
        };
        let (hours, minute) = (at("2026-05-06T01:30:00Z", 3600.0), at("2026-05-06T01:10:00Z", 60.0));
        assert!(!hours.is_after(&minute), "it may have been before");
        assert_eq!(earlier(hours, minute).width, 60.0);
    }

    #[test]
    fn an_age_of_another_table_is_not_counted_back_from_a_pod_s_age() {
        let described = "Name:             feeder-6d8c9f7b5d-2xkqp\nNamespace:        farm\nStart Time:       Wed, 06 May 2026 10:00:00 +0000\n";
        let pods = "$ kubectl get pods -n farm -o wide\nNAME                       READY   STATUS    RESTARTS   AGE    IP          NODE     NOMINATED NODE   READINESS GATES\nfeeder-6d8c9f7b5d-2xkqp    0/1     Running   0          90s    10.1.0.7    n-1      <none>           <none>\n\n";
        let probe =
            "Unhealthy           {of}Readiness probe failed: dial tcp 10.1.0.7:8081: connect: connection refused\n";
        let listed = format!(
            "{pods}$ kubectl describe pod feeder-6d8c9f7b5d-2xkqp -n farm\n{described}\n$ kubectl get events -n farm\nLAST SEEN   TYPE      REASON             OBJECT                        MESSAGE\n2m50s       Warning   {}",
            probe.replace("{of}", "pod/feeder-6d8c9f7b5d-2xkqp   ")
        );
        assert_eq!(first_cause(&listed), None);
        let own = format!(
            "{pods}$ kubectl describe pod feeder-6d8c9f7b5d-2xkqp -n farm\n{described}Events:\n  Type     Reason     Age   From               Message\n  ----     ------     ----  ----               -------\n  Normal   Scheduled  95s   default-scheduler  Successfully assigned farm/feeder-6d8c9f7b5d-2xkqp to n-1\n  Warning  Unhealthy  80s   kubelet            Readiness probe failed: dial tcp 10.1.0.7:8081: connect: connection refused\n"
        );
        let first = first_cause(&own).unwrap();
        assert_eq!(first.what.formula.as_deref(), Some("2026-05-06T10:01:35Z - 2026-05-06T10:00:15Z = 1 min 20 s"));
        assert_eq!(first.what.citations.len(), 3, "every line that the sum needs");
    }

    const MADE: &str = "Snapshot: 2026-05-06T10:30:00Z\n\n$ kubectl get pods -n farm -o wide\n\
        NAME                       READY   STATUS    RESTARTS   AGE    IP          NODE     NOMINATED NODE   READINESS GATES\n";

    fn dated_by(rows: &str) -> Option<String> {
        first_cause(&format!("{MADE}{rows}")).map(|f| f.at.to_string())
    }

    #[test]
    fn a_pod_that_ran_is_not_dated_from_when_it_was_made() {
        let row = |state: &str, restarts: &str, age: &str| {
            format!(
                "feeder-6d8c9f7b5d-2xkqp    0/1     {state}   {restarts}          {age}    <none>      n-1   <none>           <none>\n"
            )
        };
        for ended in ["Evicted", "Error", "OOMKilled", "ContainerStatusUnknown"] {
            assert_eq!(dated_by(&row(ended, "0", "12d")), None, "{ended}");
        }
        assert_eq!(dated_by(&row("CrashLoopBackOff", "12 (2m ago)", "2h")), None);
        assert_eq!(dated_by(&row("CrashLoopBackOff", "9 (2m ago)", "25m")).as_deref(), Some("2026-05-06T10:05:00Z"));
        assert_eq!(dated_by(&row("ImagePullBackOff", "0", "25m")).as_deref(), Some("2026-05-06T10:05:00Z"));
    }

    #[test]
    fn only_a_replica_set_that_replaces_another_dates_the_trouble() {
        let pods = "orders-7d9f8c6b5d-2xkqp    0/1     CrashLoopBackOff   5 (1m ago)          30d    10.1.0.9    n-1   <none>           <none>\n";
        let sets = |rows: &str| {
            format!("{pods}\n$ kubectl get rs -n farm\nNAME                DESIRED   CURRENT   READY   AGE\n{rows}")
        };
        assert_eq!(dated_by(&sets("orders-7d9f8c6b5d   1         1         0       30d\n")), None);
        let old = "orders-5c4b6f2d8c   0         0         0       60d\n";
        assert_eq!(dated_by(&sets(&format!("orders-7d9f8c6b5d   1         1         0       30d\n{old}"))), None);
        let rolling = "orders-7d9f8c6b5d   1         1         0       25m\norders-5c4b6f2d8c   1         1         1       60d\n";
        assert_eq!(dated_by(&sets(rolling)).as_deref(), Some("2026-05-06T10:05:00Z"));
    }

    #[test]
    fn a_name_is_met_whole() {
        assert!(names("the quota team-grid for memory", "team-grid"));
        assert!(!names("the quota team-grid-2 for memory", "team-grid"));
    }

    #[test]
    fn a_description_alone_tells_that_restarts_fill_a_pods_life() {
        let dated_by = |made: &str| {
            let text = format!(
                "Name:             seal-0\nNamespace:        vault\nNode:             g-3/10.9.9.3\nStart Time:       {made}\nStatus:           Running\nControlled By:  StatefulSet/seal\nContainers:\n  seal:\n    Image:          reg.example/seal:7.0.0\n    State:          Waiting\n      Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Reason:       Error\n      Exit Code:    255\n      Started:      Fri, 16 Jan 2026 21:39:01 +0000\n      Finished:     Fri, 16 Jan 2026 21:39:01 +0000\n    Ready:          False\n    Restart Count:  11\nEvents:\n  Type     Reason   Age                  From     Message\n  ----     ------   ----                 ----     -------\n  Warning  BackOff  20s (x160 over 36m)  kubelet  Back-off restarting failed container seal in pod seal-0_vault\n\n$ kubectl logs seal-0 -n vault\nexec /usr/local/bin/seald: exec format error\n"
            );
            first_cause(&text).map(|f| f.at.to_string())
        };
        let since = dated_by("Fri, 16 Jan 2026 21:03:40 +0000");
        assert_eq!(since.as_deref(), Some("2026-01-16T21:03:40Z"));
        let ran_for_days = dated_by("Mon, 12 Jan 2026 21:03:40 +0000");
        assert_ne!(ran_for_days.as_deref(), Some("2026-01-12T21:03:40Z"), "it ran well before that");
    }
}
