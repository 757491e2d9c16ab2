//! Causes precede effects; an edge was observed; a stated reason beats an inference; what a line
//! says of one thing is not told of another.

use super::known::Fact;
use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::stems::{Stem, shared, stems};
use super::{Finding, Known};
use crate::domain::{Reading, Source};

static BECAUSE: Pattern = Pattern::new(
    r"(?i)^(.{6,}?)[,;]?\s+(?:causing|caused|leading to|led to|resulting in|which (?:made|caused|led to)|triggering|so that)\s+(.{6,})$",
);
static ORDERED: Pattern = Pattern::new(
    r"(?i)\b(?:patient zero|(?:was|were) (?:triggered|caused|set off) by|cascad\w+ failure|led to a cascad\w+|started with|began with|first failed)\b",
);
static ARROW: Pattern = Pattern::new(r"([A-Za-z0-9][\w./-]*)\s*(?:→|->|=>)\s*");

/// Checks one statement.
pub fn of_statement(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    if matches!(s.part, Part::Trail | Part::Context | Part::Evidence) {
        return;
    }
    stated_reason(s, known, out);
    order(s, known, out);
    if s.part == Part::Propagation {
        chain(s, known, out);
    } else if s.support.is_none() {
        spoken(s, known, out);
    }
    if matches!(s.part, Part::Services | Part::Blast) {
        subject(s, known, out);
    }
}

/// `X, causing Y to fail` where a line says that Y failed for another reason.
fn stated_reason(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    if s.part == Part::Systemic && s.text.contains(" may ") {
        // what could happen in general gives no cause of what did
        return;
    }
    let Some(c) = BECAUSE.captures(&s.text) else { return };
    let (cause, effect) = (group(&c, 1), stems(group(&c, 2)));
    for f in &known.facts {
        let Some((failure, reason)) = reason_of(f.text, f.line.message.saturating_sub(f.line.start)) else { continue };
        let about = stems(failure);
        let own = stems(reason);
        let same = shared(&about, &effect) >= 2.min(about.len());
        // what only the reason says: a sentence that does not say it gives another cause
        let only: Vec<Stem> = own.iter().filter(|r| shared(&effect, std::slice::from_ref(r)) == 0).copied().collect();
        let told = only.is_empty()
            || shared(&only, &stems(cause)) > 0
            || only.iter().any(|r| s.text.to_lowercase().contains(r.as_str()));
        if about.len() >= 2 && same && !told {
            let what = format!("the line says why: `{}`; the sentence gives another cause", f.text.trim());
            out.push(
                Finding::new(&s.path, "stated-reason-contradicted", what)
                    .with_fix(format!("because of {}", reason.trim())),
            );
            return;
        }
    }
}

/// A failure and the reason the line gives for it: `cannot lock - Redis CLUSTERDOWN`.
pub(super) fn reason_of(text: &str, message: usize) -> Option<(&str, &str)> {
    let message = text.get(message..).unwrap_or(text).trim();
    let low = message.to_lowercase();
    let failing = [
        "fail",
        "cannot",
        "can't",
        "could not",
        "unable",
        "refused",
        "error",
        "exhausted",
        "denied",
        "timeout",
        "timed out",
    ];
    if !failing.iter().any(|w| low.contains(w)) {
        return None;
    }
    [" - ", " because ", " due to ", ": "].iter().find_map(|between| {
        let (failure, reason) = message.split_once(between)?;
        (failure.split_whitespace().count() >= 2 && !reason.trim().is_empty()).then_some((failure, reason))
    })
}

/// Claims of order where the stamps give none, or where the paste has it the other way round.
fn order(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    let claims = s.part == Part::PatientZero && s.subject.is_none() && s.at.is_some() || ORDERED.is_match(&s.text);
    let denied =
        ["not known", "not named", "no patient zero", "unordered", "can't be"].iter().any(|w| s.text.contains(w));
    if !claims || denied || !known.is_unordered() {
        return;
    }
    let last = known.facts.last().map(|f| f.line.no);
    let about = known.line_about(&s.text, 2);
    let place = match about {
        Some(f) if Some(f.line.no) == last => "; it is the last line of what was pasted",
        _ => "",
    };
    let what = format!("an order is claimed, and the stamps are equal or a few milliseconds apart{place}");
    out.push(Finding::new(&s.path, "order-not-known", what).with_fix("say that the order is not known"));
}

/// `a → b → c`: each step needs a line that speaks of both.
fn chain(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    let Some(first) = ARROW.captures(&s.text).and_then(|c| c.get(0).map(|m| m.start())) else { return };
    let path = s.text.get(first..).unwrap_or("").replace("->", "→").replace("=>", "→");
    let names: Vec<&str> =
        path.split('→').map(|n| n.split_whitespace().next().unwrap_or("").trim_end_matches(['.', ',', ':'])).collect();
    for pair in names.windows(2) {
        if let [from, to] = pair
            && !from.is_empty()
            && !to.is_empty()
            && !observed(from, to, known)
        {
            let what = format!("no line speaks of {from} and {to} together: the edge was not observed");
            out.push(Finding::new(&s.path, "edge-not-observed", what).with_fix("leave the edge out"));
        }
    }
}

/// `A calls B` in prose, of two services: a line has to speak of both.
fn spoken(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    static CALLS: Pattern = Pattern::new(
        r"\b([A-Za-z][\w.-]*\w)\s+(?:calls?|called|depend(?:s|ed) on|quer(?:y|ies|ied)|talks? to|connect(?:s|ed) to|relie[sd] on|reads? from|writes? to)\s+(?:the\s+)?([A-Za-z][\w.-]*\w)",
    );
    for c in CALLS.all(&s.text) {
        let (from, to) = (group(&c, 1), group(&c, 2));
        let services = known.services();
        let both = [from, to].iter().all(|n| services.iter().any(|s| s.eq_ignore_ascii_case(n)));
        if both && from != to && !observed(from, to, known) {
            let what = format!("no line speaks of {from} and {to} together: the edge was not observed");
            out.push(Finding::new(&s.path, "edge-not-observed", what).with_fix("leave the edge out"));
        }
    }
}

/// True when a line of one names the other, a line names both, or a trace has the one above the other.
pub(super) fn observed(from: &str, to: &str, known: &Known<'_>) -> bool {
    let (a, b) = (from.to_lowercase(), to.to_lowercase());
    let told = known.facts.iter().any(|f| {
        let low = known.low(f);
        let service = f.line.service.as_deref().unwrap_or("").to_lowercase();
        let names = |n: &String| low.contains(n.as_str()) || service == *n;
        // what a line of the one's own log says of the other
        match (names(&a), names(&b)) {
            (true, true) => true,
            (true, false) => in_its_log(f, to, known),
            (false, true) => in_its_log(f, from, known),
            (false, false) => false,
        }
    });
    told || known.traced(&a, &b)
}

/// The reading and the source that a line stands in.
fn place_of<'k>(f: &Fact<'_>, known: &Known<'k>) -> Option<(&'k Reading, &'k Source)> {
    let at = (f.line.no as usize).saturating_sub(1);
    let here = |r: &Reading| r.lines.get(at).is_some_and(|l| std::ptr::eq(l, f.line));
    known.evidence.readings.iter().zip(&known.evidence.sources).find(|(r, _)| here(r))
}

/// True when the line stands below the command that printed that one's log: `kubectl logs web-0`.
fn in_its_log(f: &Fact<'_>, name: &str, known: &Known<'_>) -> bool {
    let Some((reading, source)) = place_of(f, known) else { return false };
    let above = reading.lines.iter().take((f.line.no as usize).saturating_sub(1)).rev().take(LOG);
    let mut typed = above.filter_map(|l| crate::intake::prompt::typed(source.text.get(l.range())?));
    typed.next().is_some_and(|t| t.command.contains(" logs ") && t.command.contains(name))
}

/// Lines above a line among which the command that printed it is looked for.
const LOG: usize = 200;

/// True when the line stands below a heading or a command that names the subject: it is from its log.
fn in_its_section(f: &Fact<'_>, subject: &str, known: &Known<'_>) -> bool {
    let Some((reading, source)) = place_of(f, known) else { return false };
    let at = (f.line.no as usize).saturating_sub(1);
    let section = reading.sections.iter().find(|s| s.lines.contains(&at));
    let titled = section.and_then(|s| s.title.as_deref()).is_some_and(|t| t.contains(subject));
    let before = section.and_then(|s| reading.lines.get(s.lines.start.saturating_sub(1)));
    let heading = before.and_then(|l| source.text.get(l.range()));
    titled || heading.is_some_and(|h| h.len() < 120 && h.contains(subject))
}

/// An impact told of one service whose words stand in another's line.
fn subject(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    let services = known.services();
    let named = s.subject.clone().or_else(|| services.iter().find(|n| s.text.contains(n.as_str())).cloned());
    let Some(subject) = named else { return };
    let own = s.citations.iter().any(|c| super::rows::shows_both(known, c, &subject, &subject));
    if own {
        // what it cites is the subject's, or speaks of it
        return;
    }
    let words = s.text.replace(subject.as_str(), " ");
    let Some(f) = known.line_about(&words, 3) else { return };
    if !s.citations.is_empty() && !s.citations.iter().any(|c| super::rows::line_text(known, c) == f.text) {
        // it rests on other lines than the one that sounds alike
        return;
    }
    let Some(owner) = f.line.service.as_deref() else { return };
    let about_it = f.text.to_lowercase().contains(&subject.to_lowercase()) || s.text.starts_with(&format!("{owner}: "));
    let of_pod = || crate::analyst::naming::workload(owner).eq_ignore_ascii_case(&subject);
    // a part of a kernel speaks for the host that it runs
    let of_host = crate::analyst::naming::is_of_kernel(owner);
    let same = owner.eq_ignore_ascii_case(&subject) || of_pod() || of_host || in_its_section(f, &subject, known);
    let wanted = stems(&words);
    let own_line = known.facts.iter().any(|o| {
        o.line.service.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(&subject)) && shared(o.stems(), &wanted) >= 3
    });
    if !same && !about_it && !own_line {
        let what = format!("that line belongs to {owner}, not to {subject}: `{}`", f.text.trim());
        out.push(Finding::new(&s.path, "wrong-subject", what).with_fix(owner.to_owned()));
    }
}
