//! What whoever asked was answered, as far as the logs show: whether all of the answers that a log gives for a method
//! and a path are errors, or some are. A sample of lines is no share of requests, so nothing is counted; a log that
//! was searched for errors shows nothing else, and is left out. Who gave up waiting was not answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::material::Material;
use crate::analyst::scope::{BlockKind, service_of};
use crate::domain::report::{Conclusion, ServiceRow};
use crate::domain::{Citation, Claim, SourceId, pattern};

/// Claims at most.
const MOST: usize = 4;
/// Lines that a claim cites.
const CITED: usize = 3;
/// A longer line is nobody's access log, in bytes.
const LONGEST: usize = 4_000;

static STATUS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r#""(?:http\.)?(?:resp(?:onse)?[._])?(?:status|status_code|code)"\s*:\s*"?([1-5]\d\d)\b"#).ok()
});
static PATH: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r#""(?:http\.)?(?:req(?:uest)?[._])?(?:path|uri|url)"\s*:\s*"(/[^"?\s]*)"#).ok());
static METHOD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r#""(?:http\.)?(?:req(?:uest)?[._])?(?:method|verb)"\s*:\s*"(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)""#,
    )
    .ok()
});
static REQUEST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r#""(?:http\.)?(?:x-)?(?:req(?:uest)?[._-]?id|trace[._-]?id)"\s*:\s*"([^"\s]{4,80})""#).ok()
});
/// That whoever asked hung up.
static GIVEN_UP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r#"(?i)\bcontext cancell?ed\b|\bcode = cancell?ed\b|\bclient (?:has )?(?:disconnected|closed|went away)|\bbroken pipe\b|status"?\s*[:=]\s*"?499\b"#,
    )
    .ok()
});
/// `"GET /cart HTTP/1.1" 200`.
static COMBINED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r#""(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/[^"?\s]*)[^"]*" ([1-5]\d\d)\b"#).ok()
});
/// Paths that only machines ask for.
const PROBES: [&str; 6] = ["health", "ready", "live", "metrics", "ping", "favicon"];

/// The answers to one method and path.
#[derive(Debug, Default)]
struct Answers {
    errors: Vec<(String, Citation)>,
    others: Vec<(String, Citation)>,
}

/// What the log of one shows of its answers.
#[derive(Debug)]
pub struct Answered {
    who: String,
    claim: Claim,
}

/// The impact with what the logs' answers show, before what is not known of it.
pub fn beside(answered: &[Answered], mut known: Vec<Claim>) -> Vec<Claim> {
    let at = known.iter().position(|c| c.citations.is_empty()).unwrap_or(known.len());
    drop(known.splice(at..at, answered.iter().map(|a| a.claim.clone())));
    known
}

/// Who answers with errors is hit, however ready its pods are.
pub fn hit(answered: &[Answered], rows: &mut [ServiceRow]) {
    for a in answered {
        super::services::hit(rows, &a.who, &a.claim);
    }
    rows.sort_by_key(|r| super::services::rank(r.health));
}

/// What is said of the answers that the logs show, those with errors alone first.
pub fn answers(m: &Material<'_>) -> Vec<Answered> {
    if m.outcome == Conclusion::NoIncident {
        return Vec::new();
    }
    let mut all: BTreeMap<(String, String), Answers> = BTreeMap::new();
    let scope = m.book.scope(m.evidence);
    let given_up = given_up(m);
    for (block, line, text) in scope.lines(m.evidence, |b| matches!(b.kind, BlockKind::Logs)) {
        if line.duplicate_of.is_some() || text.len() > LONGEST || block.title.contains("grep") {
            continue;
        }
        let Some((verb, path, status)) = answer(text).filter(|(_, p, _)| !PROBES.iter().any(|w| p.contains(w))) else {
            continue;
        };
        if request(text).is_some_and(|id| given_up.contains(&(block.source, id))) {
            continue;
        }
        let Some(who) = service_of(&scope, block, line, text) else { continue };
        let route = if verb.is_empty() { root(path) } else { format!("{verb} {}", root(path)) };
        let of = all.entry((who, route)).or_default();
        let told = (status.to_owned(), m.evidence.cite_line(block.source, line));
        if status.starts_with('5') { of.errors.push(told) } else { of.others.push(told) }
    }
    let failed = all.iter().filter(|(_, a)| !a.errors.is_empty());
    let mut told: Vec<(u8, usize, Answered)> = failed
        .map(|((who, route), a)| {
            let (rank, claim) = told(who, route, a);
            (rank, usize::MAX - a.errors.len(), Answered { who: who.clone(), claim })
        })
        .collect();
    told.sort_by_key(|(rank, many, _)| (*rank, *many));
    told.into_iter().take(MOST).map(|(.., answered)| answered).collect()
}

/// The requests of which a log says that whoever asked hung up: their status was written down and given to nobody.
fn given_up<'m>(m: &Material<'m>) -> BTreeSet<(SourceId, &'m str)> {
    let lines = m.evidence.lines().filter_map(|(source, line)| {
        let text = m.evidence.text(source).get(line.range()).filter(|t| t.len() <= LONGEST)?;
        GIVEN_UP.as_ref()?.is_match(text).then(|| request(text)).flatten().map(|id| (source, id))
    });
    lines.collect()
}

fn request(text: &str) -> Option<&str> {
    REQUEST.as_ref()?.captures(text)?.get(1).map(|id| id.as_str())
}

fn told(who: &str, route: &str, a: &Answers) -> (u8, Claim) {
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
        // one answer shows little of the next
        (only @ [_], []) => {
            (2, format!("The one answer to {route} that {who}'s log shows is an error: status {}.", statuses(only)))
        }
        (both @ [_, _], []) => {
            (0, format!("Both answers to {route} that {who}'s log shows are errors: status {}.", statuses(both)))
        }
        (errors, []) => {
            (0, format!("Every answer to {route} that {who}'s log shows is an error: status {}.", statuses(errors)))
        }
        (errors, others) => (
            1,
            format!(
                "Some answers to {route} that {who}'s log shows are errors (status {}), others are not (status {}).",
                statuses(errors),
                statuses(others)
            ),
        ),
    };
    (rank, Claim::inferred(text, at))
}

/// The method, the path and the status that a line gives; the method may be missing.
fn answer(text: &str) -> Option<(&str, &str, &str)> {
    if let Some(c) = COMBINED.as_ref().and_then(|r| r.captures(text)) {
        return Some((c.get(1)?.as_str(), c.get(2)?.as_str(), c.get(3)?.as_str()));
    }
    let one = |r: &LazyLock<Option<Regex>>| r.as_ref()?.captures(text)?.get(1).map(|m| m.range());
    let verb = one(&METHOD).and_then(|at| text.get(at)).unwrap_or("");
    let status = one(&STATUS)?;
    if was_received(text.get(..status.start)?) {
        return None;
    }
    Some((verb, text.get(one(&PATH)?)?, text.get(status)?))
}

/// True where the body of an answer stands in the error of whoever got it: another one answered.
fn was_received(before: &str) -> bool {
    let head = before.split('{').next().unwrap_or(before).trim_end_matches(['[', '"', '\\', ' ']);
    head.ends_with(':') && ["xception", "rror"].iter().any(|word| head.contains(word))
}

/// A path up to what stands for one thing in it: `/product/OLJ1` → `/product`, `/api/v1/users/17` → `/api/v1/users`.
/// A name that stands for itself (`/setCurrency`) is a path of its own, and so is `/`.
fn root(path: &str) -> String {
    let version = |part: &str| {
        part.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.len() < 3 && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let one_thing = |part: &str| {
        !version(part) && part.chars().any(|c| c.is_ascii_digit())
            || part.len() > 3 && !part.chars().any(char::is_lowercase)
    };
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let named: Vec<&str> = parts.iter().copied().take_while(|p| !one_thing(p)).collect();
    // nothing but things: as it is
    format!("/{}", if named.is_empty() { parts } else { named }.join("/"))
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

    fn line(second: u32, asked: &str, status: u32) -> String {
        let (verb, path) = asked.split_once(' ').unwrap_or(("GET", asked));
        format!(
            "{{\"http.req.id\":\"req-{second}\",\"http.req.method\":\"{verb}\",\"http.req.path\":\"{path}\",\"http.resp.status\":{status},\"message\":\"request complete\",\"severity\":\"info\",\"timestamp\":\"2026-02-03T11:01:{second}.366Z\"}}\n"
        )
    }

    #[test]
    fn errors_are_told_by_whether_all_or_some_of_a_path_s_answers_are() {
        let bad: String = (10..14).map(|s| line(s, "/cart/checkout", 500)).collect();
        let good: String = (20..24).map(|s| line(s, &format!("/product/OLJ{s}"), 200)).collect();
        let probes: String = (30..34).map(|s| line(s, "/_healthz", 200)).collect();
        let all = format!("{bad}{good}{probes}");
        let said = told(&all, " --tail=40");
        assert_eq!(said, ["Every answer to GET /cart/checkout that front's log shows is an error: status 500."]);
        assert!(told(&all, " | grep -i error").is_empty(), "a log that was searched for errors");
        let mixed = format!("{bad}{}", line(40, "/cart/checkout", 302));
        let said = told(&mixed, " --tail=40");
        assert!(said[0].starts_with("Some answers to GET /cart/checkout"), "{said:?}");
        let said = told(&line(10, "/cart/checkout", 500), " --tail=40");
        assert_eq!(said, ["The one answer to GET /cart/checkout that front's log shows is an error: status 500."]);
    }

    #[test]
    fn an_answer_is_of_its_own_method_and_page() {
        let home: String = (10..13).map(|s| line(s, "/", 500)).collect();
        let view: String = (13..15).map(|s| line(s, "/cart", 500)).collect();
        let all = format!("{home}{view}{}{}", line(20, "POST /setCurrency", 302), line(21, "POST /cart", 302));
        let said = told(&all, " --tail=40");
        let every = "Every answer to GET / that front's log shows is an error: status 500.";
        assert_eq!(said, [every, "Both answers to GET /cart that front's log shows are errors: status 500."]);
        let of = |path| super::root(path);
        assert_eq!(
            [of("/api/v1/users/login"), of("/api/v1/users/17"), of("/OLJCESPC7Z")],
            ["/api/v1/users/login", "/api/v1/users", "/OLJCESPC7Z"]
        );
    }

    #[test]
    fn the_body_of_another_s_answer_in_an_error_is_no_answer_of_its_own() {
        let got = r#"2026-03-01T10:00:00Z ERROR web: nested exception is HttpServerErrorException: 500 Internal Server Error: [{"status":500,"error":"x","path":"/api/v1/stock"}]"#;
        assert_eq!(super::answer(got), None);
        let own = r#"2026-03-01T10:00:00Z INFO web: {"status":500,"path":"/api/v1/stock"}"#;
        assert_eq!(super::answer(own), Some(("", "/api/v1/stock", "500")));
    }

    #[test]
    fn who_hung_up_was_not_answered_with_an_error() {
        let cause = "{\"error\":\"no prices: rpc error: code = Canceled desc = context canceled\",\"http.req.id\":\"req-12\",\"message\":\"request error\",\"severity\":\"error\",\"timestamp\":\"2026-02-03T11:01:12.365Z\"}\n";
        let all = format!("{}{}{cause}{}", line(10, "/cart", 200), line(11, "/cart", 200), line(12, "/cart", 500));
        assert!(told(&all, " --tail=40").is_empty());
    }

    #[test]
    fn who_answers_with_errors_is_hit_and_no_share_of_users_is_known_for_it() {
        let lines: String = (10..14).map(|s| line(s, "/cart", 500)).collect();
        let pods = "$ kubectl get pods -n shop\nNAME                     READY   STATUS             RESTARTS   AGE\nstock-6b8f9c7d5-x7k2p    0/1     ImagePullBackOff   0          70s\nfrontend-5c9d8b7f6-b4z9q    1/1     Running            0          4d\n";
        let r = report_of(&format!("{pods}\n$ kubectl logs deploy/frontend -n shop --tail=40\n{lines}"));
        let row = r.services.iter().find(|s| s.name == "frontend").map(|s| s.health);
        assert_eq!(row, Some(crate::domain::report::Health::Degraded), "who answers with errors is hit");
        assert_eq!(r.severity.level, None, "who asked may be a machine, and how many users it hits is not known");
    }
}
