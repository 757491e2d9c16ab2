//! Whether the workloads of a namespace were all made at one time: then what changed before the trouble is that they
//! were, and no version before is shown.

use super::material::Material;
use super::wording::{duration, number, sentence};
use crate::analyst::tools::kube_view::in_trouble;
use crate::domain::{Claim, Hypothesis, SubjectKind};
use crate::intake::kube::{Cluster, Workload};

/// Deployments from which on one age of all of them is no chance.
const ENOUGH: usize = 3;
/// An older age is printed without its seconds and compares with nothing, in seconds.
const PRECISE: f64 = 600.0;
/// What one command makes is so much apart at the most, in seconds, and as a part of the age: a long list takes a
/// while to be made.
const APART_S: f64 = 15.0;
const APART: f64 = 0.12;

/// What is told of a namespace that was made as one, with the rows of its oldest and its youngest deployment;
/// `None` where the subject is nothing of it that never came up.
pub fn together(m: &Material<'_>, h: &Hypothesis) -> Option<Claim> {
    let cluster = &m.book.cluster;
    let namespace = namespace_of(cluster, h)?;
    let own = |w: &&Workload| w.kind == "deployment" && w.namespace.as_deref() == Some(namespace);
    let all: Vec<(f64, &Workload)> =
        cluster.workloads.iter().filter(own).map(|w| Some((w.age?, w))).collect::<Option<_>>()?;
    let oldest = all.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    let youngest = all.iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
    let one_stroke = oldest.0 - youngest.0 <= APART_S.max(oldest.0 * APART);
    if all.len() < ENOUGH || oldest.0 >= PRECISE || !one_stroke || !never_came_up(cluster, h) {
        return None;
    }
    let (first, last) = (printed(youngest.0), printed(oldest.0));
    let ages = if first == last { first } else { format!("{first} to {last}") };
    let text = sentence(&format!(
        "The deployments of {namespace} were made together: all are {ages} old, so no version before this one is shown"
    ));
    let mut places = vec![m.evidence.cite(oldest.1.at)];
    if youngest.1.at != oldest.1.at {
        places.push(m.evidence.cite(youngest.1.at));
    }
    Some(Claim::inferred(text, places))
}

/// An age in the units of its row: kubectl writes seconds alone up to two minutes.
fn printed(age: f64) -> String {
    if age < 120.0 { format!("{} s", number(age)) } else { duration(age) }
}

fn namespace_of<'a>(cluster: &'a Cluster, h: &'a Hypothesis) -> Option<&'a str> {
    if h.subject_kind == SubjectKind::Namespace {
        return Some(&h.subject);
    }
    let of_pods = || cluster.pods_of(&h.subject).find_map(|p| p.namespace.as_deref());
    cluster.workload(&h.subject).and_then(|w| w.namespace.as_deref()).or_else(of_pods)
}

/// True where the subject has no pod, or one that is in trouble: of what runs nobody says that it never did.
fn never_came_up(cluster: &Cluster, h: &Hypothesis) -> bool {
    let mut pods = cluster.pods_of(&h.subject).peekable();
    h.subject_kind == SubjectKind::Namespace || pods.peek().is_none() || pods.any(in_trouble)
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;
    use crate::domain::Report;

    fn report(ages: [&str; 3]) -> Report {
        let [cart, stock, mail] = ages;
        report_of(&format!(
            "$ kubectl get pods -n shop
NAME                     READY   STATUS             RESTARTS   AGE
cart-79b49f5555-hk924    0/1     ImagePullBackOff   0          70s
stock-6b8f9c7d5c-x7k2p   1/1     Running            0          70s

$ kubectl get deployments -n shop
NAME    READY   UP-TO-DATE   AVAILABLE   AGE
cart    0/1     1            0           {cart}
stock   1/1     1            1           {stock}
mail    1/1     1            1           {mail}

$ kubectl get events -n shop
LAST SEEN   TYPE      REASON   OBJECT                      MESSAGE
12s         Warning   Failed   pod/cart-79b49f5555-hk924   Failed to pull image \"r.io/shop/cart:v9\": not found
"
        ))
    }

    #[test]
    fn what_was_made_together_is_what_changed_and_has_no_version_before() {
        let r = report(["77s", "76s", "76s"]);
        let told = "all are 76 s to 77 s old";
        assert!(
            r.trigger.as_ref().is_some_and(|t| t.what.text.contains(told) && t.confidence <= 0.5),
            "{:?}",
            r.trigger
        );
        assert!(r.whys.iter().any(|w| w.answer.text.contains(told)), "{:?}", r.whys);
        let undone = |c: &str| c.starts_with("kubectl rollout undo");
        assert!(!r.mitigation.iter().any(|s| s.command.as_deref().is_some_and(undone)), "{:?}", r.mitigation);
    }

    #[test]
    fn of_deployments_of_other_ages_nothing_is_told() {
        let r = report(["77s", "3m20s", "9m"]);
        assert!(r.trigger.is_none_or(|t| !t.what.text.contains("made together")));
        let coarse = report(["3d4h", "3d4h", "3d4h"]);
        assert!(coarse.trigger.is_none_or(|t| !t.what.text.contains("made together")));
    }
}
