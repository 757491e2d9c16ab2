//! Values that a repair needs and the evidence holds: the probe as it would have to ask, and the least that a quota
//! would have to allow. What is not shown stays a blank.

use crate::analyst::tools::kube_view::specs;
use crate::domain::Hypothesis;
use crate::intake::kube::{Cluster, Container, Probe, ProbeKind};

use super::corrected::digits_after;
use super::named::word_after;

/// The patch that makes the subject's probe ask what its container serves: `{"spec":…}`.
pub fn probe(h: &Hypothesis, cluster: &Cluster) -> Option<String> {
    let kind = kind_told(&h.statement)?;
    let pod = cluster.pods_of(&h.subject).next();
    let of_pod = pod.into_iter().flat_map(|p| specs(cluster, p));
    let containers = || of_pod.clone().flat_map(|s| &s.containers).filter(|c| !c.init);
    let asks = |c: &&Container| c.probes.iter().any(|p| p.kind == kind);
    let container = containers().find(asks)?;
    let present = container.probes.iter().find(|p| p.kind == kind)?;
    let patch = match h.playbook.as_str() {
        "probe_misconfig.port" => with_port(present, &digits_after(&h.statement, "the container listens on ")?)?,
        "probe_misconfig.protocol" => as_the_other(container, present)?,
        _ => return None,
    };
    let field = format!("{}Probe", kind.name());
    let name = container.name.as_str();
    super::fill::is_safe(name).then(|| {
        format!(r#"{{"spec":{{"template":{{"spec":{{"containers":[{{"name":"{name}","{field}":{patch}}}]}}}}}}}}"#)
    })
}

/// `its liveness probe asks …`.
fn kind_told(statement: &str) -> Option<ProbeKind> {
    let told = |kind: &ProbeKind| statement.contains(&format!("its {} probe", kind.name()));
    [ProbeKind::Liveness, ProbeKind::Readiness, ProbeKind::Startup].into_iter().find(told)
}

/// The handler of a probe as its object writes it; a command's has no port.
fn handler(action: &str) -> Option<&'static str> {
    match action {
        "http" | "https" => Some("httpGet"),
        "grpc" => Some("grpc"),
        "tcp" => Some("tcpSocket"),
        _ => None,
    }
}

fn with_port(present: &Probe, port: &str) -> Option<String> {
    Some(format!(r#"{{"{}":{{"port":{port}}}}}"#, handler(present.action)?))
}

/// The way in which another probe of the container asks the same port: a patch has to take the former way off, or
/// the probe would have two.
fn as_the_other(container: &Container, present: &Probe) -> Option<String> {
    let same = |p: &&Probe| p.kind != present.kind && p.port == present.port && p.action != present.action;
    let other = container.probes.iter().find(same)?;
    let port = other.port.as_deref().filter(|p| p.bytes().all(|b| b.is_ascii_digit()))?;
    // what another way needs besides its port (a path, a header) is not told by a probe of that way
    let (now, then) = (handler(present.action)?, handler(other.action).filter(|h| *h != "httpGet")?);
    Some(format!(r#"{{"{now}":null,"{then}":{{"port":{port}}}}}"#))
}

/// What a claim asks for, and what the free volume has in its place. A volume that can only be read is no measure of
/// what a claim that writes should ask for.
pub fn claim(h: &Hypothesis) -> Vec<(&'static str, String)> {
    let word = |lead: &str| word_after(&h.statement, lead).map(str::to_owned);
    let mut found = Vec::new();
    match h.playbook.as_str() {
        "storage_volume.access_mode" => {
            let (asked, offered) = (word("asks for access mode "), word(" offers "));
            let read_only = offered.as_deref() == Some("ReadOnlyMany");
            found.extend(word("the free volume ").filter(|_| read_only).map(|v| ("read_only_volume", v)));
            found.extend(offered.filter(|_| !read_only).map(|v| ("offered_mode", v)));
            found.extend(asked.map(|v| ("asked_mode", v)));
        }
        "storage_volume.storage_class" => {
            found.extend(word("asks for storage class ").map(|v| ("asked_class", v)));
            found.extend(word("the free volume is of class ").map(|v| ("offered_class", v)));
            // where the volume has a class, its name is not told
            found.extend(word("the free volume ").map(|v| ("classless_volume", v)));
        }
        _ => {}
    }
    const REPAIRS: [&str; 4] = ["offered_mode", "offered_class", "classless_volume", "read_only_volume"];
    if found.iter().any(|(name, _)| REPAIRS.contains(name)) {
        found.push(("claim_repair", "known".to_owned()));
    }
    found
}

/// The least that the quota of the hypothesis has to allow: what is used of it and what is asked for, in the unit
/// that both are written in. `requested: pods=1, used: pods=10`, `is used up (11 of 11), so … could not be created`.
pub fn quota_limit(h: &Hypothesis) -> Option<String> {
    if !h.playbook.starts_with("quota_exceeded.") {
        return None;
    }
    let text = h.statement.as_str();
    let (_, requested) = text.split_once("requested: ")?;
    let resource = requested.split('=').next()?;
    let first = |text: &str| {
        let (_, rest) = text.split_once(&format!("{resource}="))?;
        Some(rest.split([',', ')', ';']).next()?.trim().to_owned())
    };
    let asked = first(requested)?;
    let (_, used) = text.split_once("used: ")?;
    sum(&asked, &first(used)?)
}

/// `1` and `10` are 11, `500Mi` and `2Mi` are 502Mi; two units are not added here.
fn sum(a: &str, b: &str) -> Option<String> {
    let parts = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        number.parse::<u64>().ok().map(|n| (n, unit.to_owned()))
    };
    let ((a, unit), (b, other)) = (parts(a)?, parts(b)?);
    (unit == other).then(|| a.checked_add(b)).flatten().map(|n| format!("{n}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::pasted::report_of;

    #[test]
    fn a_claim_is_corrected_to_what_the_volume_offers_unless_that_could_only_be_read() {
        let of = |playbook: &str, mechanism: &str| {
            let said = "Liveness probe failed: dial tcp 10.1.2.3:7071: connect: connection refused";
            let mut h = report_of(&POD.replace("{said}", said)).hypotheses.remove(0);
            h.playbook = playbook.to_owned();
            h.statement = format!("books can't have its volume: {mechanism}.");
            claim(&h).into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        let mode = |offered: &str| {
            of(
                "storage_volume.access_mode",
                &format!(
                    "the volume claim a asks for access mode ReadWriteMany, and the free volume v offers {offered}"
                ),
            )
        };
        assert_eq!(mode("ReadWriteOnce"), "offered_mode=ReadWriteOnce asked_mode=ReadWriteMany claim_repair=known");
        assert_eq!(mode("ReadOnlyMany"), "read_only_volume=v asked_mode=ReadWriteMany claim_repair=known");
        let class = |rest: &str| {
            of(
                "storage_volume.storage_class",
                &format!(
                    "the volume claim a asks for storage class fast-sdd, which does not exist, and the free volume {rest}"
                ),
            )
        };
        assert_eq!(class("is of class hdd"), "asked_class=fast-sdd offered_class=hdd claim_repair=known");
        assert_eq!(class("v has no storage class"), "asked_class=fast-sdd classless_volume=v claim_repair=known");
    }

    #[test]
    fn amounts_are_added_in_one_unit() {
        assert_eq!(sum("1", "10").as_deref(), Some("11"));
        assert_eq!(sum("500m", "1500m").as_deref(), Some("2000m"));
        assert_eq!(sum("500m", "10"), None);
        assert_eq!(sum("1Gi", "18446744073709551615Gi"), None);
    }

    const POD: &str = "$ kubectl get pods -n shop
NAME                    READY   STATUS    RESTARTS      AGE
cart-79b49f5555-hk924   1/1     Running   4 (20s ago)   5m

$ kubectl get events -n shop
LAST SEEN   TYPE      REASON      OBJECT                      MESSAGE
12s         Warning   Unhealthy   pod/cart-79b49f5555-hk924   {said}

$ kubectl describe pod cart-79b49f5555-hk924 -n shop
Name:         cart-79b49f5555-hk924
Namespace:    shop
Status:       Running
Containers:
  server:
    Image:          shop/cart:v1
    Port:           7070/TCP
    State:          Running
    Ready:          True
    Restart Count:  4
    Liveness:       {liveness} delay=5s timeout=1s period=5s #success=1 #failure=3
    Readiness:      grpc <pod>:7070  delay=0s timeout=1s period=10s #success=1 #failure=3
Conditions:
  Type    Status
  Ready   True
";

    fn patches(said: &str, liveness: &str) -> Vec<String> {
        let commands = report_of(&POD.replace("{said}", said).replace("{liveness}", liveness)).mitigation;
        commands.into_iter().filter_map(|m| m.command).filter(|c| c.starts_with("kubectl patch deployment")).collect()
    }

    #[test]
    fn a_probe_that_asks_the_wrong_port_is_patched_to_the_one_that_is_served() {
        let said = "Liveness probe failed: timeout: failed to connect service \\\"10.0.0.9:7171\\\" within 1s: connection refused";
        let found = patches(said, "grpc <pod>:7171 ");
        let wanted = r#"-p '{"spec":{"template":{"spec":{"containers":[{"name":"server","livenessProbe":{"grpc":{"port":7070}}}]}}}}'"#;
        assert!(found.iter().any(|c| c.contains(wanted)), "{found:?}");
    }

    #[test]
    fn a_refused_request_names_the_least_that_its_quota_has_to_allow() {
        let r = report_of(
            "$ kubectl get deployments -n shop\nNAME   READY   UP-TO-DATE   AVAILABLE   AGE\ncart   0/1     0            0           2m\n\n\
             $ kubectl get events -n shop\nLAST SEEN   TYPE      REASON         OBJECT                       MESSAGE\n\
             12s         Warning   FailedCreate   replicaset/cart-79b49f5555   Error creating: pods \"cart-79b49f5555-x\" is forbidden: exceeded quota: shop-quota, requested: pods=2, used: pods=10, limited: pods=10\n",
        );
        let commands: Vec<String> = r.mitigation.into_iter().filter_map(|m| m.command).collect();
        assert!(commands.iter().any(|c| c.contains(r#""pods":"12""#)), "{commands:?}");
    }
}
