//! A report or a page of prose as statements: one sentence each, with the part it stands in.

use serde::Deserialize;

use crate::domain::{Citation, Claim, Report, Stamp, Support};

/// The parts a report is made of, whatever they are called in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum Part {
    Title,
    Context,
    Summary,
    Severity,
    Hypothesis,
    For,
    Against,
    RootCause,
    Checklist,
    Plan,
    Impact,
    Services,
    Blast,
    Timeline,
    PatientZero,
    Trigger,
    Propagation,
    Detection,
    Response,
    WentWell,
    WentPoorly,
    Lucky,
    Whys,
    Systemic,
    Counterfactual,
    ActionItems,
    FollowUps,
    Evidence,
    Trail,
    Other,
}

/// Headings by what they are called; the first that a heading begins with or equals decides.
const HEADINGS: &[(&str, Part)] = &[
    ("raw incident context", Part::Context),
    ("context", Part::Context),
    ("executive summary", Part::Summary),
    ("summary", Part::Summary),
    ("overview", Part::Summary),
    ("what happened", Part::Summary),
    ("severity", Part::Severity),
    ("root cause hypotheses", Part::Hypothesis),
    ("hypotheses", Part::Hypothesis),
    ("root cause", Part::RootCause),
    ("cause", Part::RootCause),
    ("why #", Part::Whys),
    ("why", Part::RootCause),
    ("contributing factors", Part::RootCause),
    ("investigation checklist", Part::Checklist),
    ("checklist", Part::Checklist),
    ("mitigation", Part::Plan),
    ("fix recommendations", Part::Plan),
    ("customer impact", Part::Impact),
    ("impact", Part::Impact),
    ("who was affected", Part::Impact),
    ("affected services", Part::Services),
    ("incident timeline", Part::Timeline),
    ("timeline", Part::Timeline),
    ("forensic report", Part::PatientZero),
    ("patient zero", Part::PatientZero),
    ("propagation", Part::Propagation),
    ("blast radius", Part::Blast),
    ("trigger", Part::Trigger),
    ("detection", Part::Detection),
    ("mean time to detection", Part::Detection),
    ("response", Part::Response),
    ("resolution", Part::Response),
    ("what was done", Part::Response),
    ("what went well", Part::WentWell),
    ("what went poorly", Part::WentPoorly),
    ("what went wrong", Part::WentPoorly),
    ("where we got lucky", Part::Lucky),
    ("the 5 whys", Part::Whys),
    ("five whys", Part::Whys),
    ("5 whys", Part::Whys),
    ("systemic", Part::Systemic),
    ("counter-factual", Part::Counterfactual),
    ("counterfactual", Part::Counterfactual),
    ("action items", Part::ActionItems),
    ("action points", Part::ActionItems),
    ("actions", Part::ActionItems),
    ("what is next", Part::ActionItems),
    ("follow-ups", Part::FollowUps),
    ("follow ups", Part::FollowUps),
    ("supporting evidence", Part::Evidence),
    ("agent reasoning trail", Part::Trail),
    ("trail", Part::Trail),
    ("postmortem", Part::Other),
    // the same in Chinese: the longer first where one begins with the other
    ("概要", Part::Summary),
    ("摘要", Part::Summary),
    ("发生了什么", Part::Summary),
    ("级别", Part::Severity),
    ("严重程度", Part::Severity),
    ("假设", Part::Hypothesis),
    ("根因", Part::RootCause),
    ("根本原因", Part::RootCause),
    ("为什么", Part::RootCause),
    ("促成因素", Part::RootCause),
    ("检查清单", Part::Checklist),
    ("止损与恢复", Part::Plan),
    ("止损", Part::Plan),
    ("影响", Part::Impact),
    ("客户影响", Part::Impact),
    ("谁受影响", Part::Impact),
    ("受影响的服务", Part::Services),
    ("时间线", Part::Timeline),
    ("最初故障点", Part::PatientZero),
    ("传播路径", Part::Propagation),
    ("影响范围", Part::Blast),
    ("触发原因", Part::Trigger),
    ("发现", Part::Detection),
    ("响应", Part::Response),
    ("处理过程", Part::Response),
    ("做了什么", Part::Response),
    ("做得好的地方", Part::WentWell),
    ("做得不好的地方", Part::WentPoorly),
    ("侥幸之处", Part::Lucky),
    ("五个为什么", Part::Whys),
    ("系统性原因", Part::Systemic),
    ("反事实", Part::Counterfactual),
    ("改进项", Part::ActionItems),
    ("下一步", Part::ActionItems),
    ("后续事项", Part::FollowUps),
    ("证据", Part::Evidence),
    ("分析过程", Part::Trail),
    ("故障复盘", Part::Other),
];

impl Part {
    /// The part a heading opens; `None` when it is no heading of a known part.
    pub fn of_heading(heading: &str) -> Option<Self> {
        let low = heading.trim().trim_start_matches(['#', '*', ' ']).trim_end_matches(['*', ':', ' ']).to_lowercase();
        HEADINGS
            .iter()
            .find(|(name, _)| {
                low.strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(', ':', ',', '（', '：']))
            })
            .map(|(_, part)| *part)
    }
}

/// One sentence of a report, with what it rests on.
#[derive(Debug, Clone)]
pub struct Statement<'a> {
    /// Where it stands: `whys[2].answer`, `line 42`.
    pub path: String,
    /// The part it stands in.
    pub part: Part,
    /// The sentence.
    pub text: String,
    /// What it claims to rest on; `None` in prose, where nothing is claimed.
    pub support: Option<Support>,
    /// Its formula.
    pub formula: Option<&'a str>,
    /// Its citations.
    pub citations: &'a [Citation],
    /// The time of its row.
    pub at: Option<Stamp>,
    /// The thing its row is about.
    pub subject: Option<String>,
}

impl Statement<'_> {
    /// A sentence of prose.
    pub fn prose(path: String, part: Part, text: String) -> Self {
        Self { path, part, text, support: None, formula: None, citations: &[], at: None, subject: None }
    }
}

impl<'a> Statement<'a> {
    /// A claim.
    pub fn of(path: String, part: Part, claim: &'a Claim) -> Self {
        Self {
            path,
            part,
            text: claim.text.clone(),
            support: Some(claim.support),
            formula: claim.formula.as_deref(),
            citations: &claim.citations,
            at: None,
            subject: None,
        }
    }
}

/// Every claim of a report, in order.
pub fn claims(r: &Report) -> Vec<Statement<'_>> {
    let mut out = vec![Statement::of("summary".into(), Part::Summary, &r.summary)];
    push_all(&mut out, "severity.because", Part::Severity, &r.severity.because);
    for (i, h) in r.hypotheses.iter().enumerate() {
        push_all(&mut out, &format!("hypotheses[{i}].for"), Part::For, &h.supporting);
        push_all(&mut out, &format!("hypotheses[{i}].against"), Part::Against, &h.against);
    }
    if let Some(f) = &r.first_cause {
        out.push(Statement { at: Some(f.at), ..Statement::of("first_cause.what".into(), Part::PatientZero, &f.what) });
    }
    if let Some(t) = &r.trigger {
        out.push(Statement::of("trigger.what".into(), Part::Trigger, &t.what));
    }
    for (i, p) in r.propagation.iter().enumerate() {
        out.push(Statement::of(format!("propagation[{i}].observed"), Part::Propagation, &p.observed));
    }
    for (i, b) in r.blast_radius.iter().enumerate() {
        let claim = Statement::of(format!("blast_radius[{i}].impact"), Part::Blast, &b.impact);
        // `users` write no lines of their own
        let subject = (b.kind != "users").then(|| b.name.clone());
        out.push(Statement { subject, ..claim });
    }
    for (i, s) in r.services.iter().enumerate() {
        let Some(impact) = &s.impact else { continue };
        let claim = Statement::of(format!("services[{i}].impact"), Part::Services, impact);
        out.push(Statement { subject: Some(s.name.clone()), ..claim });
    }
    for (i, row) in r.timeline.iter().enumerate() {
        let claim = Statement::of(format!("timeline[{i}].what"), Part::Timeline, &row.what);
        out.push(Statement { at: Some(row.at), subject: row.service.clone(), ..claim });
    }
    for (i, m) in r.mitigation.iter().enumerate() {
        let Some(effect) = &m.effect else { continue };
        out.push(Statement::of(format!("mitigation[{i}].effect"), Part::Plan, effect));
    }
    push_all(&mut out, "customer_impact", Part::Impact, &r.customer_impact);
    for (i, w) in r.whys.iter().enumerate() {
        out.push(Statement::of(format!("whys[{i}].answer"), Part::Whys, &w.answer));
    }
    if let Some(c) = &r.systemic_cause {
        out.push(Statement::of("systemic_cause".into(), Part::Systemic, c));
    }
    if let Some(c) = &r.counterfactual {
        out.push(Statement::of("counterfactual".into(), Part::Counterfactual, c));
    }
    out
}

fn push_all<'a>(out: &mut Vec<Statement<'a>>, name: &str, part: Part, claims: &'a [Claim]) {
    out.extend(claims.iter().enumerate().map(|(i, c)| Statement::of(format!("{name}[{i}]"), part, c)));
}

/// The sentences of a report that are no claims: titles, statements, actions, risks, follow-ups.
pub fn sentences(r: &Report) -> Vec<Statement<'_>> {
    let mut out: Vec<Statement<'_>> = Vec::new();
    let mut add = |path: String, part: Part, text: &str| {
        if !text.trim().is_empty() {
            out.push(Statement::prose(path, part, text.to_owned()));
        }
    };
    add("title".into(), Part::Title, &r.title);
    for (i, h) in r.hypotheses.iter().enumerate() {
        add(format!("hypotheses[{i}].statement"), Part::Hypothesis, &h.statement);
    }
    for (i, m) in r.mitigation.iter().enumerate() {
        add(format!("mitigation[{i}].action"), Part::Plan, &m.action);
        add(format!("mitigation[{i}].risk"), Part::Plan, &m.risk);
        add(format!("mitigation[{i}].rollback"), Part::Plan, &m.rollback);
    }
    for (i, c) in r.checklist.iter().enumerate() {
        add(format!("checklist[{i}].what"), Part::Checklist, &c.what);
        add(format!("checklist[{i}].expect"), Part::Checklist, &c.expect);
    }
    for (i, f) in r.follow_ups.iter().enumerate() {
        add(format!("follow_ups[{i}]"), Part::FollowUps, &f.what);
    }
    for s in &r.trail {
        add(format!("trail #{}", s.no), Part::Trail, &format!("{}. {}", s.title, s.text));
    }
    out
}
