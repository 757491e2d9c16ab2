//! Sections against each other: one confidence, one patient zero, counts that are what is listed,
//! nothing told twice, no gap where another section has the answer, no row before its time.

use std::cmp::Ordering;

use super::gap::GAP;
use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::stems::{shared, stems};
use super::{Finding, Known};
use crate::domain::Report;

static CONFIDENCE: Pattern = Pattern::new(r"(?i)(\d{1,3})\s?%\s*confiden\w*|confiden\w*:?\s*(\d{1,3})\s?%");
static RADIUS: Pattern = Pattern::new(r"(?i)\bblast radius\b\W{0,4}\(?(\d+)|blast radius:?\s*(\d+)");
static OBSERVED_AT: Pattern = Pattern::new(r"(?i)\b(?:drops?|falls?|rises?|spikes?|dips?|degrades?|declared)\b");
static WAITED: Pattern = Pattern::new(r"(?i)\b(quick|fast|rapid|prompt|early)\w*\s+(?:detect|notic|respon)\w*");

/// Cross-checks of a report.
pub fn of_report(r: &Report, known: &Known<'_>, out: &mut Vec<Finding>) {
    one_confidence(r, out);
    let counted = r.trail.iter().map(|s| (format!("trail #{}", s.no), format!("{} {}", s.title, s.text)));
    let page = std::iter::once(("postmortem".to_owned(), r.postmortem.markdown.clone()));
    for (path, text) in counted.chain(page) {
        for c in RADIUS.all(&text) {
            let said = [group(&c, 1), group(&c, 2)].concat();
            if said.parse::<usize>().is_ok_and(|n| n != r.blast_radius.len()) {
                let what =
                    format!("the blast radius is given as {said}, and {} entries are listed", r.blast_radius.len());
                out.push(Finding::new(&path, "count-disagrees", what));
            }
        }
    }
    first_cause(r, out);
    edges(r, known, out);
    detection(r, out);
    duplicates(r, out);
    in_order(r, out);
}

fn one_confidence(r: &Report, out: &mut Vec<Finding>) {
    let (Some(t), Some(h)) = (&r.trigger, r.hypotheses.first()) else { return };
    // what set it off may be less sure than what it is, and never surer
    if t.confidence > h.confidence + 0.005 {
        let what =
            format!("the trigger's confidence is {:.2}, the first hypothesis's is {:.2}", t.confidence, h.confidence);
        out.push(Finding::new("trigger.confidence", "confidence-disagrees", what).with_fix("one computed value"));
    }
}

/// Patient zero is no later than any symptom and is the one the trail names.
fn first_cause(r: &Report, out: &mut Vec<Finding>) {
    let Some(f) = &r.first_cause else { return };
    let symptom = r.timeline.iter().filter(|row| matches!(row.kind, crate::domain::report::RowKind::Symptom));
    let shares_line = |row: &crate::domain::report::TimelineRow| {
        row.what.citations.iter().any(|a| f.what.citations.iter().any(|b| a.source == b.source && a.line == b.line))
    };
    let related = symptom.filter(|row| {
        r.hypotheses.first().is_some_and(|h| row.service.as_deref() == Some(h.subject.as_str())) || shares_line(row)
    });
    if let Some(row) = related.into_iter().find(|row| f.at.order(&row.at) == Some(Ordering::Greater)) {
        let what = format!("patient zero is dated {}, after a symptom of it at {}", f.at, row.at);
        out.push(Finding::new("first_cause.at", "cause-after-effect", what).with_fix(row.at.to_string()));
    }
    let subject = r.hypotheses.first().map(|h| h.subject.as_str()).unwrap_or_default();
    for s in r.trail.iter().filter(|s| s.text.to_lowercase().contains("patient zero")) {
        let other = r.services.iter().find(|v| s.text.contains(&v.name) && v.name != subject);
        if let Some(other) = other
            && !s.text.contains(subject)
        {
            let what = format!("the trail names {} as patient zero, the report {subject}", other.name);
            out.push(Finding::new(&format!("trail #{}", s.no), "patient-zero-disagrees", what));
        }
    }
}

fn edges(r: &Report, known: &Known<'_>, out: &mut Vec<Finding>) {
    for (i, p) in r.propagation.iter().enumerate() {
        let cited = p.observed.citations.iter().any(|c| !c.quote.trim().is_empty());
        let shown = p.observed.citations.iter().any(|c| super::rows::shows_both(known, c, &p.from, &p.to))
            || super::rows::shows_by_address(known, &p.observed.citations, &p.from, &p.to)
            || super::rows::shows_by_setting(known, &p.observed.citations, &p.from, &p.to);
        if !cited || !(shown || super::causality::observed(&p.from, &p.to, known)) {
            let what = format!("no line speaks of {} and {} together: the edge was not observed", p.from, p.to);
            out.push(
                Finding::new(&format!("propagation[{i}]"), "edge-not-observed", what).with_fix("leave the edge out"),
            );
        }
    }
}

fn detection(r: &Report, out: &mut Vec<Finding>) {
    let Some(t) = &r.time_to_detect else { return };
    if t.seconds <= 0.0 {
        let what = "a time to detect of zero: two equal stamps are no measurement";
        out.push(Finding::new("time_to_detect", "detection-without-stamps", what).with_fix("null"));
    }
    match super::formula::check(&t.formula) {
        super::formula::Checked::Holds { times, .. } if times.len() >= 2 => {}
        _ => {
            let what = format!("`{}` is no difference of two stamps that holds", t.formula);
            out.push(Finding::new("time_to_detect", "detection-without-stamps", what).with_fix("null"));
        }
    }
}

fn duplicates(r: &Report, out: &mut Vec<Finding>) {
    let whys = r.whys.iter().enumerate().map(|(i, w)| (format!("whys[{i}]"), w.answer.text.clone()));
    let systemic = r.systemic_cause.iter().map(|c| ("systemic_cause".to_owned(), c.text.clone()));
    let counter = r.counterfactual.iter().map(|c| ("counterfactual".to_owned(), c.text.clone()));
    let texts: Vec<(String, String)> = whys.chain(systemic).chain(counter).collect();
    for (i, (path, text)) in texts.iter().enumerate() {
        if let Some((first, _)) = texts.iter().take(i).find(|(_, t)| same(t, text)) {
            out.push(Finding::new(path, "duplicate", format!("says the same as {first}")));
        }
    }
    for (i, w) in r.whys.iter().enumerate() {
        if restates(&w.question, &w.answer.text) {
            out.push(Finding::new(&format!("whys[{i}]"), "duplicate", "the answer restates its question"));
        }
    }
}

/// True when two texts are the same but for white space and case.
pub(super) fn same(a: &str, b: &str) -> bool {
    let plain = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    a.len() > 20 && plain(a) == plain(b)
}

/// True when an answer holds nothing that its question did not.
fn restates(question: &str, answer: &str) -> bool {
    let (q, a) = (stems(question), stems(answer));
    a.len() >= 3 && shared(&a, &q) == a.len()
}

/// Rows stand in the order of their times.
fn in_order(r: &Report, out: &mut Vec<Finding>) {
    for (i, pair) in r.timeline.windows(2).enumerate() {
        if let [a, b] = pair
            && a.at.order(&b.at) == Some(Ordering::Greater)
        {
            out.push(Finding::new(
                &format!("timeline[{}]", i + 1),
                "timeline-order",
                format!("{} stands after {}", b.at, a.at),
            ));
        }
    }
}

/// Cross-checks of a page of prose.
pub fn of_prose(statements: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    super::severity::of_prose(statements, known, out);
    confidences(statements, out);
    radius(statements, out);
    gaps(statements, out);
    observed_not_begun(statements, known, out);
    praise(statements, known, out);
    repeated(statements, out);
    patient_zero(statements, known, out);
    polarity(statements, out);
    quantify(statements, known, out);
}

fn confidences(statements: &[Statement<'_>], out: &mut Vec<Finding>) {
    let mut seen: Vec<(String, String)> = Vec::new();
    for s in statements {
        for c in CONFIDENCE.all(&s.text) {
            let value = [group(&c, 1), group(&c, 2)].concat();
            if !seen.iter().any(|(v, _)| *v == value) {
                seen.push((value, s.path.clone()));
            }
        }
    }
    if let [(first, _), .., (last, path)] = seen.as_slice() {
        let what = format!("{} confidences are given for one cause, {first}% and {last}% among them", seen.len());
        out.push(Finding::new(path, "confidence-disagrees", what).with_fix("one computed value"));
    }
}

fn radius(statements: &[Statement<'_>], out: &mut Vec<Finding>) {
    let mut seen: Vec<(String, String)> = Vec::new();
    for s in statements {
        for c in RADIUS.all(&s.text) {
            let n = [group(&c, 1), group(&c, 2)].concat();
            if !seen.iter().any(|(v, _)| *v == n) {
                seen.push((n, s.path.clone()));
            }
        }
    }
    if let [(first, _), .., (last, path)] = seen.as_slice() {
        out.push(Finding::new(path, "count-disagrees", format!("the blast radius is given as {first} and as {last}")));
    }
}

/// A gap to fill in where another section has the answer.
fn gaps(statements: &[Statement<'_>], out: &mut Vec<Finding>) {
    let full = |part: Part| statements.iter().any(|s| s.part == part && !GAP.is_match(&s.text) && s.text.len() > 20);
    for s in statements.iter().filter(|s| GAP.is_match(&s.text)) {
        let answered = match s.part {
            Part::Summary => full(Part::Summary) || full(Part::Impact),
            // A cell that is left open in a list of items is its own gap: no other section has its answer.
            Part::ActionItems => !full(Part::ActionItems) && full(Part::FollowUps),
            Part::Impact => full(Part::Impact),
            _ => false,
        };
        let what =
            if answered { "a gap is left where another section has the answer" } else { "a gap is left to fill in" };
        let rule = if answered { "gap-with-answer" } else { "gap" };
        out.push(Finding::new(&s.path, rule, what));
    }
}

/// `09:16 - X drops` where the evidence noted at 09:16 that X had dropped.
fn observed_not_begun(statements: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    for s in statements.iter().filter(|s| s.part == Part::Timeline && OBSERVED_AT.is_match(&s.text)) {
        let tokens = super::tokens::Tokens::of(&s.text);
        let Some(time) = tokens.times.first() else { continue };
        let Some(line) = known.facts.iter().find(|f| f.text.contains(time.as_str())) else { continue };
        let verb = OBSERVED_AT.captures(&s.text).map(|c| group(&c, 0).to_lowercase()).unwrap_or_default();
        let says = line.text.to_lowercase().contains(&verb);
        if !says {
            let what = format!("`{verb}` at {time}: the evidence notes a state at that time, not that it began then");
            out.push(Finding::new(&s.path, "noted-is-not-begun", what).with_fix(format!("noted at {time}")));
        }
    }
}

/// `Quick detection` where the evidence shows hours between the first change and the first notice.
fn praise(statements: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    let times = known.clock_times(40);
    let minutes = |t: &str| -> Option<f64> {
        let (h, m) = t.split_once(':')?;
        Some(h.parse::<f64>().ok()? * 60.0 + m.parse::<f64>().ok()?)
    };
    let change =
        times.iter().find(|(_, l)| l.to_lowercase().contains("deploy") || l.to_lowercase().contains("rollout"));
    let page = times.iter().find(|(_, l)| l.to_lowercase().contains("page"));
    let (Some(change), Some(page)) = (change, page) else { return };
    let (Some(a), Some(b)) = (minutes(&change.0), minutes(&page.0)) else { return };
    for s in statements.iter().filter(|s| WAITED.is_match(&s.text) && b - a > 30.0) {
        let what = format!(
            "{} passed between the change ({}) and the page ({})",
            crate::analyst::report::wording::duration((b - a) * 60.0),
            change.0,
            page.0
        );
        out.push(Finding::new(&s.path, "praise-against-the-timeline", what));
    }
}

/// A line of a step, which says of this step what another may say of itself.
pub fn of_step(text: &str) -> bool {
    let bare = text.trim_start_matches(['-', '*', '•', ' ']);
    ["Command: ", "Risk: ", "Rollback: ", "Effect: "].iter().any(|label| bare.starts_with(label))
}

fn repeated(statements: &[Statement<'_>], out: &mut Vec<Finding>) {
    let mut seen: std::collections::HashMap<String, &str> = std::collections::HashMap::new();
    for s in
        statements.iter().filter(|s| !matches!(s.part, Part::Trail | Part::Evidence | Part::Timeline | Part::Services))
    {
        // A line of the evidence may support more than one sentence; a summary says what other sections say.
        if s.part == Part::Summary || of_step(&s.text) || s.support == Some(crate::domain::Support::Quoted) {
            continue;
        }
        let body =
            s.text.split_once(": ").filter(|(label, _)| label.len() < 40).map_or(s.text.as_str(), |(_, body)| body);
        let plain: String = stems(body).iter().map(|s| format!("{} ", s.as_str())).collect();
        if plain.len() < 40 {
            continue;
        }
        match seen.get(plain.as_str()) {
            Some(first) if *first != s.path => {
                out.push(Finding::new(&s.path, "duplicate", format!("says the same as {first}")));
            }
            Some(_) => {}
            None => {
                seen.insert(plain, s.path.as_str());
            }
        }
    }
}

/// The report's patient zero and the one its own trail shows.
fn patient_zero(statements: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    let services = known.services();
    let named = |s: &Statement<'_>| services.iter().find(|n| s.text.contains(n.as_str())).cloned();
    let told =
        statements.iter().filter(|s| s.part == Part::PatientZero).find_map(|s| named(s).map(|n| (n, s.path.clone())));
    let Some((told, _)) = told else { return };
    let trail: Vec<&Statement<'_>> = statements.iter().filter(|s| s.part == Part::Trail).collect();
    let Some(at) = trail.iter().position(|s| s.text.contains("trace_origin")) else { return };
    let found = trail.iter().skip(at).take(8).find(|s| s.text.contains("event") && named(s).is_some());
    if let Some(s) = found
        && let Some(other) = named(s)
        && other != told
    {
        out.push(Finding::new(
            &s.path,
            "patient-zero-disagrees",
            format!("the trail shows {other}, the report names {told}"),
        ));
    }
}

/// Evidence that speaks against the hypothesis it is given for.
fn polarity(statements: &[Statement<'_>], out: &mut Vec<Finding>) {
    for s in statements.iter().filter(|s| matches!(s.part, Part::Hypothesis | Part::For)) {
        if refutes(&s.text) {
            out.push(
                Finding::new(&s.path, "evidence-refutes-hypothesis", "the evidence given for it speaks against it")
                    .with_fix("move it to `against`, or rule the hypothesis out"),
            );
        }
    }
}

/// True when a sentence given as support denies what it supports.
pub(super) fn refutes(text: &str) -> bool {
    static REFUTES: Pattern = Pattern::new(
        r"(?i)\b(?:so|therefore|thus|hence)?\s*(?:it'?s|it is|this is|that is)\s+not\s+(?:a|an|the)\b|\bnot (?:a|the) (?:limit|config\w*|network|memory|capacity)\s+(?:issue|problem)|\brules? (?:this|it) out\b|\bcontradicts (?:this|the) hypothesis\b",
    );
    REFUTES.is_match(text)
}

/// The lines of one step: its command, risk, way back and effect, with a sentence or two each.
const STEP: usize = 10;

/// More memory or more replicas against growth, where the figures for an estimate are there.
fn quantify(statements: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    static MORE: Pattern = Pattern::new(r"(?i)\b(?:increase|raise|scale up|bump)\b[^.]*\b(?:memory|limit|replicas)\b");
    static GROWTH: Pattern =
        Pattern::new(r"(?i)\d\s?[kmg]i?b?\s+at\s+\d{1,2}:\d{2}[^\n]*\d\s?[kmg]i?b?\s+at\s+\d{1,2}:\d{2}");
    if !GROWTH.is_match(&known.lower) {
        return;
    }
    for (i, s) in statements.iter().enumerate().filter(|(_, s)| s.part == Part::Plan && MORE.is_match(&s.text)) {
        static ESTIMATE: Pattern = Pattern::new(r"(?i)\d\s*(?:h|hours?|min|minutes?)\b");
        // The effect may stand in a line of its own below the step.
        let below =
            statements.iter().skip(i + 1).take(STEP).take_while(|t| t.part == Part::Plan && !MORE.is_match(&t.text));
        let mut effects = below.filter(|t| t.text.to_lowercase().starts_with("effect"));
        if !ESTIMATE.is_match(&s.text) && !effects.any(|t| ESTIMATE.is_match(&t.text)) {
            let what = "the evidence gives growth and limit, and the step does not say how long it helps";
            out.push(
                Finding::new(&s.path, "effect-not-quantified", what)
                    .with_fix("(new limit - baseline) / growth per hour"),
            );
        }
    }
}
