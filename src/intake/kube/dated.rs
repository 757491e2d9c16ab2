//! When objects were made and changed, as a description or a manifest says. What the cluster itself writes into
//! an object (its status, its rollout's bookkeeping) is no change that somebody made.

use chrono::DateTime;

use super::model::{Cluster, Dated, Said, Sign};
use super::tree::Tree;
use crate::domain::Stamp;

/// Writers of an object's fields that only keep its books.
const BOOKKEEPERS: &[&str] = &["kubelet", "kube-controller-manager", "kube-scheduler", "kube-apiserver"];

/// What a rollout that brought something says of itself.
const BROUGHT: &[&str] = &["NewReplicaSetAvailable", "NewReplicaSetCreated", "ReplicaSetUpdated"];

/// `2026-09-01T06:07:38Z` or `Tue, 24 Feb 2026 19:34:16 +0000`.
pub(super) fn stamp(text: &str) -> Option<Stamp> {
    let read = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text));
    read.ok().map(|t| Stamp::Exact(t.to_utc()))
}

fn note(cluster: &mut Cluster, (kind, name): (&str, &str), sign: Sign, said: Option<Said>) {
    let Some((said, at)) = said.and_then(|s| stamp(&s.text).map(|at| (s, at))) else { return };
    cluster.dated.push(Dated { kind: kind.to_owned(), name: name.to_owned(), sign, at, place: said.at });
}

/// Adds what a description says of an object's times.
pub(super) fn described(tree: &Tree, kind: &str, name: &str, cluster: &mut Cluster) {
    for key in ["Start Time", "CreationTimestamp", "Created"] {
        note(cluster, (kind, name), Sign::Made, tree.said(&[key]));
    }
}

/// Adds what a manifest says of an object's times.
pub(super) fn manifested(tree: &Tree, kind: &str, name: &str, cluster: &mut Cluster) {
    let object = (kind, name);
    note(cluster, object, Sign::Made, tree.said(&["metadata", "creationTimestamp"]));
    for fields in tree.path(&["metadata", "managedFields"]).map(Tree::items).unwrap_or_default() {
        let by = fields.text(&["manager"]).unwrap_or_default();
        if fields.get("subresource").is_none() && !BOOKKEEPERS.contains(&by.as_str()) {
            note(cluster, object, Sign::Changed, fields.said(&["time"]));
        }
    }
    let annotations = ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"];
    note(cluster, object, Sign::Changed, tree.said(&annotations));
    for condition in tree.path(&["status", "conditions"]).map(Tree::items).unwrap_or_default() {
        let is = |key: &str, value: &str| condition.text(&[key]).is_some_and(|v| v == value);
        let brought = || condition.text(&["reason"]).is_some_and(|r| BROUGHT.contains(&r.as_str()));
        if is("type", "Progressing") && brought() {
            note(cluster, object, Sign::Changed, condition.said(&["lastUpdateTime"]));
        } else if kind == "pod" && is("type", "Ready") && is("status", "False") {
            note(cluster, object, Sign::Unready, condition.said(&["lastTransitionTime"]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::rows;
    use super::super::manifest::documents;
    use super::*;
    use crate::domain::SourceId;

    #[test]
    fn a_change_is_what_somebody_wrote_and_not_what_the_cluster_keeps() {
        let text = "kind: Service\nmetadata:\n  name: quotes\n  creationTimestamp: \"2026-01-02T08:00:00Z\"\n  managedFields:\n  - manager: argocd-controller\n    time: \"2026-03-04T09:10:11Z\"\n  - manager: kube-controller-manager\n    time: \"2026-03-04T10:00:00Z\"\n  - manager: kubelet\n    subresource: status\n    time: \"2026-03-04T11:00:00Z\"\n";
        let mut cluster = Cluster::default();
        let tree = documents(&rows(text, SourceId(0))).remove(0);
        manifested(&tree, "service", "quotes", &mut cluster);
        let told: Vec<(Sign, String)> = cluster.dated.iter().map(|d| (d.sign, d.at.to_string())).collect();
        let want = [(Sign::Made, "2026-01-02T08:00:00Z"), (Sign::Changed, "2026-03-04T09:10:11Z")];
        assert_eq!(told, want.map(|(s, t)| (s, t.to_owned())));
    }
}
