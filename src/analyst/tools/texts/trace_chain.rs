//! Who waits with a slow span: the services above it in its trace whose own span it fills. It says where the time
//! stands, from one to the next, and no more.

use crate::analyst::casebook::Wait;
use crate::analyst::wording::span_of;
use crate::analyst::{Casebook, naming};
use crate::domain::Claim;

use super::traces::{DEEPEST, Spans};

/// A span stands in the one above it where it fills this share of it: then most of the waiting is for it.
const FILLS: f64 = 0.5;

/// Adds each service above the span at `from` that waits for the one below it, up to the first that doesn't.
pub(super) fn above(spans: &Spans<'_>, from: usize, subject: &str, book: &mut Casebook) {
    let service = |at: usize| spans.all.get(at).map(|s| naming::workload(&s.service)).unwrap_or_default();
    let took = |at: usize| spans.all.get(at).map_or(0.0, |s| s.micros);
    let whole = outermost(spans, from);
    let (mut inner, slow) = (whole, took(from));
    let mut met = vec![service(whole)];
    while let Some(up) = spans.above(inner) {
        let outer = outermost(spans, up);
        let (caller, callee) = (service(outer), service(inner));
        if slow < FILLS * took(outer) || met.contains(&caller) || met.len() > DEEPEST {
            return;
        }
        let asked =
            spans.all.get(inner).and_then(|s| route(&s.operation)).map(|r| format!(" ({r})")).unwrap_or_default();
        let text = format!(
            "A traced request took {} in {caller}, {} of it in {callee}{asked}.",
            span_of(took(outer)),
            span_of(took(inner))
        );
        let cited = spans.cite(outer).into_iter().chain(spans.cite(inner)).collect();
        let claim = Claim::quoted(text, cited);
        book.waits.push(Wait { subject: subject.to_owned(), from: callee, to: caller.clone(), claim });
        met.push(caller);
        inner = outer;
    }
}

/// The longest route that is told, in bytes.
const ROUTE: usize = 80;

/// What was asked for, where the operation is a route that says so.
fn route(operation: &str) -> Option<&str> {
    let path = operation.split_whitespace().next_back().filter(|p| p.starts_with('/') && !p.contains('*'))?;
    let said = path.len() > 1 && operation.len() <= ROUTE && !operation.contains(['(', ')', '?']);
    said.then_some(operation)
}

/// The span that one stands in, as long as it is of the same service.
fn outermost(spans: &Spans<'_>, from: usize) -> usize {
    let of = |at: usize| spans.all.get(at).map(|s| naming::workload(&s.service));
    let up = std::iter::successors(Some(from), |at| spans.above(*at));
    up.take(DEEPEST).take_while(|at| of(*at) == of(from)).last().unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;
    use crate::domain::report::Health;

    /// One request: gate calls login, login calls codes, and what is slow is the way to codes. `other` is called by
    /// gate as well and is quick.
    fn trace(gate_ms: u32) -> String {
        format!(
            "TraceID,SpanID,ParentID,PodName,OperationName,StartTime,Duration(ms)\n\
             t1,a,,gate-5d4fbcf6f-b9vdc,GET /enter,2026-03-01T10:00:00.000Z,{gate_ms}\n\
             t1,o,a,other-5d4fbcf6f-b9vdc,GET /other,2026-03-01T10:00:00.000Z,5\n\
             t1,b,a,login-5d4fbcf6f-b9vdc,POST /login,2026-03-01T10:00:00.010Z,2205\n\
             t1,c,b,login-5d4fbcf6f-b9vdc,GET,2026-03-01T10:00:00.020Z,2020\n\
             t1,d,c,codes-5d4fbcf6f-b9vdc,GET /codes,2026-03-01T10:00:01.020Z,7\n"
        )
    }

    #[test]
    fn who_waits_with_a_slow_call_is_hit_from_the_slow_one_upwards() {
        let report = report_of(&trace(2210));
        let top = report.hypotheses.first().map(|h| h.subject.as_str());
        assert_eq!(top, Some("codes"));
        let path: Vec<(&str, &str)> = report.propagation.iter().map(|p| (p.from.as_str(), p.to.as_str())).collect();
        assert_eq!(path, [("codes", "login"), ("login", "gate")]);
        let health = |name: &str| report.services.iter().find(|s| s.name == name).map(|s| s.health);
        assert_eq!((health("gate"), health("login")), (Some(Health::Degraded), Some(Health::Degraded)));
        assert_ne!(health("other"), Some(Health::Degraded));
    }

    #[test]
    fn who_is_slow_for_the_most_part_by_itself_does_not_wait() {
        let report = report_of(&trace(9000));
        assert!(!report.propagation.iter().any(|p| p.to == "gate"), "{:?}", report.propagation);
    }
}
