//! The host that a command or a heading says it is of: where it was run, what it was run against, whom its labels
//! select. It knows the forms of headings, and no evidence.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::naming;

/// `kubectl debug node/w-7 …`, `oc debug node/w-7`: what follows is run on the node itself.
static DEBUGGED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^(?:kubectl|oc|k)\b.*? debug (?:-\S+ )*nodes?/([a-z0-9][\w.-]*[a-z0-9])\b").ok()
});

/// `SHOW PROCESSLIST (host orders-db-1, 13:47Z)`, `sysctl … (w-7)`: what whoever pasted noted behind it.
static NOTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"\((?:(?i:host|node|server|instance|on|from|pod|of|run on)[:=]? )?([a-z][a-z0-9]*(?:[-.][a-z0-9]+)+)\s*[,;)]",
    )
    .ok()
});

/// `-l app=till`, `--selector=app.kubernetes.io/name=till`.
static SELECTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r#"\s(?:-l|--selector)[= ]?["']?(?:[\w./-]+=([a-z][\w-]*)["']?(?:\s|$)|[\w./-]+ in \(([^()]*)\))"#,
    )
    .ok()
});

/// `ssh relay-1 …`, `psql -h orders-db …`: a command that is run on or against a host.
pub(super) static HOST_COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^(?:ssh (?:-\S+ )*(?:\w+@)?|(?:psql|mysql|mysqladmin|redis-cli|mongosh?|pg_isready|valkey-cli)\b[^|;]*? -(?:h ?|-host[= ]))([a-z][\w.-]*[a-z0-9])\b").ok()
});

/// `aws … --services catalog-web`, `gcloud run services logs read thumbnailer`: what a cloud's client asks of.
pub(super) static CLOUD_COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"^(?:aws (?:\S+ )*?logs (?:tail|filter-log-events) (?:--log-group-name )?/?(?:[\w.-]+/)*([a-z][\w-]*)|aws .*?--(?:services?|names?|(?:[a-z]+-)*(?:name|identifier|names|url))[= ](?:https?://)?(?:[\w.:-]+/)*([a-z][\w-]*)|aws .*?targetgroup/([a-z][\w-]*)|gcloud (?:[a-z-]+ )+?(?:read|describe) ([a-z][a-z0-9-]*)|az .*?(?:-n|--name)[= ]([a-z][a-z0-9-]*))",
    )
    .ok()
});
/// `ledger=> select …`: the database that a client's prompt names.
pub(super) static OF_PROMPT: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"^([a-z][\w-]*)=[>#] ").ok());

static ON_HOST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"\b(?:on|from|into|onto) ([a-z][a-z0-9]*(?:-[a-z0-9]+)+|[a-z]+\d+)\s*:?\s*$").ok()
});

/// `kai 08:05: …`: somebody says it, at a time.
static SPOKEN: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"^\s*@?[A-Za-z][\w.-]{1,24},? \[?\d{1,2}:\d{2}\]?:").ok());

/// `kai 08:05: on edge-3:`: the host that the next command was run on. The last words of a log line are none.
pub(super) fn host_before(text: &str) -> Option<String> {
    let announced = text.trim_end().ends_with(':') || SPOKEN.as_ref().is_some_and(|r| r.is_match(text));
    if !announced {
        return None;
    }
    Some(ON_HOST.as_ref()?.captures(text)?.get(1)?.as_str().to_owned())
}

/// The node that a debugging shell was opened on, or the host that is noted behind a command or a query.
pub(super) fn host_of(title: &str) -> Option<&str> {
    let group = |pattern: &LazyLock<Option<Regex>>| Some(pattern.as_ref()?.captures(title)?.get(1)?.as_str());
    group(&DEBUGGED).or_else(|| {
        let c = NOTED.as_ref()?.captures(title)?;
        let (whole, name) = (c.get(0)?.as_str(), c.get(1)?.as_str());
        // a word that says what it is, or a count in the name, and no remark (`read-only`)
        let said = !whole.starts_with(&format!("({name}"));
        let counted = name.bytes().any(|b| b.is_ascii_digit()) && !name.starts_with("utc");
        ((said || counted) && naming::is_name(name)).then_some(name)
    })
}

/// `- 11:52 - parcel-builder-2:` over what is pasted between fences: whose that is.
pub(super) fn owner_of_fence(above: &str) -> Option<String> {
    const WORDS: usize = 6;
    let said = above.trim().strip_suffix(':')?;
    if said.split_whitespace().count() > WORDS {
        return None;
    }
    let mut names = naming::names_in(said).into_iter().map(|(n, _)| n).filter(|n| n.contains('-') && !n.contains('.'));
    names.next().filter(|_| names.next().is_none())
}

/// Whose logs the labels of a command select: `Some(None)` where they select several.
pub(super) fn selected(title: &str) -> Option<Option<&str>> {
    let c = SELECTED.as_ref()?.captures(title)?;
    if let Some(one) = c.get(1) {
        return Some(Some(one.as_str()));
    }
    let mut several = c.get(2)?.as_str().split(',').map(str::trim);
    let first = several.next();
    Some(first.filter(|f| several.next().is_none() && naming::is_name(f)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_on_a_node_and_a_note_behind_a_query_say_the_host() {
        let debug = "kubectl --context hel debug node/hel-w7 -it --image=busybox -- chroot /host dmesg -T";
        assert_eq!(host_of(debug), Some("hel-w7"));
        assert_eq!(host_of("mysql> SHOW PROCESSLIST (host till-db, 13:47:10Z, 9 rows)"), Some("till-db"));
        assert_eq!(host_of("sysctl net.netfilter.nf_conntrack_max   (blue-5)"), Some("blue-5"));
        for other in
            ["kubectl get pods (read-only)", "kubectl logs x (sampled 1:200, sorted)", "all (per pod)", "now (utc-5)"]
        {
            assert_eq!(host_of(other), None, "{other}");
        }
    }

    #[test]
    fn what_stands_between_fences_is_of_whom_the_line_above_names() {
        assert_eq!(owner_of_fence("- 11:52 - parcel-builder-2:").as_deref(), Some("parcel-builder"));
        assert_eq!(owner_of_fence("log of till-api:").as_deref(), Some("till-api"));
        for none in ["What till-api asks of stock-api:", "It says:", "and then we saw in the end that till-api had:"] {
            assert_eq!(owner_of_fence(none), None, "{none}");
        }
    }

    #[test]
    fn labels_select_one_workload_or_several() {
        assert_eq!(selected("kubectl logs -n till -l app=basket --since=1h"), Some(Some("basket")));
        assert_eq!(selected("kubectl logs -l 'app in (basket,tax)' --tail=9"), Some(None));
        assert_eq!(selected("kubectl logs -n till deploy/basket"), None);
    }

    #[test]
    fn a_host_is_announced_by_a_person_and_not_by_the_end_of_a_log_line() {
        assert_eq!(host_before("kai 08:05: on edge-3").as_deref(), Some("edge-3"));
        assert_eq!(host_before("on edge-3:").as_deref(), Some("edge-3"));
        assert_eq!(host_before("2026-01-01T10:00:00Z ERROR front no connection to the ledger on orders-db"), None);
    }
}
