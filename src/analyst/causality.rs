//! What the findings come to per subject, and who stands downstream of whom: shared by the tools that
//! reason about causes. An edge counts only where it was observed; equal stamps have no order.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::domain::Stamp;

use super::Casebook;
use super::casebook::{Bearing, Finding};

/// Weight below which a pair is not worth reasoning about.
pub const WORTH: f64 = 1.0;

/// The weight of each subject and playbook, largest first.
pub fn ranking(book: &Casebook) -> Vec<(String, String, f64)> {
    let mut sums: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for f in &book.findings {
        *sums.entry((&f.subject, &f.playbook)).or_default() += f.weight;
    }
    let mut all: Vec<(String, String, f64)> =
        sums.into_iter().map(|((s, p), w)| (s.to_owned(), p.to_owned(), w)).collect();
    all.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| (&a.0, &a.1).cmp(&(&b.0, &b.1))));
    all
}

/// The strongest playbook of a subject that says what is wrong with itself.
pub fn own_fault<'r>(ranking: &'r [(String, String, f64)], subject: &str) -> Option<&'r (String, String, f64)> {
    ranking.iter().find(|(s, p, w)| s == subject && *w >= WORTH && !is_second_hand(p))
}

/// True for playbooks that tell what callers see, not what is wrong.
pub fn is_second_hand(playbook: &str) -> bool {
    [
        "dependency_unavailable.timeouts",
        "dependency_unavailable.down",
        "connection_refused.",
        "crash_loop.",
        "app_exception.",
        "capacity_limit.full",
    ]
    .iter()
    .any(|p| playbook.starts_with(p))
}

/// The earliest dated finding of a subject that is not a mere change.
pub fn first_of<'b>(book: &'b Casebook, subject: &str) -> Option<(Stamp, &'b Finding)> {
    let dated = book.findings.iter().filter(|f| f.subject == subject && f.bearing != Bearing::Change && f.weight > 0.0);
    dated.filter_map(|f| Some((f.at?, f))).min_by_key(|(at, _)| at.sort_key())
}

/// True when the two are known to stand in this order, with more than a writer's jitter between.
pub fn is_before(a: &Stamp, b: &Stamp) -> bool {
    a.order(b) == Some(Ordering::Less) && b.seconds_since(a).is_some_and(|s| s > 0.005)
}

/// Everything that reaches `subject` over observed edges, nearest first.
pub fn callers_of(book: &Casebook, subject: &str) -> Vec<String> {
    let mut found: Vec<String> = vec![subject.to_owned()];
    let mut next = 0;
    while let Some(at) = found.get(next).cloned() {
        for edge in book.edges.iter().filter(|e| e.callee == at) {
            if !found.contains(&edge.caller) && found.len() < 64 {
                found.push(edge.caller.clone());
            }
        }
        next += 1;
    }
    found.remove(0);
    found
}
