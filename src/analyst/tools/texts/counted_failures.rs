//! Failed requests that a monitor counts: objects of an alert list that give whom they went to, how many failed and
//! with which status. They are impact, in the words of the action, and who is asked in vain is not healthy, however
//! ready its pods are. Nobody is suspected: whoever is asked may pass on what others answered.

use std::sync::LazyLock;

use regex::Regex;

use super::super::{Observation, Tool};
use crate::analyst::casebook::{Impact, ImpactFact};
use crate::analyst::scope::BlockKind;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::report::Health;
use crate::domain::{Claim, Evidence, Source, Span};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "counted_failures",
    question: "Which requests does the monitor count as failed, and of whom?",
    applies: |e, _| e.sources.iter().any(|s| COUNTS.iter().any(|key| s.text.contains(&format!("\"{key}\"")))),
    arguments: |_, _| serde_json::json!({}),
    run,
};

/// What a count of failures is kept under, and the other parts of an entry.
const COUNTS: &[&str] = &["occurrences", "occurrence_count", "failed_requests", "failure_count", "error_count"];
const ASKED: &[&str] = &["entry_service", "service", "service_name"];
const ACTIONS: &[&str] = &["business_action", "user_action", "action", "operation", "transaction"];
const METHODS: &[&str] = &["request_method", "http_method", "method"];
const ROUTES: &[&str] = &["url", "path", "route", "endpoint"];
const ERRORS: &[&str] = &["raw_error", "error", "error_message", "status", "status_code"];
/// Entries told; a longer list is a wall.
const MOST: usize = 6;
/// One that failed tells little of the next.
const SEVERAL: u64 = 2;

fn pattern(text: &str) -> Option<Regex> {
    crate::domain::pattern::compile(text).ok()
}

static OBJECT: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"\{[^{}]{10,2000}\}"));
static FIELD: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#""(\w{2,40})"\s*:\s*(?:"((?:[^"\\\n]|\\.)*)"|(\d{1,12})\b)"#));
static STATUS: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"\b(5\d\d)\b"));

/// One entry of such a list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted {
    asked: String,
    action: Option<String>,
    /// `POST /orders`.
    route: Option<String>,
    count: u64,
    status: String,
    /// From the first to the last of what is told.
    at: Span,
}

impl Counted {
    fn told(&self) -> String {
        let Self { asked, count, status, .. } = self;
        match (&self.action, &self.route) {
            (Some(action), Some(route)) => {
                format!("Monitoring counts {count} failures of “{action}” at {asked} ({route}): status {status}.")
            }
            (Some(action), None) => {
                format!("Monitoring counts {count} failures of “{action}” at {asked}: status {status}.")
            }
            (None, Some(route)) => {
                format!("Monitoring counts {count} failures at {asked} ({route}): status {status}.")
            }
            (None, None) => format!("Monitoring counts {count} failures at {asked}: status {status}."),
        }
    }
}

/// The entries of a source, those that failed most first. A log's own lines are no alert list.
fn counted(evidence: &Evidence, book: &Casebook, source: &Source) -> Vec<Counted> {
    let scope = book.scope(evidence);
    let logged = |at: usize| {
        let line = source.text.get(..at).map_or(0, |t| t.matches('\n').count());
        scope.block(source.id, line).is_some_and(|b| matches!(b.kind, BlockKind::Logs | BlockKind::Spans))
    };
    let mut found: Vec<Counted> = Vec::new();
    for object in OBJECT.iter().flat_map(|r| r.find_iter(&source.text)) {
        if COUNTS.iter().any(|key| object.as_str().contains(key)) && !logged(object.start()) {
            found.extend(entry(source, object.start(), object.as_str()));
        }
    }
    found.sort_by_key(|c| std::cmp::Reverse(c.count));
    found.dedup_by(|a, b| (&a.asked, &a.action, &a.route, &a.status) == (&b.asked, &b.action, &b.route, &b.status));
    found
}

fn entry(source: &Source, start: usize, object: &str) -> Option<Counted> {
    let fields: Vec<(&str, &str, Span)> = FIELD
        .iter()
        .flat_map(|r| r.captures_iter(object))
        .filter_map(|c| {
            let (whole, value) = (c.get(0)?, c.get(2).or_else(|| c.get(3))?);
            let at = Span { source: source.id, start: start + whole.start(), end: start + whole.end() };
            Some((c.get(1)?.as_str(), value.as_str(), at))
        })
        .collect();
    let of = |keys: &[&str]| {
        let known = |key: &&str| fields.iter().find(|(name, value, _)| name == key && !value.trim().is_empty());
        keys.iter().find_map(known).map(|(_, value, at)| (*value, *at))
    };
    let (count, count_at) = of(COUNTS)?;
    let count: u64 = count.parse().ok().filter(|n| *n >= SEVERAL)?;
    let (asked, asked_at) = of(ASKED).filter(|(name, _)| !name.contains(char::is_whitespace))?;
    let (status, error_at) = ERRORS.iter().find_map(|key| {
        let (said, at) = of(&[key])?;
        Some((STATUS.as_ref()?.captures(said)?.get(1)?.as_str().to_owned(), at))
    })?;
    let action = of(ACTIONS).filter(|(said, _)| said.len() < 80);
    let route = of(ROUTES).filter(|(path, _)| path.starts_with('/') && path.len() < 120);
    let method = of(METHODS).filter(|_| route.is_some());
    // one citation of all that is told: one that is cut to a few places would leave out what the others show
    let optional = [action, route, method].into_iter().flatten().map(|(_, at)| at);
    let at = optional.chain([count_at, asked_at, error_at]).reduce(|a, b| Span {
        source: a.source,
        start: a.start.min(b.start),
        end: a.end.max(b.end),
    })?;
    Some(Counted {
        asked: asked.to_owned(),
        action: action.map(|(said, _)| said.to_owned()),
        route: route.map(|(path, _)| method.map_or_else(|| path.to_owned(), |(verb, _)| format!("{verb} {path}"))),
        count,
        status,
        at,
    })
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let all: Vec<Counted> = evidence.sources.iter().flat_map(|s| counted(evidence, book, s)).collect();
    let mut citations = Vec::new();
    for one in all.iter().take(MOST) {
        let claim = Claim::quoted(one.told(), vec![evidence.cite(one.at)]);
        citations.extend(claim.citations.first().cloned());
        let facts = book.services.entry(one.asked.clone()).or_default();
        if !matches!(facts.health, Some((Health::Down | Health::Degraded, _))) {
            facts.health = Some((Health::Degraded, claim.clone()));
        }
        // requests are no users, and a monitor may ask itself: how many it hits stays unknown
        book.impacts.push(ImpactFact { impact: Impact::Other, claim });
    }
    let text: Vec<String> = all.iter().map(Counted::told).collect();
    Observation {
        title: format!("kinds of request that are counted as failed: {}", all.len()),
        text: text.join("\n"),
        citations,
    }
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;
    use crate::domain::report::Health;

    const PODS: &str = "
$ kubectl get pods -n shop
NAME                     READY   STATUS             RESTARTS   AGE
stock-6b8f9c7d5-x7k2p    0/1     ImagePullBackOff   0          70s
order-5c9d8b7f6-b4z9q    1/1     Running            0          4d
web-7d9f8c6b5-x2x4z      1/1     Running            0          4d
";

    #[test]
    fn who_is_counted_as_failing_is_not_healthy_and_the_count_is_impact() {
        let alerts = r#"Alerts:
{ "alerts": [
  { "request_method": "POST", "business_action": "Place order", "service": "order",
    "url": "/api/v2/orders", "occurrences": 41, "raw_error": "HTTPError('502 Bad Gateway')" },
  { "business_action": "Show shop", "service": "web", "occurrences": 12, "raw_error": "took 200 ms" }
] }
"#;
        let r = report_of(&format!("{alerts}{PODS}"));
        let said: Vec<&str> = r.customer_impact.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(
            said[0],
            "Monitoring counts 41 failures of “Place order” at order (POST /api/v2/orders): status 502."
        );
        let health = |name: &str| r.services.iter().find(|s| s.name == name).map(|s| s.health);
        assert_eq!(health("order"), Some(Health::Degraded));
        assert_ne!(health("web"), Some(Health::Degraded), "no status of a failure is counted");
        assert_eq!(r.severity.level, None, "failures are no share of users");
        let first = &r.customer_impact[0];
        assert_eq!(first.support, crate::domain::Support::Quoted, "{first:?}");
        let first = &first.citations;
        assert_eq!(first.len(), 1, "the entry is one citation: {first:?}");
    }

    #[test]
    fn a_line_of_a_log_is_no_alert_list() {
        let line = r#"{"level":"info","service":"order","occurrences":41,"status":"502"}"#;
        let r = report_of(&format!("{PODS}\n$ kubectl logs deploy/web -n shop\n{line}\n"));
        assert!(r.customer_impact.iter().all(|c| !c.text.contains("Monitoring counts")));
    }
}
