//! Hypotheses: ranked, with confidence, verdict, and the evidence for and against.

use crate::app::desk::Desk;
use crate::app::row::{Places, Role, Row, Subject, claim_rows};
use crate::app::standing::{Standing, author_name, hypotheses};
use crate::domain::Verdict;
use crate::domain::report::Conclusion;
use crate::session::Session;

/// The panel's rows.
pub fn rows(session: &Session, desk: &Desk) -> Vec<Row> {
    let mut out = Vec::new();
    match session.report.as_ref().map(|r| r.outcome) {
        Some(Conclusion::NoIncident) => {
            out.push(Row::of(Role::Good, "No incident: what was given shows nothing broken now."));
        }
        Some(Conclusion::Inconclusive) => {
            out.push(Row::of(Role::Warn, "Inconclusive: the evidence does not decide. The checklist says what would."));
        }
        _ => {}
    }
    for h in hypotheses(session) {
        push(&mut out, session, desk, &h);
    }
    super::opinion::rows(&mut out, session, desk);
    if out.is_empty() {
        let text = if desk.investigating.is_some() {
            "Investigating: hypotheses come with the report."
        } else {
            "No hypotheses yet."
        };
        out.push(Row::of(Role::Dim, text));
    }
    out
}

/// `confidence` as ten cells and a number.
pub fn bar(confidence: f64) -> String {
    let full = (confidence.clamp(0.0, 1.0) * 10.0).round() as usize;
    format!("{}{} {:.2}", "█".repeat(full), "░".repeat(10 - full), confidence)
}

/// The role of a verdict.
pub fn verdict_role(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Confirmed | Verdict::Strengthened => Role::Good,
        Verdict::RuledOut => Role::Dim,
        Verdict::Weakened | Verdict::Inconclusive => Role::Warn,
        Verdict::Proposed => Role::Info,
    }
}

fn push(out: &mut Vec<Row>, session: &Session, desk: &Desk, h: &Standing<'_>) {
    let name = format!("hyp:{}", h.id);
    let open = desk.is_open(&name, h.rank == 1 && h.verdict != Verdict::RuledOut);
    let from = out.len();
    let kind = h.engine.map_or("added by a person", |e| e.fault_kind.name());
    let sort = h.engine.map(|e| format!("{:?}", e.subject_kind).to_lowercase()).unwrap_or_default();
    let mut head = Row::of(Role::Dim, if open { "▾ " } else { "▸ " })
        .bit(Role::Strong, format!("{}. {}", h.rank, h.subject))
        .bit(Role::Dim, format!(" {sort} "))
        .bit(Role::Info, format!("{kind} "))
        .hang(4)
        .folding(name);
    if let Some(e) = h.engine {
        head = head.bit(Role::Bar, bar(e.confidence)).bit(Role::Dim, " ");
    }
    out.push(head.bit(verdict_role(h.verdict), format!("[{}]", h.verdict.name())));
    let first = h.supporting().first().and_then(|c| c.citations.first()).cloned();
    out.push(Row::of(Role::Text, format!("    {}", h.statement)).hang(4).citing(first));
    for why in &h.because {
        out.push(Row::of(Role::Decision, format!("    {why}")).hang(6));
    }
    for vote in session.votes.iter().filter(|v| v.hypothesis == h.id) {
        let text = format!("    {} votes {}: {}", author_name(&vote.by), vote.verdict.name(), vote.reason);
        out.push(Row::of(Role::Info, text).hang(6));
    }
    if open {
        for (word, claims) in [("for", h.supporting()), ("against", h.against())] {
            if claims.is_empty() {
                out.push(Row::of(Role::Dim, format!("    {word}: nothing")));
            }
            for claim in claims {
                claim_rows(out, if word == "for" { "    + " } else { "    - " }, claim, Places::Quoted, session);
            }
        }
        if let Some(e) = h.engine {
            if !e.known_as.is_empty() {
                out.push(Row::of(Role::Dim, format!("    also known as: {}", e.known_as.join(", "))).hang(4));
            }
            let check =
                e.settled_by.as_ref().and_then(|id| session.report.as_ref()?.checklist.iter().find(|c| c.is(id)));
            if let Some(check) = check {
                out.push(Row::of(Role::Dim, "    settled by: ").bit(Role::Text, check.what.clone()).hang(4));
            }
        }
    }
    for row in out.iter_mut().skip(from) {
        row.subject = Subject::Hypothesis(h.id.to_owned());
    }
    out.push(Row::blank());
}
