//! What a command would have to put where the cluster's state shows that something stands wrong: the label
//! that the pods carry, the port that is served, a node behind another address. What is not shown stays a blank.

use crate::analyst::tools::{kube_demands, kube_images, kube_startup, kube_view};
use crate::domain::Hypothesis;
use crate::intake::kube::{Cluster, Pair};

/// Values for commands, by the names of their arguments.
pub fn values(h: &Hypothesis, cluster: &Cluster) -> Vec<(&'static str, String)> {
    let mut found: Vec<(&'static str, String)> = Vec::new();
    match h.playbook.as_str() {
        "service_misroute.selector" => found.extend(selectors(cluster, &h.subject)),
        "scaled_to_zero.workload" => {
            found.extend(kube_view::scaled_away(cluster, &h.subject).map(|(_, from)| ("count", from.to_string())));
        }
        "permission_denied.volume" => {
            found.extend(only_mount(cluster, &h.subject).map(|path| ("mount", path)));
            found.extend(on_host(cluster, &h.subject));
        }
        "missing_config.service_account" => {
            found.extend(own_account(cluster, &h.subject).map(|a| ("known_account", a)));
        }
        "unschedulable.node_selector" | "unschedulable.node_affinity" => {
            found.extend(kube_demands::arguments(cluster, &h.subject));
        }
        "image_pull.wrong_reference" | "image_pull.registry_dns" => {
            found.extend(as_the_others(h, cluster).map(|image| ("right_image", image)));
        }
        "service_misroute.target_port" => found.extend(served(h)),
        "probe_misconfig.port" | "probe_misconfig.protocol" => {
            found.extend(super::repaired::probe(h, cluster).map(|patch| ("probe_patch", patch)));
        }
        "network_delay.latency" | "network_loss.packets" => {
            found.extend(far_pod(cluster, &h.subject).map(|ip| ("host", ip)));
        }
        _ => {}
    }
    found.extend(super::repaired::claim(h));
    found.extend(super::repaired::quota_limit(h).map(|limit| ("limit", limit)));
    found
}

/// The whole selector as it stands, and one by which the subject's pods can be selected: a command sets all of it
/// at once. A demand that the pods meet stays; one whose value is wrong gets theirs; one that they carry nothing for
/// goes, where something is left, else the label whose value is the subject's own name comes in its place.
fn selectors(cluster: &Cluster, subject: &str) -> Vec<(&'static str, String)> {
    let selector = cluster.service(subject).map(|s| s.selector.as_slice()).unwrap_or_default();
    let carried: Vec<&Pair> = {
        let of_pods = cluster.pods_of(subject).flat_map(|p| &p.spec.labels);
        of_pods.chain(cluster.workload(subject).into_iter().flat_map(|w| &w.spec.labels)).collect()
    };
    let text = |pairs: &[&Pair]| pairs.iter().map(|p| format!("{}={}", p.key, p.value)).collect::<Vec<_>>().join(",");
    let present: Vec<&Pair> = selector.iter().collect();
    let kept = |p: &&Pair| carried.iter().any(|l| l.key == p.key && l.value == p.value);
    let of_key = |p: &&Pair| carried.iter().find(|l| l.key == p.key).copied();
    let mut right: Vec<&Pair> = present.iter().filter_map(|p| if kept(p) { Some(*p) } else { of_key(p) }).collect();
    if right.is_empty() {
        right.extend(carried.iter().find(|l| l.value == subject));
    }
    let named = [("present_selector", &present), ("right_selector", &right)];
    let known = named.into_iter().filter(|(_, pairs)| !pairs.is_empty());
    known.map(|(name, pairs)| (name, text(pairs))).collect()
}

/// The reference as the other workloads have theirs, where the one that fails is told to differ from them.
fn as_the_others(h: &Hypothesis, cluster: &Cluster) -> Option<String> {
    let own = |i: &&str| h.statement.contains(*i);
    let said = cluster.events.iter().filter_map(|e| kube_startup::pulled(&e.message.text));
    let image = said.filter(own).max_by_key(|i| i.len())?;
    kube_images::odd(cluster, &h.subject, image).filter(|odd| h.statement.contains(&odd.told)).map(|odd| odd.right)
}

/// Where the subject's one volume is mounted; what every pod is given of its account is none of its own.
fn only_mount(cluster: &Cluster, subject: &str) -> Option<String> {
    let spec = cluster.workload(subject).map(|w| &w.spec).into_iter();
    let specs = spec.chain(cluster.pods_of(subject).map(|p| &p.spec));
    let mounts = specs.flat_map(|s| &s.containers).filter(|c| !c.init).flat_map(|c| &c.mounts);
    let mut paths: Vec<&str> = mounts.map(|m| m.path.as_str()).filter(|p| !p.starts_with("/var/run/secrets")).collect();
    paths.sort_unstable();
    paths.dedup();
    <[&str; 1]>::try_from(paths).ok().map(|[only]| only.to_owned())
}

/// The directory of a node that is its volume, and the node: there its files can be seen whether its pod is up or not.
fn on_host(cluster: &Cluster, subject: &str) -> Vec<(&'static str, String)> {
    let specs = cluster.workload(subject).map(|w| &w.spec).into_iter();
    let all = specs.chain(cluster.pods_of(subject).map(|p| &p.spec)).flat_map(|s| &s.references);
    let mut paths: Vec<&str> = all.filter(|r| r.kind == "hostpath").map(|r| r.name.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    let node = cluster.pods_of(subject).find_map(|p| p.node.as_ref());
    let (Ok([path]), Some(node)) = (<[&str; 1]>::try_from(paths), node) else { return Vec::new() };
    vec![("host_path", path.to_owned()), ("node", node.text.clone())]
}

/// The account that bears the subject's own name, where one is listed.
fn own_account(cluster: &Cluster, subject: &str) -> Option<String> {
    cluster.named_of("serviceaccount").find(|a| a.name == subject).map(|a| a.name.clone())
}

/// The service's port whose target is wrong, and the port that the container serves: a patch finds the entry of
/// a list of ports by the port.
fn served(h: &Hypothesis) -> Vec<(&'static str, String)> {
    let after = |lead: &str| digits_after(&h.statement, lead);
    let named = [("port", after("sends port ")), ("served_port", after("listens on port "))];
    named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The one number behind these words.
pub(super) fn digits_after(text: &str, lead: &str) -> Option<String> {
    let (_, rest) = text.split_once(lead)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    // `8080 and 9090`: which of them is meant nobody says
    let alone = !rest.get(digits.len()..).is_some_and(|more| more.starts_with(" and ") || more.starts_with(", "));
    (!digits.is_empty() && alone).then_some(digits)
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
    use crate::domain::{Evidence, Mitigation, Origin, Report, Source, SourceId};

    const PODS: &str = "$ kubectl get pods -n shop -o wide --show-labels
NAME                     READY   STATUS    RESTARTS   AGE   IP         NODE       LABELS
stock-6b8f9c7d5-x7k2p    1/1     Running   0          70s   10.1.2.3   worker-1   app=stock,pod-template-hash=6b8f9c7d5

";

    fn commands(rest: &str) -> Vec<String> {
        report(rest).into_iter().filter_map(|m| m.command).collect()
    }

    fn report(rest: &str) -> Vec<Mitigation> {
        whole(&format!("{PODS}{rest}")).mitigation
    }

    fn whole(text: &str) -> Report {
        let source = Source { id: SourceId(0), name: "x".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let mut go_on = |_: &crate::domain::Step| std::ops::ControlFlow::Continue(());
        crate::analyst::investigate(&evidence, &Request::default(), Knowledge::embedded(), &mut go_on).unwrap()
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

    #[test]
    fn a_selector_of_two_labels_is_set_as_a_whole() {
        let told = report(
            "$ kubectl describe service stock -n shop
Name:              stock
Namespace:         shop
Selector:          app=stock,tier=gold
Type:              ClusterIP
Port:              grpc  9555/TCP
TargetPort:        9555/TCP
Endpoints:         <none>
",
        );
        let step = told.first().unwrap();
        assert_eq!(step.command.as_deref(), Some("kubectl set selector service stock app=stock -n shop"));
        assert_eq!(step.rollback, "kubectl set selector service stock app=stock,tier=gold -n shop");
    }

    #[test]
    fn an_account_that_is_spelt_wrong_is_corrected_and_not_made() {
        let accounts = "$ kubectl get serviceaccounts -n shop\nNAME      SECRETS   AGE\ndefault   0         32d\nstock     0         12m\n\n";
        let refused = "$ kubectl get events -n shop\nLAST SEEN   TYPE      REASON         OBJECT                       MESSAGE\n12s         Warning   FailedCreate   replicaset/stock-6b8f9c7d5   Error creating: pods \"stock-6b8f9c7d5-\" is forbidden: error looking up service account shop/stocks: serviceaccount \"stocks\" not found\n";
        let told = report(&format!("{accounts}{refused}"));
        let step = told.first().unwrap();
        assert_eq!(step.command.as_deref(), Some("kubectl set serviceaccount deployment/stock stock -n shop"));
        assert_eq!(step.rollback, "kubectl set serviceaccount deployment/stock stocks -n shop");
        let told = commands(refused);
        assert_eq!(told, ["kubectl create serviceaccount stocks -n shop"]);
    }

    #[test]
    fn what_was_scaled_away_is_scaled_to_what_it_was_and_the_event_is_the_trigger() {
        let text = "$ kubectl get deployments -n shop\nNAME   READY   UP-TO-DATE   AVAILABLE   AGE\ncart   0/0     0            0           9d\n\n\
            $ kubectl get endpoints -n shop\nNAME   ENDPOINTS       AGE\ncart   <none>          9d\n\n\
            $ kubectl get services -n shop\nNAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\ncart   ClusterIP   10.0.0.1     <none>        80/TCP    9d\n\n\
            $ kubectl get events -n shop\nLAST SEEN   TYPE     REASON              OBJECT            MESSAGE\n4m58s       Normal   ScalingReplicaSet   deployment/cart   Scaled down replica set cart-6886cbf9cf to 0 from 3\n";
        let report = whole(text);
        let step = report.mitigation.first().unwrap();
        assert_eq!(step.command.as_deref(), Some("kubectl scale deployment/cart --replicas=3 -n shop"));
        assert!(
            report.whys.iter().all(|w| w.answer.support != crate::domain::Support::Unsupported),
            "{:?}",
            report.whys
        );
        let trigger = report.trigger.unwrap().what.text;
        assert_eq!(trigger, "an event tells of it: “Scaled down replica set cart-6886cbf9cf to 0 from 3”");
    }

    #[test]
    fn the_files_of_a_host_path_are_looked_at_and_given_on_their_node() {
        let report = whole(
            "$ kubectl get pods -n shop -o wide
NAME                     READY   STATUS             RESTARTS   AGE   IP         NODE
stock-6b8f9c7d5-x7k2p    0/1     CrashLoopBackOff   3          70s   10.1.2.3   worker-1

$ kubectl describe pod stock-6b8f9c7d5-x7k2p -n shop
Name:         stock-6b8f9c7d5-x7k2p
Namespace:    shop
Node:         worker-1/10.0.0.9
Volumes:
  data:
    Type:          HostPath (bare host directory volume)
    Path:          /srv/stock

$ kubectl logs deploy/stock -n shop
2026-03-17T02:09:29.127Z ERROR failed to open /data/stock.db: Permission denied
",
        );
        let checks: Vec<_> = report.checklist.iter().filter_map(|c| c.command.as_deref()).collect();
        assert_eq!(checks.first(), Some(&"ls -ln /srv/stock"), "{checks:?}");
        assert!(report.mitigation.iter().all(|m| !m.action.contains("volume (fsGroup)")), "{:?}", report.mitigation);
    }
}
