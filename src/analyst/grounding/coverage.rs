//! What a report leaves out: a change of the deploy that is never weighed, a stated reason that no
//! hypothesis considers, a dated event that is not on the timeline, a contradiction it passes over.

use super::causality::reason_of;
use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::stems::{shared, stems};
use super::{Finding, Known};
use crate::domain::{Level, Report};

static CHANGELOG: Pattern =
    Pattern::new(r#"(?im)\b(?:changelog|changes?|release notes?|included)\b\s*[:=-]\s*["“']?([^"”\n]+)"#);

/// Dated lines above which a timeline is a choice and not a list.
const MOST_TIMES: usize = 40;

/// Lines above which a paste is a log of everything, in which much fails that nobody asks about.
const MOST_FACTS: usize = 200;

/// Failing lines above which hypotheses are a choice and not a list.
const MOST_REASONS: usize = 12;

/// Checks a report.
pub fn of_report(r: &Report, known: &Known<'_>, out: &mut Vec<Finding>) {
    let weighed: String = r
        .hypotheses
        .iter()
        .flat_map(|h| {
            let claims = h.supporting.iter().chain(&h.against);
            std::iter::once(h.statement.clone()).chain(
                claims.flat_map(|c| std::iter::once(c.text.clone()).chain(c.citations.iter().map(|q| q.quote.clone()))),
            )
        })
        .chain(r.trigger.iter().map(|t| t.what.text.clone()))
        .chain(r.whys.iter().map(|w| w.answer.text.clone()))
        .chain(r.timeline.iter().map(|t| t.what.text.clone()))
        .collect::<Vec<_>>()
        .join("\n");
    changes(&weighed, "hypotheses", known, out);
    reasons(&weighed, "hypotheses", known, out);
    let times: String = r.timeline.iter().map(row_text).collect();
    timeline(&times, known, out);
    let noticed: String = r
        .notices
        .iter()
        .map(|n| format!("{}\n", n.what))
        .chain(r.customer_impact.iter().map(|c| c.text.clone()))
        .collect();
    passed_over(&noticed, known, out);
}

/// A row with what it cites: a time may be told in another zone than it was written in.
fn row_text(row: &crate::domain::report::TimelineRow) -> String {
    let quotes: String = row.what.citations.iter().map(|c| format!("{} ", c.quote)).collect();
    format!("{} {} {quotes}\n", row.at, row.what.text)
}

/// Checks a page of prose.
pub fn of_prose(page: &str, statements: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    let of = |parts: &[Part]| -> String {
        statements.iter().filter(|s| parts.contains(&s.part)).map(|s| format!("{}\n", s.text)).collect()
    };
    let weighed = of(&[Part::Hypothesis, Part::For, Part::Against, Part::RootCause, Part::Plan, Part::Trigger]);
    if !weighed.trim().is_empty() {
        changes(&weighed, "hypotheses", known, out);
        reasons(&weighed, "hypotheses", known, out);
    }
    let times = of(&[Part::Timeline]);
    if !times.trim().is_empty() {
        timeline(&times, known, out);
    }
    let body: String = statements.iter().map(|s| format!("{}\n", s.text)).collect();
    let _ = page;
    passed_over(&body, known, out);
}

/// Each item of a change note has to be weighed, if only to be ruled out.
fn changes(weighed: &str, path: &str, known: &Known<'_>, out: &mut Vec<Finding>) {
    let told = stems(weighed);
    let original: String = known.evidence.sources.iter().map(|s| format!("{}\n", s.text)).collect();
    for c in CHANGELOG.all(&original).iter().take(8) {
        for item in group(c, 1).split(';').map(str::trim).filter(|i| i.split_whitespace().count() >= 2) {
            let own = stems(item);
            if shared(&own, &told) * 2 < own.len() {
                let what = format!("the change `{item}` is never weighed, not even ruled out");
                out.push(
                    Finding::new(path, "change-not-considered", what)
                        .with_fix("name it as a hypothesis or rule it out"),
                );
            }
        }
    }
}

/// Each reason that a failing line states has to be considered by some hypothesis.
fn reasons(weighed: &str, path: &str, known: &Known<'_>, out: &mut Vec<Finding>) {
    let told = weighed.to_lowercase();
    let failing: Vec<_> = known
        .facts
        .iter()
        .filter(|f| f.line.level.is_some_and(|l| l >= Level::Error))
        .filter_map(|f| reason_of(f.text, f.line.message.saturating_sub(f.line.start)).map(|(_, reason)| (f, reason)))
        .collect();
    if failing.len() > MOST_REASONS || known.facts.len() > MOST_FACTS {
        return;
    }
    // a line that comes again with another port or address states no other reason
    let worded = |s: &&super::stems::Stem| s.as_str().chars().all(char::is_alphabetic);
    let mut found = Vec::new();
    for (f, reason) in failing {
        let own = stems(reason);
        let considered = own.iter().any(|s| told.contains(s.as_str()));
        let words: Vec<_> = own.iter().filter(worded).cloned().collect();
        if !own.is_empty() && !considered && !found.contains(&words) {
            found.push(words);
            let what = format!("a line states a reason that no hypothesis considers: `{}`", f.text.trim());
            out.push(
                Finding::new(path, "alternative-not-considered", what)
                    .with_fix("keep it as a hypothesis until a check rules it out"),
            );
        }
    }
}

fn timeline(told: &str, known: &Known<'_>, out: &mut Vec<Finding>) {
    if known.facts.len() > MOST_FACTS {
        return;
    }
    for (time, line) in known.clock_times(MOST_TIMES) {
        // a time that stands alone heads the lines below it
        let alone = line.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 2).count() < 2;
        if !told.contains(&time) && !alone && !is_no_event(line) {
            let what = format!("{time} is dated in the evidence and missing from the timeline: `{}`", line.trim());
            out.push(Finding::new("timeline", "event-missing", what));
        }
    }
}

/// True for what was typed, for a heading, and for a remark in a chat: their times date no event.
fn is_no_event(line: &str) -> bool {
    line.starts_with('#')
        || crate::intake::prompt::typed(line).is_some()
        || crate::analyst::naming::persons::is_remark(line)
}

/// A contradiction of the evidence that the report does not mention.
fn passed_over(told: &str, known: &Known<'_>, out: &mut Vec<Finding>) {
    for claim in super::conflicts(known.evidence) {
        let figures = super::tokens::all_numbers(&claim.text);
        let mentioned = told.contains(&claim.text)
            || figures.first().is_some_and(|_| {
                let said = told.to_lowercase();
                said.contains("contradict") || said.contains("does not agree") || said.contains("conflict")
            });
        if !mentioned {
            out.push(Finding::new(
                "notices",
                "conflict-passed-over",
                format!("the evidence contradicts itself: {}", claim.text),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::analyst::grounding::prose::prose;
    use crate::domain::{Evidence, Origin, Source, SourceId};

    #[test]
    fn a_reason_that_many_lines_state_is_left_out_once() {
        let text = "\
2026-03-01T10:00:00Z ERROR cart: cannot read the list: cluster slot moved from 10.1.2.3:6379
2026-03-01T10:00:01Z ERROR cart: cannot read the list: cluster slot moved from 10.1.2.4:6380
2026-03-01T10:00:02Z ERROR till: cannot charge: card service refused connection
";
        let source = Source { id: SourceId(0), name: "log".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let page = "# Cart\n\n## Root cause\n\nA wrong price of tomatoes.\n";
        let left_out = prose(page, &evidence).into_iter().filter(|f| f.rule == "alternative-not-considered");
        let told: Vec<String> = left_out.map(|f| f.what).collect();
        assert_eq!(told.len(), 2, "{told:#?}");
        assert!(told[0].contains("slot moved") && told[1].contains("refused connection"), "{told:#?}");
    }
}
