//! Whom a line is about: the name that it states, the address that it calls, the store that is meant,
//! or the service that speaks. Where a cluster's state is shown, a word that is none of its names is
//! nobody. It weighs nothing.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::causality::is_second_hand;
use crate::analyst::scope::{Block, BlockKind};
use crate::analyst::tools::kube_view;
use crate::analyst::{Casebook, naming, timeline};
use crate::domain::Line;
use crate::intake::kube::PodSpec;

/// A line about a statement, a lock or a page that nobody signed is of the one store that is named.
pub fn the_store(book: &Casebook, playbook: &str) -> Option<String> {
    let of_a_store = ["slow_query.", "lock_contention.", "replication_lag.", "data_corruption."];
    if !of_a_store.iter().any(|p| playbook.starts_with(p)) {
        return None;
    }
    let mut stores = book.services.keys().filter(|n| naming::kind_of(n) == crate::domain::SubjectKind::Database);
    stores.next().filter(|_| stores.next().is_none()).cloned()
}

/// What only a server of that engine answers its client with, what its image is called, and its port.
const ANSWERS: [(&str, &[&str], u16); 4] = [
    ("OOM command not allowed", &["redis", "valkey", "keydb"], 6379),
    ("You can't write against a read only replica", &["redis", "valkey", "keydb"], 6379),
    ("low on disk", &["rabbitmq", "lavinmq"], 5672),
    ("MISCONF Redis", &["redis", "valkey", "keydb"], 6379),
];

/// The one workload of a cluster that runs the engine whose answer a line holds.
fn who_answers(book: &Casebook, text: &str) -> Option<String> {
    let (_, images, port) = ANSWERS.iter().find(|(said, _, _)| text.contains(said))?;
    let cluster = &book.cluster;
    let is_engine = |image: &str| {
        let name = image.rsplit('/').next().unwrap_or(image);
        images.iter().any(|i| name.starts_with(i))
    };
    let runs =
        |spec: &PodSpec| spec.containers.iter().any(|c| c.image.as_ref().is_some_and(|image| is_engine(&image.text)));
    let by_image = kube_view::workloads(cluster).filter(|w| runs(&w.spec)).map(|w| w.name.clone());
    let by_port = cluster.services.iter().filter(|s| s.ports.iter().any(|p| p.port == *port)).map(|s| s.name.clone());
    let one = |mut names: Vec<String>| {
        names.dedup();
        (names.len() == 1).then(|| names.pop())?
    };
    one(by_image.collect()).or_else(|| one(by_port.collect()))
}

/// A server that refuses writes is the one that its client is configured to call, where that is one, or
/// the only one of its kind.
pub fn store_of(book: &Casebook, client: &str, playbook: &str, text: &str) -> Option<String> {
    if let Some(server) = who_answers(book, text) {
        return Some(server);
    }
    if !["readonly_storage.database", "readonly_storage.index"].contains(&playbook) {
        return None;
    }
    let is_store = |name: &str| naming::kind_of(name) == crate::domain::SubjectKind::Database;
    if is_store(client) {
        return None;
    }
    let mut called = book.edges.iter().filter(|e| e.caller == client && is_store(&e.callee)).map(|e| &e.callee);
    let first = called.next()?;
    called.all(|other| other == first).then(|| first.clone())
}

/// True for a lone word that the sentence has as its verb or as a preposition: `cannot create job`, `to save time`.
fn is_verb(text: &str, word: &str) -> bool {
    const BEFORE: &str = "to cannot can't could couldn't not will would won't may must should did didn't does doesn't";
    const PREPOSITIONS: &str = "in on at to of for by with from into onto as over under after before during until";
    let one_of = |list: &str, word: &str| list.split_ascii_whitespace().any(|w| w.eq_ignore_ascii_case(word));
    if !is_lone(word) || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return false;
    }
    let words = || text.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|w| !w.is_empty());
    let mut pairs = words().zip(words().skip(1));
    one_of(PREPOSITIONS, word) || pairs.any(|(before, w)| w == word && one_of(BEFORE, before))
}

/// The server inside whose certificate a client refuses: `Post "https://NAME.NAMESPACE.svc:443/…": … x509: …`.
pub fn whose_certificate(playbook: &str, text: &str) -> Option<String> {
    if !playbook.starts_with("certificate_") {
        return None;
    }
    let host = DIALLED_TLS.as_ref()?.captures(text)?.get(1)?.as_str();
    let inner = !host.contains('.') || host.contains(".svc") || host.ends_with(".local") || host.ends_with(".internal");
    Some(naming::short_host(host)).filter(|h| inner && naming::is_name(h))
}

static DIALLED_TLS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r#"\b(?:Get|Post|Put|Head|Patch|Delete) \\?"https://([a-z][\w.-]*[a-z0-9])[^"]*\\?": .{0,60}\b(?:x509|tls):"#,
    )
    .ok()
});

/// True for a plain word: nothing in its form makes it a name.
fn is_lone(word: &str) -> bool {
    !word.contains(['-', '.', '_', '/', ':']) && !word.bytes().any(|b| b.is_ascii_digit())
}

/// Whose fault a line states: the name in the pattern, else a host that the line addresses (for
/// patterns that blame somebody else), else the service that speaks.
pub fn subject_of(
    book: &Casebook,
    named: Option<String>,
    caller: Option<&str>,
    text: &str,
    blames: bool,
) -> Option<String> {
    if let Some(name) = named.filter(|n| naming::is_name(n) && !naming::is_file(n) && !naming::is_error_word(n)) {
        // a lone word is a name only where something else in the evidence bears it
        let borne = book.services.keys().any(|k| k.eq_ignore_ascii_case(&name));
        if !naming::is_generic(&name) && (borne || !is_lone(&name) || caller.is_none()) {
            return Some(name);
        }
        let alike: Vec<&String> =
            book.services.keys().filter(|k| k.to_lowercase().contains(&name.to_lowercase())).collect();
        if let [one] = alike.as_slice() {
            return Some((*one).clone());
        }
        if let Some((host, _)) = naming::hosts_in(text).into_iter().find(|(h, _)| Some(h.as_str()) != caller) {
            return Some(host);
        }
        if matches!(name.to_lowercase().as_str(), "redis" | "postgres" | "mysql" | "kafka" | "mongodb" | "rabbitmq") {
            return Some(name.to_lowercase());
        }
    } else if blames
        && let Some((host, _)) = naming::hosts_in(text).into_iter().find(|(h, _)| Some(h.as_str()) != caller)
    {
        return Some(host);
    }
    caller
        .map(str::to_owned)
        .or_else(|| naming::program_of(text).map(str::to_owned))
        // the keys of a written-out object are no names
        .or_else(|| {
            let acted = timeline::acted_on(text).filter(|s| !text.contains("{\"") && !is_outcry(text) && !is_check(s));
            acted.filter(|s| !is_verb(text, s))
        })
        .or_else(|| timeline::place_in(text))
}

static CALLEE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r#""(?:upstream|target|peer|peer[._]service|destination|backend|dependency|callee|remote|remote_service)"\s*:\s*"(?:\w+://)?([a-z][a-z0-9.-]*[a-z0-9])(?::\d+)?[/"]|\b(?:upstream|target|peer|destination|callee)=([a-z][a-z0-9-]+)"#,
    )
    .ok()
});

/// Whom a line says it called, where what it tells is how calls to another fail: the service that it
/// names as its other side, or whose address it gives.
pub fn called(book: &Casebook, playbook: &str, caller: Option<&str>, text: &str) -> Option<String> {
    let of_others = is_second_hand(playbook) && !playbook.starts_with("crash_loop.") && !playbook.starts_with("app_");
    if !of_others && !playbook.starts_with("network_") {
        return None;
    }
    let keyed = CALLEE.as_ref().and_then(|r| r.captures(text)).and_then(|c| c.get(1).or(c.get(2)));
    let named = keyed.map(|m| naming::short_host(m.as_str())).filter(|n| !naming::is_generic(n));
    let by_address = || kube_view::addressed(&book.cluster, text).map(str::to_owned);
    named.or_else(by_address).or_else(|| by_port(book, text)).filter(|n| Some(n.as_str()) != caller)
}

static DIALLED: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"\b\d{1,3}(?:\.\d{1,3}){3}:(\d{4,5})\b").ok());

/// An address that nothing shows whose it is, on the port that one sort of store alone has: the one of that sort
/// in the evidence.
pub fn by_port(book: &Casebook, text: &str) -> Option<String> {
    const PORTS: &[(&str, &[&str])] = &[
        ("6379", &["redis", "valkey"]),
        ("5432", &["postgres", "pg"]),
        ("3306", &["mysql", "mariadb"]),
        ("27017", &["mongo", "mongodb"]),
        ("9092", &["kafka"]),
        ("5672", &["rabbitmq"]),
        ("11211", &["memcached"]),
        ("9200", &["elasticsearch", "opensearch"]),
    ];
    let port = DIALLED.as_ref()?.captures(text)?.get(1)?.as_str();
    let (_, names) = PORTS.iter().find(|(p, _)| *p == port)?;
    let of_sort = |n: &&String| n.split(['-', '_', '.']).any(|part| names.contains(&part.to_lowercase().as_str()));
    let mut stores = book.services.keys().filter(of_sort);
    let first = stores.next()?;
    stores.next().is_none().then(|| first.clone())
}

/// Whom a line names that fails on an address: a caller passes on what the one that it calls was told.
pub fn passed_on(book: &Casebook, caller: &str, callee: &str, text: &str) -> Option<String> {
    let known = book.services.keys().filter(|n| n.len() > 3 && *n != caller && *n != callee);
    known.filter(|n| naming::mentions(text, n)).max_by_key(|n| n.len()).cloned()
}

/// The subject, where it can be one in what is shown of a cluster: among its names a lone word that is
/// none of them (`Loans cannot be booked`) stands for the workload whose name the sentence spells, or
/// for nobody.
pub fn in_cluster(book: &Casebook, block: &Block, line: &Line, subject: String, text: &str) -> Option<String> {
    let cluster = &book.cluster;
    let people = line.stamp.is_none() && line.level.is_none() && naming::program_of(text).is_none();
    let shown = !cluster.pods.is_empty() && block.kind == BlockKind::Text && block.service.is_none() && people;
    if !shown || !is_lone(&subject) || kube_view::is_named(cluster, &subject) {
        return Some(subject);
    }
    kube_view::spelt(cluster, text).map(str::to_owned)
}

/// What a fault of a family is of, where its sentence names nothing: the first of these that the evidence says.
const SORTS: [(&str, &[&str]); 8] = [
    ("dns_failure.", &["zone", "DNS", "resolver", "domain"]),
    ("network_partition.", &["link", "network"]),
    ("network_loss.", &["network", "link"]),
    ("lock_contention.", &["database"]),
    ("replication_lag.", &["replica", "database"]),
    ("cache_misconfig.", &["CDN", "varnish", "cache"]),
    ("failover.", &["floating address", "virtual address", "virtual IP", "floating IP", "VIP", "standby", "primary"]),
    ("message_lag.", &["queue", "topic", "consumer"]),
];

/// The plain word for what is at fault, where nobody gives it a name: less than a name, and never a wrong one.
pub fn sort_of(playbook: &str, text: &str) -> Option<String> {
    let (_, words) = SORTS.iter().find(|(family, _)| playbook.starts_with(family))?;
    words.iter().find(|w| naming::mentions(text, w)).map(|w| (*w).to_owned())
}

/// True where a vendor's own page of its status is told or quoted.
pub fn is_of_a_vendor(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("status page") && ["vendor", "provider", "supplier"].iter().any(|w| lower.contains(w))
}

/// True where what refuses is at a loopback address and a plugin of the node tells of it: the program that
/// serves it there is down.
pub fn is_of_a_daemon(text: &str) -> bool {
    let loopback = ["127.0.0.1:", "localhost:", "[::1]:"].iter().any(|a| text.contains(a));
    loopback && ["plugin", "sandbox", "csi.", "device-plugin"].iter().any(|w| text.contains(w))
}

/// True for the reporter's own sentence over a cluster's state: it tells what is seen from outside.
pub fn is_complaint(book: &Casebook, block: &Block, text: &str) -> bool {
    const LABELS: &[&str] = &["ticket:", "title:", "summary:", "issue:", "question:"];
    let label = || text.get(..12.min(text.len())).unwrap_or(text).to_ascii_lowercase();
    !book.cluster.pods.is_empty() && block.kind == BlockKind::Text && LABELS.iter().any(|l| label().starts_with(l))
}

/// `FATAL ERROR: Ineffective mark-compacts`: a program's last words, whose capitals are no names.
fn is_outcry(text: &str) -> bool {
    ["FATAL ERROR:", "Fatal error:", "PANIC:", "panic:", "fatal error:"]
        .iter()
        .any(|w| text.trim_start().starts_with(w))
}

/// `Health checks`, `readiness probe`: what looks at a thing, and not the thing.
fn is_check(name: &str) -> bool {
    let last = name.rsplit(' ').next().unwrap_or(name);
    ["check", "checks", "probe", "probes", "healthcheck"].iter().any(|w| last.eq_ignore_ascii_case(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_certificate_is_the_server_s_and_a_verb_is_nobody() {
        let text = r#"failed to call webhook: Post "https://gate-hook.guard.svc:443/pods?timeout=9s": tls: failed to verify certificate: x509: certificate has expired"#;
        assert_eq!(whose_certificate("certificate_expired.expired", text).as_deref(), Some("gate-hook"));
        assert_eq!(whose_certificate("certificate_expired.expired", "x509: certificate has expired"), None);
        assert!(is_verb("cannot create job for wave", "create") && is_verb("kept off to save time", "save"));
        assert!(!is_verb("the billing refuses", "billing"));
    }

    #[test]
    fn a_store_s_own_port_leads_to_the_one_store_of_its_sort() {
        let mut book = Casebook::default();
        let line = "SETEX: dial tcp 10.43.118.7:6379: connect: connection refused";
        assert_eq!(by_port(&book, line), None);
        book.services.entry("presence-redis".into()).or_default();
        assert_eq!(by_port(&book, line).as_deref(), Some("presence-redis"));
        assert_eq!(by_port(&book, "dial tcp 10.43.118.7:8080: refused"), None);
        book.services.entry("cart-redis".into()).or_default();
        assert_eq!(by_port(&book, line), None, "nobody knows which");
    }
}
