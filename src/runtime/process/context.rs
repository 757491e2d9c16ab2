//! Where a command would run now: directory, host, user, kube context and namespace, cloud profile.
//! Read from files and the environment; nothing is run to find out.

use std::path::{Path, PathBuf};

use crate::journal::event::RunContext;

/// The largest configuration that is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// The context as it is now.
pub fn probe() -> RunContext {
    let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    RunContext {
        directory: std::env::current_dir().map(|d| d.display().to_string()).unwrap_or_default(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        user: user(),
        kube: kube_files().iter().find_map(|p| kube(&read(p)?)),
        cloud: cloud(&variable),
    }
}

/// Who runs this: `USER` or `LOGNAME`, else the name that the machine has for the user's number, else
/// the number.
pub fn user() -> String {
    let named = ["USER", "LOGNAME"].iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty()));
    let uid = rustix::process::getuid().as_raw().to_string();
    named.or_else(|| login(&read(Path::new("/etc/passwd"))?, &uid)).unwrap_or_else(|| format!("uid {uid}"))
}

fn login(accounts: &str, uid: &str) -> Option<String> {
    let mut rows = accounts.lines().map(|l| l.split(':').collect::<Vec<_>>());
    rows.find_map(|row| match row.as_slice() {
        [name, _, id, ..] if *id == uid && !name.is_empty() => Some((*name).to_owned()),
        _ => None,
    })
}

fn read(path: &Path) -> Option<String> {
    let size = std::fs::metadata(path).ok()?.len();
    (size <= LARGEST).then(|| std::fs::read_to_string(path).ok()).flatten()
}

fn home() -> PathBuf {
    std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default()
}

fn kube_files() -> Vec<PathBuf> {
    match std::env::var_os("KUBECONFIG").filter(|v| !v.is_empty()) {
        Some(list) => std::env::split_paths(&list).collect(),
        None => vec![home().join(".kube/config")],
    }
}

/// `context/namespace` of a kubeconfig's current context.
fn kube(text: &str) -> Option<String> {
    let current = text.lines().find_map(|l| l.strip_prefix("current-context:")).map(unquoted)?;
    if current.is_empty() {
        return None;
    }
    let namespace = contexts(text).into_iter().find(|(name, _)| *name == current).and_then(|(_, ns)| ns);
    Some(format!("{current}/{}", namespace.unwrap_or_else(|| "default".into())))
}

fn unquoted(value: &str) -> String {
    value.trim().trim_matches(['"', '\'']).to_owned()
}

/// The contexts of a kubeconfig with their namespaces, read line by line from its `contexts:` list.
fn contexts(text: &str) -> Vec<(String, Option<String>)> {
    let mut all = Vec::new();
    let mut inside = false;
    let (mut name, mut namespace) = (None, None);
    for line in text.lines().chain([""]) {
        let top = line.starts_with(|c: char| c.is_ascii_alphabetic());
        if inside && (top || line.starts_with("- ") || line.trim().is_empty()) {
            if let Some(name) = name.take() {
                all.push((name, namespace.take()));
            }
            namespace = None;
        }
        if top {
            inside = line.trim_end() == "contexts:";
            continue;
        }
        let bare = line.trim_start().trim_start_matches("- ");
        if inside && let Some(value) = bare.strip_prefix("name:") {
            name = Some(unquoted(value));
        }
        if inside && let Some(value) = bare.strip_prefix("namespace:") {
            namespace = Some(unquoted(value));
        }
    }
    all
}

fn cloud(variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let aws = variable("AWS_PROFILE").or_else(|| variable("AWS_DEFAULT_PROFILE")).map(|p| format!("aws {p}"));
    let keys = || variable("AWS_ACCESS_KEY_ID").map(|_| "aws keys from the environment".to_owned());
    let gcloud = || {
        variable("CLOUDSDK_CORE_PROJECT")
            .or_else(|| variable("CLOUDSDK_ACTIVE_CONFIG_NAME"))
            .map(|p| format!("gcloud {p}"))
    };
    let azure = || variable("AZURE_SUBSCRIPTION_ID").map(|s| format!("azure {s}"));
    let active = || {
        let name = read(&home().join(".config/gcloud/active_config"))?;
        Some(format!("gcloud {}", name.trim()))
    };
    aws.or_else(keys).or_else(gcloud).or_else(azure).or_else(active)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_without_a_variable_has_the_accounts_name() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\nkim:x:1000:1000::/home/kim:/bin/sh\n";
        assert_eq!(login(accounts, "1000").as_deref(), Some("kim"));
        assert_eq!(login(accounts, "100"), None);
    }

    #[test]
    fn the_current_context_and_its_namespace_are_read() {
        let text = "apiVersion: v1\ncontexts:\n- context:\n    cluster: a\n    namespace: shop\n  name: prod\n- context:\n    cluster: b\n  name: test\ncurrent-context: prod\nkind: Config\n";
        assert_eq!(kube(text).unwrap(), "prod/shop");
        assert_eq!(kube(&text.replace("current-context: prod", "current-context: test")).unwrap(), "test/default");
        assert_eq!(kube("kind: Config\ncurrent-context: \"\"\n"), None);
    }
}
