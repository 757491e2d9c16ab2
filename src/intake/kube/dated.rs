//! When objects were made and changed, as a description or a manifest says. What the cluster itself writes into
//! an object (its status, its rollout's bookkeeping) is no change that somebody made.

use chrono::DateTime;

use super::lines::Row;
use super::model::{Cluster, Dated, Said, Sign, State};
use super::tree::Tree;
use crate::domain::Stamp;

/// Writers of an object's fields that only keep its books, where the object doesn't say what they wrote.
const BOOKKEEPERS: &[&str] = &["kubelet", "kube-controller-manager", "kube-scheduler", "kube-apiserver"];

/// Domains of the annotations in which controllers keep their books.
const BOOKS: &[&str] = &["deployment", "pv", "volume", "volume.beta", "endpoints", "control-plane.alpha", "batch"];

/// What a rollout that brought something says of itself.
const BROUGHT: &[&str] = &["NewReplicaSetAvailable", "NewReplicaSetCreated", "ReplicaSetUpdated"];

/// `2026-09-01T06:07:38Z` or `Tue, 24 Feb 2026 19:34:16 +0000`.
pub(super) fn stamp(text: &str) -> Option<Stamp> {
    let read = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text));
    read.ok().map(|t| Stamp::Exact(t.to_utc()))
}

impl Dated {
    /// True where it is of the object of that name; a namespace that is not stated may be any.
    pub fn is_of(&self, kind: &str, namespace: Option<&str>, name: &str) -> bool {
        let same = self.namespace.as_deref().zip(namespace).is_none_or(|(own, other)| own == other);
        same && self.kind == kind && self.name == name
    }
}

impl State {
    /// When the container of this state ended, where it did and its time can be read.
    pub fn ended_at(&self) -> Option<Stamp> {
        stamp(&self.finished.as_ref()?.text)
    }
}

/// An object, and the times that a document says of it.
struct Noted<'a> {
    object: (&'a str, Option<&'a str>, &'a str),
    found: Vec<Dated>,
}

impl Noted<'_> {
    fn add(&mut self, sign: Sign, said: Option<Said>) {
        let (kind, namespace, name) = self.object;
        let Some((said, at)) = said.and_then(|s| stamp(&s.text).map(|at| (s, at))) else { return };
        let (kind, namespace, name) = (kind.to_owned(), namespace.map(str::to_owned), name.to_owned());
        self.found.push(Dated { kind, namespace, name, sign, at, place: said.at });
    }

    /// Puts the times in place of the older ones of the same object that `stays` does not keep.
    fn replace(self, cluster: &mut Cluster, stays: impl Fn(&Dated) -> bool) {
        let (kind, namespace, name) = self.object;
        cluster.dated.retain(|d| !d.is_of(kind, namespace, name) || stays(d));
        cluster.dated.extend(self.found);
    }
}

/// Adds what a description says of an object's times: when it was made. What was known of it before that time is
/// of another one of its name.
pub(super) fn described(tree: &Tree, kind: &str, name: &str, cluster: &mut Cluster) {
    let namespace = tree.text(&["Namespace"]);
    let mut noted = Noted { object: (kind, namespace.as_deref(), name), found: Vec::new() };
    for key in ["Start Time", "CreationTimestamp", "Created"] {
        noted.add(Sign::Made, tree.said(&[key]));
    }
    let Some(made) = noted.found.first().map(|d| d.at) else { return };
    noted.replace(cluster, |d| d.sign != Sign::Made && d.at.order(&made).is_some_and(|o| o.is_ge()));
}

/// Adds what a manifest says of an object's times. It says all that there is: older ones are of an earlier look.
pub(super) fn manifested(tree: &Tree, kind: &str, namespace: Option<&str>, name: &str, cluster: &mut Cluster) {
    let mut noted = Noted { object: (kind, namespace, name), found: Vec::new() };
    noted.add(Sign::Made, tree.said(&["metadata", "creationTimestamp"]));
    for fields in tree.path(&["metadata", "managedFields"]).map(Tree::items).unwrap_or_default() {
        if fields.get("subresource").is_none() && !keeps_books(&fields) {
            noted.add(Sign::Changed, fields.said(&["time"]));
        }
    }
    let annotations = ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"];
    noted.add(Sign::Changed, tree.said(&annotations));
    for condition in tree.path(&["status", "conditions"]).map(Tree::items).unwrap_or_default() {
        let is = |key: &str, value: &str| condition.text(&[key]).is_some_and(|v| v == value);
        let brought = || condition.text(&["reason"]).is_some_and(|r| BROUGHT.contains(&r.as_str()));
        if is("type", "Progressing") && brought() {
            noted.add(Sign::Changed, condition.said(&["lastUpdateTime"]));
        } else if kind == "pod" && is("type", "Ready") && is("status", "False") {
            noted.add(Sign::Unready, condition.said(&["lastTransitionTime"]));
        }
    }
    // a file that is to be applied says nothing of a live object's times
    if !noted.found.is_empty() {
        noted.replace(cluster, |_| false);
    }
}

/// Adds what is left of who wrote an object's fields where a filter cut the rest off: `manager: kubectl-label` with
/// `time: "…"` below it, or both in one line.
pub(super) fn fragment(rows: &[Row<'_>], object: (&str, Option<&str>, &str), cluster: &mut Cluster) {
    let mut noted = Noted { object, found: Vec::new() };
    let mut by = "";
    for row in rows {
        let mut words = row.text.trim().trim_start_matches("- ").split_whitespace();
        let key = words.next().unwrap_or("").trim_end_matches(':');
        let value = words.next().unwrap_or("").trim_matches('"');
        match key {
            "manager" => by = value,
            "time" if !BOOKKEEPERS.contains(&by) => {
                noted.add(Sign::Changed, Some(Said { text: value.to_owned(), at: row.span() }));
            }
            _ if stamp(value).is_some() && !BOOKKEEPERS.contains(&key) => {
                noted.add(Sign::Changed, Some(Said { text: value.to_owned(), at: row.span() }));
            }
            _ => {}
        }
    }
    if !noted.found.is_empty() {
        noted.replace(cluster, |d| d.sign == Sign::Made);
    }
}

/// True where what was written is the cluster's own bookkeeping: the status, who owns it, a controller's
/// annotations. Who wrote it says less: one binary may hold every controller, and what people apply.
fn keeps_books(fields: &Tree) -> bool {
    let written = fields.get("fieldsV1").map(|f| f.below.as_slice()).filter(|f| !f.is_empty());
    let Some(written) = written else {
        return fields.text(&["manager"]).is_some_and(|by| BOOKKEEPERS.contains(&by.as_str()));
    };
    let of_controllers = |key: &str| {
        let domain = key.strip_prefix("f:").and_then(|k| k.split_once(".kubernetes.io/")).map(|(domain, _)| domain);
        key == "." || domain.is_some_and(|d| BOOKS.contains(&d))
    };
    let is_book = |field: &Tree| match field.key.as_str() {
        "." | "f:finalizers" | "f:ownerReferences" => true,
        "f:annotations" => field.below.iter().all(|a| of_controllers(&a.key)),
        _ => false,
    };
    written.iter().all(|part| match part.key.as_str() {
        "." | "f:status" => true,
        "f:metadata" => part.below.iter().all(is_book),
        _ => false,
    })
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
        manifested(&tree, "service", None, "quotes", &mut cluster);
        let told: Vec<(Sign, String)> = cluster.dated.iter().map(|d| (d.sign, d.at.to_string())).collect();
        let want = [(Sign::Made, "2026-01-02T08:00:00Z"), (Sign::Changed, "2026-03-04T09:10:11Z")];
        assert_eq!(told, want.map(|(s, t)| (s, t.to_owned())));
    }

    fn dated(texts: &[&str]) -> Vec<(Sign, String)> {
        let mut cluster = Cluster::default();
        for text in texts {
            let tree = documents(&rows(text, SourceId(0))).remove(0);
            let namespace = tree.text(&["metadata", "namespace"]);
            manifested(&tree, "pod", namespace.as_deref(), "db-0", &mut cluster);
        }
        cluster.dated.iter().map(|d| (d.sign, d.at.time().to_string())).collect()
    }

    #[test]
    fn what_was_written_says_whether_it_is_a_change_and_not_who_wrote_it() {
        let by = |manager: &str, fields: &str| {
            format!(
                "kind: Pod\nmetadata:\n  name: db-0\n  managedFields:\n  - manager: {manager}\n    fieldsV1:\n{fields}    time: \"2026-01-02T10:00:00Z\"\n"
            )
        };
        let revision = "      f:metadata:\n        f:annotations:\n          .: {}\n          f:deployment.kubernetes.io/revision: {}\n      f:status:\n        f:replicas: {}\n";
        assert_eq!(dated(&[&by("k3s", revision)]), []);
        assert_eq!(dated(&[&by("k3s", "      f:spec:\n        f:replicas: {}\n")]).len(), 1);
        let route =
            "      f:metadata:\n        f:annotations:\n          f:nginx.ingress.kubernetes.io/rewrite-target: {}\n";
        assert_eq!(dated(&[&by("kubectl-edit", route)]).len(), 1);
    }

    #[test]
    fn a_later_look_at_an_object_replaces_its_times_and_another_namespace_has_its_own() {
        let look = |namespace: &str, made: &str, ready: &str| {
            format!(
                "kind: Pod\nmetadata:\n  name: db-0\n  namespace: {namespace}\n  creationTimestamp: \"2026-01-02T{made}:00Z\"\nstatus:\n  conditions:\n  - type: Ready\n    status: \"{ready}\"\n    lastTransitionTime: \"2026-01-02T{made}:30Z\"\n"
            )
        };
        let (first, again, other) =
            (look("a", "08:00", "False"), look("a", "10:00", "True"), look("b", "09:00", "True"));
        assert_eq!(dated(&[&first, &again]), [(Sign::Made, "10:00:00".to_owned())]);
        assert_eq!(dated(&[&first, &other]).len(), 3);
    }
}
