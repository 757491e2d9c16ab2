//! Whose failure the failing spans of an export begin with: the deepest that failed below nobody. What failed
//! from the beginning as often is no part of the trouble.

use std::collections::BTreeMap;

use crate::analyst::casebook::{Edge, Seen};
use crate::analyst::{Casebook, naming};
use crate::domain::Claim;
use crate::intake::spans::{Side, TraceSpan};

use super::super::Observation;
use super::excess::Tree;
use super::slower::Export;

/// Failing spans below which nothing is said.
const SEVERAL: usize = 3;
/// The first part of the shown time is one of so many; what fails there as often is no news.
const BEFORE: i64 = 4;

/// Where a request began to fail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// In a service's own work.
    Own(String),
    /// In a call of the first to the second, which has no failed span of its own.
    Call(String, String),
}

/// Tells whose failure it is; true where something is told.
pub(super) fn read(export: &Export<'_>, book: &mut Casebook, seen: &mut Observation) -> bool {
    let tree = &export.tree;
    let starts = || tree.all.iter().filter_map(TraceSpan::began);
    let (Some(from), Some(to)) = (starts().min(), starts().max()) else { return false };
    let early = from + (to - from) / BEFORE;
    let mut found: BTreeMap<Origin, (Vec<usize>, usize)> = BTreeMap::new();
    for (i, s) in tree.all.iter().enumerate().filter(|(_, s)| s.failed) {
        let me = tree.service(i);
        note_call(export, book, i);
        if tree.below(i).any(|(_, c)| c.failed) {
            continue;
        }
        let origin = if s.side == Side::Client {
            let below = tree.below(i).map(|(at, _)| tree.service(at)).find(|n| *n != me).map(str::to_owned);
            Origin::Call(me.to_owned(), below.unwrap_or_else(|| naming::workload(&s.peer)))
        } else {
            Origin::Own(me.to_owned())
        };
        let (all, before) = found.entry(origin).or_default();
        *before += usize::from(s.began().is_some_and(|t| t < early));
        all.push(i);
    }
    found.retain(|_, (all, before)| all.len() >= SEVERAL && *before * 10 <= all.len());
    let Some((origin, (all, _))) = found.iter().max_by_key(|(_, (all, _))| all.len()) else { return false };
    let first = all.iter().min_by_key(|i| tree.all.get(**i).and_then(TraceSpan::began)).copied();
    let at = first.and_then(|i| tree.all.get(i)?.start);
    let cited: Vec<_> = first.and_then(|i| export.cite(i)).into_iter().collect();
    seen.citations.extend(cited.iter().cloned());
    let (subject, playbook, weight, text, mechanism) = match origin {
        Origin::Own(who) => (
            who.clone(),
            "app_exception.unhandled",
            2.2,
            format!("Requests fail in {who}{}.", acquitted(tree, who, "of it")),
            format!("requests fail in it{}", acquitted(tree, who, "of its own")),
        ),
        Origin::Call(caller, callee) if naming::is_name(callee) => (
            callee.clone(),
            "dependency_unavailable.down",
            2.0,
            format!("Calls from {caller} to {callee} fail."),
            format!("calls from {caller} to it fail"),
        ),
        Origin::Call(..) => return false,
    };
    seen.text.push_str(&format!("requests begin to fail with: {subject}\n"));
    super::traces::found(book, &subject, playbook, weight, Claim::inferred(text, cited), at, mechanism);
    true
}

/// What the export shows of whom a service calls: that none of it failed, or nothing.
fn acquitted(tree: &Tree<'_>, who: &str, whose: &str) -> String {
    let calls = |i: usize| {
        let out = tree.all.get(i).is_some_and(|s| s.side == Side::Client);
        tree.service(i) == who && (out || tree.below(i).any(|(at, _)| tree.service(at) != who))
    };
    if (0..tree.all.len()).any(calls) {
        ", and no call below them is shown to fail".to_owned()
    } else {
        format!("; no call {whose} is traced")
    }
}

/// A call that failed, with whom it was to.
fn note_call(export: &Export<'_>, book: &mut Casebook, i: usize) {
    let tree = &export.tree;
    let Some(s) = tree.all.get(i).filter(|s| s.side == Side::Client) else { return };
    let (caller, below) = (tree.service(i), tree.below(i).map(|(at, _)| tree.service(at)).next());
    let callee = below.map_or_else(|| naming::workload(&s.peer), str::to_owned);
    let known = book.edges.iter().any(|e| e.failing && e.caller == caller && e.callee == callee);
    if known || callee == caller || !naming::is_name(&callee) {
        return;
    }
    if let Some(observed) = export.cite(i) {
        book.edges.push(Edge { caller: caller.to_owned(), callee, observed, failing: true, seen: Seen::Span });
    }
}
