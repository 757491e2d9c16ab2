//! The last gate of a model's report: its postmortem page is linted as a person's would be. What is
//! found is marked on the page and named in the notices.

use crate::analyst::agent::accept::{attach, marked};
use crate::analyst::grounding::Finding;
use crate::domain::{Evidence, Report};
use crate::export::lint;

/// Lints the page, where there is one.
pub fn page(report: &mut Report, evidence: &Evidence) {
    let page = std::mem::take(&mut report.postmortem.markdown);
    if page.trim().is_empty() {
        return;
    }
    let found: Vec<Finding> = lint::lint(&page, Some(evidence))
        .into_iter()
        .map(|l| Finding { path: format!("line {}", l.line), rule: l.rule, what: l.reason, fix: l.fix })
        .collect();
    report.postmortem.markdown = marked(&page, &found);
    let named: Vec<Finding> =
        found.into_iter().map(|f| Finding { path: format!("postmortem {}", f.path), ..f }).collect();
    attach(report, &named);
}
