//! Who a finding is really about: a pod is its workload, a replica's service is its set, and a name
//! that is nobody's stands for the service whose log it was found in.

use crate::analyst::Casebook;
use crate::analyst::casebook::Finding;
use crate::domain::SubjectKind;
use crate::intake::kube::{Cluster, schedule_of, workload_of};

/// The findings with their subjects settled.
pub fn settled(book: &Casebook) -> Vec<Finding> {
    let known = Known::of(&book.cluster);
    let mut found: Vec<Finding> = book.findings.clone();
    for f in &mut found {
        let (subject, kind) = known.settle(f);
        if subject != f.subject {
            f.subject = subject;
            f.subject_kind = kind.unwrap_or(f.subject_kind);
        }
    }
    // One spelling per name: the first that was met.
    let mut spellings: Vec<String> = Vec::new();
    for f in &mut found {
        match spellings.iter().find(|s| s.eq_ignore_ascii_case(&f.subject)) {
            Some(first) => f.subject.clone_from(first),
            None => spellings.push(f.subject.clone()),
        }
    }
    found
}

/// The names that the cluster's state knows.
struct Known<'a> {
    cluster: &'a Cluster,
    workloads: Vec<&'a str>,
}

impl<'a> Known<'a> {
    fn of(cluster: &'a Cluster) -> Self {
        let named = cluster.workloads.iter().filter(|w| w.kind != "replicaset").map(|w| w.name.as_str());
        let of_pods = cluster.pods.iter().map(|p| p.workload());
        let mut workloads: Vec<&str> = named.chain(of_pods).collect();
        workloads.sort_unstable();
        workloads.dedup();
        Self { cluster, workloads }
    }

    fn is_known(&self, name: &str) -> bool {
        let c = self.cluster;
        self.workloads.contains(&name)
            || c.services.iter().any(|s| s.name == name)
            || c.nodes.iter().any(|n| n.name == name)
            || c.claims.iter().any(|s| s.name == name)
            || c.namespace.as_deref() == Some(name)
    }

    fn settle(&self, f: &Finding) -> (String, Option<SubjectKind>) {
        let name = f.subject.as_str();
        if self.workloads.is_empty() {
            // Two parts that a controller adds (`cart-79b49f5555-hk924`) are no part of a name.
            let workload = schedule_of(workload_of(name));
            if workload != name && schedule_of(name) == workload {
                return (workload.to_owned(), Some(SubjectKind::Job));
            }
            let parts = name.split('-').count().saturating_sub(workload.split('-').count());
            let settled = if parts == 2 { workload } else { name };
            return (settled.to_owned(), None);
        }
        if let Some(pod) = self.cluster.pods.iter().find(|p| p.name == name) {
            return (pod.workload().to_owned(), None);
        }
        let workload = workload_of(name);
        if workload != name && self.workloads.contains(&workload) {
            return (workload.to_owned(), None);
        }
        if !self.workloads.contains(&name) && self.cluster.services.iter().any(|s| s.name == name) {
            // `db-leader` is a way to `db`: the longest workload whose name begins it.
            let of = self.workloads.iter().filter(|w| name.strip_prefix(**w).is_some_and(|rest| rest.starts_with('-')));
            if let Some(workload) = of.max_by_key(|w| w.len()) {
                return ((*workload).to_owned(), None);
            }
        }
        if self.is_known(name) {
            return (name.to_owned(), None);
        }
        if name.split('-').count() == workload.split('-').count() + 2 {
            return (workload.to_owned(), None);
        }
        // A program's own name (`nginx`) is the one workload whose name holds it as a word.
        let holds = |w: &&&str| w.split('-').any(|part| part == name);
        let mut of: Vec<&&str> = self.workloads.iter().filter(holds).collect();
        if let (Some(one), true) = (of.pop(), of.is_empty()) {
            return ((*one).to_owned(), None);
        }
        // A line that says whom it can't reach names somebody outside of what is shown.
        let blames = f.playbook.starts_with("dependency_unavailable.down") && name.contains('-');
        if blames && f.bearing == crate::analyst::casebook::Bearing::Stated {
            return (name.to_owned(), None);
        }
        let owner = f.claim.citations.first().and_then(|c| {
            let inside = |at: &crate::domain::Span| at.source == c.source && at.start <= c.start && c.end <= at.end;
            self.cluster.logs.iter().find(|(_, at)| inside(at))
        });
        match owner {
            Some((owner, _)) => (owner.clone(), Some(crate::analyst::tools::kube_view::kind_of(owner))),
            None => (name.to_owned(), None),
        }
    }
}
