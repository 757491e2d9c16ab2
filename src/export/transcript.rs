//! The transcript: every step of the trail as it was taken, then what people did, in order.

use chrono::{DateTime, Utc};

use super::people;
use crate::analyst::report::markdown::{block, escape, place};
use crate::domain::Step;
use crate::journal::event::NoteKind;
use crate::session::Session;

/// The steps of one trail.
pub fn trail(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        push_step(&mut out, step);
    }
    out
}

/// Everything that happened in a session.
pub fn session(s: &Session) -> String {
    let mut out = format!("# Transcript: {}\n\n", escape(if s.title.is_empty() { &s.id } else { &s.title }));
    for source in &s.evidence.sources {
        let lines = source.text.lines().count();
        out.push_str(&format!("- source {}: {}, {lines} lines\n", source.id.0, escape(&source.name)));
    }
    for investigation in &s.investigations {
        let ended = investigation.ended.as_deref().unwrap_or("still going on");
        out.push_str(&format!(
            "\n## Investigation {} ({}; {}; {})\n\n",
            investigation.run,
            escape(&investigation.engine),
            escape(&investigation.why),
            escape(ended)
        ));
        for step in &investigation.steps {
            push_step(&mut out, step);
        }
    }
    let mut done: Vec<(DateTime<Utc>, String)> = Vec::new();
    let all = [NoteKind::Decision, NoteKind::Action, NoteKind::Question, NoteKind::Note, NoteKind::Role];
    done.extend(s.notes.iter().map(|n| n.at).zip(people::notes(s, &all)));
    done.extend(s.judgements.values().map(|j| j.at).zip(people::judgements(s)));
    done.extend(people::peers(s));
    done.extend(s.added.iter().map(|h| h.at).zip(people::added(s)));
    done.extend(s.runs.values().map(|r| (r.started.unwrap_or(r.approved), people::run(r))));
    done.sort();
    if !done.is_empty() {
        out.push_str("\n## What people did\n\n");
        for (_, line) in &done {
            out.push_str(&format!("- {}\n", escape(line)));
        }
    }
    out.push_str(&questions(s));
    for run in s.runs.values().filter(|r| !r.output.trim().is_empty()) {
        out.push_str(&format!("\n### Output of run {}\n\n{}\n", run.run, block("", &run.output)));
    }
    out
}

/// What was asked, and what was answered, each claim with its places.
fn questions(s: &Session) -> String {
    let mut out = String::new();
    if !s.questions.is_empty() {
        out.push_str("\n## What was asked\n\n");
    }
    for asked in &s.questions {
        let by = crate::session::standing::author_name(&asked.by);
        out.push_str(&format!("- **{}** ({}, {})\n", escape(&asked.text), escape(by), people::when(asked.at)));
        let Some(answer) = &asked.answer else {
            out.push_str("  - no answer\n");
            continue;
        };
        out.push_str(&format!("  - {}\n", escape(&answer.lead)));
        for claim in &answer.claims {
            let places: Vec<String> = claim.citations.iter().take(3).map(place).collect();
            let rests = if places.is_empty() { "nothing".to_owned() } else { places.join(", ") };
            out.push_str(&format!("  - {} (rests on {rests})\n", escape(&claim.text)));
        }
    }
    out
}

fn push_step(out: &mut String, step: &Step) {
    let tool = step.tool.as_deref().map(|t| format!(" {t}")).unwrap_or_default();
    out.push_str(&format!("### #{:02} {}{}: {}\n\n", step.no, step.kind.name(), escape(&tool), escape(&step.title)));
    if !step.text.trim().is_empty() {
        out.push_str(&block("", &step.text));
        out.push_str("\n\n");
    }
    if !step.citations.is_empty() {
        let places: Vec<String> = step.citations.iter().map(place).collect();
        out.push_str(&format!("Rests on {}.\n\n", places.join(", ")));
    }
}
