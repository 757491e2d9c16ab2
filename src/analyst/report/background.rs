//! What a log says every day: which logged warnings and errors are no symptom of this incident.
//!
//! A logged line is a symptom where a hypothesis rests on it, or where it is an error within the time of
//! what leads. A warning that merely stands there, of a start days ago, is background and no row. It
//! judges logged lines alone: what people wrote, measures and spans tell of themselves.

use std::cmp::Ordering;

use crate::analyst::casebook::{Bearing, Edge, Finding, Moment};
use crate::analyst::scope::Scope;
use crate::analyst::tools::kube_view::{addressed, is_of_its_start};
use crate::analyst::{Casebook, naming};
use crate::domain::report::{RowKind, TimelineRow};
use crate::domain::{Citation, Claim, Evidence, Hypothesis, Level, Line, Stamp, Verdict};

/// Hypotheses whose own lines are symptoms.
const STANDING: usize = 3;

/// Callers may log the trouble sooner than what they call does: errors this long before the first line
/// of what leads are still of its time, in seconds.
const BEFORE_S: f64 = 120.0;

/// A part of a path of so many letters may be a service's name without its hyphens.
const LONG_PATH: usize = 8;

/// Words of a warning that says something went wrong.
const WRONG: &[&str] = &["exception", "fail", "error", "refused", "denied", "timed out", "timeout", "unable", "cannot"];

/// What leads, and since when its own lines tell of it.
pub struct Lead<'a> {
    subject: String,
    callees: Vec<String>,
    cited: Vec<&'a Citation>,
    began: Option<Stamp>,
    callers: Vec<String>,
    known: Vec<String>,
}

impl<'a> Lead<'a> {
    /// By the hypotheses that stand; `None` where there is none: then nothing tells what is background.
    pub fn of(evidence: &Evidence, book: &'a Casebook, hypotheses: &'a [Hypothesis]) -> Option<Self> {
        let standing = || hypotheses.iter().filter(|h| h.verdict != Verdict::RuledOut).take(STANDING);
        let top = standing().next()?;
        let cited = standing().flat_map(|h| &h.supporting).flat_map(|c| &c.citations).collect();
        let bears =
            |f: &&Finding| f.subject == top.subject && f.playbook == top.playbook && f.bearing != Bearing::Against;
        let dated = book.findings.iter().filter(bears).flat_map(|f| {
            let logged = f.claim.citations.iter().filter_map(|c| entry(evidence, c)).filter(|l| l.level.is_some());
            f.at.into_iter().chain(logged.filter_map(|l| l.stamp)).collect::<Vec<_>>()
        });
        let began = dated.reduce(|a, b| if b.order(&a) == Some(Ordering::Less) { b } else { a });
        let failing = book.edges.iter().filter(|e| e.failing);
        let callees = super::propagation::callees(book, Some(top));
        let told: Vec<_> = callees.iter().flat_map(|c| super::told_calls::failing_calls(evidence, book, c)).collect();
        let callers = failing.filter(|e| e.callee == top.subject).chain(&told).map(|e| e.caller.clone()).collect();
        let callees = callees.iter().skip(1).map(|c| c.to_lowercase()).collect();
        let known = book.services.keys().map(|n| n.to_lowercase()).collect();
        Some(Self { subject: top.subject.to_lowercase(), callees, cited, began, callers, known })
    }

    /// True for a row of a service that nothing shown connects with what leads: that it went wrong at that time is
    /// noted, and is no symptom of this.
    pub fn is_apart(&self, book: &Casebook, row: &TimelineRow) -> bool {
        let Some(service) = row.service.as_deref().filter(|_| row.kind == RowKind::Symptom) else { return false };
        let text = row.what.text.to_lowercase();
        let ends = |e: &Edge| [e.caller.to_lowercase(), e.callee.to_lowercase()];
        let meant = |name: &str| name == self.subject || self.callees.iter().any(|c| c == name);
        let near = |name: &str| meant(name) || self.callers.iter().any(|c| c.eq_ignore_ascii_case(name));
        let service = service.to_lowercase();
        let joined = |e: &Edge| {
            let [caller, callee] = ends(e);
            caller == service && near(&callee) || callee == service && near(&caller)
        };
        // `/api/v1/basicservice/travel` is a call of basic-service
        let paths: Vec<&str> = text.split(['/', '"', '?', ' ']).filter(|p| p.len() >= LONG_PATH).collect();
        let called = |n: &str| paths.iter().any(|p| n.replace('-', "").ends_with(p));
        let named = self.known.iter().any(|n| near(n) && (naming::mentions(&text, n) || called(n)));
        let judged = self.known.contains(&service) && self.known.contains(&self.subject) && !self.callers.is_empty();
        let cited =
            self.cited.iter().any(|c| row.what.citations.iter().any(|r| r.source == c.source && r.line == c.line));
        judged && !cited && !near(&service) && !named && !book.edges.iter().any(joined)
    }

    /// True for a logged moment that tells nothing of this incident.
    pub fn is_background(&self, evidence: &Evidence, book: &Casebook, moment: &Moment) -> bool {
        if self.is_aside(book, moment) {
            return true;
        }
        let line = moment.what.citations.first().and_then(|c| Some((c, evidence.line_of(c)?)));
        let Some((place, line)) = line.filter(|_| moment.kind == RowKind::Symptom) else { return false };
        if is_of_a_former_start(evidence, book, place) {
            return true;
        }
        let Some(level) = line.level else { return false };
        let bears = self.cited.iter().any(|c| is_of_entry(evidence, c, place));
        if bears {
            return false;
        }
        let text = evidence.text(place.source).get(line.range()).unwrap_or("").to_lowercase();
        let service = moment.service.as_deref().unwrap_or("");
        let called = || self.callees.iter().any(|c| naming::mentions(&text, c));
        let own = service.eq_ignore_ascii_case(&self.subject) || text.contains(&self.subject) || called();
        let wrong = level >= Level::Error || WRONG.iter().any(|w| text.contains(w));
        // a caller's line that tells of another one is of that other's trouble
        let other = |n: &&String| n.len() > 4 && **n != self.subject && *n != service && naming::mentions(&text, n);
        let caller = || self.callers.iter().any(|c| c == service) && !self.known.iter().any(|n| other(&n));
        let own = own || addressed(&book.cluster, &text).is_some_and(|n| n.eq_ignore_ascii_case(&self.subject));
        // whose client hung up, or which call ran out of time, such a line does not say
        let hit = wrong && (own || caller() && !gave_up(&text));
        match self.began.and_then(|began| moment.at.seconds_since(&began)) {
            Some(after) if after >= 0.0 => {
                let idle = || is_seeding(&text) || gave_up(&text) || is_start(evidence, book, place, line);
                !(hit || level >= Level::Error && !idle())
            }
            Some(before) => !(hit && before >= -BEFORE_S && !is_start(evidence, book, place, line)),
            // nobody knows since when: only who is hit by what leads is heard
            None => !hit || is_start(evidence, book, place, line),
        }
    }
}

/// True for a line of a container that was started anew long before, and has been well since.
fn is_of_a_former_start(evidence: &Evidence, book: &Casebook, place: &Citation) -> bool {
    let at = (place.line as usize).saturating_sub(1);
    let scope = book.scope(evidence);
    scope.block(place.source, at).is_some_and(|b| is_of_its_start(&book.cluster, &b.title, b.service.as_deref()))
}

/// When a dump was taken, by a clock without a zone, has no order with rows that state theirs, and would be read as
/// the end of an outage of as many hours as the zone is away: it happened to nobody, and is no row then.
pub fn without_other_clocks(rows: &mut Vec<TimelineRow>) {
    const LABELS: [&str; 6] = ["snapshot", "dump", "taken", "collected", "captured", "exported"];
    let labels = |row: &TimelineRow| {
        let mut words = row.what.text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        words.all(|w| LABELS.iter().any(|l| w.eq_ignore_ascii_case(l)))
    };
    let told: Vec<Stamp> = rows.iter().filter(|r| !labels(r)).map(|r| r.at).collect();
    rows.retain(|r| !labels(r) || told.is_empty() || told.iter().any(|at| at.order(&r.at).is_some()));
}

/// An answer that takes no longer than this, in seconds, is waited for by few.
const FELT_S: f64 = 1.0;

impl Lead<'_> {
    /// True for a measured rise of a latency that ends where few would feel it, of a service that neither leads nor
    /// calls what does nor is called by it: with few requests, a quantile rises somewhere at any time.
    fn is_aside(&self, book: &Casebook, moment: &Moment) -> bool {
        let Some(service) = moment.service.as_deref() else { return false };
        let of = |name: &str| name.eq_ignore_ascii_case(&self.subject);
        let joined = book.edges.iter().any(|e| {
            of(&e.caller) && e.callee.eq_ignore_ascii_case(service)
                || of(&e.callee) && e.caller.eq_ignore_ascii_case(service)
        });
        let text = moment.what.text.as_str();
        let measured = text.to_lowercase().contains("latency ") && text.contains(" went from ");
        measured && !of(service) && !joined && seconds_told(text).is_some_and(|most| most < FELT_S)
    }
}

/// The longest time that a sentence gives in seconds or thousandths of them.
fn seconds_told(text: &str) -> Option<f64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let told = words.windows(2).filter_map(|pair| {
        let [figure, unit] = pair else { return None };
        let figure: f64 = figure.parse().ok()?;
        match unit.trim_end_matches(['.', ',']) {
            "s" => Some(figure),
            "ms" => Some(figure / 1000.0),
            _ => None,
        }
    });
    told.reduce(f64::max)
}

/// True for a claim that findings alone give, none of them of a hypothesis that stands: what was thought for
/// a while dates nothing.
pub fn is_foreign(book: &Casebook, hypotheses: &[Hypothesis], claim: &Claim) -> bool {
    let standing = || hypotheses.iter().take(STANDING);
    let given = || standing().flat_map(|h| &h.supporting).any(|c| c.text == claim.text);
    let stands = |f: &Finding| standing().any(|h| h.subject == f.subject && h.playbook == f.playbook);
    let mut gave = book.findings.iter().filter(|f| f.claim.text == claim.text).peekable();
    !hypotheses.is_empty() && gave.peek().is_some() && !gave.any(stands) && !given()
}

/// True for what a program says while it starts and puts in what is there already: it does so at every start.
fn is_seeding(text: &str) -> bool {
    let starting = text.contains(" main] ") || text.contains("[main] ");
    starting || ["already exist", "duplicate entry", "duplicate key value"].iter().any(|w| text.contains(w))
}

/// True for a call that its own caller ended.
fn gave_up(text: &str) -> bool {
    ["context canceled", "context deadline exceeded", "deadlineexceeded", "request canceled"]
        .iter()
        .any(|w| text.contains(w))
}

/// What a program says this soon after its first line is how it starts, in seconds.
const START_S: f64 = 10.0;

/// True for a line of the first seconds of its program's log: of the lines with its program's name, or of the log
/// that its heading opens.
fn is_start(evidence: &Evidence, book: &Casebook, place: &Citation, line: &Line) -> bool {
    let Some(lines) = evidence.readings.get(place.source.0 as usize).map(|r| r.lines.as_slice()) else { return false };
    let block = |of: &Scope| of.block(place.source, (line.no as usize).saturating_sub(1)).map(|b| b.lines.clone());
    let own: Vec<&Line> = match line.service {
        Some(_) => lines.iter().filter(|l| l.service == line.service && l.level.is_some()).collect(),
        None => match block(&book.scope(evidence)).and_then(|range| lines.get(range)) {
            Some(all) => all.iter().filter(|l| l.level.is_some()).collect(),
            None => return false,
        },
    };
    let comparable = |s: &Stamp| line.stamp.is_some_and(|own| own.order(s).is_some());
    let first = own.iter().filter_map(|l| l.stamp.filter(comparable)).min_by_key(Stamp::sort_key);
    let since = first.zip(line.stamp).and_then(|(first, own)| own.seconds_since(&first));
    since.is_some_and(|s| (0.0..START_S).contains(&s))
}

/// Lines at most that a log's entry goes on for without a stamp of its own: a stack trace.
const ENTRY: usize = 60;

/// The line that begins the log's entry a place is in: its own where it is stamped, else the stamped one above.
fn entry<'e>(evidence: &'e Evidence, place: &Citation) -> Option<&'e Line> {
    let lines = &evidence.readings.get(place.source.0 as usize)?.lines;
    let above = lines.get(..place.line as usize)?;
    above.iter().rev().take(ENTRY).find(|l| l.stamp.is_some())
}

/// True where `place` stands in the entry that `head` begins.
pub fn is_of_entry(evidence: &Evidence, place: &Citation, head: &Citation) -> bool {
    let begins = || entry(evidence, place).is_some_and(|l| l.no == head.line);
    place.source == head.source && (place.line == head.line || begins())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::{Knowledge, Request};
    use crate::domain::{Origin, Report, Source, SourceId};

    #[test]
    fn when_a_dump_was_taken_by_another_clock_is_no_row() {
        let row = |at: &str, text: &str| TimelineRow {
            at: at.parse().unwrap(),
            service: None,
            what: Claim::quoted(text, Vec::new()),
            kind: RowKind::Note,
        };
        let left = |rows: Vec<TimelineRow>| {
            let mut rows = rows;
            without_other_clocks(&mut rows);
            rows.len()
        };
        let taken = || row("2026-05-04T18:30:00", "Snapshot");
        assert_eq!(left(vec![row("2026-05-04T10:29:00Z", "refused"), taken()]), 1);
        assert_eq!(left(vec![row("2026-05-04T18:29:00", "refused"), taken()]), 2);
        assert_eq!(left(vec![taken()]), 1);
    }

    #[test]
    fn a_call_that_its_own_caller_ended_and_a_slight_rise_elsewhere_are_no_symptoms() {
        assert!(gave_up("could not retrieve product: rpc error: code = canceled desc = context canceled"));
        assert!(!gave_up("dial tcp 10.0.0.1:80: connect: connection refused"));
        assert_eq!(
            seconds_told("Server latency p90 of a went from 40 ms to 0.4 s, and to 0.8 s at its highest."),
            Some(0.8)
        );
        assert_eq!(seconds_told("CPU of a went from 2% to 99%."), None);
        let rows = |most: &str| {
            let row = |i: usize, pod: &str, cpu: &str, p90: &str| {
                format!("2026-03-01T10:0{i}:00Z,{pod}-5d4fbcf6f-b9vdc,{cpu},12,{p90}\n")
            };
            let all: String = (0..6)
                .map(|i| {
                    let late = i > 2;
                    let (cpu, slow) = (if late { "99" } else { "2" }, if late { most } else { "0.004" });
                    row(i, "cart-api", cpu, "0.01") + &row(i, "mail-api", "2", slow)
                })
                .collect();
            let text = format!("time,pod,CpuUsageRate(%),Workload(Ops),ServerLatencyP90(s)\n{all}");
            let told = crate::analyst::pasted::report_of(&text);
            assert_eq!(told.hypotheses[0].subject, "cart-api");
            told.timeline.into_iter().filter(|r| r.service.as_deref() == Some("mail-api")).count()
        };
        assert_eq!((rows("0.2"), rows("2.5")), (0, 1));
    }

    const LOG: &str = "\
2026-05-01T08:00:00Z WARN mail-api: option keep-alive is deprecated
2026-05-01T08:00:01Z ERROR mail-api: no metadata of the zone
2026-05-04T10:00:00Z INFO mail-api: listening
2026-05-04T10:30:00Z ERROR mail-api: dial tcp users-db:5432: connection refused
2026-05-04T10:30:02Z ERROR mail-api: request failed with status 500
";

    fn report() -> Report {
        let source = Source { id: SourceId(0), name: "x".into(), origin: Origin::Paste, text: LOG.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let knowledge = Knowledge::embedded();
        let mut go_on = |_: &crate::domain::Step| std::ops::ControlFlow::Continue(());
        crate::analyst::investigate(&evidence, &Request::default(), knowledge, &mut go_on).unwrap()
    }

    #[test]
    fn what_a_start_logged_days_before_is_no_symptom_and_dates_nothing() {
        let r = report();
        let told: Vec<&str> = r.timeline.iter().map(|row| row.what.text.as_str()).collect();
        assert!(told.iter().any(|t| t.contains("connection refused")), "{told:?}");
        assert!(!told.iter().any(|t| t.contains("deprecated") || t.contains("metadata")), "{told:?}");
        let first = r.first_cause.map(|f| f.at.to_string());
        assert!(first.is_none_or(|at| at.starts_with("2026-05-04T10:30")));
    }

    const APART: &str = "\
$ kubectl get pods -n shop
NAME                     READY   STATUS    RESTARTS   AGE
front-79b49f5555-hk924   1/1     Running   0          40m
payer-6b8f9c7d5c-x7k2p   1/1     Running   0          40m

$ kubectl get deployments -n shop
NAME    READY   UP-TO-DATE   AVAILABLE   AGE
front   1/1     1            1           40m
payer   1/1     1            1           40m
stock   0/0     0            0           40m

$ kubectl get events -n shop
LAST SEEN   TYPE     REASON              OBJECT             MESSAGE
5m          Normal   ScalingReplicaSet   deployment/stock   Scaled down replica set stock-5c4b6f2d8c to 0 from 1

$ kubectl logs deploy/front -n shop
2026-05-04T10:30:00Z ERROR front: call to stock failed: dial tcp stock:8080: connection refused
2026-05-04T10:30:03Z ERROR front: call to stock failed: dial tcp stock:8080: connection refused

$ kubectl logs deploy/payer -n shop
2026-05-04T10:00:00Z INFO payer: listening
2026-05-04T10:30:05Z ERROR payer: NonUniqueResultException: query did not return a unique result: 5
";

    #[test]
    fn what_nothing_connects_with_the_cause_is_a_note_and_its_service_is_not_called_well() {
        let r = crate::analyst::pasted::report_of(APART);
        let kinds = |name: &str| -> Vec<RowKind> {
            r.timeline.iter().filter(|row| row.service.as_deref() == Some(name)).map(|row| row.kind).collect()
        };
        assert_eq!(r.hypotheses[0].subject, "stock");
        assert!(kinds("front").contains(&RowKind::Symptom), "{:?}", r.timeline);
        assert_eq!(kinds("payer"), [RowKind::Note], "{:?}", r.timeline);
        let well = r.services.iter().find(|s| s.name == "payer").map(|s| s.health);
        assert_ne!(well, Some(crate::domain::report::Health::Healthy));
    }
}
