//! Answers by search: a question about this incident is answered from the report's hypotheses,
//! timeline, services and claims, and from the lines that hold its words. Nothing is inferred here:
//! each claim of an answer stands in the report or is a line, and what can't be answered is said so.

use serde::{Deserialize, Serialize};

use super::find::{Kind, find, words};
use crate::analyst::messages::{Messages, language_of};
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

/// Our own words in one language.
struct Voice<'a> {
    messages: &'a Messages,
    code: &'a str,
}

impl Voice<'_> {
    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.messages.say(self.code, key, values)
    }
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

/// The answer to a question over the evidence and the last report, in the question's language.
pub fn answer(evidence: &Evidence, report: Option<&Report>, question: &str) -> Answer {
    answer_with(Messages::embedded(), evidence, report, question)
}

/// The same with a person's own messages.
pub fn answer_with(messages: &Messages, evidence: &Evidence, report: Option<&Report>, question: &str) -> Answer {
    let voice = &Voice { messages, code: language_of(question) };
    let words = words(question);
    let named: Vec<String> = words.iter().filter(|w| !is_of_the_question(w)).cloned().collect();
    let direct = report.and_then(|r| match sort_of(question) {
        Sort::Cause => cause(voice, r, &named),
        Sort::Time => time(voice, r, &named),
        Sort::Extent => extent(voice, r, &named),
        Sort::Impact => listed(voice.say("answer.impact", &[]), r.customer_impact.clone()),
        Sort::Next => next(voice, r),
        Sort::Else => None,
    });
    let found = direct.unwrap_or_else(|| by_words(voice, evidence, report, &named));
    if found.known {
        return found;
    }
    // What is asked for has nothing that answers it; lines that hold its words may still help.
    let lines = by_words(voice, evidence, report, &named);
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

fn cause(voice: &Voice<'_>, r: &Report, named: &[String]) -> Option<Answer> {
    let about = |h: &&Hypothesis| {
        let low = format!("{} {} {} {:?}", h.subject, h.statement, h.playbook, h.subject_kind).to_lowercase();
        named.iter().any(|w| low.contains(w.as_str()))
    };
    if named.is_empty() {
        let first = r.hypotheses.first()?;
        let mut claims = vec![whole(first)];
        claims.extend(first.supporting.iter().take(MOST - 1).cloned());
        return listed(voice.say("answer.first", &[("confidence", &format!("{:.2}", first.confidence))]), claims);
    }
    let found: Vec<&Hypothesis> = r.hypotheses.iter().filter(about).take(2).collect();
    if found.is_empty() {
        let lead = voice.say("answer.no_hypothesis", &[("names", &named.join(", "))]);
        return Some(Answer { known: false, lead, claims: Vec::new() });
    }
    let mut claims = Vec::new();
    let mut leads = Vec::new();
    for h in found {
        claims.push(whole(h));
        leads.push(stands(voice, h));
        let speaks =
            if h.rank == 1 { h.supporting.iter().chain(&h.against) } else { h.against.iter().chain(&h.supporting) };
        claims.extend(speaks.take(3).cloned());
    }
    let mut answer = listed(leads.join(" "), claims)?;
    if let Some(first) =
        r.hypotheses.first().filter(|h| !leads.iter().any(|l| l.starts_with(&h.subject)) && h.rank == 1)
    {
        answer.claims.push(whole(first));
    }
    Some(answer)
}

/// Where a hypothesis stands, and why there.
fn stands(voice: &Voice<'_>, h: &Hypothesis) -> String {
    let named = match h.verdict {
        Verdict::Proposed => None,
        Verdict::Strengthened => Some("verdict.strengthened"),
        Verdict::Weakened => Some("verdict.weakened"),
        Verdict::Confirmed => Some("verdict.confirmed"),
        Verdict::RuledOut => Some("verdict.ruled_out"),
        Verdict::Inconclusive => Some("verdict.inconclusive"),
    };
    let verdict = named.map(|key| format!(", {}", voice.say(key, &[]))).unwrap_or_default();
    let key = match (h.rank, h.against.len()) {
        (1, _) => "answer.stands_first",
        (_, 0) => "answer.stands_unopposed",
        (_, 1) => "answer.stands_against_one",
        _ => "answer.stands_against",
    };
    let (place, confidence) = (h.rank.to_string(), format!("{:.2}", h.confidence));
    let count = h.against.len().to_string();
    let values = [
        ("subject", h.subject.as_str()),
        ("place", &place),
        ("confidence", &confidence),
        ("verdict", &verdict),
        ("count", &count),
    ];
    voice.say(key, &values)
}

/// A hypothesis's statement as a claim that rests on what speaks for it.
fn whole(h: &Hypothesis) -> Claim {
    let cited = h.supporting.iter().flat_map(|c| c.citations.iter().take(1)).take(3).cloned().collect();
    Claim::inferred(h.statement.clone(), cited)
}

fn time(voice: &Voice<'_>, r: &Report, named: &[String]) -> Option<Answer> {
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
        return listed(voice.say("answer.first_cause", &[("at", &stamp(first.at))]), claims);
    }
    let rows: Vec<_> = r
        .timeline
        .iter()
        .filter(|row| named.is_empty() || holds(&row.what.text) || row.service.as_deref().is_some_and(holds))
        .collect();
    let first = rows.first()?;
    let values = [("count", rows.len().to_string()), ("at", stamp(first.at))];
    let values: Vec<(&str, &str)> = values.iter().map(|(n, v)| (*n, v.as_str())).collect();
    listed(voice.say("answer.rows", &values), rows.iter().take(MOST).map(|row| row.what.clone()).collect())
}

fn stamp(at: crate::domain::Stamp) -> String {
    serde_json::to_value(at).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_else(|| format!("{at:?}"))
}

fn extent(voice: &Voice<'_>, r: &Report, named: &[String]) -> Option<Answer> {
    let holds = |text: &str| named.is_empty() || named.iter().any(|w| text.to_lowercase().contains(w.as_str()));
    let blast = r.blast_radius.iter().filter(|b| holds(&b.name) || holds(&b.kind)).map(|b| b.impact.clone());
    let services = r.services.iter().filter(|s| holds(&s.name)).filter_map(|s| s.impact.clone());
    let mut claims: Vec<Claim> = blast.chain(services).collect();
    claims.dedup_by(|a, b| a.text == b.text);
    listed(voice.say("answer.hit", &[]), claims)
}

fn next(voice: &Voice<'_>, r: &Report) -> Option<Answer> {
    let cited = |ids: &[String]| {
        let of = r.hypotheses.iter().filter(|h| ids.contains(&h.id));
        of.flat_map(|h| h.supporting.iter().flat_map(|c| c.citations.iter().take(1))).take(2).cloned().collect()
    };
    let checks = r.checklist.iter().take(3).map(|c| Claim::inferred(c.what.clone(), cited(&c.hypotheses)));
    listed(voice.say("answer.next", &[]), checks.collect())
}

fn listed(lead: String, claims: Vec<Claim>) -> Option<Answer> {
    if claims.is_empty() {
        return None;
    }
    let claims = claims.into_iter().take(MOST).collect();
    Some(Answer { known: true, lead, claims })
}

fn by_words(voice: &Voice<'_>, evidence: &Evidence, report: Option<&Report>, named: &[String]) -> Answer {
    if named.is_empty() {
        let lead = voice.say("answer.nothing_named", &[]);
        return Answer { known: false, lead, claims: Vec::new() };
    }
    let hits = find(evidence, report, named, MOST);
    let best = hits.first().map_or(0, |h| h.held);
    if best == 0 {
        let lines = evidence.lines().count();
        let lead = voice.say("answer.not_mentioned", &[("names", &named.join(", ")), ("lines", &lines.to_string())]);
        return Answer { known: false, lead, claims: Vec::new() };
    }
    let hits: Vec<_> = hits.into_iter().filter(|h| h.held == best).collect();
    let lead = match named.len() {
        1 => voice.say("answer.mentions", &[("names", &named.join(", "))]),
        of => {
            let (held, of) = (best.to_string(), of.to_string());
            voice.say("answer.mentions_some", &[("held", &held), ("of", &of), ("names", &named.join(", "))])
        }
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

    #[test]
    fn a_chinese_question_is_answered_in_chinese_around_claims_that_stay() {
        let (evidence, report) = incident();
        let subject = report.hypotheses[0].subject.clone();
        let first = answer(&evidence, Some(&report), &format!("为什么是{subject}？"));
        assert!(first.known && first.lead.contains(&subject) && first.lead.contains("置信度"), "{first:?}");
        assert_eq!(first.claims, answer(&evidence, Some(&report), &format!("why {subject}?")).claims);
        let when = answer(&evidence, Some(&report), "什么时候开始的？");
        assert!(when.known && language_of(&when.lead) == "zh", "{when:?}");
        let none = answer(&evidence, Some(&report), "齐柏林飞艇呢？");
        assert!(!none.known && language_of(&none.lead) == "zh", "{none:?}");
    }
}
