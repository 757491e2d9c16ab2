//! Answers by search: a question about this incident is answered from the report's hypotheses,
//! timeline, services and claims, and from the lines that hold its words. Nothing is inferred here:
//! each claim of an answer stands in the report or is a line, and what can't be answered is said so.

use serde::{Deserialize, Serialize};

use super::find::{Kind, find, words};
use crate::domain::{Claim, Evidence, Hypothesis, Report, Verdict};

/// Claims of one answer, at most.
const MOST: usize = 8;
/// The longest line that is quoted in an answer, in characters.
const QUOTED: usize = 300;

/// What a question came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether anything given bears on it.
    pub known: bool,
    /// What the claims are, or what was looked for in vain: one sentence.
    pub lead: String,
    /// The claims, each with its citations.
    pub claims: Vec<Claim>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Cause,
    Time,
    Extent,
    Impact,
    Next,
    Else,
}

/// The words that tell what is asked for; the first that fits decides.
const SORTS: &[(Sort, &[&str])] = &[
    (Sort::Cause, &["why", "root cause", "what caused", "cause", "为什么", "原因", "为何"]),
    (Sort::Time, &["when", "what time", "how long", "since", "什么时候", "何时", "多久"]),
    (
        Sort::Extent,
        &[
            "which pods",
            "which pod",
            "which service",
            "which services",
            "which node",
            "what services",
            "blast",
            "哪些",
            "哪个",
        ],
    ),
    (Sort::Impact, &["customer", "impact", "users", "how many", "how bad", "客户", "用户", "影响"]),
    (Sort::Next, &["what next", "what should", "how do we fix", "how to fix", "mitigat", "怎么办", "下一步"]),
];

fn sort_of(question: &str) -> Sort {
    let low = question.to_lowercase();
    SORTS.iter().find(|(_, said)| said.iter().any(|s| low.contains(s))).map_or(Sort::Else, |(sort, _)| *sort)
}

/// The answer to a question over the evidence and the last report.
pub fn answer(evidence: &Evidence, report: Option<&Report>, question: &str) -> Answer {
    let words = words(question);
    let named: Vec<String> = words.iter().filter(|w| !is_of_the_question(w)).cloned().collect();
    let direct = report.and_then(|r| match sort_of(question) {
        Sort::Cause => cause(r, &named),
        Sort::Time => time(r, &named),
        Sort::Extent => extent(r, &named),
        Sort::Impact => listed("What is known of the impact", r.customer_impact.clone()),
        Sort::Next => next(r),
        Sort::Else => None,
    });
    let found = direct.unwrap_or_else(|| by_words(evidence, report, &named));
    if found.known {
        return found;
    }
    // What is asked for has nothing that answers it; lines that hold its words may still help.
    let lines = by_words(evidence, report, &named);
    if lines.claims.is_empty() {
        return found;
    }
    Answer { known: false, lead: format!("{} {}", found.lead, lines.lead), claims: lines.claims }
}

/// Words that ask, and name nothing.
fn is_of_the_question(word: &str) -> bool {
    const ASKING: &[&str] = &[
        "cause", "caused", "root", "start", "started", "begin", "began", "pod", "pods", "service", "services", "node",
        "nodes", "happen", "happened", "time", "long", "many", "bad", "impact", "affected", "next", "fix", "should",
        "incident", "since", "wrong", "broke", "broken", "first", "hit", "involved", "down", "failing", "failed",
    ];
    ASKING.contains(&word)
}

fn cause(r: &Report, named: &[String]) -> Option<Answer> {
    let about = |h: &&Hypothesis| {
        let low = format!("{} {} {} {:?}", h.subject, h.statement, h.playbook, h.subject_kind).to_lowercase();
        named.iter().any(|w| low.contains(w.as_str()))
    };
    if named.is_empty() {
        let first = r.hypotheses.first()?;
        let mut claims = vec![whole(first)];
        claims.extend(first.supporting.iter().take(MOST - 1).cloned());
        return listed(
            &format!("The first hypothesis, confidence {:.2}, and what speaks for it", first.confidence),
            claims,
        );
    }
    let found: Vec<&Hypothesis> = r.hypotheses.iter().filter(about).take(2).collect();
    if found.is_empty() {
        let lead = format!("No hypothesis is about {}: nothing given made it a suspect.", named.join(", "));
        return Some(Answer { known: false, lead, claims: Vec::new() });
    }
    let mut claims = Vec::new();
    let mut leads = Vec::new();
    for h in found {
        claims.push(whole(h));
        leads.push(stands(h));
        let speaks =
            if h.rank == 1 { h.supporting.iter().chain(&h.against) } else { h.against.iter().chain(&h.supporting) };
        claims.extend(speaks.take(3).cloned());
    }
    let mut answer = listed(&leads.join("; "), claims)?;
    if let Some(first) =
        r.hypotheses.first().filter(|h| !leads.iter().any(|l| l.starts_with(&h.subject)) && h.rank == 1)
    {
        answer.claims.push(whole(first));
    }
    Some(answer)
}

/// Where a hypothesis stands, and why there.
fn stands(h: &Hypothesis) -> String {
    let verdict = match h.verdict {
        Verdict::Proposed => String::new(),
        v => format!(", {}", v.name()),
    };
    let against = match h.against.len() {
        0 => "nothing found speaks against it; what stands above it explains more".to_owned(),
        1 => "one finding speaks against it".to_owned(),
        n => format!("{n} findings speak against it"),
    };
    let why = if h.rank == 1 { "it is the first".to_owned() } else { against };
    format!("{}: place {}, confidence {:.2}{verdict}: {why}", h.subject, h.rank, h.confidence)
}

/// A hypothesis's statement as a claim that rests on what speaks for it.
fn whole(h: &Hypothesis) -> Claim {
    let cited = h.supporting.iter().flat_map(|c| c.citations.iter().take(1)).take(3).cloned().collect();
    Claim::inferred(h.statement.clone(), cited)
}

fn time(r: &Report, named: &[String]) -> Option<Answer> {
    let holds = |text: &str| {
        let low = text.to_lowercase();
        named.iter().any(|w| low.contains(w.as_str()))
    };
    if named.is_empty()
        && let Some(first) = &r.first_cause
    {
        let mut claims = vec![first.what.clone()];
        claims.extend(r.trigger.iter().map(|t| t.what.clone()));
        claims.extend(r.timeline.iter().take(3).map(|row| row.what.clone()));
        claims.dedup_by(|a, b| a.text == b.text);
        return listed(&format!("The first cause stands at {}", stamp(first.at)), claims);
    }
    let rows: Vec<_> = r
        .timeline
        .iter()
        .filter(|row| named.is_empty() || holds(&row.what.text) || row.service.as_deref().is_some_and(holds))
        .collect();
    let first = rows.first()?;
    let lead = format!("{} of the timeline's rows; the first at {}", rows.len(), stamp(first.at));
    listed(&lead, rows.iter().take(MOST).map(|row| row.what.clone()).collect())
}

fn stamp(at: crate::domain::Stamp) -> String {
    serde_json::to_value(at).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_else(|| format!("{at:?}"))
}

fn extent(r: &Report, named: &[String]) -> Option<Answer> {
    let holds = |text: &str| named.is_empty() || named.iter().any(|w| text.to_lowercase().contains(w.as_str()));
    let blast = r.blast_radius.iter().filter(|b| holds(&b.name) || holds(&b.kind)).map(|b| b.impact.clone());
    let services = r.services.iter().filter(|s| holds(&s.name)).filter_map(|s| s.impact.clone());
    let mut claims: Vec<Claim> = blast.chain(services).collect();
    claims.dedup_by(|a, b| a.text == b.text);
    listed("What was hit", claims)
}

fn next(r: &Report) -> Option<Answer> {
    let cited = |ids: &[String]| {
        let of = r.hypotheses.iter().filter(|h| ids.contains(&h.id));
        of.flat_map(|h| h.supporting.iter().flat_map(|c| c.citations.iter().take(1))).take(2).cloned().collect()
    };
    let checks = r.checklist.iter().take(3).map(|c| Claim::inferred(c.what.clone(), cited(&c.hypotheses)));
    listed("The first checks of the checklist; their commands stand there", checks.collect())
}

fn listed(lead: &str, claims: Vec<Claim>) -> Option<Answer> {
    if claims.is_empty() {
        return None;
    }
    let claims = claims.into_iter().take(MOST).collect();
    Some(Answer { known: true, lead: format!("{lead}."), claims })
}

fn by_words(evidence: &Evidence, report: Option<&Report>, named: &[String]) -> Answer {
    if named.is_empty() {
        let lead = "The question names nothing to look for: name a service, an error, a figure or a time.";
        return Answer { known: false, lead: lead.into(), claims: Vec::new() };
    }
    let hits = find(evidence, report, named, MOST);
    let best = hits.first().map_or(0, |h| h.held);
    if best == 0 {
        let lines = evidence.lines().count();
        let lead = format!(
            "Nothing given mentions {}: {lines} lines and the report's claims were searched.",
            named.join(", ")
        );
        return Answer { known: false, lead, claims: Vec::new() };
    }
    let hits: Vec<_> = hits.into_iter().filter(|h| h.held == best).collect();
    let lead = match named.len() {
        1 => format!("What mentions {}.", named.join(", ")),
        of => format!("What mentions {best} of {of}: {}.", named.join(", ")),
    };
    let claims = hits.into_iter().map(|hit| match hit.kind {
        Kind::Line => Claim::quoted(cut(&hit.text), hit.citations),
        Kind::Claim if hit.citations.is_empty() => Claim::unsupported(hit.text),
        Kind::Claim => Claim::inferred(hit.text, hit.citations),
    });
    Answer { known: true, lead, claims: claims.collect() }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::analyst::{Knowledge, Request, investigate};
    use crate::domain::{Origin, Source, SourceId};
    use crate::intake;

    fn incident() -> (Evidence, Report) {
        let text = include_str!("../../../fixtures/incidents/cascading-pool-exhaustion.txt");
        let source = Source { id: SourceId(0), name: "a".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![intake::read(&source)], sources: vec![source] };
        let knowledge = Knowledge::embedded();
        let report =
            investigate(&evidence, &Request::default(), knowledge, &mut |_| ControlFlow::Continue(())).unwrap();
        (evidence, report)
    }

    #[test]
    fn questions_of_each_sort_are_answered_with_quotes_that_stand_in_the_evidence() {
        let (evidence, report) = incident();
        let subject = report.hypotheses[0].subject.clone();
        let asked = [
            "why?",
            "When did it start?",
            &format!("why {subject}?"),
            "which services were hit?",
            "what next?",
            "timeout",
        ];
        for question in asked {
            let answer = answer(&evidence, Some(&report), question);
            assert!(answer.known && !answer.claims.is_empty(), "{question}: {answer:?}");
            for cited in answer.claims.iter().flat_map(|c| &c.citations) {
                assert_eq!(evidence.text(cited.source).get(cited.start..cited.end), Some(cited.quote.as_str()));
            }
            assert!(answer.claims.len() <= MOST + 1);
        }
    }

    #[test]
    fn what_nobody_mentioned_is_not_answered() {
        let (evidence, report) = incident();
        for question in ["why not the zeppelin?", "did the zeppelin crash?", "why is it?"] {
            let answer = answer(&evidence, None, question);
            assert!(!answer.known && answer.claims.is_empty() && !answer.lead.is_empty(), "{question}: {answer:?}");
        }
        let answer = answer(&evidence, Some(&report), "why not the zeppelin?");
        assert!(!answer.known && answer.lead.contains("zeppelin"), "{answer:?}");
    }
}
