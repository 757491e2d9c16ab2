//! The sections of the report as Markdown, one function each, in the order they are read.

use crate::analyst::report::markdown::{code, escape, mark, marked, place};
use crate::analyst::report::wording::{duration, time};
use crate::domain::report::{Conclusion, Health};
use crate::domain::{Claim, Notice, Report, Step};

/// A section: writes itself, or nothing.
pub type Section = fn(&Report, &mut String);

/// Every section, in order.
pub const ALL: &[Section] = &[
    summary, severity, hypotheses, checklist, mitigation, impact, services, timeline, forensic, whys, follow_ups,
    evidence, postmortem,
];

fn heading(out: &mut String, text: &str) {
    out.push_str(&format!("\n## {text}\n\n"));
}

fn items<'c>(out: &mut String, claims: impl IntoIterator<Item = &'c Claim>) {
    for claim in claims {
        out.push_str(&format!("- {}\n", marked(claim)));
    }
}

fn summary(r: &Report, out: &mut String) {
    let outcome = match r.outcome {
        Conclusion::Incident => "incident",
        Conclusion::NoIncident => "no incident",
        Conclusion::Inconclusive => "inconclusive",
    };
    out.push_str(&format!("# {}\n\nOutcome: {outcome}.\n", escape(&r.title)));
    heading(out, "Summary");
    out.push_str(&format!("{}\n", marked(&r.summary)));
}

fn severity(r: &Report, out: &mut String) {
    let s = &r.severity;
    heading(out, "Severity");
    let level = s.level.map_or("undecided", |l| l.name());
    out.push_str(&format!("{level} by policy {}: {}\n\n", escape(&s.policy), escape(&s.rule)));
    items(out, &s.because);
    for unknown in &s.unknown {
        out.push_str(&format!("- not known: {}\n", escape(unknown)));
    }
    for change in &s.would_change {
        out.push_str(&format!("- would change it: {}\n", escape(change)));
    }
}

fn hypotheses(r: &Report, out: &mut String) {
    heading(out, "Hypotheses");
    if r.hypotheses.is_empty() {
        out.push_str("None: the evidence names no cause.\n");
    }
    for h in &r.hypotheses {
        out.push_str(&format!("### {}. {}\n\n", h.rank, escape(&h.statement)));
        let known = if h.known_as.is_empty() { String::new() } else { format!("; known as {}", h.known_as.join(", ")) };
        out.push_str(&format!(
            "{} ({}), {}, {}. Confidence {:.2}{}.\n\n",
            escape(&h.subject),
            json_name(&h.subject_kind),
            escape(&h.playbook),
            h.verdict.name(),
            h.confidence,
            escape(&known)
        ));
        for (title, claims) in [("For", &h.supporting), ("Against", &h.against)] {
            if !claims.is_empty() {
                out.push_str(&format!("{title}:\n\n"));
                items(out, claims);
                out.push('\n');
            }
        }
        if let Some(check) = &h.settled_by {
            out.push_str(&format!("Settled by {}.\n\n", code(check)));
        }
    }
}

/// The name a value has in the contract.
fn json_name(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn checklist(r: &Report, out: &mut String) {
    heading(out, "Checklist");
    if r.checklist.is_empty() {
        out.push_str("No checks.\n");
    }
    for (i, c) in r.checklist.iter().enumerate() {
        let ranks: Vec<String> = c.settles.iter().map(u32::to_string).collect();
        out.push_str(&format!("{}. {} Settles {}.\n", i + 1, escape(&c.what), ranks.join(" and ")));
        if let Some(command) = &c.command {
            out.push_str(&format!("   - {} ({})\n", code(command), c.label.name()));
        }
        out.push_str(&format!("   - Expected: {}\n", escape(&c.expect)));
        for blank in &c.blanks {
            out.push_str(&format!("   - To fill: {}\n", escape(blank)));
        }
        for note in &c.notes {
            out.push_str(&format!("   - Note: {}\n", escape(note)));
        }
    }
}

fn mitigation(r: &Report, out: &mut String) {
    heading(out, "Mitigation plan");
    out.push_str("Suggestions; nothing here was done.\n\n");
    for (i, m) in r.mitigation.iter().enumerate() {
        out.push_str(&format!("{}. {}\n", i + 1, escape(&m.action)));
        if let Some(command) = &m.command {
            out.push_str(&format!("   - {} ({})\n", code(command), m.label.name()));
        }
        for blank in &m.blanks {
            out.push_str(&format!("   - To fill: {}\n", escape(blank)));
        }
        for note in &m.notes {
            out.push_str(&format!("   - Note: {}\n", escape(note)));
        }
        out.push_str(&format!("   - Risk: {}\n   - Rollback: {}\n", escape(&m.risk), escape(&m.rollback)));
        if let Some(effect) = &m.effect {
            out.push_str(&format!("   - Effect: {}\n", marked(effect)));
        }
    }
}

fn impact(r: &Report, out: &mut String) {
    heading(out, "Customer impact");
    items(out, &r.customer_impact);
}

fn services(r: &Report, out: &mut String) {
    heading(out, "Affected services");
    if r.services.is_empty() {
        out.push_str("The evidence names no service.\n");
        return;
    }
    out.push_str("| service | role | health | impact |\n| --- | --- | --- | --- |\n");
    for s in &r.services {
        let health = match s.health {
            Health::Healthy => "healthy",
            Health::Degraded => "degraded",
            Health::Down => "down",
            Health::Unknown => "unknown",
        };
        let (role, impact) = (s.role.as_deref().unwrap_or(""), s.impact.as_ref().map(marked).unwrap_or_default());
        out.push_str(&format!("| {} | {} | {health} | {impact} |\n", escape(&s.name), escape(role)));
    }
}

fn timeline(r: &Report, out: &mut String) {
    heading(out, "Timeline");
    if r.timeline.is_empty() {
        out.push_str("Nothing in the evidence carries a time.\n");
        return;
    }
    out.push_str("| time | kind | service | what | support |\n| --- | --- | --- | --- | --- |\n");
    for row in &r.timeline {
        let service = row.service.as_deref().unwrap_or("");
        let (what, mark) = (escape(&row.what.text), mark(&row.what));
        out.push_str(&format!("| {} | {} | {} | {what} | {mark} |\n", row.at, json_name(&row.kind), escape(service)));
    }
}

fn forensic(r: &Report, out: &mut String) {
    heading(out, "Forensic report");
    match &r.first_cause {
        Some(f) => out.push_str(&format!("- Patient zero: {}: {}\n", time(&f.at), marked(&f.what))),
        None => out.push_str("- Patient zero: not known from the evidence\n"),
    }
    match &r.trigger {
        Some(t) => out.push_str(&format!("- Trigger (confidence {:.2}): {}\n", t.confidence, marked(&t.what))),
        None => out.push_str("- Trigger: not known from the evidence\n"),
    }
    match &r.time_to_detect {
        Some(t) => out.push_str(&format!("- Time to detect: {} ({})\n", duration(t.seconds), code(&t.formula))),
        None => out.push_str("- Time to detect: not known from the evidence\n"),
    }
    if r.propagation.is_empty() {
        out.push_str("- Propagation: no failing call was observed\n");
    }
    for p in &r.propagation {
        out.push_str(&format!("- Propagation: {} → {}: {}\n", escape(&p.from), escape(&p.to), marked(&p.observed)));
    }
    out.push_str(&format!("\nBlast radius ({}):\n\n", r.blast_radius.len()));
    for b in &r.blast_radius {
        out.push_str(&format!("- \\[{}\\] {}: {}\n", escape(&b.kind), escape(&b.name), marked(&b.impact)));
    }
}

fn whys(r: &Report, out: &mut String) {
    heading(out, "Five whys");
    for (i, w) in r.whys.iter().enumerate() {
        out.push_str(&format!("{}. {} {}\n", i + 1, escape(&w.question), marked(&w.answer)));
    }
    if let Some(c) = &r.systemic_cause {
        out.push_str(&format!("\nSystemic cause, as a suggestion: {}\n", marked(c)));
    }
    if let Some(c) = &r.counterfactual {
        out.push_str(&format!("\nCounterfactual, as a suggestion: {}\n", marked(c)));
    }
}

fn follow_ups(r: &Report, out: &mut String) {
    heading(out, "Follow-ups");
    for f in &r.follow_ups {
        out.push_str(&format!("- {} {} Owner: {}.\n", escape(&f.priority), escape(&f.what), escape(&f.owner_role)));
    }
    if r.follow_ups.is_empty() {
        out.push_str("None.\n");
    }
}

fn evidence(r: &Report, out: &mut String) {
    heading(out, "Supporting evidence");
    for c in &r.evidence {
        out.push_str(&format!("- {}: {}\n", place(c), code(&c.quote)));
    }
    if r.evidence.is_empty() {
        out.push_str("No line is cited.\n");
    }
}

/// The draft with its headings two levels down, so that the report keeps one outline.
fn postmortem(r: &Report, out: &mut String) {
    if r.postmortem.markdown.trim().is_empty() {
        return;
    }
    heading(out, "Postmortem draft");
    let mut fenced = false;
    for line in r.postmortem.markdown.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let sink = if !fenced && line.starts_with('#') { "##" } else { "" };
        out.push_str(&format!("{sink}{line}\n"));
    }
}

/// What was noticed about the evidence.
pub fn notices(r: &Report, admitted: &[Notice], out: &mut String) {
    heading(out, "What was noticed about the evidence");
    let mut any = false;
    for n in admitted.iter().chain(&r.notices) {
        let count = if n.count > 1 { format!(" ({})", n.count) } else { String::new() };
        out.push_str(&format!("- {}: {}{count}\n", json_name(&n.kind), escape(&n.what)));
        any = true;
    }
    if !any {
        out.push_str("Nothing.\n");
    }
}

/// The trail, one line a step.
pub fn trail(steps: &[Step], out: &mut String) {
    if steps.is_empty() {
        return;
    }
    heading(out, "Trail");
    for s in steps {
        let tool = s.tool.as_deref().map(|t| format!(" {t}")).unwrap_or_default();
        out.push_str(&format!("- #{:02} {}{}: {}\n", s.no, s.kind.name(), escape(&tool), escape(&s.title)));
    }
}

/// Which engine wrote it, and what it took.
pub fn engine(r: &Report, out: &mut String) {
    let e = &r.engine;
    let model = e.model.as_deref().map(|m| format!(", model {m}")).unwrap_or_default();
    let prompt = e.prompt_version.as_deref().map(|p| format!(", prompt {p}")).unwrap_or_default();
    out.push_str(&format!(
        "\nEngine: {}{}{}, language {}, {} ms, {} tokens in, {} tokens out, ${:.5}.\n",
        escape(&e.name),
        escape(&model),
        escape(&prompt),
        escape(&e.language),
        e.ms,
        e.tokens_in,
        e.tokens_out,
        e.cost_usd
    ));
}
