//! A dependency that is told as away, and whose pods the newest list shows ready: that is told against it, and that it
//! was away, not that it is. Whether its callers found it again, a list of pods does not show.

use crate::domain::{Claim, Evidence, Hypothesis};
use crate::intake::kube::{Cluster, Pod};

/// How a playbook's statement says that a dependency is away, and how it is said of one that is there again.
const AWAY: (&str, &str) =
    (" is not available to the services that need it", " was not available to the services that need it");

/// Tells what the list shows.
pub fn tell(h: &mut Hypothesis, evidence: &Evidence, cluster: &Cluster) {
    if !h.statement.contains(AWAY.0) {
        return;
    }
    let listed = || cluster.pods_of(&h.subject).filter(|p| p.ready.is_some() && p.status.is_some());
    // one that was started anew just now may have been away for that
    let there = |p: &Pod| p.is_well() && !crate::analyst::tools::kube_view::in_trouble(p);
    let Some(first) = listed().next().filter(|_| listed().all(there)) else { return };
    let (Some((up, all)), Some(status)) = (first.ready, first.status.as_ref()) else { return };
    let text = format!("the list shows {} ready: {up}/{all}, {}", first.name, status.text);
    h.against.push(Claim::quoted(text, vec![evidence.cite(first.at)]));
    h.statement = h.statement.replacen(AWAY.0, AWAY.1, 1);
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    fn paste(store: &str) -> String {
        format!(
            "$ kubectl get pods -n shop\n\
             NAME                       READY   STATUS    RESTARTS   AGE\n\
             stock-6b8f9c7d5-x7k2p      1/1     Running   0          9h\n\
             stock-db-7d9f8c6b5d-2xkqp  {store}\n\n\
             $ kubectl logs deploy/stock -n shop\n\
             2026-05-06T06:30:34Z ERROR stock: Unable to connect to Database stock-db:3306\n\
             2026-05-06T06:31:00Z INFO stock: health ok\n"
        )
    }

    #[test]
    fn a_store_that_the_list_shows_ready_was_away_and_is_not() {
        let report = report_of(&paste("1/1     Running   0          9h"));
        let top = report.hypotheses.first().expect("one hypothesis");
        assert!(top.statement.contains("stock-db was not available"), "{}", top.statement);
        let against: Vec<&str> = top.against.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(against, ["the list shows stock-db-7d9f8c6b5d-2xkqp ready: 1/1, Running"]);
        let away = report_of(&paste("0/1     Pending   0          9h"));
        assert!(!away.hypotheses.iter().any(|h| h.statement.contains("was not available")));
    }
}
