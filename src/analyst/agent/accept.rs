//! From a model's report to ours: citations become places, commands are examined, severity is the
//! policy's, and every gate that our own report passes is passed.
//!
//! Nothing is dropped in silence: what does not hold is marked, what is withheld is named in a notice.

use super::draft::{self, Cite, Draft, Outcome, Rests, Said};
use super::outgoing::Outgoing;
use super::{repeats, strangers};
use crate::analyst::grounding::{self, Finding};
use crate::analyst::report::{empty, label_and_notes};
use crate::command::{self, Context};
use crate::domain::report::{
    BlastEntry, Conclusion, Draft as Postmortem, FirstCause, FollowUp, Health, Propagation, RowKind, ServiceRow,
    TimeToDetect, TimelineRow, Trigger, Why,
};
use crate::domain::showable::clean;
use crate::domain::{
    Beside, Check, Citation, Claim, Evidence, FaultKind, Hypothesis, Label, Mitigation, Notice, NoticeKind, Report,
    Severity, SeveritySheet, Stamp, SubjectKind, Support, Verdict,
};

/// The most entries of one section that are taken.
const MOST: usize = 40;
/// The longest sentence that is taken, in characters.
const LONGEST: usize = 2_000;
/// The most confidence of a hypothesis from a model that no line supports.
const UNSUPPORTED: f64 = 0.3;

/// What a model's report is read against.
#[derive(Debug)]
pub struct Against<'a> {
    /// The evidence itself.
    pub evidence: &'a Evidence,
    /// The evidence as the model saw it.
    pub outgoing: &'a Outgoing,
    /// The embedded engine's report on the same evidence.
    pub embedded: &'a Report,
    /// What the evidence gives for commands.
    pub context: &'a Context,
    /// What the model was told before everything else; it is never repeated.
    pub instructions: &'a str,
}

/// The report, with everything that did not hold.
pub fn accept(draft: &Draft, against: &Against<'_>) -> (Report, Vec<Finding>) {
    let reader = Reader { against };
    let mut report = reader.report(draft);
    let mut withheld = strangers::withhold(&mut report, against.evidence);
    let lines = repeats::Lines::of(against.evidence);
    withheld.extend(repeats::put_back(&mut report, &lines, &against.embedded.title));
    // The model's own level is judged as it was given; then the policy's stands.
    let mut found = grounding::mark(&mut report, &grounding::Known::of(against.evidence), Beside::ALONE);
    reader.sheet(&mut report);
    if let Some(page) = draft.postmortem.as_deref().filter(|p| !p.trim().is_empty()) {
        let page = reader.words_of_page(page);
        let mut on_page = grounding::prose(&page, against.evidence);
        on_page.extend(repeats::on_page(&page, &lines));
        report.postmortem.markdown = marked(&page, &on_page);
        found.extend(on_page.into_iter().map(|f| Finding { path: format!("postmortem {}", f.path), ..f }));
    }
    attach(&mut report, &found);
    report.notices.extend(withheld);
    report.evidence = reader.places(&report);
    (report, found)
}

/// What was found becomes visible where it belongs: notes at commands, notices for the rest.
pub fn attach(report: &mut Report, found: &[Finding]) {
    for f in found {
        let note = format!("{} ({})", f.what, f.rule);
        let index = |prefix: &str| -> Option<usize> {
            f.path.strip_prefix(prefix)?.strip_prefix('[')?.split(']').next()?.parse().ok()
        };
        if let Some(check) = index("checklist").and_then(|i| report.checklist.get_mut(i)) {
            push_new(&mut check.notes, note.clone());
        } else if let Some(step) = index("mitigation").and_then(|i| report.mitigation.get_mut(i)) {
            push_new(&mut step.notes, note.clone());
        }
        let what = format!("{}: {note}", f.path);
        if !report.notices.iter().any(|n| n.what == what) {
            report.notices.push(Notice { kind: NoticeKind::Other, what, count: 1 });
        }
    }
}

fn push_new(notes: &mut Vec<String>, note: String) {
    if !notes.contains(&note) {
        notes.push(note);
    }
}

/// A page with a mark behind each line that does not hold: it stays in every export.
pub fn marked(page: &str, found: &[Finding]) -> String {
    let mut out = String::with_capacity(page.len());
    for (i, line) in page.lines().enumerate() {
        out.push_str(line);
        let path = format!("line {}", i + 1);
        let mut rules: Vec<&str> = found.iter().filter(|f| f.path == path).map(|f| f.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        if !rules.is_empty() && !line.trim().is_empty() {
            out.push_str(&format!(" [unsupported: {}]", rules.join(", ")));
        }
        out.push('\n');
    }
    out
}

struct Reader<'a> {
    against: &'a Against<'a>,
}

impl Reader<'_> {
    /// Somebody else's words: with the values behind the names, showable, and not without end.
    fn words(&self, text: &str) -> String {
        let text: String = self.against.outgoing.back(text.trim()).chars().take(LONGEST).collect();
        repeats::without_instructions(&clean(&text), self.against.instructions)
    }

    fn words_of_page(&self, page: &str) -> String {
        page.lines().take(600).map(|l| self.words(l) + "\n").collect()
    }

    fn cites(&self, cites: &[Cite]) -> Vec<Citation> {
        let mut out: Vec<Citation> = Vec::new();
        for c in cites.iter().take(12) {
            let place = self.against.outgoing.place(self.against.evidence, c.source, c.line, &c.quote);
            if let Some(place) = place.filter(|p| !out.contains(p)) {
                out.push(place);
            }
        }
        out
    }

    /// A claim; one whose citations stand nowhere is unsupported.
    fn claim(&self, said: &Said) -> Claim {
        let citations = self.cites(&said.cites);
        let lost = citations.is_empty() && (!said.cites.is_empty() || said.support == Rests::Quoted);
        let support = match said.support {
            _ if lost => Support::Unsupported,
            Rests::Quoted => Support::Quoted,
            Rests::Derived if said.formula.is_some() => Support::Derived,
            Rests::Derived | Rests::Inferred => Support::Inferred,
            Rests::Unsupported => Support::Unsupported,
        };
        let formula = said.formula.as_deref().map(|f| self.words(f)).filter(|_| support == Support::Derived);
        Claim { text: self.words(&said.text), support, formula, citations }
    }

    fn claims(&self, said: &[Said]) -> Vec<Claim> {
        said.iter().take(MOST).map(|s| self.claim(s)).collect()
    }

    /// The stamp of a moment: the cited line's, where it has that time; else as it was written.
    fn stamp(&self, at: &str, what: &Claim) -> Option<Stamp> {
        let told = at.trim().parse::<Stamp>().ok().or_else(|| crate::intake::logline::stamp_of(at.trim()));
        let cited = what.citations.first().and_then(|c| {
            let reading = self.against.evidence.readings.get(c.source.0 as usize)?;
            reading.lines.iter().find(|l| l.no == c.line)?.stamp
        });
        match (told, cited) {
            (Some(told), Some(cited)) if told.time() == cited.time() => Some(cited),
            (told, cited) => told.or(cited),
        }
    }

    fn report(&self, d: &Draft) -> Report {
        let mut r = empty();
        r.outcome = match d.outcome {
            Outcome::Incident => Conclusion::Incident,
            Outcome::NoIncident => Conclusion::NoIncident,
            Outcome::Inconclusive => Conclusion::Inconclusive,
        };
        r.title = self.words(&d.title);
        r.summary = self.claim(&d.summary);
        r.severity = self.said_severity(d);
        r.hypotheses = d.hypotheses.iter().take(MOST).map(|h| self.hypothesis(h)).collect();
        // What it is surest of comes first, whatever order it was written in.
        r.hypotheses.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        for (h, rank) in r.hypotheses.iter_mut().zip(1..) {
            h.rank = rank;
        }
        let mut undated = Vec::new();
        r.first_cause = d.first_cause.as_ref().and_then(|f| {
            let what = self.claim(&f.what);
            let at = self.stamp(&f.at, &what);
            if at.is_none() {
                undated.push(what.text.clone());
            }
            Some(FirstCause { at: at?, what })
        });
        r.trigger = d.trigger.as_ref().map(|t| Trigger { what: self.claim(&t.what), confidence: share(t.confidence) });
        r.propagation = self.some(&d.propagation, |e| Propagation {
            from: self.words(&e.from),
            to: self.words(&e.to),
            observed: self.claim(&e.observed),
        });
        r.blast_radius = self.some(&d.blast_radius, |b| BlastEntry {
            kind: self.words(&b.kind),
            name: self.words(&b.name),
            impact: self.claim(&b.impact),
        });
        r.services = self.some(&d.services, |s| ServiceRow {
            name: self.words(&s.name),
            role: s.role.as_deref().map(|t| self.words(t)),
            health: health(&s.health),
            impact: s.impact.as_ref().map(|c| self.claim(c)),
        });
        for row in d.timeline.iter().take(MOST) {
            let what = self.claim(&row.what);
            match self.stamp(&row.at, &what) {
                Some(at) => {
                    let service = row.service.as_deref().map(|s| self.words(s));
                    r.timeline.push(TimelineRow { at, service, what, kind: kind(&row.kind) });
                }
                None => undated.push(what.text),
            }
        }
        r.timeline.sort_by_key(|row| row.at.sort_key());
        r.time_to_detect = d.time_to_detect.as_ref().map(|t| TimeToDetect {
            seconds: if t.seconds.is_finite() { t.seconds.max(0.0) } else { 0.0 },
            formula: self.words(&t.formula),
            citations: self.cites(&t.cites),
        });
        r.checklist = d.checklist.iter().take(MOST).map(|c| self.check(c, &r.hypotheses)).collect();
        r.mitigation = d.mitigation.iter().take(MOST).enumerate().map(|(i, m)| self.step(i, m)).collect();
        r.customer_impact = self.claims(&d.customer_impact);
        r.whys = self.some(&d.whys, |w| Why { question: self.words(&w.question), answer: self.claim(&w.answer) });
        r.systemic_cause = d.systemic_cause.as_ref().map(|c| self.claim(c));
        r.counterfactual = d.counterfactual.as_ref().map(|c| self.claim(c));
        r.follow_ups = self.some(&d.follow_ups, |f| FollowUp {
            what: self.words(&f.what),
            priority: if ["P0", "P1", "P2"].contains(&f.priority.as_str()) { f.priority.clone() } else { "P2".into() },
            owner_role: self.words(&f.owner_role),
        });
        r.postmortem = Postmortem::default();
        r.notices = undated
            .into_iter()
            .map(|what| Notice {
                kind: NoticeKind::Other,
                what: format!("left off the timeline, because no time was given that can be read: {what}"),
                count: 1,
            })
            .collect();
        r
    }

    fn some<T, R>(&self, all: &[T], made: impl Fn(&T) -> R) -> Vec<R> {
        all.iter().take(MOST).map(made).collect()
    }

    fn hypothesis(&self, h: &draft::DraftHypothesis) -> Hypothesis {
        let subject = self.words(&h.subject);
        let kind = FaultKind::ALL.iter().copied().find(|k| k.name() == h.fault_kind.trim());
        // The same suspicion has the same id, whoever has it: judgements of people hold for both.
        let known = self
            .against
            .embedded
            .hypotheses
            .iter()
            .find(|e| e.subject.eq_ignore_ascii_case(&subject) && Some(e.fault_kind) == kind);
        let supporting = self.claims(&h.supporting);
        let held = supporting.iter().any(|c| !c.citations.is_empty());
        let most = if held { 1.0 } else { UNSUPPORTED };
        Hypothesis {
            id: known.map_or_else(|| format!("{subject}/{}", h.fault_kind.trim()), |k| k.id.clone()),
            rank: 0,
            subject_kind: known.map_or(SubjectKind::Unknown, |k| k.subject_kind),
            subject,
            fault_kind: kind.unwrap_or(FaultKind::AppException),
            playbook: known.map_or_else(|| h.fault_kind.trim().to_owned(), |k| k.playbook.clone()),
            known_as: Vec::new(),
            confidence: share(h.confidence).min(most),
            verdict: Verdict::Proposed,
            statement: self.words(&h.statement),
            supporting,
            against: self.claims(&h.against),
            settled_by: None,
        }
    }

    fn check(&self, c: &draft::DraftCheck, hypotheses: &[Hypothesis]) -> Check {
        let command = c.command.as_deref().map(|t| self.words(t)).filter(|t| !t.is_empty());
        let expect = self.words(&c.expect);
        let (label, notes) = self.examined(command.as_deref(), Some(&expect));
        let settles: Vec<u32> =
            c.settles.iter().copied().filter(|s| (1..=hypotheses.len() as u32).contains(s)).collect();
        Check {
            id: check_id(&c.what, command.as_deref()),
            what: self.words(&c.what),
            blanks: command.as_deref().map(command::blanks).unwrap_or_default(),
            command,
            expect,
            rule: None,
            confirms: false,
            meanings: Vec::new(),
            label,
            notes,
            hypotheses: settles
                .iter()
                .filter_map(|s| hypotheses.get((*s as usize).checked_sub(1)?).map(|h| h.id.clone()))
                .collect(),
            settles,
        }
    }

    fn step(&self, i: usize, m: &draft::DraftStep) -> Mitigation {
        let command = m.command.as_deref().map(|t| self.words(t)).filter(|t| !t.is_empty());
        let (label, notes) = self.examined(command.as_deref(), None);
        Mitigation {
            id: format!("model/step-{}", i + 1),
            action: self.words(&m.action),
            blanks: command.as_deref().map(command::blanks).unwrap_or_default(),
            command,
            verify: None,
            label,
            notes,
            risk: self.words(&m.risk),
            rollback: self.words(&m.rollback),
            effect: m.effect.as_ref().map(|c| self.claim(c)),
        }
    }

    fn examined(&self, command: Option<&str>, expect: Option<&str>) -> (Label, Vec<String>) {
        label_and_notes(command, expect, self.against.context)
    }

    fn said_severity(&self, d: &Draft) -> SeveritySheet {
        let said = d.severity.as_ref();
        let level = said.and_then(|s| s.level.as_deref()).and_then(|l| match l.trim().to_uppercase().as_str() {
            "SEV1" => Some(Severity::Sev1),
            "SEV2" => Some(Severity::Sev2),
            "SEV3" => Some(Severity::Sev3),
            _ => None,
        });
        SeveritySheet {
            level,
            because: said.map(|s| self.claims(&s.because)).unwrap_or_default(),
            ..self.against.embedded.severity.clone()
        }
    }

    /// The level is the policy's over the facts of the evidence; what the model said stands beside it.
    fn sheet(&self, report: &mut Report) {
        let ours = self.against.embedded.severity.clone();
        let said = std::mem::replace(&mut report.severity, ours);
        if said.level.is_some() && said.level != report.severity.level {
            let level = said.level.map_or("no level", Severity::name);
            let stands = report.severity.level.map_or("undecided", Severity::name);
            report.severity.because.push(Claim::unsupported(format!(
                "The model says {level}; by policy {} it is {stands}.",
                report.severity.policy
            )));
        }
        report.severity.because.extend(said.because.into_iter().filter(|c| c.support == Support::Unsupported));
    }

    /// The places the report rests on, each once, in order.
    fn places(&self, report: &Report) -> Vec<Citation> {
        let hypotheses = report.hypotheses.iter().flat_map(|h| h.supporting.iter().chain(&h.against));
        let all = hypotheses.chain(report.customer_impact.iter()).chain([&report.summary]);
        let mut out: Vec<Citation> = Vec::new();
        for c in all.flat_map(|c| &c.citations) {
            if out.len() < MOST && !out.contains(c) {
                out.push(c.clone());
            }
        }
        out.sort_by_key(|c| (c.source, c.start));
        out
    }
}

fn share(confidence: f64) -> f64 {
    if confidence.is_finite() { confidence.clamp(0.0, 0.95) } else { 0.0 }
}

fn health(text: &str) -> Health {
    match text.trim() {
        "healthy" => Health::Healthy,
        "degraded" => Health::Degraded,
        "down" => Health::Down,
        _ => Health::Unknown,
    }
}

fn kind(text: &str) -> RowKind {
    match text.trim() {
        "change" => RowKind::Change,
        "symptom" => RowKind::Symptom,
        "cause" => RowKind::Cause,
        "alert" => RowKind::Alert,
        "action" => RowKind::Action,
        "recovery" => RowKind::Recovery,
        _ => RowKind::Note,
    }
}

/// The id of a model's check is made of what it says: another report that puts something else in its
/// place doesn't inherit its runs.
fn check_id(what: &str, command: Option<&str>) -> String {
    let digest = blake3::hash(format!("{what}\0{}", command.unwrap_or("")).as_bytes()).to_hex();
    format!("model/check-{}", digest.chars().take(12).collect::<String>())
}
