//! Whether what is in trouble is the first version of its workload: then nothing was changed before it, and there
//! is no version to go back to.

use crate::analyst::tools::kube_view::in_trouble;
use crate::domain::Span;
use crate::intake::kube::{Cluster, Pod};

/// Seconds, and the part of its age, that a pod may be younger than its deployment and still be of the same stroke:
/// what lists them is asked one after the other.
const TOGETHER: f64 = 10.0;
const DRIFT: f64 = 0.12;
/// An older age is printed without its seconds and compares with nothing.
const PRECISE: f64 = 600.0;

/// Where the ages of a deployment and of its pods stand, if all pods are as old as the deployment itself: those that
/// a later version made would be younger. `None` where another replica set of it is heard of.
pub fn of(cluster: &Cluster, subject: &str) -> Option<[Span; 2]> {
    let workload = cluster.workload(subject).filter(|w| w.kind == "deployment")?;
    let age = workload.age.filter(|a| *a < PRECISE)?;
    let own: Vec<&Pod> = cluster.pods_of(subject).collect();
    let made_together = |p: &&Pod| p.age.is_some_and(|a| (age - a).abs() <= TOGETHER.max(age * DRIFT));
    let first = own.iter().find(|p| in_trouble(p))?;
    let (set, _) = first.name.rsplit_once('-')?;
    let of_set = |p: &&Pod| p.name.rsplit_once('-').is_some_and(|(s, _)| s == set);
    let elsewhere = cluster.events.iter().any(|e| {
        e.kind == "replicaset" && e.name != set && e.name.strip_prefix(subject).is_some_and(|r| r.starts_with('-'))
    });
    let all = own.iter().all(|p| made_together(p) && of_set(p)) && !elsewhere;
    all.then_some([workload.at, first.at])
}

#[cfg(test)]
mod tests {
    use crate::analyst::{Knowledge, Request};
    use crate::domain::{Evidence, Origin, Report, Source, SourceId};

    fn report(deployment: &str) -> Report {
        let text = format!(
            "$ kubectl get pods -n shop
NAME                    READY   STATUS             RESTARTS   AGE
cart-79b49f5555-hk924   0/1     ImagePullBackOff   0          70s

$ kubectl get deployments -n shop
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
cart   0/1     1            0           {deployment}

$ kubectl get events -n shop
LAST SEEN   TYPE      REASON   OBJECT                      MESSAGE
12s         Warning   Failed   pod/cart-79b49f5555-hk924   Failed to pull image \"r.io/shop/cart:v9\": not found
"
        );
        let source = Source { id: SourceId(0), name: "x".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let mut go_on = |_: &crate::domain::Step| std::ops::ControlFlow::Continue(());
        crate::analyst::investigate(&evidence, &Request::default(), Knowledge::embedded(), &mut go_on).unwrap()
    }

    #[test]
    fn what_was_made_with_its_deployment_has_no_version_to_go_back_to() {
        let told = |r: &Report| r.whys.iter().any(|w| w.answer.text.contains("about as old as the deployment itself"));
        let undone = |r: &Report| {
            r.mitigation.iter().any(|s| s.command.as_deref().is_some_and(|c| c.starts_with("kubectl rollout undo")))
        };
        let (first, later) = (report("72s"), report("3d4h"));
        assert!(told(&first) && !undone(&first), "{:?}", first.whys);
        assert!(!told(&later) && undone(&later), "{:?}", later.mitigation);
    }
}
