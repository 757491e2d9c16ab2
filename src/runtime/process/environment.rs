//! The environment of a command: a list of what is handed on; everything else stays behind.
//!
//! Not handed on: `LD_*`, `DYLD_*`, `BASH_ENV`, `ENV`, `PROMPT_COMMAND`, every `*_PAGER`, `EDITOR`,
//! options of interpreters, and the keys of models and bridges.

use std::ffi::OsString;

/// The variables that a command gets from ours, where they are set. A trailing `*` stands for the rest.
pub const KEPT: [&str; 61] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "SSH_AUTH_SOCK",
    "KUBECONFIG",
    "KUBE_CONTEXT",
    "HELM_NAMESPACE",
    "HELM_KUBECONTEXT",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "CLOUDSDK_*",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "AZURE_CONFIG_DIR",
    "AZURE_SUBSCRIPTION_ID",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "CONTAINER_RUNTIME_ENDPOINT",
    "PGHOST",
    "PGPORT",
    "PGUSER",
    "PGDATABASE",
    "PGSERVICE",
    "PGPASSFILE",
    "PGSSLMODE",
    "VAULT_ADDR",
    "CONSUL_HTTP_ADDR",
    "NOMAD_ADDR",
    "NATS_URL",
    "ARGOCD_SERVER",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HOSTALIASES",
];

/// What a command gets besides: nothing pages, asks for a login or paints.
const SET: [(&str, &str); 9] = [
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("SYSTEMD_PAGER", "cat"),
    ("AWS_PAGER", ""),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("TERM", "dumb"),
    ("NO_COLOR", "1"),
    ("COLUMNS", "200"),
    ("LINES", "50"),
];

/// The variable that marks every process of a run, wherever it went.
pub(super) const MARK: &str = "HOTWASH_RUN";

/// The environment of a run with this mark.
pub(super) fn environment(mark: &str) -> Vec<(OsString, OsString)> {
    let ours = std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_kept));
    let set = SET.iter().map(|(n, v)| (OsString::from(n), OsString::from(v)));
    ours.chain(set).chain([(OsString::from(MARK), OsString::from(mark))]).collect()
}

fn is_kept(name: &str) -> bool {
    KEPT.iter().any(|k| k.strip_suffix('*').map_or(*k == name, |head| name.starts_with(head)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_loads_code_or_holds_our_keys_stays_behind() {
        for name in
            ["LD_PRELOAD", "BASH_ENV", "ENV", "PROMPT_COMMAND", "GIT_PAGER", "PAGER", "ANTHROPIC_API_KEY", "PYTHONPATH"]
        {
            assert!(!is_kept(name), "{name}");
        }
        assert!(is_kept("PATH") && is_kept("LC_ALL") && is_kept("KUBECONFIG"));
    }
}
