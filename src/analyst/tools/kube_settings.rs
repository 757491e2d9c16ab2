//! Settings that a program refuses, and addresses that an init container waits for: a value of the
//! manifest that the program's own complaint quotes, and a host in a waiting command that is no
//! service. It judges no value by itself.

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span};
use crate::intake::kube::{Cluster, Container, Env, Pod};

use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_read::address;
use super::kube_view::{in_trouble, kind_of, owner, specs};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "settings",
    question: "Does a program in trouble refuse or miss what its manifest gives it?",
    applies: |_, book| book.cluster.pods.iter().any(in_trouble),
    arguments: |_, book| serde_json::json!({ "pods": book.cluster.pods.iter().filter(|p| in_trouble(p)).count() }),
    run,
};

/// How a program complains of a value, in lower case.
const COMPLAINTS: &[&str] = &[
    "invalid",
    "parsing",
    "cannot parse",
    "could not parse",
    "unknown",
    "unsupported",
    "unrecognized",
    "unrecognised",
    "illegal",
    "malformed",
    "not a valid",
    "does not exist",
    "not a number",
    "out of range",
    "bad value",
    "no enum constant",
];
/// A value shorter than this is quoted by chance.
const SHORTEST: usize = 2;
/// A longer line is no complaint, in bytes.
const LONGEST: usize = 1_000;

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut done: Vec<String> = Vec::new();
    for pod in cluster.pods.iter().filter(|p| in_trouble(p)) {
        let name = owner(pod);
        if done.contains(&name) {
            continue;
        }
        done.push(name.clone());
        refused(cluster, pod, &name, notes);
        waited_for(cluster, pod, &name, notes);
    }
    super::kube_credentials::read(cluster, notes);
}

/// Fields that a logger writes before its message: what stands in them is no quotation.
const FIELDS: &[&str] = &["level", "lvl", "severity", "ts", "time", "caller", "logger", "env", "service"];
/// How far from the complaint's words the value is quoted, in bytes.
const NEAR: usize = 80;

/// Where the line quotes the value as a value: in quotes, brackets, or after `=`, and in no logger's field.
fn quoted<'l>(line: &'l str, value: &'l str) -> impl Iterator<Item = usize> + 'l {
    let as_value = move |at: usize| {
        let text = line.get(..at)?;
        let before = text.chars().next_back()?;
        let after = line.get(at + value.len()..)?.chars().next();
        let opens = matches!(before, '"' | '\'' | '`' | '=' | '[' | '(' | '\u{201c}' | '\u{2018}');
        let closes = after.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_');
        let key = text.trim_end_matches(['"', '=', ':', ' ']).rsplit([' ', '"', '{', ',']).next().unwrap_or_default();
        (opens && closes && !FIELDS.contains(&key)).then_some(at)
    };
    line.match_indices(value).filter_map(move |(at, _)| as_value(at))
}

/// A line in which a workload's log complains of something: where it stands, what it says in small
/// letters, and where the words of complaint are.
struct Complaint<'e> {
    at: Span,
    line: &'e str,
    words: Vec<usize>,
}

/// The lines of a workload's log that complain; what is only reported is none.
fn complaints<'e>(cluster: &Cluster, evidence: &'e Evidence, name: &str) -> Vec<Complaint<'e>> {
    const REPORTS: &[&str] =
        &["level=info", "level=debug", "\"level\":\"info\"", "\"level\": \"info\"", " info ", "[info]"];
    let mut found = Vec::new();
    for (_, at) in cluster.logs.iter().filter(|(of, _)| of == name) {
        let mut start = at.start;
        for line in evidence.slice(*at).split('\n') {
            let own = Span { source: at.source, start, end: start + line.trim_end().len() };
            start += line.len() + 1;
            if line.len() >= LONGEST {
                continue;
            }
            let lower = line.to_ascii_lowercase();
            let words: Vec<usize> = COMPLAINTS.iter().filter_map(|c| lower.find(c)).collect();
            if !words.is_empty() && !REPORTS.iter().any(|r| lower.contains(r)) {
                found.push(Complaint { at: own, line, words });
            }
        }
    }
    found
}

/// A value of the environment that the program's complaint quotes.
fn refused(cluster: &Cluster, pod: &Pod, name: &str, notes: &mut Notes<'_>) {
    let said = complaints(cluster, notes.evidence, name);
    if said.is_empty() {
        return;
    }
    let all: Vec<&Env> = specs(cluster, pod).into_iter().flat_map(|s| &s.containers).flat_map(|c| &c.env).collect();
    for env in all {
        let Some(value) = env.value.as_deref().filter(|v| v.len() >= SHORTEST) else { continue };
        let of_it = |c: &&Complaint<'_>| quoted(c.line, value).any(|at| c.words.iter().any(|w| w.abs_diff(at) <= NEAR));
        let Some(line) = said.iter().find(of_it).map(|c| c.at) else { continue };
        let text = format!("{name} complains of {value}, which is its {}", env.name);
        let mechanism = format!("it refuses {value}, the value of its environment variable {}", env.name);
        let (kind, bearing, weight, at) = (kind_of(name), Bearing::Stated, 5.0, [line, env.at]);
        let playbook = "config_error.invalid";
        notes.find(Draft { subject: name, kind, playbook, bearing, weight, text, at: &at, mechanism });
        return;
    }
}

/// Programs that try whether a port answers: host and port stand behind them as two words.
const TRIES: &[&str] = &["nc", "ncat", "netcat", "telnet"];

/// True where the words before a host are such a program's name and its flags.
fn tried(before: &[&str]) -> bool {
    let flag = |w: &&&str| w.starts_with('-') || w.bytes().all(|b| b.is_ascii_digit());
    let program = before.iter().rev().find(|w| !flag(w));
    program.is_some_and(|w| TRIES.contains(&w.rsplit('/').next().unwrap_or(w)))
}

/// The service that a host's name means inside the cluster; `None` for a name of elsewhere.
fn service_meant<'h>(host: &'h str, namespaces: &[&str]) -> Option<&'h str> {
    let (name, rest) = host.split_once('.').unwrap_or((host, ""));
    let inside = rest.is_empty()
        || namespaces.contains(&rest)
        || rest.split_once('.').is_some_and(|(_, zone)| zone == "svc" || zone.starts_with("svc."));
    (inside && name != "localhost").then_some(name)
}

/// The hosts with ports that a command names: `nc -z queue 5672`, `queue:5672`.
fn hosts<'c>(container: &'c Container, namespaces: &[&str]) -> Vec<(&'c str, Span)> {
    let mut found = Vec::new();
    for said in container.command.iter().chain(&container.args) {
        let parts = |c: char| c.is_whitespace() || matches!(c, ';' | '"' | '\'' | '(' | ')');
        let words: Vec<&str> = said.text.split(parts).filter(|w| !w.is_empty()).collect();
        for (i, word) in words.iter().enumerate() {
            let port = |w: &&str| w.len() >= 2 && w.parse::<u16>().is_ok();
            let plain = word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
            let host = match address(word) {
                Some((host, Some(_))) => Some(host),
                _ if plain && words.get(i + 1).is_some_and(port) && words.get(..i).is_some_and(tried) => Some(*word),
                _ => None,
            };
            found.extend(host.and_then(|h| service_meant(h, namespaces)).map(|h| (h, said.at)));
        }
    }
    found
}

/// An init container that has not ended, whose command waits for a host that is no service.
fn waited_for(cluster: &Cluster, pod: &Pod, name: &str, notes: &mut Notes<'_>) {
    let Some(listed) = cluster.listing("service") else { return };
    if !pod.status.as_ref().is_some_and(|s| s.text.starts_with("Init:")) {
        return;
    }
    let all: Vec<&Container> = specs(cluster, pod).into_iter().flat_map(|s| &s.containers).filter(|c| c.init).collect();
    for container in all {
        let ended = container.state.reason.as_ref().is_some_and(|r| r.text == "Completed");
        let known: Vec<&str> = [pod.namespace.as_deref(), cluster.namespace.as_deref()].into_iter().flatten().collect();
        let absent = |host: &str| cluster.service(host).is_none() && host != name;
        let missing = hosts(container, &known).into_iter().find(|(host, _)| absent(host));
        let Some((host, at)) = missing.filter(|_| !ended) else { continue };
        let text =
            format!("the init container {} of {name} waits for {host}, and there is no service {host}", container.name);
        let mechanism = format!(
            "its init container {} waits for the address {host}, and no service of that name exists",
            container.name
        );
        let (kind, bearing, weight) = (kind_of(name), Bearing::Stated, 5.0);
        let at = [at, listed, pod.at];
        let playbook = "service_misroute.env_address";
        notes.find(Draft { subject: name, kind, playbook, bearing, weight, text, at: &at, mechanism });
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::{quoted, service_meant, tried};

    #[test]
    fn a_value_is_quoted_as_a_whole_or_not_at_all() {
        let quotes = |line: &str, value: &str| quoted(line, value).next().is_some();
        assert!(quotes("strconv.Atoi: parsing \"64k\": invalid syntax", "64k"));
        assert!(quotes("Unknown database 'stockz'", "stockz"));
        assert!(!quotes("Unknown database 'stockz'", "stock"));
        assert!(!quotes("the 64k block is unknown", "64k"));
        assert!(!quotes("level=info msg=\"unknown metrics sink ignored\"", "info"), "a logger's own field");
        assert!(!quotes("{\"level\":\"warn\",\"msg\":\"invalid\"}", "warn"), "a logger's own field");
    }

    #[test]
    fn a_host_stands_behind_a_program_that_tries_a_port_and_is_meant_inside_the_cluster() {
        assert!(tried(&["until", "nc", "-z", "-w", "2"]) && tried(&["/bin/ncat"]));
        assert!(!tried(&["do"]) && !tried(&["until", "nc", "-z", "letterbox", "5672", "do"]));
        assert_eq!(service_meant("queue", &[]), Some("queue"));
        assert_eq!(service_meant("queue.shop", &["shop"]), Some("queue"));
        assert_eq!(service_meant("queue.shop.svc.cluster.local", &[]), Some("queue"));
        assert_eq!(service_meant("orders.abc123.eu-west-1.rds.amazonaws.com", &["shop"]), None);
        assert_eq!(service_meant("localhost", &[]), None);
    }
}
