//! The playbook files that are built in. A file is added by one line here.

/// Every embedded playbook file: its name and its text.
pub const FILES: &[(&str, &str)] = &[
    ("kube-refusals.toml", include_str!("playbooks/kube-refusals.toml")),
    ("kube-entrances.toml", include_str!("playbooks/kube-entrances.toml")),
    ("kube-nodes.toml", include_str!("playbooks/kube-nodes.toml")),
    ("kube-runtime.toml", include_str!("playbooks/kube-runtime.toml")),
    ("kube-scheduling.toml", include_str!("playbooks/kube-scheduling.toml")),
    ("kube-startup.toml", include_str!("playbooks/kube-startup.toml")),
    ("kube-storage.toml", include_str!("playbooks/kube-storage.toml")),
    ("application.toml", include_str!("playbooks/application.toml")),
    ("change.toml", include_str!("playbooks/change.toml")),
    ("database.toml", include_str!("playbooks/database.toml")),
    ("memory_cpu.toml", include_str!("playbooks/memory_cpu.toml")),
    ("network.toml", include_str!("playbooks/network.toml")),
    ("storage_os.toml", include_str!("playbooks/storage_os.toml")),
    ("traffic.toml", include_str!("playbooks/traffic.toml")),
];

#[cfg(test)]
mod tests {
    use crate::analyst::{Knowledge, wording};

    fn raised(text: &str, id: &str) -> bool {
        let mut hits = Vec::new();
        Knowledge::embedded().signals().on_line(text, 0, &mut hits);
        hits.iter().any(|h| h.playbook == id && h.signal.weight > 0.0 && !wording::is_denied(text, h.at.start))
    }

    #[test]
    fn every_file_of_ours_parses() {
        for (name, text) in super::FILES {
            let read = Knowledge::default().merge(name, text);
            assert!(read.is_ok(), "{read:?}");
        }
    }

    #[test]
    fn every_playbook_is_raised_by_its_examples_and_not_by_its_counter_examples() {
        let mut wrong = Vec::new();
        for p in Knowledge::embedded().playbooks.values().filter(|p| !p.signals.is_empty()) {
            // An example of several lines is cluster state: `tests/analyst.rs` investigates those.
            let lines = |t: &&String| !t.contains('\n');
            wrong.extend(
                p.examples.iter().filter(lines).filter(|t| !raised(t, &p.id)).map(|t| format!("{} misses {t:?}", p.id)),
            );
            wrong
                .extend(p.counter_examples.iter().filter(|t| raised(t, &p.id)).map(|t| format!("{} hits {t:?}", p.id)));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_pattern_is_a_regular_expression() {
        assert_eq!(Knowledge::embedded().signals().invalid(), Vec::new());
    }
}
