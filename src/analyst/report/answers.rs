//! What whoever asked was answered, as far as the logs show: whether all of the answers that a log gives for a path
//! are errors, or some are. A sample of lines is no share of requests, so nothing is counted; a log that was
//! searched for errors shows nothing else, and is left out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::material::Material;
use crate::analyst::scope::{BlockKind, service_of};
use crate::domain::report::Conclusion;
use crate::domain::{Citation, Claim, pattern};

/// Claims at most.
const MOST: usize = 3;
/// One answer shows nothing of the next.
const SEVERAL: usize = 3;
/// Lines that a claim cites.
const CITED: usize = 3;
/// A longer line is nobody's access log, in bytes.
const LONGEST: usize = 4_000;

static STATUS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r#""(?:http\.)?(?:resp(?:onse)?[._])?(?:status|status_code|code)"\s*:\s*"?([1-5]\d\d)\b"#).ok()
});
static PATH: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r#""(?:http\.)?(?:req(?:uest)?[._])?(?:path|uri|url)"\s*:\s*"(/[^"?\s]*)"#).ok());
/// `"GET /cart HTTP/1.1" 200`.
static COMBINED: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r#""(?:GET|POST|PUT|PATCH|DELETE|HEAD) (/[^"?\s]*)[^"]*" ([1-5]\d\d)\b"#).ok());
/// Paths that only machines ask for.
const PROBES: [&str; 6] = ["health", "ready", "live", "metrics", "ping", "favicon"];

/// The answers to one path.
#[derive(Debug, Default)]
struct Answers {
    errors: Vec<(String, Citation)>,
    others: Vec<(String, Citation)>,
}

/// The impact with what the logs' answers show, before what is not known of it.
pub fn beside(m: &Material<'_>, mut known: Vec<Claim>) -> Vec<Claim> {
    if m.outcome != Conclusion::NoIncident {
        let at = known.iter().position(|c| c.citations.is_empty()).unwrap_or(known.len());
        drop(known.splice(at..at, answers(m)));
    }
    known
}

/// What is said of the answers that the logs show, those with errors first.
fn answers(m: &Material<'_>) -> Vec<Claim> {
    let mut all: BTreeMap<(String, String), Answers> = BTreeMap::new();
    let scope = m.book.scope(m.evidence);
    for (block, line, text) in scope.lines(m.evidence, |b| matches!(b.kind, BlockKind::Logs)) {
        if line.duplicate_of.is_some() || text.len() > LONGEST || block.title.contains("grep") {
            continue;
        }
        let Some((path, status)) = answer(text).filter(|(p, _)| !PROBES.iter().any(|w| p.contains(w))) else {
            continue;
        };
        let Some(who) = service_of(&scope, block, line, text) else { continue };
        let of = all.entry((who, root(path))).or_default();
        let told = (status.to_owned(), m.evidence.cite_line(block.source, line));
        if status.starts_with('5') { of.errors.push(told) } else { of.others.push(told) }
    }
    let mut told: Vec<(u8, Claim)> = all
        .iter()
        .filter(|(_, a)| !a.errors.is_empty() && a.errors.len() + a.others.len() >= SEVERAL)
        .map(|((who, path), a)| told(who, path, a))
        .collect();
    told.sort_by_key(|(rank, _)| *rank);
    told.into_iter().take(MOST).map(|(_, claim)| claim).collect()
}

fn told(who: &str, path: &str, a: &Answers) -> (u8, Claim) {
    let statuses = |of: &[(String, Citation)]| {
        let mut all: Vec<&str> = of.iter().map(|(s, _)| s.as_str()).collect();
        all.sort_unstable();
        all.dedup();
        all.join(", ")
    };
    // a line of each status, so that each can be looked at
    let mut at: Vec<Citation> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (status, place) in a.errors.iter().chain(&a.others) {
        if !seen.contains(&status.as_str()) && at.len() < CITED {
            seen.push(status);
            at.push(place.clone());
        }
    }
    let (rank, text) = match (a.errors.as_slice(), a.others.as_slice()) {
        (errors, []) => {
            (0, format!("Every answer to {path} that {who}'s log shows is an error: status {}.", statuses(errors)))
        }
        (errors, others) => (
            1,
            format!(
                "Some answers to {path} that {who}'s log shows are errors (status {}), others are not (status {}).",
                statuses(errors),
                statuses(others)
            ),
        ),
    };
    (rank, Claim::inferred(text, at))
}

/// The path and the status that a line gives.
fn answer(text: &str) -> Option<(&str, &str)> {
    if let Some(c) = COMBINED.as_ref().and_then(|r| r.captures(text)) {
        return Some((c.get(1)?.as_str(), c.get(2)?.as_str()));
    }
    let one = |r: &LazyLock<Option<Regex>>| r.as_ref()?.captures(text)?.get(1).map(|m| m.range());
    Some((text.get(one(&PATH)?)?, text.get(one(&STATUS)?)?))
}

/// A path without what stands for one thing in it: `/product/OLJ1` → `/product`.
fn root(path: &str) -> String {
    let named = |part: &&str| !part.chars().any(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).take_while(named).collect();
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    fn told(log: &str, command: &str) -> Vec<String> {
        let paste = format!(
            "$ kubectl get pods -n shop\nNAME                     READY   STATUS             RESTARTS   AGE\nstock-6b8f9c7d5-x7k2p    0/1     ImagePullBackOff   0          70s\n\n$ kubectl logs deploy/front -n shop{command}\n{log}"
        );
        let r = report_of(&paste);
        r.customer_impact.into_iter().map(|c| c.text).filter(|t| t.contains("front's log shows")).collect()
    }

    fn line(second: u32, path: &str, status: u32) -> String {
        format!(
            "{{\"http.req.path\":\"{path}\",\"http.resp.status\":{status},\"message\":\"request complete\",\"severity\":\"info\",\"timestamp\":\"2026-02-03T11:01:{second}.366Z\"}}\n"
        )
    }

    #[test]
    fn errors_are_told_by_whether_all_or_some_of_a_path_s_answers_are() {
        let bad: String = (10..14).map(|s| line(s, "/cart/checkout", 500)).collect();
        let good: String = (20..24).map(|s| line(s, &format!("/product/OLJ{s}"), 200)).collect();
        let probes: String = (30..34).map(|s| line(s, "/_healthz", 200)).collect();
        let all = format!("{bad}{good}{probes}");
        let said = told(&all, " --tail=40");
        assert_eq!(said, ["Every answer to /cart/checkout that front's log shows is an error: status 500."]);
        assert!(told(&all, " | grep -i error").is_empty(), "a log that was searched for errors");
        let mixed = format!("{bad}{}", line(40, "/cart/checkout", 302));
        let said = told(&mixed, " --tail=40");
        assert!(said[0].starts_with("Some answers to /cart/checkout"), "{said:?}");
        assert!(told(&line(10, "/cart/checkout", 500), " --tail=40").is_empty(), "one is none of the next");
    }
}
