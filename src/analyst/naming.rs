//! Names of workloads, hosts and stores in text: what looks like one, what it belongs to. Pure
//! functions of the text; whether a name matters is decided elsewhere.

mod parts;
pub use parts::is_of_kernel;
pub mod persons;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::SubjectKind;

/// The workload that a pod's name belongs to: its hash suffixes are dropped.
pub fn workload(name: &str) -> String {
    let name = name.trim_matches(|c: char| !c.is_alphanumeric());
    let name = name.rsplit('/').next().unwrap_or(name);
    let parts: Vec<&str> = name.split('-').collect();
    let minute = |part: &str| part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit());
    let keep = match parts.as_slice() {
        // a cron job adds the minute it is for, and its pod a suffix
        [_, .., at] if minute(at) => parts.len() - 1,
        [_, .., at, pod] if minute(at) && is_pod_suffix(pod) => parts.len() - 2,
        [.., set, pod] if is_pod_suffix(pod) && is_set_hash(set) && parts.len() > 2 => parts.len() - 2,
        [.., pod] if is_pod_suffix(pod) && pod.bytes().any(|b| b.is_ascii_digit()) && parts.len() > 1 => {
            parts.len() - 1
        }
        // `pg-index-01` is a host: no controller writes a zero before its count
        [.., ordinal]
            if parts.len() > 2
                && ordinal.len() <= 2
                && ordinal.bytes().all(|b| b.is_ascii_digit())
                && (*ordinal == "0" || !ordinal.starts_with('0')) =>
        {
            parts.len() - 1
        }
        _ => parts.len(),
    };
    parts.get(..keep).map_or_else(|| name.to_owned(), |p| p.join("-"))
}

fn is_pod_suffix(part: &str) -> bool {
    part.len() == 5 && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) && !is_word(part)
}

fn is_set_hash(part: &str) -> bool {
    // Kubernetes draws from an alphabet without vowels, and one hash in twenty holds no digit
    let drawn = || part.len() >= 8 && !is_word(part) && !part.contains('y');
    (6..=10).contains(&part.len())
        && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && (part.bytes().any(|b| b.is_ascii_digit()) || drawn())
}

/// Kubernetes' suffixes have no vowels: a part with one is a word.
fn is_word(part: &str) -> bool {
    part.bytes().any(|b| b"aeiou".contains(&b))
}

/// What stands where a name could and is none: an empty value, or what a cluster says of a pod.
const NOTHING: &str = "null none true false unknown n/a the pending terminating notready crashloopbackoff oomkilled \
    evicted";

/// True for a word that is written like a name and is nobody's: `PutObject`, `dig`, `on-call`.
pub fn names_nothing(text: &str) -> bool {
    parts::names_nothing(text)
}

/// True when the text can be the name of something that runs.
pub fn is_name(text: &str) -> bool {
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    (2..=80).contains(&text.len())
        && letters >= 2
        && !text.contains(char::is_whitespace)
        && !NOTHING.split_ascii_whitespace().any(|word| text.eq_ignore_ascii_case(word))
}

/// `AccessDenied`, `ConnectionTimeoutError`: the name of an error, and of nothing that runs.
pub fn is_error_word(word: &str) -> bool {
    const ENDS: [&str; 14] = [
        "Denied",
        "Error",
        "Exception",
        "Exceeded",
        "Failed",
        "NotFound",
        "Unavailable",
        "Timeout",
        "BackOff",
        "Killed",
        "Expired",
        "Refused",
        "Throttling",
        "Evicted",
    ];
    word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b':')
        && ENDS.iter().any(|e| word.ends_with(e) && (word.len() > e.len() || matches!(*e, "Exception" | "Error")))
}

static POD_PREFIX: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"^\[pod/([a-z0-9.-]+)/([a-z0-9.-]+)\]").ok());
static KEYED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r#"(?:"(?:service(?:\.name|_name|Name)?|app|application|serviceName)"\s*:\s*"|\bservice(?:\.name)?=["']?)([A-Za-z][\w.-]*)"#).ok()
});
static TAGGED: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"^\[\w+\]\s+\d{4}-\d\d-\d\dT\S+\s+([a-z][\w.-]*):").ok());

static JOINED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^(?:\[\w+\]\s+)?\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\s+(?:[A-Z]{3,8}\s+)?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)(?:\[\d+\])?\s").ok()
});
static PROGRAM_ON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)^(?:\d\d:\d\d\S*\s+)?(?:the )?(?:logs?|mysqld?|mariadb|postgres\w*|pg|redis|mongod?|kafka|rabbitmq|nginx|haproxy|kernel|kern\.log|syslog|dmesg|journal\w*|postgres\w* log) (?:on|of|from) ([a-z][\w.-]*[a-z0-9])(?:[:\s]|$)").ok()
});

/// `mysqld on stock-db`, `kern.log of web-3: …`: the host that a line or a heading puts a program on.
pub fn program_on(text: &str) -> Option<Range<usize>> {
    let found = PROGRAM_ON.as_ref()?.captures(text)?.get(1)?;
    let article = matches!(found.as_str(), "the" | "a" | "an" | "all" | "our" | "this" | "that" | "each" | "one");
    (!article && is_name(found.as_str())).then(|| found.range())
}

/// Parts of programs that stand where a name could.
const PARTS: &str = "lock lwlock innodb sqlstate statement detail repl kernel system systemd psql mysql> stdout stderr hibernate \
    action description guest version readable events data";

/// True for the name of a part of a program (`InnoDB`, `ELECTION`), which is nobody's service.
pub fn is_part(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        || name.starts_with("HikariPool")
        || is_exception(name)
        || parts::is_class(name)
        || parts::is_code(name)
        || parts::is_field(name)
        || parts::is_of_kernel(name)
        || name.ends_with("_name")
        || PARTS.split(' ').any(|part| name.eq_ignore_ascii_case(part))
}

/// True for the class of an exception, bare or with its package: `java.sql.SQLException`.
fn is_exception(name: &str) -> bool {
    let class = name.rsplit(['.', '$']).next().unwrap_or(name);
    let long = |end: &str| class.len() > end.len() && class.ends_with(end);
    // `google.api_core.exceptions.Forbidden`: a class in a package of them
    let packed = name.contains("exceptions.") || name.contains(".errors.");
    class.starts_with(|c: char| c.is_ascii_uppercase()) && (long("Exception") || long("Error") || packed)
}

/// The service that a line itself states, in the forms where no guess is needed.
pub fn stated_service(text: &str) -> Option<String> {
    let head = text.get(..text.len().min(600)).unwrap_or(text);
    for (pattern, must) in [(&POD_PREFIX, "[pod/"), (&TAGGED, "["), (&KEYED, "service")] {
        if !head.contains(must) {
            continue;
        }
        if let Some(m) = pattern.as_ref().and_then(|r| r.captures(head)).and_then(|c| c.get(1)) {
            return Some(workload(m.as_str()));
        }
    }
    if let Some(m) = JOINED.as_ref().and_then(|r| r.captures(head)).and_then(|c| c.get(1)) {
        return Some(workload(m.as_str()));
    }
    let of_systemd = || UNIT.as_ref().filter(|_| head.contains(" systemd[")).and_then(|r| r.captures(head))?.get(1);
    if let Some(unit) = syslog_subject(head).or_else(|| of_systemd().map(|m| m.as_str().to_owned())) {
        return Some(unit);
    }
    program_on(head).and_then(|r| head.get(r)).map(workload)
}

static SYSLOG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"^[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d ([a-z][\w.-]*) (?:kernel|systemd)(?:\[\d+\])?:",
    )
    .ok()
});
static UNIT: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"(?:system\.slice/|\]: |: )([a-z][\w@.-]*)\.service\b").ok());

/// Whom a line of the kernel or of systemd is about: the unit it names, else the host.
fn syslog_subject(text: &str) -> Option<String> {
    let host = SYSLOG.as_ref()?.captures(text)?.get(1)?;
    let unit = UNIT.as_ref().and_then(|r| r.captures(text)).and_then(|c| c.get(1));
    Some(unit.unwrap_or(host).as_str().to_owned())
}

static NGINX: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: ").ok());

/// The program that writes lines of this form, where the form is one program's own.
pub fn program_of(text: &str) -> Option<&'static str> {
    NGINX.as_ref()?.is_match(text).then_some("nginx")
}

/// The server whose client a command is: its own tool names it.
pub fn server_of(command: &str) -> Option<&'static str> {
    const CLIENTS: &[(&str, &str)] = &[
        ("rabbitmqctl", "rabbitmq"),
        ("rabbitmq-diagnostics", "rabbitmq"),
        ("kafka-", "kafka"),
        ("redis-cli", "redis"),
        ("etcdctl", "etcd"),
        ("nodetool", "cassandra"),
        ("cqlsh", "cassandra"),
        ("mysql", "mysql"),
        ("mongosh", "mongodb"),
        ("psql", "postgres"),
    ];
    let tool = command.split([' ', '>', '(']).next()?.rsplit('/').next()?;
    CLIENTS.iter().find(|(name, _)| tool.starts_with(name)).map(|(_, server)| *server)
}

static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r#"\b[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)+|`([^`]+)`|"name":\s*"([^"]+)""#).ok()
});
static BEFORE_NOUN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"\b([a-z][a-z0-9-]+) (?:service|pod|job|deployment|worker|database|db|cluster|page)\b",
    )
    .ok()
});

/// The names of things in a sentence, with their places: hyphenated words, and words before
/// `service`, `pod`, `job` …
pub fn names_in(text: &str) -> Vec<(String, Range<usize>)> {
    const NOT: &str = "mark-compacts mark-sweep e-mail real-time end-to-end high-priority the a this our each \
        all what which";
    let mut out: Vec<(String, Range<usize>)> = Vec::new();
    let hits = NAME.iter().flat_map(|r| r.captures_iter(text)).filter_map(|c| {
        let whole = c.get(0)?;
        Some(c.get(1).or_else(|| c.get(2)).unwrap_or(whole).range())
    });
    let nouns = BEFORE_NOUN.iter().flat_map(|r| r.captures_iter(text)).filter_map(|c| c.get(1).map(|m| m.range()));
    for range in hits.chain(nouns) {
        let Some(raw) = text.get(range.clone()) else { continue };
        let after_namespace = text.get(range.end..).is_some_and(|r| r.starts_with(" namespace"))
            || text.get(..range.start).is_some_and(|l| l.trim_end().ends_with("namespace"));
        let name = workload(raw);
        if before_a_noun(raw) && !text.get(range.start.saturating_sub(1)..).is_some_and(|t| t.starts_with('`')) {
            continue;
        }
        if !after_namespace
            && is_name(&name)
            && !is_error_word(raw)
            && !names_nothing(raw)
            && !NOT.split_ascii_whitespace().any(|n| n == raw)
            && !out.iter().any(|(n, _)| *n == name)
        {
            out.push((name, range));
        }
    }
    out
}

/// A word that says which or how, and names nothing: `their deployment`, `a stuck pod`, `the failing job`.
/// Of words in `-ing` only those that are listed: `billing` and `shipping` are services.
fn before_a_noun(word: &str) -> bool {
    const WHICH: &str = "with of in on for to from by and or at is are was as that into onto per nightly daily \
        weekly hourly monthly scheduled \
        their its his her any new old same single other first last main live stuck unavailable healthy \
        affected failed failing critical individual default own second third every some more no one \
        whole entire another additional indicating running failing crashing pending remaining existing missing \
        receiving including causing following restarting affecting hosting calling using having being getting \
        making starting stopping showing serving waiting depending resulting corresponding underlying overlapping";
    WHICH.split_ascii_whitespace().any(|w| w == word)
}

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?:tcp\(|//|@|\b)([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*):\d{2,5}\b|(?:https?|tcp|grpc|amqp|redis|postgres(?:ql)?|mysql|mongodb)://(?:[^@/\s]*@)?([a-z][a-z0-9.-]*)").ok()
});

/// The hosts that a line addresses by name, e.g. `orders-db` in `tcp(orders-db:3306)`.
pub fn hosts_in(text: &str) -> Vec<(String, Range<usize>)> {
    const NOT: &[&str] = &["localhost", "main.go", "logging.go", "line", "ipv4", "ipv6", "unix", "dns"];
    let captures = ADDRESS.iter().flat_map(|r| r.captures_iter(text));
    captures
        .filter_map(|c| c.get(1).or_else(|| c.get(2)))
        .filter(|m| {
            let name = m.as_str();
            // `Client.java:100`: the end of a file's name
            let ending = text.get(..m.start()).is_some_and(|before| before.ends_with('.'));
            !ending
                && !parts::is_offered(text.get(..m.start()).unwrap_or(""))
                && !is_file(name)
                && is_name(name)
                && !is_part(name)
                && !parts::is_page(name)
                && !NOT.contains(&name)
        })
        .map(|m| (short_host(m.as_str()), m.range()))
        .collect()
}

static NODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"\b(ip-\d+-\d+-\d+-\d+(?:\.[a-z0-9-]+)*|gke-[a-z0-9-]+|i-[0-9a-f]{8,}|(?:[a-z0-9]+-)*(?:node|worker)-\d+)\b|\bNode[/ ]([a-z0-9][a-z0-9.-]*\d[a-z0-9.-]*)").ok()
});

/// The node that a line names.
pub fn node_in(text: &str) -> Option<String> {
    let c = NODE.as_ref()?.captures(text)?;
    c.get(1).or_else(|| c.get(2)).map(|m| m.as_str().trim_end_matches(['.', ':']).to_owned())
}

/// True for the name of a source file.
pub fn is_file(name: &str) -> bool {
    [".go", ".py", ".js", ".ts", ".java", ".rb", ".rs", ".c", ".cpp", ".php", ".cs"].iter().any(|e| name.ends_with(e))
}

/// `orders.shop.svc.cluster.local` is `orders`; other domains stay whole.
pub fn short_host(host: &str) -> String {
    let inner = host.contains(".svc") || host.ends_with(".local");
    let first = host.split('.').next().unwrap_or(host);
    if inner { workload(first) } else { workload(host.trim_end_matches('.')) }
}

static PROPER: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"\b([A-Z][a-z0-9]{2,}|[A-Z]{2,6})\b").ok());

/// The thing that a sentence of prose is about, where no name of a service stands in it: a
/// hyphenated name, else a proper noun that does not merely begin the sentence.
pub fn noun_in(text: &str) -> Option<String> {
    const NOT: &str = "UTC CET CEST PST GMT BST HTTP HTTPS URL API CPU RAM TLS SSL DNS IP OK PR The This After Issue \
        Users User Team Slack Mail Developer Incident All Monday Tuesday Wednesday Thursday Friday \
        Saturday Sunday January February March April May June July August September October November \
        December Warning Critical High Normal New Old Maintenance Investigation Status Pingdom \
        Functional Kubernetes AWS GET POST ERROR WARN INFO FATAL NULL JSON Event Time GC JVM QPS RPS \
        SLA SLO OOM SQL TCP UDP TTL LOG HINT DETAIL PANIC DEBUG TRACE ALERT EXPLAIN Seq Scan Filter \
        Index Value Connection SEGV ABRT KILL TERM HUP OK EDE DNSKEY DNSSEC NXDOMAIN SERVFAIL KSK ZSK RRSIG SOA NAK ACK ISP \
        ISPs PoP HTML XML CSV PDF UI UX EU US UK DDL DML \
        You Your He She It They We My Our";
    // who noticed it is not what was noticed
    let text = text.split_once(" noticed that ").map_or(text, |(_, seen)| seen);
    if let Some((name, _)) =
        names_in(text).into_iter().find(|(n, _)| !n.contains(['.', '_']) && n.bytes().any(|b| b.is_ascii_alphabetic()))
    {
        return Some(name);
    }
    let proper = PROPER.iter().flat_map(|r| r.captures_iter(text)).filter_map(|c| c.get(1));
    // `Title: …` labels what follows and names nothing
    let label = |m: &regex::Match<'_>| {
        let begins = text.get(..m.start()).is_some_and(|b| b.trim_start_matches(['-', '*', '#', ' ', '>']).is_empty());
        begins && text.get(m.end()..).is_some_and(|r| r.starts_with(':'))
    };
    // a capital after a full stop or a colon begins a sentence
    let begins = |m: &regex::Match<'_>| {
        let after = text.get(..m.start()).is_some_and(|b| [". ", ": ", "! "].iter().any(|e| b.ends_with(e)));
        let plain = m.as_str().bytes().skip(1).all(|b| b.is_ascii_lowercase());
        // `cmd=SETEX`: the value of a field
        let value = text.get(..m.start()).is_some_and(|b| b.ends_with('='));
        value || after && plain && !text.get(m.start()..).is_some_and(|t| super::story::is_subject(t, m.as_str()))
    };
    proper
        .filter(|m| !label(m) && !begins(m))
        .map(|m| m.as_str())
        .find(|w| {
            !names_nothing(w) && !before_a_noun(&w.to_lowercase()) && !NOT.split_ascii_whitespace().any(|n| n == *w)
        })
        .map(str::to_owned)
}

/// The domain that a sentence names, where it names just one: `moved reports.example to …`.
pub fn domain_in(text: &str) -> Option<String> {
    let mut domains = names_in(text).into_iter().map(|(n, _)| n).filter(|n| {
        n.contains('.')
            && !is_file(n)
            && n.rsplit('.').next().is_some_and(|end| end.bytes().all(|b| b.is_ascii_lowercase()))
    });
    domains.next().filter(|_| domains.next().is_none())
}

/// Words that name a sort of thing, not one thing.
pub fn is_generic(name: &str) -> bool {
    const WORDS: &str = "database db server host broker cache service upstream backend redis postgres postgresql mysql \
        mongo mongodb kafka rabbitmq the a an it any remote port endpoint api cluster target url socket \
        peer client tcp http https address at on to for with via after in using from network internet by \
        all";
    WORDS.split_ascii_whitespace().any(|word| name.eq_ignore_ascii_case(word))
}

/// The name stands in the text as a word of its own.
pub fn mentions(text: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|b| b.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|a| a.chars().next());
        !part(before) && !part(after)
    })
}

/// What sort of thing a name most likely is.
pub fn kind_of(name: &str) -> SubjectKind {
    let lower = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if lower.starts_with("ip-10-")
        || lower.starts_with("i-0")
        || lower.ends_with(".internal")
        || has(&["-node", "node-", "worker-0"])
    {
        SubjectKind::Node
    } else if has(&["postgres", "mysql", "mongo", "mariadb", "-db", "db-", "rds", "sql"])
        || lower.split(['-', '_', '.']).any(|part| matches!(part, "db" | "pg"))
    {
        SubjectKind::Database
    } else if has(&["redis", "memcache", "cache"]) {
        SubjectKind::Cache
    } else if has(&["kafka", "rabbit", "sqs", "queue"]) {
        SubjectKind::Queue
    } else {
        SubjectKind::Service
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_nothing_that_runs() {
        assert!(is_error_word("Exception") && is_error_word("SQLException") && !is_error_word("exceptions-api"));
    }

    #[test]
    fn a_service_may_be_called_by_a_word_in_ing_and_a_participle_is_no_name() {
        let names = |text: &str| names_in(text).into_iter().map(|(n, _)| n).collect::<Vec<_>>();
        assert_eq!(names("The billing service is down, the shipping service refuses calls."), ["billing", "shipping"]);
        assert_eq!(names("Mail indicating service restored, a failing job"), [""; 0]);
        assert_eq!(names("What is the issue with job java-api-checker?"), ["java-api-checker"]);
    }

    #[test]
    fn a_pod_belongs_to_its_workload() {
        assert_eq!(workload("ts-auth-service-7f8d7d756d-kzp47"), "ts-auth-service");
        assert_eq!(workload("java-api-checker-mdr44"), "java-api-checker");
        assert_eq!(workload("payment-worker"), "payment-worker");
        assert_eq!(workload("tempo-ingester-0"), "tempo-ingester");
        assert_eq!(workload("api-gateway"), "api-gateway");
    }

    #[test]
    fn a_question_names_its_subject_and_not_its_namespace() {
        let names: Vec<String> =
            names_in("What is wrong with api-gateway pod in namespace-67?").into_iter().map(|(n, _)| n).collect();
        assert_eq!(names.first().map(String::as_str), Some("api-gateway"));
        let names: Vec<String> =
            names_in("Why is the app in the mini-shop namespace slow?").into_iter().map(|(n, _)| n).collect();
        assert!(names.is_empty(), "{names:?}");
    }

    #[test]
    fn what_a_cluster_says_of_a_pod_is_no_name() {
        assert!(!is_name("Pending") && !is_name("NotReady") && is_name("pending-orders"));
    }

    #[test]
    fn a_class_a_code_and_a_field_are_nobodys_service() {
        for part in
            ["onfigReactiveWebServerApplicationContext", "faultConfiguringBeanFactoryPostProcessor", "HHH000342"]
        {
            assert!(is_part(part), "{part}");
        }
        assert!(is_part("affectedRows") && is_part("Hibernate"));
        for name in ["PaymentService", "cart-api", "orderContext", "web-01", "EC2", "Traefik"] {
            assert!(!is_part(name), "{name}");
        }
    }

    #[test]
    fn a_scheme_and_a_page_to_read_are_no_hosts_that_are_called() {
        assert!(hosts_in("last error: UNKNOWN: ipv4:10.68.65.191:3550: Connection refused").is_empty());
        assert!(hosts_in("see https://github.com/acme/x#30 and https://docs.acme.dev/errors").is_empty());
        assert_eq!(hosts_in("POST https://api.pay.dev/v1 failed").len(), 1);
    }

    #[test]
    fn an_address_names_its_host() {
        assert_eq!(
            hosts_in("DSN=user:x@tcp(orders-db:3306)/shop").first().map(|(h, _)| h.clone()),
            Some("orders-db".into())
        );
        assert!(hosts_in("caller=main.go:108 took=3ms").is_empty());
    }
}
