//! Failing calls as the callers' own lines tell them: a warning or error of one service that names the
//! other, or gives its address, with words of a failure. It ranks nothing; it serves the propagation path and
//! who is heard as a caller.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::{Edge, Seen};
use crate::analyst::scope::{BlockKind, service_of};
use crate::analyst::tools::kube_view::addressed;
use crate::analyst::wording::{is_denied, is_over, tries_again};
use crate::analyst::{Casebook, naming};
use crate::domain::{Evidence, Level, pattern};
use crate::intake::prompt;

/// Callers that are answered at most.
const MOST: usize = 12;
/// A longer line is nobody's message, in bytes.
const LONGEST: usize = 6_000;

/// What a call that failed is told by: forms of a verb of failing, not every word that has its letters
/// (`failover`, `max_fails`), and a time that ran out, not one that is set.
static FAILED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?ix)\b(?:fail(?:s|ed|ure|ures|ing)? | refused | timed\ out | time-?outs? | unavailable | unreachable | unable\ to
        | no\ (?:servers|instances|endpoints|healthy\ \w+)\ available | no\ such\ host | not\ resolve[d]? | unknownhost\w*
        | could\ not | couldn't | cannot | can't | reset\ by\ peer | (?:deadline|timeout)\ exceeded
        | (?:answered|answers|returned|returns|responded\ with|got|status(?:\ code)?)\W{1,3}50[0-8])\b
        | \w(?:timeout|refused|unavailable|unreachable|unknownhost)\w*(?:exception|error)\b",
    )
    .ok()
});
/// Behind such a word: that it is a setting's name with its value, or a count of none.
static SET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r#"(?i)^(?:[\w.-]*"?\s*[=:]\s*"?|\s+(?:of\s+|is\s+)?)(?:\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|m|h|sec\w*|min\w*)?\b|true\b|false\b|on\b|off\b|none\b|null\b)"#).ok()
});
/// Before such a word: a count of none, or that it is only supposed.
static SUPPOSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)(?:\b0 (?:\w+ )?|\b(?:if|when|whenever|unless|until|in case|in the event|on)\b[^.;:,]{0,60})$",
    )
    .ok()
});
/// That it went well in the end.
static WELL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:passed|succe(?:eds?|eded|ssful|ssfully|ss)|reachable again|recovers?|restored|reconnected)\b",
    )
    .ok()
});

/// True where a line tells that a call failed: not of a setting, a drill, what did not fail, or what is over.
fn tells_of_a_failure(text: &str) -> bool {
    let met = |m: &regex::Match<'_>| {
        let (before, after) = (text.get(..m.start()).unwrap_or(""), text.get(m.end()..).unwrap_or(""));
        let is = |r: &LazyLock<Option<Regex>>, of: &str| r.as_ref().is_some_and(|r| r.is_match(of));
        // a verb's own figure is how often (`failed 3 times`), a noun's is what it is set to
        let noun = m.as_str().to_ascii_lowercase().starts_with("time") && !m.as_str().contains(' ');
        let set = is(&SET, after) && (noun || after.trim_start().starts_with(['=', ':', '"']));
        // `returned 500 rows`
        let word = after.trim_start().split(|c: char| !c.is_alphabetic()).next().unwrap_or("");
        let counted = m.as_str().ends_with(|c: char| c.is_ascii_digit()) && word.len() > 3 && word.ends_with('s');
        let part = before.ends_with(['_', '-', '.']) || after.starts_with(['_', '-']);
        !set && !part && !counted && !is(&SUPPOSED, before) && !is(&WELL, after) && !is_denied(text, m.start())
    };
    !is_over(text) && !tries_again(text) && FAILED.iter().flat_map(|r| r.find_iter(text)).any(|m| met(&m))
}

/// The calls to a thing that failed, one of each caller.
pub fn failing_calls(evidence: &Evidence, book: &Casebook, callee: &str) -> Vec<Edge> {
    let scope = book.scope(evidence);
    let mut found: Vec<Edge> = Vec::new();
    let names = |name: &str| name.eq_ignore_ascii_case(callee);
    for (block, line, text) in scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs)) {
        let warned = line.level.is_none_or(|l| l >= Level::Warn);
        if !warned || line.duplicate_of.is_some() || text.len() > LONGEST || found.len() >= MOST {
            continue;
        }
        // what somebody typed (`grep -iE 'error|fail'`) is nobody's failure
        if prompt::typed(text).is_some() {
            continue;
        }
        if !naming::mentions(text, callee) && addressed(&book.cluster, text) != Some(callee) {
            continue;
        }
        if !tells_of_a_failure(text) || is_of_a_start(book, callee, text) {
            continue;
        }
        let Some(caller) = service_of(&scope, block, line, text).filter(|s| !names(s)) else { continue };
        if !found.iter().any(|e| e.caller == caller) {
            let observed = evidence.cite_line(block.source, line);
            found.push(Edge { caller, callee: callee.to_owned(), observed, failing: true, seen: Seen::Log });
        }
    }
    found
}

/// True for a name that was not known and is that of a service which is there: a service has its address with or
/// without pods behind it, so such a line tells of the moment when it was made, and of no pods that are missing.
pub fn is_of_a_start(book: &Casebook, callee: &str, text: &str) -> bool {
    let there = book.cluster.services.iter().any(|s| s.live && s.name == callee);
    there && text.contains("no such host") && naming::mentions(text, callee)
}

/// True for a line that passes on what another service answered: an error of a call within that of another call.
pub fn is_passed_on(line: &str) -> bool {
    line.matches("rpc error: code = ").count() > 1
}

/// Who stands between the two, where the caller is set up to call others and not this one: the one that it
/// does call, that is set up to call this one, and that the line itself names. A caller passes on what its
/// callee told it; where it tells of an error within another, that callee need not be named, for what was called
/// answered with an error of its own call, so that the caller's own way to the far one, if it has one, is not meant.
pub fn between<'b>(book: &'b Casebook, line: &str, caller: &str, callee: &str) -> Option<&'b Edge> {
    let passed_on = is_passed_on(line);
    if !calls_others(book, caller) || is_set_up(book, caller, callee) && !passed_on {
        return None;
    }
    let calls = book.edges.iter().filter(|e| !e.failing && e.caller == caller && e.callee != callee);
    let mut middle = calls.filter(|e| is_set_up(book, &e.callee, callee));
    let first = middle.next().filter(|m| passed_on || naming::mentions(line, &m.callee))?;
    middle.all(|other| other.callee == first.callee).then_some(first)
}

fn is_set_up(book: &Casebook, from: &str, to: &str) -> bool {
    book.edges.iter().any(|e| !e.failing && e.caller == from && e.callee == to)
}

fn calls_others(book: &Casebook, caller: &str) -> bool {
    book.edges.iter().any(|e| !e.failing && e.caller == caller)
}

/// True where a line tells of the far one and the call was another's: the caller is set up to call others and not this
/// one, or it passes on what somebody answered.
pub fn is_another_s(book: &Casebook, line: &str, caller: &str, callee: &str) -> bool {
    is_passed_on(line) || calls_others(book, caller) && !is_set_up(book, caller, callee)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::pasted::pasted;

    fn callers(line: &str) -> Vec<String> {
        let evidence = pasted(&format!("$ kubectl logs deploy/gateway -n shop\n{line}\n"));
        failing_calls(&evidence, &Casebook::default(), "payments").into_iter().map(|e| e.caller).collect()
    }

    #[test]
    fn a_line_that_tells_of_a_failure_of_its_call_is_one() {
        for line in [
            "could not reach payments: connection refused",
            "upstream payments timed out after 30 s",
            "2026-03-01T10:00:00Z WARN payments answered late: timeout",
            "2026-03-01T10:00:00Z ERROR charge failed: payments unavailable",
            "POST http://payments/charge error=\"context deadline exceeded\"",
            "2026-03-01T10:00:00Z WARN call to payments failed, retrying (5/5)",
            "2026-03-01T10:00:00Z WARN payments answered 500, cart without it",
        ] {
            assert_eq!(callers(line), ["gateway"], "{line}");
        }
    }

    #[test]
    fn a_setting_a_drill_a_denial_and_what_is_over_are_no_failing_calls() {
        for line in [
            "using upstream payments timeout=30s keepalive=60s",
            "upstream payments fail_timeout=10s max_fails=3",
            "payments: read timeout 5s, failover enabled",
            "failover test of payments passed",
            "no failed calls to payments",
            "2026-03-01T10:00:00Z WARN payments: 0 failed, 12 slow",
            "payments checks: failed=0 timeouts=0",
            "2026-03-01T10:00:00Z WARN the circuit opens if payments is unavailable",
            "call to payments failed, retrying (1/5)",
            "payments answered 200 in 512 ms",
            "payments returned 500 rows",
            "payments was unreachable and has recovered",
        ] {
            assert_eq!(callers(line), Vec::<String>::new(), "{line}");
        }
    }
}
