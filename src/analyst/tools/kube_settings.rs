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
}

/// True where the line quotes the value as a value: in quotes, brackets, or after `=`.
fn quotes(line: &str, value: &str) -> bool {
    line.match_indices(value).any(|(at, _)| {
        let before = line.get(..at).and_then(|t| t.chars().next_back());
        let after = line.get(at + value.len()..).and_then(|t| t.chars().next());
        let opens = before.is_some_and(|c| matches!(c, '"' | '\'' | '`' | '=' | '[' | '(' | '\u{201c}' | '\u{2018}'));
        let closes = after.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_');
        opens && closes
    })
}

/// The line of a workload's log that complains of this value.
fn complaint(cluster: &Cluster, notes: &Notes<'_>, name: &str, value: &str) -> Option<Span> {
    cluster.logs.iter().filter(|(of, _)| of == name).find_map(|(_, at)| {
        let text = notes.evidence.slice(*at);
        let mut start = at.start;
        text.split('\n').find_map(|line| {
            let own = Span { source: at.source, start, end: start + line.trim_end().len() };
            start += line.len() + 1;
            let lower = || line.to_ascii_lowercase();
            let told = line.len() < LONGEST && quotes(line, value);
            (told && COMPLAINTS.iter().any(|c| lower().contains(c))).then_some(own)
        })
    })
}

/// A value of the environment that the program's complaint quotes.
fn refused(cluster: &Cluster, pod: &Pod, name: &str, notes: &mut Notes<'_>) {
    let all: Vec<&Env> = specs(cluster, pod).into_iter().flat_map(|s| &s.containers).flat_map(|c| &c.env).collect();
    for env in all {
        let Some(value) = env.value.as_deref().filter(|v| v.len() >= SHORTEST) else { continue };
        let Some(line) = complaint(cluster, notes, name, value) else { continue };
        let text = format!("{name} complains of {value}, which is its {}", env.name);
        let mechanism = format!("it refuses {value}, the value of its environment variable {}", env.name);
        let (kind, bearing, weight, at) = (kind_of(name), Bearing::Stated, 5.0, [line, env.at]);
        let playbook = "config_error.invalid";
        notes.find(Draft { subject: name, kind, playbook, bearing, weight, text, at: &at, mechanism });
        return;
    }
}

/// The hosts with ports that a command names: `nc -z queue 5672`, `queue:5672`.
fn hosts(container: &Container) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    for said in container.command.iter().chain(&container.args) {
        let words: Vec<&str> = said
            .text
            .split(|c: char| c.is_whitespace() || matches!(c, ';' | '"' | '\'' | '(' | ')'))
            .filter(|w| !w.is_empty())
            .collect();
        for (i, word) in words.iter().enumerate() {
            let port = |w: &&str| w.len() >= 2 && w.parse::<u16>().is_ok();
            let plain = word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
            let host = match address(word) {
                Some((host, Some(_))) => Some(host),
                _ if plain && words.get(i + 1).is_some_and(port) => Some(*word),
                _ => None,
            };
            if let Some(host) = host {
                found.push((host.split('.').next().unwrap_or(host).to_owned(), said.at));
            }
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
        let missing = hosts(container).into_iter().find(|(host, _)| cluster.service(host).is_none() && host != name);
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
    use super::quotes;

    #[test]
    fn a_value_is_quoted_as_a_whole_or_not_at_all() {
        assert!(quotes("strconv.Atoi: parsing \"64k\": invalid syntax", "64k"));
        assert!(quotes("Unknown database 'stockz'", "stockz"));
        assert!(!quotes("Unknown database 'stockz'", "stock"));
        assert!(!quotes("the 64k block is unknown", "64k"));
    }
}
