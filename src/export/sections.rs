//! The sections of the report as Markdown, one function each, in the order they are read.

use super::labels::Labels;
use crate::analyst::report::done::is_over;
use crate::analyst::report::markdown::{beside, code, escape, mark, marked, place, quote};
use crate::analyst::report::wording::{duration, moment, time_among, without_subject};
use crate::domain::report::{Conclusion, Health, ServiceRow};
use crate::domain::{Claim, Notice, NoticeKind, Report, Step};

/// A section: writes itself, or nothing.
pub type Section = fn(&Report, &Labels, &mut String);

/// Every section, in order.
pub const ALL: &[Section] = &[
    summary, severity, hypotheses, checklist, mitigation, impact, services, timeline, forensic, whys, follow_ups,
    evidence, postmortem,
];

fn heading(out: &mut String, labels: &Labels, key: &str) {
    out.push_str(&format!("\n## {}\n\n", labels.say(key)));
}

fn items<'c>(out: &mut String, claims: impl IntoIterator<Item = &'c Claim>) {
    for claim in claims {
        out.push_str(&format!("- {}\n", marked(claim)));
    }
}

fn summary(r: &Report, l: &Labels, out: &mut String) {
    let outcome = match r.outcome {
        Conclusion::Incident => "incident",
        Conclusion::NoIncident => "no_incident",
        Conclusion::Inconclusive => "inconclusive",
    };
    out.push_str(&format!("# {}\n\n{}\n", escape(&r.title), l.on("outcome", &l.say(outcome))));
    heading(out, l, "summary");
    out.push_str(&format!("{}\n", marked(&r.summary)));
}

fn severity(r: &Report, l: &Labels, out: &mut String) {
    let s = &r.severity;
    heading(out, l, "severity");
    if r.outcome == Conclusion::NoIncident {
        return out.push_str(&format!("{}\n", l.say("severity_calm")));
    }
    let level = s.level.map_or_else(|| l.say("undecided"), |l| l.name().to_owned());
    let (policy, rule) = (escape(&s.policy), escape(&s.rule));
    let said = l.fill("by_policy", &[("level", &level), ("policy", &policy), ("rule", &rule)]);
    out.push_str(&format!("{said}\n\n"));
    items(out, &s.because);
    for unknown in &s.unknown {
        out.push_str(&format!("- {}\n", l.on("not_known", &escape(unknown))));
    }
    for change in &s.would_change {
        out.push_str(&format!("- {}\n", l.on("would_change", &escape(change))));
    }
}

fn hypotheses(r: &Report, l: &Labels, out: &mut String) {
    heading(out, l, "hypotheses");
    if r.hypotheses.is_empty() {
        out.push_str(&format!("{}\n", l.say("no_hypotheses")));
    }
    if r.outcome == Conclusion::NoIncident && !r.hypotheses.is_empty() {
        out.push_str(&format!("{}\n\n", l.say("calm_hypotheses")));
    }
    for h in &r.hypotheses {
        out.push_str(&format!("### {}. {}\n\n", h.rank, escape(&h.statement)));
        // labels of data sets (`missing_service`) are for programs, and stand in the JSON
        let spoken: Vec<&str> = h.known_as.iter().map(String::as_str).filter(|n| !n.contains('_')).collect();
        let also = spoken.join(", ");
        let known = if also.is_empty() { also } else { l.fill("known_as", &[("names", &escape(&also))]) };
        let said = l.fill(
            "hypothesis",
            &[
                ("subject", &escape(&h.subject)),
                ("kind", &json_name(&h.subject_kind)),
                ("playbook", &escape(&h.playbook)),
                ("verdict", &l.message(&format!("verdict.{}", h.verdict.name().replace(' ', "_")), &[])),
                ("confidence", &format!("{:.2}", h.confidence)),
                ("known", &known),
            ],
        );
        out.push_str(&format!("{said}\n\n"));
        for (key, claims) in [("for", &h.supporting), ("against", &h.against)] {
            if !claims.is_empty() {
                out.push_str(&format!("{}\n\n", l.say(key)));
                items(out, claims);
                out.push('\n');
            }
        }
        if let Some(check) = &h.settled_by {
            // a reader finds it by its number; its id serves programs
            let place = r.checklist.iter().position(|c| c.id == *check).map(|at| (at + 1).to_string());
            let said = match place {
                Some(n) => l.fill("settled_by_check", &[("n", &n)]),
                None => l.fill("settled_by", &[("command", &code(check))]),
            };
            out.push_str(&format!("{said}\n\n"));
        }
    }
}

/// The name a value has in the contract.
fn json_name(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The name in words: `equal_stamps` is `equal stamps`.
fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

fn checklist(r: &Report, l: &Labels, out: &mut String) {
    heading(out, l, "checklist");
    if r.checklist.is_empty() {
        out.push_str(&format!("{}\n", l.say("no_checks")));
    }
    for (i, c) in r.checklist.iter().enumerate() {
        let ranks: Vec<String> = c.settles.iter().map(u32::to_string).collect();
        let said = match ranks.as_slice() {
            [] => escape(&c.what),
            ranks => l.fill("settles", &[("said", &escape(&c.what)), ("ranks", &l.list(ranks))]),
        };
        out.push_str(&format!("{}. {said}\n", i + 1));
        if let Some(command) = &c.command {
            out.push_str(&format!("   - {} ({})\n", code(command), c.label.name()));
        }
        out.push_str(&format!("   - {}\n", l.on("expected", &escape(&c.expect))));
        for blank in &c.blanks {
            out.push_str(&format!("   - {}\n", l.on("to_fill", &escape(blank))));
        }
        for note in &c.notes {
            out.push_str(&format!("   - {}\n", l.on("note", &escape(note))));
        }
    }
}

fn mitigation(r: &Report, l: &Labels, out: &mut String) {
    heading(out, l, "mitigation");
    done(r, l, out);
    let suggested = match (r.mitigation.is_empty(), r.done.is_empty()) {
        (true, true) => return out.push_str(&format!("{}\n", l.say("none"))),
        (true, false) => return out.push_str(&format!("{}\n", l.say("no_other_step"))),
        (false, _) if is_over(&r.done) => "suggestions_again",
        (false, _) => "suggestions",
    };
    out.push_str(&format!("{}\n\n", l.say(suggested)));
    for (i, m) in r.mitigation.iter().enumerate() {
        out.push_str(&format!("{}. {}\n", i + 1, escape(&m.action)));
        if let Some(command) = &m.command {
            out.push_str(&format!("   - {} ({})\n", code(command), m.label.name()));
        }
        for blank in &m.blanks {
            out.push_str(&format!("   - {}\n", l.on("to_fill", &escape(blank))));
        }
        for note in &m.notes {
            out.push_str(&format!("   - {}\n", l.on("note", &escape(note))));
        }
        let (risk, rollback) = (l.on("risk", &escape(&m.risk)), l.on("rollback", &escape(&m.rollback)));
        out.push_str(&format!("   - {risk}\n   - {rollback}\n"));
        if let Some(effect) = &m.effect {
            out.push_str(&format!("   - {}\n", l.on("effect", &marked(effect))));
        }
    }
}

/// What people noted as done, and what came after it.
fn done(r: &Report, l: &Labels, out: &mut String) {
    if r.done.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n\n", l.say("noted_done")));
    for row in &r.done {
        out.push_str(&format!("- {}: {}\n", moment(&row.at), marked(&row.what)));
    }
    out.push('\n');
}

fn impact(r: &Report, l: &Labels, out: &mut String) {
    heading(out, l, "impact");
    if r.customer_impact.is_empty() {
        let calm = r.outcome == Conclusion::NoIncident;
        out.push_str(&format!("{}\n", l.say(if calm { "no_impact" } else { "none" })));
    }
    items(out, &r.customer_impact);
}

fn services(r: &Report, l: &Labels, out: &mut String) {
    heading(out, l, "services");
    if r.services.is_empty() {
        out.push_str(&format!("{}\n", l.say("no_service")));
        return;
    }
    let hit: Vec<_> = r.services.iter().filter(|s| matches!(s.health, Health::Down | Health::Degraded)).collect();
    if hit.is_empty() {
        out.push_str(&format!("{}\n", l.say("no_service_hit")));
    } else {
        out.push_str(&format!("{}\n| --- | --- | --- | --- |\n", l.say("services_head")));
    }
    for s in hit {
        let health = l.say(if s.health == Health::Down { "down" } else { "degraded" });
        let (role, impact) =
            (s.role.as_deref().unwrap_or(""), s.impact.as_ref().map(|i| beside(&s.name, i)).unwrap_or_default());
        out.push_str(&format!("| {} | {} | {health} | {impact} |\n", escape(&s.name), escape(role)));
    }
    // the rest are not affected as far as anybody knows: named, and not in the table of who is
    let noted: Vec<_> =
        r.services.iter().filter(|s| s.health == Health::Unknown).filter_map(|s| s.impact.as_ref()).collect();
    if !noted.is_empty() {
        out.push_str(&format!("\n{}\n\n", l.say("services_noted")));
        items(out, noted);
    }
    for (health, key) in [(Health::Healthy, "services_healthy"), (Health::Unknown, "services_named")] {
        let of = |s: &&ServiceRow| s.health == health && (health != Health::Unknown || s.impact.is_none());
        let names: Vec<String> = r.services.iter().filter(of).map(|s| escape(&s.name)).collect();
        if !names.is_empty() {
            out.push_str(&format!("\n{}\n", l.fill(key, &[("names", &names.join(&l.message("list.comma", &[])))])));
        }
    }
}

fn timeline(r: &Report, l: &Labels, out: &mut String) {
    heading(out, l, "timeline");
    if r.timeline.is_empty() {
        out.push_str(&format!("{}\n", l.say("no_time")));
        return;
    }
    out.push_str(&format!("{}\n| --- | --- | --- | --- | --- |\n", l.say("timeline_head")));
    for row in &r.timeline {
        let service = row.service.as_deref().unwrap_or("");
        let what = without_subject(&row.what.text, row.service.as_deref());
        let (what, mark) = (escape(what), mark(&row.what));
        let at = moment(&row.at);
        out.push_str(&format!("| {at} | {} | {} | {what} | {mark} |\n", json_name(&row.kind), escape(service)));
    }
}

/// True where the whys reckon from the first cause to the first notice: then it is a symptom before that
/// notice which is missing.
fn seen_late(r: &Report) -> bool {
    // a difference of two times; of two durations, a formula tells of no notice
    let times = |f: &str| f.split_once(" = ").is_some_and(|(left, _)| left.contains(':'));
    r.first_cause.is_some() && r.whys.iter().any(|w| w.answer.formula.as_deref().is_some_and(times))
}

fn forensic(r: &Report, l: &Labels, out: &mut String) {
    heading(out, l, "forensic");
    let mut told = vec![
        match &r.first_cause {
            Some(f) => l.fill("patient_zero", &[("at", &time_among(&f.at, &r.timeline)), ("said", &marked(&f.what))]),
            None => l.say("no_patient_zero"),
        },
        match &r.trigger {
            Some(t) => {
                let confidence = format!("{:.2}", t.confidence);
                l.fill("trigger", &[("confidence", &confidence), ("said", &marked(&t.what))])
            }
            None => l.say("no_trigger"),
        },
        match &r.time_to_detect {
            Some(t) => l.fill("detect", &[("span", &duration(t.seconds)), ("formula", &code(&t.formula))]),
            None if seen_late(r) => l.say("no_detect_symptom"),
            None => l.say("no_detect"),
        },
    ];
    if r.propagation.is_empty() {
        told.push(l.say("no_propagation"));
    }
    told.extend(r.propagation.iter().map(|p| {
        let (from, to) = (escape(&p.from), escape(&p.to));
        l.fill("propagation", &[("from", &from), ("to", &to), ("said", &marked(&p.observed))])
    }));
    told.iter().for_each(|line| out.push_str(&format!("- {line}\n")));
    if r.blast_radius.is_empty() {
        return out.push_str(&format!("- {}\n", l.say("no_radius")));
    }
    out.push_str(&format!("\n{}\n\n", l.fill("radius", &[("n", &r.blast_radius.len().to_string())])));
    for b in &r.blast_radius {
        out.push_str(&format!("- \\[{}\\] {}: {}\n", escape(&b.kind), escape(&b.name), beside(&b.name, &b.impact)));
    }
}

fn whys(r: &Report, l: &Labels, out: &mut String) {
    heading(out, l, "whys");
    if r.whys.is_empty() {
        out.push_str(&format!("{}\n", l.say("no_whys")));
    }
    for (i, w) in r.whys.iter().enumerate() {
        out.push_str(&format!("{}. {} {}\n", i + 1, escape(&w.question), marked(&w.answer)));
    }
    if let Some(c) = &r.systemic_cause {
        out.push_str(&format!("\n{}\n", l.on("systemic", &marked(c))));
    }
    if let Some(c) = &r.counterfactual {
        out.push_str(&format!("\n{}\n", l.on("counterfactual", &marked(c))));
    }
}

fn follow_ups(r: &Report, l: &Labels, out: &mut String) {
    heading(out, l, "follow_ups");
    for f in &r.follow_ups {
        let (priority, said, owner) = (escape(&f.priority), escape(&f.what), escape(&f.owner_role));
        let said = l.fill("follow_up", &[("priority", &priority), ("said", &said), ("owner", &owner)]);
        out.push_str(&format!("- {said}\n"));
    }
    if r.follow_ups.is_empty() {
        out.push_str(&format!("{}\n", l.say("none")));
    }
}

fn evidence(r: &Report, l: &Labels, out: &mut String) {
    heading(out, l, "evidence");
    for c in &r.evidence {
        out.push_str(&format!("- {}: {}\n", place(c), quote(&c.quote)));
    }
    if r.evidence.is_empty() {
        out.push_str(&format!("{}\n", l.say("no_line")));
    }
}

/// The draft with its headings two levels down, so that the report keeps one outline.
fn postmortem(r: &Report, l: &Labels, out: &mut String) {
    if r.postmortem.markdown.trim().is_empty() {
        return;
    }
    heading(out, l, "postmortem");
    let mut fenced = false;
    for line in r.postmortem.markdown.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let sink = if !fenced && line.starts_with('#') { "##" } else { "" };
        out.push_str(&format!("{sink}{line}\n"));
    }
}

/// What was noticed about the evidence.
pub fn notices(r: &Report, admitted: &[Notice], l: &Labels, out: &mut String) {
    heading(out, l, "noticed");
    let mut any = false;
    // A session's report holds what admission noticed, too; a report by itself does not.
    let before = admitted.iter().filter(|a| !r.notices.iter().any(|n| n.is_same(a)));
    for n in before.chain(&r.notices) {
        // most notices state their count themselves
        let figure = n.count.to_string();
        let told = n.what.split(|c: char| !c.is_ascii_digit()).any(|digits| digits == figure);
        let count = if n.count > 1 && !told { format!(" ({figure})") } else { String::new() };
        let kind =
            if n.kind == NoticeKind::Other { String::new() } else { format!("{}: ", spaced(&json_name(&n.kind))) };
        out.push_str(&format!("- {kind}{}{count}\n", escape(&n.what)));
        any = true;
    }
    if !any {
        out.push_str(&format!("{}\n", l.say("nothing")));
    }
}

/// The trail, one line a step.
pub fn trail(steps: &[Step], l: &Labels, out: &mut String) {
    if steps.is_empty() {
        return;
    }
    heading(out, l, "trail");
    for s in steps {
        let tool = s.tool.as_deref().map(|t| format!(" {t}")).unwrap_or_default();
        out.push_str(&format!("- #{:02} {}{}: {}\n", s.no, s.kind.name(), escape(&tool), escape(&s.title)));
    }
}

/// Which engine wrote it, and what it took.
pub fn engine(r: &Report, l: &Labels, out: &mut String) {
    let e = &r.engine;
    let model = e.model.as_deref().map(|m| format!(", model {m}")).unwrap_or_default();
    let prompt = e.prompt_version.as_deref().map(|p| format!(", prompt {p}")).unwrap_or_default();
    let said = l.fill(
        "engine",
        &[
            ("name", &escape(&format!("{}{model}{prompt}", e.name))),
            ("language", &escape(&e.language)),
            ("ms", &e.ms.to_string()),
            ("in", &e.tokens_in.to_string()),
            ("out", &e.tokens_out.to_string()),
            ("usd", &format!("{:.5}", e.cost_usd)),
        ],
    );
    out.push_str(&format!("\n{said}\n"));
}
