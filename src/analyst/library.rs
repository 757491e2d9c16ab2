//! The playbook files that are built in. A file is added by one line here.

/// Every embedded playbook file: its name and its text.
pub const FILES: &[(&str, &str)] = &[("kube-scheduling.toml", include_str!("playbooks/kube-scheduling.toml"))];
