//! Second opinions in documents: what each model came to, with its marks, and where engines disagree.

use crate::domain::{Report, Support};
use crate::session::Session;

use super::labels::Labels;
use super::sections;
use crate::analyst::report::markdown::escape;

/// Where two reports on the same evidence disagree, and what would decide. Nothing where they agree.
pub fn disagreements(ours: &Report, theirs: &Report) -> Vec<String> {
    let mut out = Vec::new();
    let name = &theirs.engine.name;
    if ours.outcome != theirs.outcome {
        let word = |r: &Report| format!("{:?}", r.outcome).to_lowercase();
        out.push(format!("The engines disagree: embedded says {}, {name} says {}.", word(ours), word(theirs)));
    }
    let (Some(a), Some(b)) = (ours.hypotheses.first(), theirs.hypotheses.first()) else { return out };
    if a.subject.eq_ignore_ascii_case(&b.subject) && a.fault_kind == b.fault_kind {
        if out.is_empty() {
            out.push(format!("The engines agree: {}, {}.", a.subject, a.fault_kind.name()));
        }
        return out;
    }
    out.push(format!(
        "The engines disagree: embedded has {} ({}, {:.2}) first, {name} has {} ({}, {:.2}).",
        a.subject,
        a.fault_kind.name(),
        a.confidence,
        b.subject,
        b.fault_kind.name(),
        b.confidence
    ));
    let settles = |r: &Report, id: &str| {
        let by_id = r.checklist.iter().find(|c| c.hypotheses.iter().any(|h| h == id));
        by_id.or_else(|| r.checklist.first()).map(|c| (c.what.clone(), c.command.clone()))
    };
    for (who, check) in [("embedded", settles(ours, &a.id)), (name.as_str(), settles(theirs, &b.id))] {
        if let Some((what, command)) = check {
            let command = command.map(|c| format!(" `{c}`")).unwrap_or_default();
            out.push(format!("What would decide ({who}): {what}{command}"));
        }
    }
    out
}

/// The opinions of a session as Markdown sections; empty where no model was asked.
pub fn markdown(session: &Session) -> String {
    let mut out = String::new();
    for theirs in &session.opinions {
        let model = theirs.engine.model.as_deref().unwrap_or("");
        out.push_str(&format!("\n# Second opinion: {} {}\n\n", escape(&theirs.engine.name), escape(model)));
        if let Some(ours) = &session.report {
            for line in disagreements(ours, theirs) {
                out.push_str(&format!("- {}\n", escape(&line)));
            }
        }
        let labels = Labels::of_report(theirs);
        for section in sections::ALL {
            section(theirs, &labels, &mut out);
        }
        sections::notices(theirs, &[], &labels, &mut out);
        sections::engine(theirs, &labels, &mut out);
    }
    out
}

/// How many claims of a report nothing supports.
pub fn unsupported(report: &Report) -> usize {
    let claims = report.hypotheses.iter().flat_map(|h| h.supporting.iter().chain(&h.against));
    claims
        .chain([&report.summary])
        .chain(&report.customer_impact)
        .chain(&report.severity.because)
        .filter(|c| c.support == Support::Unsupported)
        .count()
}
