//! What the hypothesis itself has just named for the arguments of commands, and what sort of object
//! its subject is: a pod that nothing keeps has no deployment, and a provider's database no pod.
//! Words are taken as they stand; what is not said stays a blank.

use memchr::memmem;

use crate::domain::{Evidence, Hypothesis, SubjectKind};
use crate::intake::kube::{Cluster, PodSpec};

/// What a command that speaks of a deployment may speak of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Object {
    /// Nothing shows what it is: the template's own word.
    #[default]
    Assumed,
    /// A workload of another kind, in the words of a command: `statefulset`.
    Kept(String),
    /// A pod or job that stands by itself.
    Alone(&'static str),
    /// A workload of a cluster that is shown: its network is its pods', and no host's.
    Deployed,
    /// A thing of a provider: no command of a cluster reaches it.
    Foreign,
}

/// The words of a provider's databases.
const PROVIDED: &[&str] =
    &["AWS/RDS", "RDS", "DBInstance", "Aurora", "Cloud SQL", "CloudSQL", "ElastiCache", "CosmosDB"];
/// What starts a command on an object by itself anew, from what it is written in.
pub const ANEW: &str = "kubectl replace --force -f {manifest} -n {namespace}";

impl Object {
    /// What the hypothesis's subject is, as far as it is shown.
    pub fn of(h: &Hypothesis, cluster: Option<&Cluster>, evidence: &Evidence) -> Self {
        let Some(cluster) = cluster else { return Self::Assumed };
        if let Some(workload) = cluster.workload(&h.subject) {
            return match workload.kind.as_str() {
                "statefulset" | "daemonset" => Self::Kept(workload.kind.clone()),
                "job" | "cronjob" => Self::Alone("job"),
                _ => Self::Deployed,
            };
        }
        let job = |p: &crate::intake::kube::Pod| p.controlled_by.as_deref().is_some_and(|c| c.starts_with("Job/"));
        if h.subject_kind == SubjectKind::Job || cluster.pods_of(&h.subject).any(job) {
            return Self::Alone("job");
        }
        if cluster.pods.iter().any(|p| p.name == h.subject && p.controlled_by.is_none()) {
            return Self::Alone("pod");
        }
        let said = |words: &[&str]| {
            words
                .iter()
                .any(|w| evidence.sources.iter().any(|s| memmem::find(s.text.as_bytes(), w.as_bytes()).is_some()))
        };
        // a cluster is no workload in itself: `upgrading live-2 to kubernetes 1.30`
        let subject = h.subject.as_str();
        let of_a_cluster =
            ["{} cluster", "{}` cluster", "cluster {}", "cluster `{}`", "{} to kubernetes", "{} to Kubernetes"]
                .map(|form| form.replace("{}", subject));
        let is_cluster = cluster.pods.is_empty() && of_a_cluster.iter().any(|form| said(&[form.as_str()]));
        if is_cluster {
            return Self::Foreign;
        }
        let foreign = cluster.pods.is_empty() && said(PROVIDED) && !said(&["kubectl", "ubernetes"]);
        if foreign { Self::Foreign } else { Self::Assumed }
    }

    /// The command as it fits the object; `None` where nothing of the kind can be done to it.
    pub fn fitted(&self, command: &str) -> Option<String> {
        let speaks = command.starts_with("kubectl ");
        let deployed = command.contains("deployment/{subject}") || command.contains("deployment {subject}");
        match self {
            Self::Foreign if speaks => None,
            // containers of a pod share its ports, and its description lists what each of them has
            Self::Deployed | Self::Kept(_) if command == "ss -ltnp" => {
                Some("kubectl describe pod {pod} -n {namespace}".to_owned())
            }
            Self::Kept(kind) if deployed => Some(command.replace("deployment", kind)),
            Self::Alone(kind) if deployed && command.contains(" rollout history") => {
                Some(format!("kubectl describe {kind} {{subject}} -n {{namespace}}"))
            }
            Self::Alone(_) if deployed && changes(command, &["rollout undo", "rollout restart", "scale"]) => None,
            Self::Alone(_) if deployed && changes(command, &["set", "edit", "patch"]) => Some(ANEW.to_owned()),
            Self::Alone(kind) if deployed => Some(command.replace("deployment", kind)),
            _ => Some(command.to_owned()),
        }
    }

    /// How a step is taken back, where its command was made to fit.
    pub fn taken_back(&self, rollback: &str) -> Option<&'static str> {
        let speaks = rollback.starts_with("kubectl ") && rollback.contains("deployment");
        match self {
            Self::Alone(_) if speaks => Some("replace it again from its former manifest"),
            Self::Foreign if speaks => Some("put the former value back"),
            _ => None,
        }
    }
}

/// Which database's client a command is.
pub fn client_of(command: &str) -> Option<Engine> {
    match command.split_whitespace().next()? {
        "psql" | "pg_isready" | "pg_ctl" => Some(Engine::Postgres),
        "mysql" | "mysqladmin" | "mariadb" => Some(Engine::Mysql),
        _ => None,
    }
}

/// A kind of database that has clients of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

impl Engine {
    /// The one kind that the evidence speaks of; `None` where it speaks of none or of both.
    pub fn of(evidence: &Evidence) -> Option<Self> {
        // names, ports, and what only a server of that kind answers
        const POSTGRES: &[&str] = &[
            "postgres",
            "Postgres",
            "psql",
            "PSQLException",
            "pg_stat",
            "psycopg",
            "pgbouncer",
            "PgBouncer",
            ":5432",
            "(SQLSTATE ",
            "too many clients already",
            "remaining connection slots",
            "canceling statement due to",
            "in a read-only transaction",
            "idle in transaction",
        ];
        const MYSQL: &[&str] = &[
            "mysql",
            "MySQL",
            "mariadb",
            "MariaDB",
            "InnoDB",
            "innodb",
            ":3306",
            "(HY000)",
            "ERROR 1040",
            "Lock wait timeout exceeded",
            "ER_CON_COUNT_ERROR",
        ];
        let said = |words: &[&str]| {
            let holds = |text: &str| words.iter().any(|w| memmem::find(text.as_bytes(), w.as_bytes()).is_some());
            evidence.sources.iter().any(|s| holds(&s.text))
        };
        match (said(POSTGRES), said(MYSQL)) {
            (true, false) => Some(Self::Postgres),
            (false, true) => Some(Self::Mysql),
            _ => None,
        }
    }

    /// True where a command is the client of a kind of database that the evidence does not show to be there.
    pub fn is_missed(shown: Option<Self>, command: &str) -> bool {
        client_of(command).is_some_and(|needed| shown != Some(needed))
    }
}

fn changes(command: &str, verbs: &[&str]) -> bool {
    command.strip_prefix("kubectl ").is_some_and(|c| verbs.iter().any(|v| c.starts_with(v)))
}

/// What the hypothesis's statement names, each under the name of its argument.
pub fn values(h: &Hypothesis, cluster: Option<&Cluster>) -> Vec<(&'static str, String)> {
    let text = h.statement.as_str();
    let mut found: Vec<(&'static str, String)> = Vec::new();
    for (argument, lead) in [
        ("quota", "the quota "),
        ("pvc", "claim "),
        ("account", "service account "),
        ("policy", "the network policy "),
        ("volume", "the free volume "),
    ] {
        found.extend(word_after(text, lead).map(|v| (argument, v.to_owned())));
    }
    if let Some((key, value)) = word_after(text, "selector ").and_then(|v| v.split_once('=')) {
        found.extend([("key", key.to_owned()), ("value", value.to_owned())]);
    }
    if let Some((key, value)) = word_after(text, "selects volumes labelled ").and_then(|v| v.split_once('=')) {
        found.extend([("key", key.to_owned()), ("value", value.to_owned())]);
    }
    if let Some((taint, _)) = word_after(text, "taint ").and_then(|v| v.split_once(':')) {
        let (key, value) = taint.split_once('=').unwrap_or((taint, ""));
        found.extend([("key", key.to_owned()), ("value", value.to_owned())]);
    }
    if let Some(nodes) = text.split_once(" are cordoned").and_then(|(t, _)| between_parentheses(t)) {
        found.push(("nodes", nodes.replace(", ", " ")));
    }
    if let Some((node, _)) = text.split_once(", the only one that ").filter(|_| text.contains(" is cordoned")) {
        found.extend(node.split_whitespace().next_back().map(|n| ("nodes", n.to_owned())));
    }
    // who holds the room, what the pod asks of it, and what sets a port that is taken
    found.extend(word_before(text, " alone requests ").map(|v| ("holder", v.to_owned())));
    for lead in ["its request of ", "it requests "] {
        found.extend(word_after(text, lead).map(|v| ("requested", v.to_owned())));
    }
    if let Some((annotation, rest)) = text.split_once("the annotation ").and_then(|(_, t)| t.split_once(" sets ")) {
        found.push(("annotation", annotation.to_owned()));
        found.extend(rest.split_whitespace().next().map(|v| ("setting", v.to_owned())));
    }
    if let Some((_, secret)) =
        text.split_once(" has another password than ").map(|(t, _)| t).and_then(|t| t.rsplit_once(' '))
    {
        found.push(("odd_secret", secret.to_owned()));
    }
    if let Some(known) = text.split_once("(there is ").and_then(|(_, rest)| rest.split(')').next()) {
        found.push(("known_name", known.to_owned()));
    }
    found.extend(word_after(text, "requested: ").and_then(|v| v.split('=').next()).map(|r| ("resource", r.to_owned())));
    found.extend(address(text));
    if h.playbook.starts_with("missing_config.") {
        found.extend(variable(text).map(|v| ("variable", v.to_owned())));
    }
    if let Some(cluster) = cluster {
        found.extend(super::corrected::values(h, cluster));
        found.extend(super::neighbours::usual(h, cluster));
        let of_pods = || cluster.pods_of(&h.subject).map(|p| &p.spec).find(|s| !s.containers.is_empty());
        let spec = cluster.workload(&h.subject).map(|w| &w.spec).filter(|s| !s.containers.is_empty()).or_else(of_pods);
        let mut names = spec.into_iter().flat_map(|s| &s.containers).filter(|c| !c.init).map(|c| c.name.as_str());
        if let (Some(only), None) = (names.next(), names.next()) {
            found.push(("container", only.to_owned()));
        }
        let mut places: Vec<&str> = cluster.pods_of(&h.subject).filter_map(|p| p.namespace.as_deref()).collect();
        places.dedup();
        if let [only] = places.as_slice() {
            found.push(("namespace", (*only).to_owned()));
        }
        if h.playbook.starts_with("image_pull.") {
            found.extend(pulled(spec));
        }
        let troubled = |p: &&crate::intake::kube::Pod| crate::analyst::tools::kube_view::in_trouble(p);
        let own = || cluster.pods_of(&h.subject);
        found.extend(own().find(troubled).or_else(|| own().next()).map(|p| ("pod", p.name.clone())));
    }
    if h.playbook == "service_misroute.selector"
        && !found.iter().any(|(name, _)| *name == "present_selector")
        && let Some(pair) = word_after(text, "selector ").filter(|v| v.contains('='))
    {
        found.push(("present_selector", pair.to_owned()));
    }
    // `app=cart,tier=web` is one word of a command, made of safe ones; a patch was put together of them
    found.retain(|(name, v)| *name == "probe_patch" || v.split([' ', ',', '=']).all(super::fill::is_safe));
    found
}

/// The one image that its containers are of, and the host that it is asked of: one with a dot or a port, as the
/// reference's grammar has it (distribution/reference).
fn pulled(spec: Option<&PodSpec>) -> Vec<(&'static str, String)> {
    let mut images = spec.into_iter().flat_map(|s| &s.containers).filter_map(|c| Some(c.image.as_ref()?.text.as_str()));
    let (Some(image), None) = (images.next(), images.next()) else { return Vec::new() };
    let host = image.split_once('/').map(|(host, _)| host).filter(|h| h.contains(['.', ':']));
    let host = host.map(|h| h.split(':').next().unwrap_or(h).to_owned());
    std::iter::once(("pulled_image", image.to_owned())).chain(host.map(|h| ("registry", h))).collect()
}

/// The environment variable that a sentence names: capitals and figures, parted by `_`.
fn variable(text: &str) -> Option<&str> {
    let word = |w: &&str| {
        w.contains('_') && w.len() > 3 && w.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).find(word)
}

/// A variable that holds what leads nowhere, and what it would have to hold as far as that is said.
fn address(text: &str) -> Vec<(&'static str, String)> {
    let lead = if text.contains("environment variable ") { "environment variable " } else { "Environment variable " };
    let Some(variable) = word_after(text, lead).filter(|v| v.bytes().any(|b| b.is_ascii_uppercase())) else {
        return Vec::new();
    };
    let mut found = vec![("variable", variable.to_owned())];
    let right = || text.contains(" instead").then(|| word_after(text, " has port ")).flatten();
    let held = word_after(text, "holds the address ").and_then(|a| a.rsplit_once(':'));
    let near = text.split_once("(there is ").and_then(|(_, rest)| rest.split(')').next());
    let value = match (held, right(), near) {
        (Some((host, _)), Some(port), _) => Some(format!("{host}:{port}")),
        (Some((_, port)), None, Some(near)) => Some(format!("{near}:{port}")),
        (None, Some(port), _) if text.contains(" holds port ") => Some(port.to_owned()),
        _ => None,
    };
    found.extend(value.map(|v| ("address", v)));
    found
}

/// The word that follows, without the marks of the sentence.
pub fn word_after<'t>(text: &'t str, lead: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(lead)?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._/=:-".contains(c))).unwrap_or(rest.len());
    let word = rest.get(..end)?.trim_end_matches(['.', ':', '=', '-']);
    let plain = ["for", "that", "which", "is", "of", "it", "and", "selects", "asks"];
    (!word.is_empty() && !plain.contains(&word)).then_some(word)
}

/// The word that stands before.
fn word_before<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    text.split_once(mark)?.0.split_whitespace().next_back()
}

fn between_parentheses(text: &str) -> Option<&str> {
    text.rsplit_once('(')?.1.split(')').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_of_one_kind_of_database_reaches_none_of_another() {
        let psql = "psql -X -h {host} -c 'select 1'";
        assert!(Engine::is_missed(Some(Engine::Mysql), psql) && Engine::is_missed(None, psql), "nobody names it");
        assert!(Engine::is_missed(Some(Engine::Postgres), "mysql -h {host} -e 'show processlist'"));
        assert!(!Engine::is_missed(Some(Engine::Postgres), psql));
        assert!(!Engine::is_missed(None, "kubectl get pods -n {namespace}"));
    }

    #[test]
    fn what_the_sentence_names_fills_the_command_and_what_it_does_not_say_stays_open() {
        let says =
            |text: &str| address(text).into_iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(" ");
        let of = "its environment variable RATES_ADDR holds the address rates:9001, and ";
        assert_eq!(says(&format!("{of}that service has port 9000 instead.")), "variable=RATES_ADDR address=rates:9000");
        assert_eq!(
            says(&format!("{of}no service of that name exists (there is rates-api).")),
            "variable=RATES_ADDR address=rates-api:9001"
        );
        assert_eq!(says(&format!("{of}no service of that name exists.")), "variable=RATES_ADDR");
        assert_eq!(says("its environment variable is wrong"), "");
        assert_eq!(variable("a variable is missing: “required env var RATES_DSN is not set”"), Some("RATES_DSN"));
        assert_eq!(variable("A VARIABLE of_the pod is missing"), None);
        assert_eq!(word_after("the quota team-a for pods has no room", "the quota "), Some("team-a"));
        assert_eq!(word_after("out of quota: the quota for pods", "the quota "), None);
        assert_eq!(
            word_after("the network policy deny-out is listed with it", "the network policy "),
            Some("deny-out")
        );
        assert_eq!(word_after("its claim books-data.", "claim "), Some("books-data"));
    }

    #[test]
    fn a_pod_by_itself_is_replaced_and_a_database_of_a_provider_gets_no_command_of_a_cluster() {
        let undo = "kubectl rollout undo deployment/{subject} -n {namespace}";
        let limit = "kubectl set resources deployment/{subject} -n {namespace} --limits=cpu={cpu}";
        let read = "kubectl get deployment {subject} -n {namespace} -o yaml";
        assert_eq!(Object::Alone("pod").fitted(undo), None);
        assert_eq!(Object::Alone("pod").fitted(limit).as_deref(), Some(ANEW));
        assert_eq!(Object::Alone("job").fitted(read).unwrap(), "kubectl get job {subject} -n {namespace} -o yaml");
        assert_eq!(Object::Kept("statefulset".into()).fitted(undo).unwrap(), undo.replace("deployment", "statefulset"));
        assert_eq!(Object::Foreign.fitted(limit), None);
        assert_eq!(Object::Foreign.fitted("df -h").as_deref(), Some("df -h"));
        assert_eq!(Object::Assumed.fitted(undo).as_deref(), Some(undo));
    }
}
