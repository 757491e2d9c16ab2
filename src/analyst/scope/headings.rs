//! Headings that people put over what they paste: behind a rule, with the name of whose log it is, or with the
//! query that the log was asked with. It knows words, and no evidence.

use std::sync::LazyLock;

use regex::Regex;

/// `------ wallet log (from Pascal)`: a heading behind a rule.
pub(super) fn ruled(text: &str) -> Option<&str> {
    const RULE: usize = 2;
    let title = text.trim_start_matches(['-', '~', '*']);
    let rule = text.len() - title.len();
    let title = title.strip_prefix(' ').filter(|t| t.starts_with(char::is_alphanumeric))?;
    let title = title.trim_end_matches(['-', '~', '*', ' ']);
    (rule >= RULE && title.len() <= 80 && title.split_whitespace().count() <= 8).then_some(title)
}

/// True for a key of a description (`Containers:`), which stands at the left edge in it and is no heading.
pub(super) fn is_key(title: &str) -> bool {
    const KEYS: &[&str] = &[
        "Addresses",
        "Allocatable",
        "Allocated resources",
        "Annotations",
        "Capacity",
        "Conditions",
        "Containers",
        "Data",
        "Events",
        "Init Containers",
        "Labels",
        "Lease",
        "Metrics",
        "Non-terminated Pods",
        "Pod Template",
        "System Info",
        "Volumes",
        "metadata",
        "spec",
        "status",
    ];
    KEYS.contains(&title)
}

/// True where a description of an object or a manifest begins (`Name:  cart-0` with other keys below it): a
/// state, which is no log, though nobody put a heading over it.
pub(super) fn shows_object<'t>(text: &str, below: impl Fn(usize) -> &'t str) -> bool {
    const KEYS: &[&str] = &["Namespace:", "Labels:", "Roles:", "Priority:", "Annotations:", "CreationTimestamp:"];
    if text.starts_with("apiVersion: ") {
        return below(1).starts_with("kind: ") || below(1).starts_with("items:");
    }
    text.starts_with("Name: ") && (1..=4).any(|n| KEYS.iter().any(|k| below(n).starts_with(k)))
}

/// True for a line that is no part of what `shows_object` begins: at the left edge, and neither a key nor an item.
pub(super) fn leaves_object(text: &str) -> bool {
    if text.trim().is_empty() || text.starts_with([' ', '\t', '-', '<']) {
        return false;
    }
    let key = text.split_once(':').map(|(key, rest)| (key, rest.is_empty() || rest.starts_with([' ', '\t'])));
    let plain = |k: &str| {
        k.len() <= 40
            && !k.starts_with(|c: char| c.is_ascii_digit())
            && k.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '(' | ')'))
            && k.split_whitespace().count() <= 5
    };
    !key.is_some_and(|(k, value)| value && plain(k))
}

/// `IP:` or `IPs:` in an object that is shown: a field without a value or with what stands below it, and no
/// heading, which would stand behind an empty line.
pub(super) fn is_field<'t>(text: &str, above: impl Fn() -> &'t str, below: &str) -> bool {
    text.trim_end().ends_with(':')
        && text.starts_with(char::is_alphabetic)
        && (below.starts_with(' ') || !above().trim().is_empty())
}

/// `Traceback (most recent call last):`, `Caused by: …:`: a stack goes on with it, and it heads nothing.
pub(super) fn begins_a_stack(text: &str) -> bool {
    const WORDS: [&str; 4] = ["traceback (most recent", "caused by:", "stack trace:", "stacktrace:"];
    let lower = text.trim_start().to_ascii_lowercase();
    WORDS.iter().any(|w| lower.starts_with(w))
}

/// `kubectl exec deploy/shop -- nslookup mail`: run from a pod, about another.
pub(super) fn asks_another(title: &str) -> bool {
    const TOOLS: &str = "nslookup dig host getent curl wget ping nc telnet traceroute openssl grpcurl";
    let run = title.split_once(" exec ").and_then(|(_, rest)| rest.split_once(" -- "));
    run.is_some_and(|(_, c)| c.split(|c: char| !c.is_alphanumeric()).any(|w| TOOLS.split(' ').any(|t| t == w)))
}

/// `logs {namespace="news", app="media"}`: the labels of a query for logs.
static SELECTOR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r#"\{[^{}]*?\b(?:app|app_kubernetes_io_name|service|service_name|job|container|deployment|component|k8s_app)=~?"(?:[\w.-]+/)?([a-z][\w-]*)"#,
    )
    .ok()
});

/// `wallet log (from Pascal)`, `logs of wallet`: whose log a heading announces.
static LOG_OF: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"^(?:(?:log|logs|logfile|stdout|stderr) (?:of|from|for) (?:the )?([a-z][a-z0-9-]*)|([a-z][a-z0-9-]*)(?: pod| container)? (?:logs?|stdout|stderr)\b)",
    )
    .ok()
});

/// Words before `log` that say what sort of log it is.
const LOG_SORTS: &str = "argo aws azure cloudwatch datadog dmesg docker elastic elasticsearch gcloud grafana graylog journald kibana \
    kubectl loki newrelic opensearch papertrail sentry splunk stackdriver syslog access app application audit broker client container controller crash debug \
    error errors event events full gateway host important journal kernel key last log more node other our pod pods \
    previous proxy query recent relevant request sample server service session slow some startup system \
    the their trace warning web worker";

/// Whose log a heading says it is.
pub(super) fn log_owner(title: &str) -> Option<&str> {
    let lettered = |m: regex::Match<'_>| title.get(m.range());
    if let Some(c) = SELECTOR.as_ref().and_then(|r| r.captures(title)) {
        return c.get(1).and_then(lettered);
    }
    let c = LOG_OF.as_ref()?.captures(title)?;
    let name = c.get(1).or(c.get(2)).and_then(lettered)?;
    (!LOG_SORTS.split_ascii_whitespace().any(|w| w == name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_says_whose_log_stands_below() {
        assert_eq!(ruled("------ wallet log (from Pascal)"), Some("wallet log (from Pascal)"));
        assert_eq!(ruled("--- a/file.txt and much more of a sentence that goes on and on and on"), None);
        assert_eq!(log_owner("wallet log (from Pascal)"), Some("wallet"));
        assert_eq!(log_owner(r#"logs {namespace="newsroom", app="media"}"#), Some("media"));
        assert_eq!(log_owner(r#"{job="shop/checkout"} |= "error""#), Some("checkout"));
        assert_eq!(log_owner("access log"), None);
        assert_eq!(log_owner("logs of the mailer"), Some("mailer"));
    }

    #[test]
    fn a_key_of_a_description_is_no_heading() {
        assert!(is_key("Containers"));
        assert!(!is_key("Timeline"));
        let below = |n: usize| ["", "Namespace:  shop", "Labels: app=cart"].get(n).copied().unwrap_or("");
        assert!(shows_object("Name:         cart-0", below));
        assert!(!shows_object("Name: Kai", |_| "Role: on call"));
        assert!(!leaves_object("Events:"));
        assert!(!leaves_object("  Warning  BackOff  9s  kubelet  Back-off"));
        assert!(leaves_object("2026-03-19 08:26:00,771 INFO [uvicorn] GET / 200"));
        assert!(leaves_object("exec /app/wallet: exec format error and more: x"));
    }

    #[test]
    fn a_stack_belongs_to_the_log_that_it_stands_in() {
        let log = "> kubectl logs -n depot label-render-84bbd97d8c-6ncv7\n\
            2026-11-04 02:51:13,702 ERROR asyncio socket.accept() out of system resource\n\
            Traceback (most recent call last):\n\
            \x20 File \"/usr/lib/python3.12/asyncio/selector_events.py\", line 178, in _accept_connection\n\
            OSError: [Errno 24] Too many open files\n";
        let first = crate::analyst::pasted::report_of(log).hypotheses.into_iter().next();
        let told = first.map(|h| (h.subject, h.playbook));
        assert_eq!(told, Some(("label-render".to_owned(), "fd_exhaustion.leak".to_owned())));
    }
}
