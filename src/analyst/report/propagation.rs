//! The propagation path: edges on which a line reports a failure, and nothing else.

use super::material::Material;
use super::services::is_nobody;
use super::told_calls::{between, failing_calls, is_passed_on};
use crate::analyst::casebook::{Edge, Seen};
use crate::analyst::tools::kube_view::{address_of, is_short, workloads};
use crate::analyst::tools::texts::about::by_port;
use crate::analyst::{Casebook, naming};
use crate::domain::report::{FirstCause, Propagation};
use crate::domain::{Claim, Hypothesis, SubjectKind};

/// Workloads without their pods that are asked for.
const SHORT: usize = 8;
/// Edges at most; a longer list is a topology, not a path.
const MOST: usize = 24;

/// Observed failing edges, from the one that failed to the one that felt it.
pub fn propagation(m: &Material<'_>) -> Vec<Propagation> {
    let mut out: Vec<Propagation> = Vec::new();
    let told: Vec<Edge> =
        callees(m.book, m.top()).iter().flat_map(|name| failing_calls(m.evidence, m.book, name)).collect();
    let observed = m.book.edges.iter().filter(|e| e.failing && e.caller != e.callee && is_named(m, e));
    for edge in observed.chain(&told).filter(|e| !is_nobody(m.book, &e.callee)) {
        for step in steps(m, edge) {
            let known = out.iter().any(|p| p.from == step.from && p.to == step.to);
            if out.len() < MOST && !known {
                out.push(step);
            }
        }
    }
    // what hangs on a node comes before what calls it
    let mut all: Vec<Propagation> = Vec::new();
    for step in super::placed::steps(m).into_iter().chain(waits(m)).chain(out).take(MOST) {
        if !all.iter().any(|p| p.from == step.from && p.to == step.to) {
            all.push(step);
        }
    }
    all
}

/// Who waits with what leads, as the traces show it.
pub fn waits(m: &Material<'_>) -> Vec<Propagation> {
    let Some(top) = m.top() else { return Vec::new() };
    let of = m.book.waits.iter().filter(|w| w.subject == top.subject);
    of.map(|w| Propagation { from: w.from.clone(), to: w.to.clone(), observed: w.claim.clone() }).collect()
}

/// The path without what failed before patient zero and does not touch what leads: it came from elsewhere.
pub fn from_there(m: &Material<'_>, path: Vec<Propagation>, first: Option<&FirstCause>) -> Vec<Propagation> {
    let (Some(first), Some(top)) = (first, m.top()) else { return path };
    let touches = |p: &Propagation| [&p.from, &p.to].iter().any(|n| n.eq_ignore_ascii_case(&top.subject));
    let sooner = |p: &Propagation| {
        let told = p.observed.citations.iter().filter_map(|c| m.line(c)?.stamp);
        told.filter_map(|at| at.seconds_since(&first.at)).any(|s| s < 0.0)
    };
    path.into_iter().filter(|p| touches(p) || !sooner(p)).collect()
}

/// What leads, and what it is told by where it is a quota or a scheduler, which nobody calls: the workloads without
/// their pods, and those whose service is not there.
pub fn callees<'b>(book: &'b Casebook, top: Option<&'b Hypothesis>) -> Vec<&'b str> {
    let Some(h) = top else { return Vec::new() };
    let cluster = &book.cluster;
    if !matches!(h.subject_kind, SubjectKind::Node | SubjectKind::Namespace) {
        return vec![h.subject.as_str()];
    }
    let told = |name: &str| h.supporting.iter().any(|c| naming::mentions(&c.text, name));
    let short = workloads(cluster).map(|w| w.name.as_str()).filter(|name| is_short(cluster, name));
    // a manifest wants the service, and the list of services is without it
    let listed = cluster.services.iter().any(|s| s.live);
    let there = |name: &str| cluster.services.iter().any(|s| s.live && s.name == name);
    let wanted = cluster.services.iter().map(|s| s.name.as_str()).filter(|name| listed && !there(name));
    let mut out = vec![h.subject.as_str()];
    for name in short.chain(wanted).filter(|name| told(name)) {
        if out.len() <= SHORT && !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

/// One edge, or two where the caller passes on what the one between them told it.
fn steps(m: &Material<'_>, edge: &Edge) -> Vec<Propagation> {
    let step = |from: &str, to: &str, text: String, at: Vec<_>| Propagation {
        from: from.to_owned(),
        to: to.to_owned(),
        observed: Claim::inferred(text, at),
    };
    let (caller, callee, at) = (&edge.caller, &edge.callee, &edge.observed);
    let text = line_at(m, edge);
    // a line that gives only an address is read beside the one that says whose it is
    let named = text.to_lowercase().contains(&callee.to_lowercase());
    let whose = address_of(&m.book.cluster, text).filter(|(name, _)| !named && name == callee);
    let whose = whose.map(|(_, place)| m.evidence.cite(place));
    match between(m.book, text, caller, callee) {
        None => {
            let cited = std::iter::once(at.clone()).chain(whose).collect();
            let text = match edge.seen {
                Seen::Span => edge.told().text,
                Seen::Log | Seen::Settings if is_passed_on(text) => format!(
                    "{caller} passes on a failure on the way to {callee}; whose call it was, its line does not say."
                ),
                Seen::Log | Seen::Settings => format!("{caller} reports a failure on its way to {callee}."),
            };
            vec![step(callee, caller, text, cited)]
        }
        Some(call) => {
            let middle = &call.callee;
            let far = format!("{caller} passes on that {middle}, which it calls, can't reach {callee}.");
            let near = format!("{caller} reports a failure on its way to {middle}.");
            let both = vec![at.clone(), call.observed.clone()];
            let with_address = both.iter().cloned().chain(whose).collect();
            vec![step(callee, middle, far, with_address), step(middle, caller, near, both)]
        }
    }
}

/// The line that an edge was observed on.
fn line_at<'m>(m: &Material<'m>, edge: &Edge) -> &'m str {
    let at = &edge.observed;
    let reading = m.evidence.readings.get(at.source.0 as usize);
    let line = reading.and_then(|r| r.lines.get((at.line as usize).saturating_sub(1)));
    line.map_or("", |l| m.evidence.text(at.source).get(l.range()).unwrap_or(""))
}

/// True when the cited line names the one and comes from or names the other, or gives its address: an edge to
/// a thing that only something else calls by that name was not observed.
fn is_named(m: &Material<'_>, edge: &Edge) -> bool {
    let at = &edge.observed;
    let reading = m.evidence.readings.get(at.source.0 as usize);
    let line = reading.and_then(|r| r.lines.get((at.line as usize).saturating_sub(1)));
    let whole = line_at(m, edge);
    let text = whole.to_lowercase();
    let writer = line.and_then(|l| l.service.as_deref()).unwrap_or("");
    let dialled = by_port(m.book, whole);
    let given = |name: &String| {
        dialled.as_ref() == Some(name) || address_of(&m.book.cluster, whole).is_some_and(|(whose, _)| whose == name)
    };
    [&edge.caller, &edge.callee]
        .iter()
        .all(|n| text.contains(&n.to_lowercase()) || writer.eq_ignore_ascii_case(n) || given(n))
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    const PASTE: &str = r#"$ kubectl get pods -n shop -o wide
NAME                     READY   STATUS             RESTARTS   AGE   IP            NODE
stock-6b8f9c7d5-x7k2p    0/1     ImagePullBackOff   0          70s   10.1.2.3      worker-1
front-5c9d8b7f6-b4z9q    1/1     Running            0          73s   10.1.2.4      worker-1

$ kubectl get services -n shop -o wide
NAME    TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)    AGE   SELECTOR
stock   ClusterIP   10.68.23.12    <none>        9555/TCP   73s   app=stock
front   ClusterIP   10.68.23.13    <none>        80/TCP     73s   app=front

$ kubectl describe pod stock-6b8f9c7d5-x7k2p -n shop
Name:             stock-6b8f9c7d5-x7k2p
Namespace:        shop
Events:
  Type     Reason   Age   From     Message
  ----     ------   ----  ----     -------
  Warning  Failed   61s   kubelet  Failed to pull image "shop.example/stock:v9": rpc error: code = NotFound desc = failed to resolve reference "shop.example/stock:v9": shop.example/stock:v9: not found

$ kubectl logs deploy/front -n shop --tail=40
{"error":"no goods: rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp 10.68.23.12:9555: connect: connection refused\"","message":"request error","severity":"error","timestamp":"2026-02-03T11:01:51.366225448Z"}
"#;

    #[test]
    fn a_caller_s_line_that_gives_only_the_address_shows_who_felt_it() {
        let r = report_of(PASTE);
        let path: Vec<(&str, &str)> = r.propagation.iter().map(|p| (p.from.as_str(), p.to.as_str())).collect();
        assert_eq!(path, [("stock", "front")]);
        let lines: Vec<u32> = r.propagation[0].observed.citations.iter().map(|c| c.line).collect();
        assert_eq!(lines, [20, 8], "the line that says whose address it is stands beside it");
        assert_eq!(r.propagation[0].observed.support, crate::domain::Support::Inferred);
    }

    #[test]
    fn a_failure_that_another_answered_with_is_no_call_of_the_one_that_passes_it_on() {
        let told = |paste: &str| {
            let r = report_of(paste);
            r.propagation.into_iter().map(|p| p.observed.text).collect::<Vec<_>>()
        };
        let through = PASTE.replace(
            "no goods: rpc error: code",
            "no goods: rpc error: code = Internal desc = no price: rpc error: code",
        );
        let said = "front passes on a failure on the way to stock; whose call it was, its line does not say.";
        assert_eq!(told(&through), [said]);
        assert_eq!(told(PASTE), ["front reports a failure on its way to stock."]);
    }

    #[test]
    fn a_row_tells_the_error_and_whose_log_it_stands_in_and_once() {
        let r = report_of(PASTE);
        let rows: Vec<_> = r.timeline.iter().filter(|row| row.at.to_string().contains("11:01:51")).collect();
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(rows[0].service.as_deref(), Some("front"));
        assert!(rows[0].what.text.starts_with("request error: no goods: rpc error"), "{rows:?}");
    }

    #[test]
    fn who_looks_up_a_service_that_a_quota_kept_from_being_made_is_hit() {
        let r = report_of(
            r#"$ kubectl get pods -n shop -o wide
NAME                     READY   STATUS    RESTARTS   AGE   IP            NODE
stock-6b8f9c7d5-x7k2p    1/1     Running   0          95s   10.1.2.3      worker-1
front-5c9d8b7f6-b4z9q    1/1     Running   0          95s   10.1.2.4      worker-1

$ kubectl get services -n shop -o wide
NAME    TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)    AGE   SELECTOR
front   ClusterIP   10.68.23.13    <none>        80/TCP     93s   app=front

$ kubectl describe quota -n shop
Name:       svc-quota
Namespace:  shop
Resource    Used  Hard
--------    ----  ----
services    1     1

$ cat shop.yaml
apiVersion: v1
kind: Service
metadata:
  name: stock
  namespace: shop
spec:
  selector:
    app: stock
  ports:
  - port: 9555
---
apiVersion: v1
kind: Service
metadata:
  name: front
  namespace: shop
spec:
  selector:
    app: front
  ports:
  - port: 80

$ kubectl logs deploy/front -n shop --tail=40
{"message":"started","severity":"info","timestamp":"2026-02-03T11:00:31.366225448Z"}
{"error":"no goods: rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp: lookup stock on 169.254.20.10:53: no such host\"","message":"request error","severity":"error","timestamp":"2026-02-03T11:01:51.366225448Z"}
"#,
        );
        assert_eq!(r.hypotheses[0].playbook, "quota_exceeded.services");
        let path: Vec<(&str, &str)> = r.propagation.iter().map(|p| (p.from.as_str(), p.to.as_str())).collect();
        assert_eq!(path, [("stock", "front")]);
        assert!(r.timeline.iter().any(|row| row.what.text.contains("lookup stock")), "{:?}", r.timeline);
    }

    #[test]
    fn a_name_of_a_service_that_is_there_was_not_known_when_it_was_made() {
        let early = r#"{"error":"no goods: rpc error: code = Unavailable desc = dial tcp: lookup stock on 169.254.20.10:53: no such host","message":"request error","severity":"error","timestamp":"2026-02-03T11:00:31.366225448Z"}"#;
        let r = report_of(&format!("{PASTE}{early}\n"));
        assert_eq!(r.hypotheses[0].subject, "stock");
        let cited: Vec<u32> = r.hypotheses[0].supporting.iter().flat_map(|c| &c.citations).map(|c| c.line).collect();
        assert!(!cited.contains(&21), "{cited:?}");
    }

    const SOONER: &str = "\
2026-03-01T10:00:10Z INFO orders-svc: started
2026-03-01T10:01:00Z ERROR search-svc: call to http://index-svc:8080/q failed: connection refused
2026-03-01T10:04:50Z ERROR web-svc: call to http://orders-svc:8080/list failed: connection reset by peer
2026-03-01T10:05:00Z FATAL orders-svc: java.lang.OutOfMemoryError: Java heap space
2026-03-01T10:05:01Z ERROR orders-svc: java.lang.OutOfMemoryError: Java heap space
";

    #[test]
    fn what_leads_was_first_where_a_call_to_it_failed_and_what_failed_before_elsewhere_is_no_path_of_it() {
        let r = report_of(SOONER);
        assert_eq!(r.hypotheses[0].subject, "orders-svc");
        assert_eq!(r.first_cause.map(|f| f.at.to_string()).as_deref(), Some("2026-03-01T10:04:50Z"));
        let path: Vec<(&str, &str)> = r.propagation.iter().map(|p| (p.from.as_str(), p.to.as_str())).collect();
        assert_eq!(path, [("orders-svc", "web-svc")]);
    }

    const DIALLED: &str = "\
[pod/presence-redis-0/redis] 2026-02-21T20:05:50.000000000Z 1:signal-handler (1771704350) Received SIGTERM scheduling shutdown...
[pod/presence-b466b8465-wvdqm/presence] 2026-02-21T20:06:17.709703000Z E redis SETEX: dial tcp 10.43.118.7:6379: connect: connection refused
[pod/lobby-47dcd4cbd-qtvdt/lobby] 2026-02-21T20:06:17.711808000Z E client presence touch failed: dial tcp 10.43.118.7:6379: connect: connection refused
";

    #[test]
    fn a_refused_address_leads_to_the_store_of_its_port_and_a_caller_passes_on_what_it_was_told() {
        let r = report_of(DIALLED);
        let path: Vec<(&str, &str)> = r.propagation.iter().map(|p| (p.from.as_str(), p.to.as_str())).collect();
        assert_eq!(path, [("presence-redis", "presence"), ("presence", "lobby")]);
        assert!(r.hypotheses.iter().all(|h| h.subject == "presence-redis"), "{:?}", r.hypotheses);
    }

    const THROUGH: &str = r#"$ kubectl get services -n shop -o wide
NAME    TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)    AGE   SELECTOR
stock   ClusterIP   10.68.23.12    <none>        9555/TCP   73s   application=stock
till    ClusterIP   10.68.23.13    <none>        5050/TCP   73s   app=till
front   ClusterIP   10.68.23.14    <none>        80/TCP     73s   app=front

$ kubectl get endpoints -n shop
NAME    ENDPOINTS          AGE
stock   <none>             73s
till    10.1.2.8:5050      73s
front   10.1.2.4:8080      73s

$ kubectl get pods -n shop --show-labels
NAME                     READY   STATUS    RESTARTS   AGE   LABELS
stock-6b8f9c7d5-x7k2p    1/1     Running   0          70s   app=stock
till-7d9f8c6b5d-2xkqp    1/1     Running   0          70s   app=till
front-5c9d8b7f6-b4z9q    1/1     Running   0          73s   app=front

$ kubectl get deployments -n shop -o yaml
apiVersion: v1
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: till
    namespace: shop
  spec:
    template:
      spec:
        containers:
        - name: server
          env:
          - name: STOCK_SERVICE_ADDR
            value: stock:9555
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: front
    namespace: shop
  spec:
    template:
      spec:
        containers:
        - name: server
          env:
          - name: TILL_SERVICE_ADDR
            value: till:5050
kind: List

$ kubectl logs deploy/front -n shop --tail=40
{"message":"started","severity":"info","timestamp":"2026-02-03T11:00:31.366225448Z"}
{"error":"failed to complete the order: rpc error: code = Internal desc = failed to reserve: rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp 10.68.23.12:9555: connect: connection refused\"","message":"request error","severity":"error","timestamp":"2026-02-03T11:01:51.366225448Z"}
"#;

    #[test]
    fn an_error_within_another_goes_through_the_one_that_is_set_up_to_make_the_call() {
        let r = report_of(THROUGH);
        assert_eq!(r.hypotheses[0].subject, "stock");
        let path: Vec<(&str, &str)> = r.propagation.iter().map(|p| (p.from.as_str(), p.to.as_str())).collect();
        assert_eq!(path, [("stock", "till"), ("till", "front")], "{:?}", r.services);
    }
}
