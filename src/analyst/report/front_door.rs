//! Where requests from outside come in: the workloads behind services that are open to the outside, and what is shown
//! of them. It counts no users.

use super::material::Material;
use crate::domain::report::{Health, ServiceRow};
use crate::domain::{Citation, Claim};
use crate::intake::kube::Service;

/// From this many workloads on, being open to the outside tells nothing of any of them.
const MOST: usize = 3;

/// What the table says of each front door that is in trouble: whoever comes from outside meets that.
pub fn told(m: &Material<'_>, rows: &[ServiceRow]) -> Vec<Claim> {
    let doors: Vec<(&Service, &ServiceRow)> = open(m)
        .filter_map(|service| {
            let row = rows.iter().find(|r| is_behind(m, service, &r.name))?;
            Some((service, row))
        })
        .collect();
    if doors.len() > MOST {
        return Vec::new();
    }
    let mut out: Vec<(String, Claim)> = Vec::new();
    for (service, row) in doors {
        let Some(impact) = row.impact.as_ref().filter(|_| matches!(row.health, Health::Down | Health::Degraded)) else {
            continue;
        };
        if !out.iter().any(|(name, _)| *name == row.name) {
            out.push((row.name.clone(), of(m, service, row, impact)));
        }
    }
    out.into_iter().map(|(_, claim)| claim).collect()
}

/// The services that are open to the outside, as they are listed.
fn open<'m>(m: &'m Material<'_>) -> impl Iterator<Item = &'m Service> {
    let outside = |s: &&Service| matches!(s.kind.as_deref(), Some("LoadBalancer" | "NodePort"));
    m.book.cluster.services.iter().filter(|s| s.live).filter(outside)
}

/// True for the workload whose pods the service selects, or which is called as it is.
fn is_behind(m: &Material<'_>, service: &Service, name: &str) -> bool {
    let carries = |p: &crate::intake::kube::Pod| {
        !service.selector.is_empty()
            && service.selector.iter().all(|s| p.spec.labels.iter().any(|l| l.key == s.key && l.value == s.value))
    };
    // a listing that shows no labels shows the selector, and that is mostly the name
    let by_name = || {
        service.selector.iter().any(|s| s.value == name && matches!(s.key.as_str(), "app" | "app.kubernetes.io/name"))
    };
    service.name == name || m.book.cluster.pods_of(name).any(carries) || by_name()
}

fn of(m: &Material<'_>, service: &Service, row: &ServiceRow, impact: &Claim) -> Claim {
    let kind = service.kind.as_deref().unwrap_or_default();
    let told = impact.text.trim_end_matches('.');
    let name = &row.name;
    let told = told.strip_prefix(&format!("{name}: ")).unwrap_or(told);
    let text = format!("Requests from outside come in at {name} ({kind} {}): {told}.", service.name);
    let cited = impact.citations.iter().cloned().chain([m.evidence.cite(service.at)]);
    Claim::inferred(text, cited.collect::<Vec<Citation>>())
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    const SHOP: &str = r#"$ kubectl get pods -n farm -o wide
NAME                    READY   STATUS             RESTARTS   AGE   IP           NODE
gate-6b8f9c7d5-x7k2p    0/1     ImagePullBackOff   0          70s   10.1.2.3     barn-1
silo-5c9d8b7f6-b4z9q    1/1     Running            0          73s   10.1.2.4     barn-1

$ kubectl get services -n farm -o wide
NAME           TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)        AGE   SELECTOR
gate-outside   NodePort    10.68.23.12    <none>        80:30080/TCP   73s   app=gate
silo           ClusterIP   10.68.23.13    <none>        80/TCP         73s   app=silo

$ kubectl describe pod gate-6b8f9c7d5-x7k2p -n farm
Name:             gate-6b8f9c7d5-x7k2p
Namespace:        farm
Events:
  Type     Reason   Age   From     Message
  ----     ------   ----  ----     -------
  Warning  Failed   61s   kubelet  Failed to pull image "farm.example/gate:v9": rpc error: code = NotFound desc = failed to resolve reference "farm.example/gate:v9": farm.example/gate:v9: not found
"#;

    fn impact(paste: &str) -> Vec<String> {
        report_of(paste).customer_impact.into_iter().map(|c| c.text).collect()
    }

    #[test]
    fn that_nobody_stands_at_the_front_door_is_customer_impact() {
        let said = "Requests from outside come in at gate (NodePort gate-outside): gate-6b8f9c7d5-x7k2p is";
        let all = impact(SHOP);
        assert!(all[0].starts_with(said), "{all:?}");
        let inside = SHOP.replace("NodePort ", "ClusterIP").replace("80:30080/TCP", "80/TCP      ");
        assert!(!impact(&inside).iter().any(|t| t.contains("from outside")));
    }
}
