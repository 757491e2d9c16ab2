//! What the bare text of a line tells: verbs that destroy, paths that hold secrets, disks.

use std::sync::OnceLock;

use regex::Regex;

/// True where a verb that destroys or interrupts stands anywhere in the text, quoted or not.
pub(super) fn destroys(text: &str) -> bool {
    static WORDS: OnceLock<Option<Regex>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        crate::domain::pattern::compile(
            r"(?i)(?:^|[^\w-])(?:rm\s+-|rm\s+/|unlink|rmdir|mkfs|wipefs|shred|kubectl\s+(?:\S+\s+){0,6}(?:delete|drain)|drop\s+(?:table|database|schema|index)|truncate\s|delete\s+from|flushall|flushdb|shutdown|reboot|poweroff|halt|pkill|killall|kill\s+-|dropdb|fork\s*bomb)(?:$|[^\w-])|--delete\b|--purge\b|--hard\b|-destroy\b|--force\b|--recreate",
        )
        .ok()
    });
    words.as_ref().is_some_and(|w| w.is_match(text))
}

/// True for a block device.
pub(super) fn is_disk(path: &str) -> bool {
    [
        "/dev/sd",
        "/dev/nvme",
        "/dev/vd",
        "/dev/xvd",
        "/dev/hd",
        "/dev/mapper",
        "/dev/dm-",
        "/dev/md",
        "/dev/disk",
        "/dev/mem",
    ]
    .iter()
    .any(|d| path.starts_with(d))
}

/// Why a path must not be printed unasked, if so.
pub(super) fn secret_path(path: &str) -> Option<String> {
    const PARTS: [&str; 46] = [
        "shadow",
        "gshadow",
        "sudoers",
        ".ssh",
        "id_rsa",
        "id_ed25519",
        "id_ecdsa",
        "id_dsa",
        ".kube",
        "kubeconfig",
        "credentials",
        ".aws",
        ".azure",
        ".gnupg",
        ".netrc",
        ".pgpass",
        ".my.cnf",
        ".docker",
        "dockercfg",
        ".env",
        "secrets",
        "secret",
        ".npmrc",
        ".pypirc",
        "environ",
        ".bash_history",
        ".zsh_history",
        "history",
        "token",
        "password",
        "passwd-",
        "htpasswd",
        ".vault-token",
        "application_default",
        "keytab",
        "master.key",
        "wallet",
        "admin.conf",
        "super-admin.conf",
        "kubelet.conf",
        "controller-manager.conf",
        "scheduler.conf",
        ".git-credentials",
        "k3s.yaml",
        "wg0.conf",
        "hosts.yml",
    ];
    let lower = path.to_ascii_lowercase();
    let segments: Vec<&str> = lower.split(['/', '=', ':', '@']).collect();
    let named = segments.iter().any(|s| {
        PARTS.iter().any(|p| s == p || s.starts_with(&format!("{p}.")) || s.starts_with(&format!("{p}-")))
            || (s.starts_with(".env") && s.len() < 20)
            || [".pem", ".key", ".p12", ".pfx", ".jks", ".kdbx", ".ppk", ".tfstate", ".tfvars", ".ovpn"]
                .iter()
                .any(|e| s.ends_with(e))
    });
    if named {
        return Some(format!("{path} may hold secrets"));
    }
    let memory = lower.starts_with("/proc/")
        && ["mem", "environ", "kcore", "maps", "auxv"].iter().any(|e| lower.ends_with(e))
        || lower.starts_with("/proc/") && lower.contains("/fd/");
    let device = lower.starts_with("/dev/") && lower != "/dev/null";
    let root = matches!(lower.as_str(), "/" | "/home" | "/root" | "/etc" | "/proc" | "/home/" | "/root/" | "/etc/");
    if memory || device || root {
        return Some(format!("reading {path} is a lot, or more than it looks"));
    }
    None
}
