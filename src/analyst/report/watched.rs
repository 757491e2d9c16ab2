//! What was watched: how the listed monitors stand, and a test that was made after the change and passed. What
//! stands there is told; it is not suggested as new, and what passed is not said to have been able to stop it.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

use super::material::Material;
use crate::domain::pattern::compile_any_case;
use crate::domain::report::{Conclusion, TimelineRow, Why};
use crate::domain::{Citation, Claim};
use crate::intake::monitors::{Monitor, Stand, monitors};

/// Monitors that one sentence names at most.
const MOST: usize = 3;

/// What somebody who waits for an answer would meet.
static FELT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile_any_case(r"\berror[ _-]?rates?\b|\berrors\b|\b5xx\b|\blatency\b|\bp\d\d\b|\bresponse|\bavailab|\bsuccess|\bslo\b|\bapdex\b|\buser|\bfunnel\b|\brequest duration\b").ok()
});
/// What happens inside, whatever it counts.
static WITHIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile_any_case(
        r"\bcontainer|\bpods?\b|\brestart|\bexit|\bdisk|\bcpu\b|\bmemory\b|\breplica|\bnodes?\b|\bjob|\bbackup",
    )
    .ok()
});
/// A test, and that all was well in it.
static PASSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile_any_case(r"\b(?:tests?|testing|smoke ?tests?|checks?|health ?checks?|verification|canary)\b[^.;]{0,40}\b(?:fine|pass(?:ed|es)?|green|succeed(?:ed|s)?|ok|okay|clean|healthy|good)\b").ok()
});
static NOTICED_BY: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile_any_case(r"\b(?:alerts?|alarms?|paged|pager\w*|pingdom|monitor(?:s|ing)?)\b").ok());

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|r| r.is_match(text))
}

/// The monitors that bear on what leads, or on what was asked about.
pub fn of_lead(m: &Material<'_>) -> Vec<Monitor> {
    let scope = m.book.scope(m.evidence);
    let subject = m.top().map(|h| h.subject.to_lowercase());
    // a quota is its namespace's
    let within = |p: &crate::intake::kube::Pod| p.namespace.as_ref().map(|n| format!("namespace:{n}"));
    let space = m.top().and_then(|h| m.book.cluster.pods_of(&h.subject).find_map(within));
    let names: Vec<String> =
        subject.into_iter().chain(scope.first_focus().map(str::to_lowercase)).chain(space).collect();
    let bears = |w: &Monitor| {
        let text = format!("{} {}", w.name, w.query).to_lowercase();
        names.iter().any(|n| !n.is_empty() && text.contains(n.as_str()))
    };
    monitors(m.evidence).into_iter().filter(bears).collect()
}

fn names(all: &[&Monitor]) -> String {
    let told: Vec<String> = all.iter().take(MOST).map(|w| format!("“{}”", w.name)).collect();
    super::wording::list(&told)
}

fn cite(m: &Material<'_>, all: &[&Monitor]) -> Vec<Citation> {
    all.iter().take(MOST).flat_map(|w| w.at).map(|at| m.evidence.cite(at)).collect()
}

/// How the monitors of what users meet stand.
pub fn felt(m: &Material<'_>) -> Vec<Claim> {
    if m.outcome == Conclusion::NoIncident {
        return Vec::new();
    }
    let all = of_lead(m);
    let felt: Vec<&Monitor> = all.iter().filter(|w| is(&FELT, &w.name) && !is(&WITHIN, &w.name)).collect();
    let of = |stand: Stand| felt.iter().copied().filter(|w| w.stand == stand).collect::<Vec<_>>();
    let (well, alerting) = (of(Stand::Well), of(Stand::Alerting));
    if !alerting.is_empty() {
        let text = format!("In alert, of what users meet: {}.", names(&alerting));
        return vec![Claim::quoted(text, cite(m, &alerting))];
    }
    if well.is_empty() || well.len() < felt.len() {
        return Vec::new();
    }
    let text = format!("As far as the monitors show, users are not hit: {} not in alert.", is_or_are(&well));
    vec![Claim::inferred(text, cite(m, &well))]
}

fn is_or_are(all: &[&Monitor]) -> String {
    format!("{} {}", names(all), if all.len() == 1 { "is" } else { "are" })
}

/// Which pods of what leads are ready all the same.
pub fn still_ready(m: &Material<'_>) -> Option<Claim> {
    let scope = m.book.scope(m.evidence);
    let top = m.top()?;
    let of = |name: &str| m.book.cluster.pods_of(name).count() > 1;
    let name = std::iter::once(top.subject.as_str()).chain(scope.first_focus()).find(|n| of(n))?;
    let is_ready = |p: &&crate::intake::kube::Pod| p.ready.is_some_and(|(up, all)| up == all && all > 0);
    let all: Vec<_> = m.book.cluster.pods_of(name).filter(|p| p.ready.is_some()).collect();
    let (ready, not): (Vec<_>, Vec<_>) = all.into_iter().partition(is_ready);
    if ready.is_empty() || not.is_empty() {
        return None;
    }
    let list = |pods: &[&crate::intake::kube::Pod]| {
        let mut names: Vec<String> = pods.iter().take(MOST).map(|p| p.name.clone()).collect();
        if pods.len() > MOST {
            names.push("others".to_owned());
        }
        super::wording::list(&names)
    };
    let text = format!("Still ready of {name}: {}; not ready: {}.", list(&ready), list(&not));
    let cited = ready.iter().take(MOST).chain(not.iter().take(MOST)).map(|p| m.evidence.cite(p.at)).collect();
    Some(Claim::inferred(text, cited))
}

/// A test that somebody noted as passed after the first cause and before anybody noticed.
pub fn passed_test<'m>(m: &'m Material<'_>) -> Option<&'m TimelineRow> {
    let (noticed, _) = m.detected.as_ref()?;
    let changed = m.rows.iter().find(|r| r.kind == crate::domain::report::RowKind::Change)?;
    let between = |r: &&TimelineRow| {
        r.at.order(&changed.at) == Some(Ordering::Greater) && r.at.order(noticed) == Some(Ordering::Less)
    };
    m.rows.iter().filter(between).find(|r| is(&PASSED, &r.what.text) && !r.what.citations.is_empty())
}

/// True where the first notice came from something that watches.
pub fn was_watched(notice: &Claim) -> bool {
    is(&NOTICED_BY, &notice.text)
}

/// Which safeguard should have stopped it: what is known to stand there.
pub fn guard(m: &Material<'_>) -> Option<Claim> {
    if let Some(row) = passed_test(m) {
        let said = row.what.text.trim_matches(['“', '”', '.', ' ']);
        let text = format!("A test was made after the change, and passed: “{said}”.");
        return Some(Claim::quoted(text, row.what.citations.clone()));
    }
    let all = of_lead(m);
    let alerting: Vec<&Monitor> = all.iter().filter(|w| w.stand == Stand::Alerting).collect();
    if alerting.is_empty() {
        return None;
    }
    let text =
        format!("What watches for it stands in alert: {}; none that would have stopped it is named.", names(&alerting));
    Some(Claim::inferred(text, cite(m, &alerting)))
}

/// The answer to the last why.
pub fn answered(m: &Material<'_>, why: Why) -> Why {
    match guard(m) {
        Some(answer) => Why { answer, ..why },
        None => why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_passed_is_known_from_one_that_did_not() {
        assert!(is(&PASSED, "Functional tests indicates all fine, and this is reported"));
        assert!(is(&PASSED, "smoke tests passed") && is(&PASSED, "the canary is green"));
        assert!(is(&NOTICED_BY, "CloudWatch alert detects 5xx") && !is(&NOTICED_BY, "End-users alerted us"));
        assert!(!is(&PASSED, "tests failed on staging") && !is(&PASSED, "everything looks fine"));
    }

    #[test]
    fn what_users_meet_is_told_from_what_happens_within() {
        let felt = |name: &str| is(&FELT, name) && !is(&WITHIN, name);
        assert!(felt("cart error rate") && felt("[cart] API latency p95") && felt("checkout availability SLO"));
        assert!(!felt("cart pod restart rate") && !felt("container exit errors") && !felt("quota usage"));
    }
}
