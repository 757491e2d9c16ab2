//! A password that is rejected, beside those with which others log in as the same user at the same host. Values are
//! masked before anything is read, and equal ones bear equal masks: whether two differ can be told, what they are not.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Span;
use crate::intake::kube::{Cluster, Named};

use super::kube_notes::{Draft, Notes};
use super::kube_view::{is_short, workloads};

/// How a server rejects who logs in with a password.
static REJECTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)access denied for user|password authentication failed|WRONGPASS|login failed for user|authentication failed for user").ok()
});
/// Others that log in with one password are needed before one that differs is told.
const AGREE: usize = 3;

/// What one secret holds for a login: its parts by the ends of their keys.
struct Login<'c> {
    of: &'c Named,
    host: &'c str,
    user: &'c str,
    password: &'c str,
    at: Span,
}

fn login(named: &Named) -> Option<Login<'_>> {
    let ending = |ends: &[&str]| {
        let mut all = named.details.iter().filter(|d| {
            let key = d.key.to_ascii_uppercase();
            ends.iter().any(|end| key == *end || key.ends_with(&format!("_{end}")))
        });
        all.next().filter(|_| all.next().is_none())
    };
    let password = ending(&["PASSWORD", "PASS"])?;
    let (host, user) = (ending(&["HOST", "HOSTNAME"])?, ending(&["USER", "USERNAME"])?);
    Some(Login { of: named, host: &host.value, user: &user.value, password: &password.value, at: password.at })
}

/// Reads whose password is rejected and is not the one that the others have.
pub fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    let logins: Vec<Login<'_>> = cluster.named_of("secret").filter_map(login).collect();
    for workload in workloads(cluster).filter(|w| is_short(cluster, &w.name)) {
        let asked = |l: &&Login<'_>| workload.spec.references.iter().any(|r| r.kind == "secret" && r.name == l.of.name);
        let mut own = logins.iter().filter(asked);
        let (Some(login), None) = (own.next(), own.next()) else { continue };
        let others =
            || logins.iter().filter(|l| (l.host, l.user) == (login.host, login.user) && l.of.name != login.of.name);
        let Some(first) = others().next() else { continue };
        let agree = others().all(|l| l.password == first.password) && others().count() >= AGREE;
        if !agree || first.password == login.password {
            continue;
        }
        let logs = cluster.logs.iter().filter(|(name, _)| *name == workload.name);
        let Some(refused) = logs.into_iter().find_map(|(_, log)| rejected(notes, *log)) else { continue };
        let secret = &login.of.name;
        let text = format!(
            "the secret {secret} has another password than every other secret for the same user at the same host"
        );
        let mechanism = format!("{text}, and the server rejects it");
        notes.find(Draft::stated(
            &workload.name,
            "invalid_credentials.rejected",
            3.0,
            text,
            &[login.of.at, login.at, first.at, refused],
            mechanism,
        ));
    }
}

fn rejected(notes: &Notes<'_>, log: Span) -> Option<Span> {
    let found = REJECTED.as_ref()?.find(notes.evidence.slice(log))?;
    let text = notes.evidence.slice(log);
    let start = text.get(..found.start())?.rfind('\n').map_or(0, |n| n + 1);
    let end = text.get(found.end()..)?.find('\n').map_or(text.len(), |n| found.end() + n);
    Some(Span::new(log.source, log.start + start..log.start + end))
}

#[cfg(test)]
mod tests {

    fn statement(odd: &str) -> String {
        let secret = |name: &str, password: &str| {
            format!(
                "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}-db\nstringData:\n  DB_HOST: main-db\n  DB_USER: shop\n  DB_PASSWORD: {password}\n"
            )
        };
        let others: String = ["stock", "price", "mail"].iter().map(|n| secret(n, "Kd83jfL0sq")).collect();
        let text = format!(
            "$ kubectl get pods -n shop
NAME                    READY   STATUS             RESTARTS      AGE
cart-79b49f5555-hk924   0/1     CrashLoopBackOff   4 (20s ago)   5m

$ kubectl get deploy -n shop -o yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
  template:
    spec:
      containers:
      - name: server
        image: shop/cart:v1
        envFrom:
        - secretRef:
            name: cart-db
{others}{}
$ kubectl logs deploy/cart -n shop
2026-03-17T02:09:29.127Z ERROR Access denied for user (using password: YES)
",
            secret("cart", odd)
        );
        let text = crate::intake::secrets::redact(&text, &mut crate::intake::secrets::Masks::new([7; 32])).text;
        let report = crate::analyst::pasted::report_of(&text);
        report.hypotheses.first().map(|h| h.statement.clone()).unwrap_or_default()
    }

    #[test]
    fn a_rejected_password_that_no_other_secret_of_the_login_has_is_told_without_its_value() {
        let told = statement("Xw02mfPq7a");
        assert!(told.contains("the secret cart-db has another password than every other secret"), "{told}");
        assert!(!told.contains("Xw02") && !statement("Kd83jfL0sq").contains("another password"), "{told}");
    }
}
