//! What a command would have to put where the cluster's state shows that something stands wrong: the label
//! that the pods carry, the port that is served, a node behind another address. What is not shown stays a blank.

use crate::domain::Hypothesis;
use crate::intake::kube::Cluster;

/// Values for commands, by the names of their arguments.
pub fn values(h: &Hypothesis, cluster: &Cluster) -> Vec<(&'static str, String)> {
    let mut found: Vec<(&'static str, String)> = Vec::new();
    match h.playbook.as_str() {
        "service_misroute.selector" => found.extend(label(cluster, &h.subject)),
        "service_misroute.target_port" => found.extend(served(h)),
        "network_delay.latency" | "network_loss.packets" => {
            found.extend(far_pod(cluster, &h.subject).map(|ip| ("host", ip)));
        }
        _ => {}
    }
    found
}

/// The label by which the subject's pods can be selected: the one that the selector has a wrong value for,
/// else the one whose value is the subject's own name.
fn label(cluster: &Cluster, subject: &str) -> Vec<(&'static str, String)> {
    let selector = cluster.service(subject).map(|s| s.selector.as_slice()).unwrap_or_default();
    let [wrong] = selector else { return Vec::new() };
    let carried = || {
        let of_pods = cluster.pods_of(subject).flat_map(|p| &p.spec.labels);
        of_pods.chain(cluster.workload(subject).into_iter().flat_map(|w| &w.spec.labels))
    };
    let same_key = carried().find(|l| l.key == wrong.key && l.value != wrong.value);
    let Some(right) = same_key.or_else(|| carried().find(|l| l.value == subject && l.key != wrong.key)) else {
        return Vec::new();
    };
    vec![("label", right.key.clone()), ("label_value", right.value.clone())]
}

/// The service's port whose target is wrong, and the port that the container serves: a patch finds the entry of
/// a list of ports by the port.
fn served(h: &Hypothesis) -> Vec<(&'static str, String)> {
    let after = |lead: &str| {
        let (_, rest) = h.statement.split_once(lead)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        // `8080 and 9090`: which of them is meant nobody says
        let alone = !rest.get(digits.len()..).is_some_and(|more| more.starts_with(" and ") || more.starts_with(", "));
        (!digits.is_empty() && alone).then_some(digits)
    };
    let named = [("port", after("sends port ")), ("served_port", after("listens on port "))];
    named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The address of a pod that is well and stands on another node: the way to it shows whether the delay is the
/// subject's.
fn far_pod(cluster: &Cluster, subject: &str) -> Option<String> {
    let own = cluster.pods_of(subject).find_map(|p| p.node.as_ref())?.text.clone();
    let elsewhere = |p: &&crate::intake::kube::Pod| p.is_well() && p.node.as_ref().is_some_and(|n| n.text != own);
    cluster.pods.iter().filter(elsewhere).find_map(|p| p.ip.clone())
}

#[cfg(test)]
mod tests {
    use crate::analyst::{Knowledge, Request};
    use crate::domain::{Evidence, Origin, Source, SourceId};

    const PODS: &str = "$ kubectl get pods -n shop -o wide --show-labels
NAME                     READY   STATUS    RESTARTS   AGE   IP         NODE       LABELS
stock-6b8f9c7d5-x7k2p    1/1     Running   0          70s   10.1.2.3   worker-1   app=stock,pod-template-hash=6b8f9c7d5

";

    fn commands(rest: &str) -> Vec<String> {
        let text = format!("{PODS}{rest}");
        let source = Source { id: SourceId(0), name: "x".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let mut go_on = |_: &crate::domain::Step| std::ops::ControlFlow::Continue(());
        let report =
            crate::analyst::investigate(&evidence, &Request::default(), Knowledge::embedded(), &mut go_on).unwrap();
        report.mitigation.into_iter().filter_map(|m| m.command).collect()
    }

    #[test]
    fn a_selector_is_set_to_the_label_that_the_pods_carry() {
        let told = commands(
            "$ kubectl describe pod stock-6b8f9c7d5-x7k2p -n shop
Name:         stock-6b8f9c7d5-x7k2p
Namespace:    shop
Labels:       app=stock
              pod-template-hash=6b8f9c7d5

$ kubectl describe service stock -n shop
Name:              stock
Namespace:         shop
Selector:          app=stocks
Type:              ClusterIP
Port:              grpc  9555/TCP
TargetPort:        9555/TCP
Endpoints:         <none>
",
        );
        assert_eq!(told, ["kubectl set selector service stock app=stock -n shop"]);
    }
}
