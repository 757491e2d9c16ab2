//! How alike two incidents are: what is the same, what differs, and what fixed the earlier one.
//!
//! Likeness is a hint where to look. It adds nothing to a hypothesis, and it claims no cause.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::{Citation, Claim, Report};

use super::causality::ranking;
use super::playbook::PastIncident;
use super::{Casebook, Knowledge};

/// The most signatures and words that are kept of one incident.
pub const MOST_SIGNATURES: usize = 12;
/// The most words that are kept of one incident.
pub const MOST_WORDS: usize = 64;
/// Below this an earlier incident is not told: two services of the same name alone are no likeness.
const LEAST: f64 = 2.0;

/// What an incident is compared by.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Traits {
    /// The services it hit; the first hypothesis's subject first.
    pub services: Vec<String>,
    /// The playbook of its first hypothesis; empty where there is none.
    pub playbook: String,
    /// The kind of fault; empty where none is known.
    pub fault_kind: String,
    /// Error lines without their figures, names of pods and stamps.
    pub signatures: Vec<String>,
    /// Words that tell it apart.
    pub words: Vec<String>,
    /// What set it off, where that is known.
    pub trigger: String,
}

/// An earlier incident beside this one.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// The earlier one.
    pub past: PastIncident,
    /// How alike, for the order alone.
    pub score: f64,
    /// What is the same.
    pub same: Vec<String>,
    /// What differs.
    pub differs: Vec<String>,
    /// What fixed it then; empty where nothing is recorded.
    pub fixed: Vec<String>,
}

impl Traits {
    /// Those of a report.
    pub fn of_report(report: &Report) -> Self {
        let first = report.hypotheses.first();
        let mut services: Vec<String> = first.map(|h| h.subject.clone()).into_iter().collect();
        services
            .extend(report.services.iter().map(|s| s.name.clone()).filter(|n| Some(n) != first.map(|h| &h.subject)));
        let claims: Vec<&Claim> = report.hypotheses.iter().take(2).flat_map(|h| &h.supporting).collect();
        let mut words = Words::default();
        words.take(&report.title, 2);
        words.take(&report.summary.text, 1);
        report.hypotheses.iter().take(2).for_each(|h| words.take(&h.statement, 2));
        claims.iter().for_each(|c| words.take(&c.text, 1));
        Self {
            services,
            playbook: first.map(|h| h.playbook.clone()).unwrap_or_default(),
            fault_kind: first.map(|h| h.fault_kind.name().to_owned()).unwrap_or_default(),
            signatures: signatures(claims.iter().flat_map(|c| &c.citations)),
            words: words.most(),
            trigger: report.trigger.as_ref().map(|t| t.what.text.clone()).unwrap_or_default(),
        }
    }

    /// Those of what the tools have found so far.
    pub fn of_casebook(book: &Casebook, knowledge: &Knowledge) -> Self {
        let ranks = ranking(book);
        let first = ranks.first();
        let mut services: Vec<String> = first.map(|r| r.0.clone()).into_iter().collect();
        services.extend(book.services.keys().filter(|n| Some(*n) != first.map(|r| &r.0)).cloned());
        let playbook = first.map(|r| r.1.clone()).unwrap_or_default();
        let fault_kind = knowledge.playbooks.get(&playbook).map(|p| p.kind.name().to_owned()).unwrap_or_default();
        let mut words = Words::default();
        let findings = || book.findings.iter().filter(|f| f.weight > 0.0);
        findings().for_each(|f| words.take(&f.claim.text, 1));
        Self {
            services,
            playbook,
            fault_kind,
            signatures: signatures(findings().flat_map(|f| &f.claim.citations)),
            words: words.most(),
            trigger: String::new(),
        }
    }
}

impl PastIncident {
    /// What it is compared by.
    pub fn traits(&self) -> Traits {
        Traits {
            services: self.services.clone(),
            playbook: self.playbook.clone(),
            fault_kind: self.fault_kind.clone(),
            signatures: self.signatures.clone(),
            words: self.words.clone(),
            trigger: self.trigger.clone(),
        }
    }
}

/// The earlier incidents that are like this one, the likest first, `most` of them at most.
/// A word counts the more, the fewer incidents have it.
pub fn alike(now: &Traits, history: &[PastIncident], most: usize) -> Vec<Alike> {
    let mut having: HashMap<&str, u32> = HashMap::new();
    for word in history.iter().flat_map(|p| &p.words) {
        *having.entry(word.as_str()).or_default() += 1;
    }
    let all = history.len() as f64;
    let rarity = |word: &str| (1.0 + all / (1.0 + f64::from(having.get(word).copied().unwrap_or(0)))).ln();
    let own: f64 = now.words.iter().map(|w| rarity(w)).sum();
    let mut found: Vec<Alike> =
        history.iter().filter_map(|past| compared(now, past, &rarity, own)).filter(|a| a.score >= LEAST).collect();
    found.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| b.past.day.cmp(&a.past.day)).then_with(|| a.past.id.cmp(&b.past.id))
    });
    found.truncate(most);
    found
}

fn compared(now: &Traits, past: &PastIncident, rarity: &dyn Fn(&str) -> f64, own: f64) -> Option<Alike> {
    let (mut score, mut same, mut differs) = (0.0, Vec::new(), Vec::new());
    let has = |all: &[String], name: &str| all.iter().any(|s| s.eq_ignore_ascii_case(name));
    let shared: Vec<&str> =
        now.services.iter().filter(|s| has(&past.services, s)).map(String::as_str).take(6).collect();
    if !shared.is_empty() {
        let subject = now.services.first().is_some_and(|s| has(&past.services, s));
        score += if subject { 2.0 } else { 0.5 } + 0.5 * (shared.len().min(3) as f64 - 1.0);
        same.push(format!("services: {}", shared.join(", ")));
    }
    let then: Vec<&str> = past.services.iter().filter(|s| !has(&now.services, s)).map(String::as_str).take(4).collect();
    if !then.is_empty() {
        differs.push(format!("hit then, not now: {}", then.join(", ")));
    }
    if !now.playbook.is_empty() && now.playbook == past.playbook {
        score += 3.0;
        same.push(format!("fault: {}", now.playbook));
    } else if !now.fault_kind.is_empty() && now.fault_kind == past.fault_kind {
        score += 1.5;
        same.push(format!("kind of fault: {}", now.fault_kind));
        differs.push(format!("the fault was {} then, is {} now", past.playbook, now.playbook));
    } else if !now.playbook.is_empty() && !past.playbook.is_empty() {
        differs.push(format!("the fault was {} then, is {} now", past.playbook, now.playbook));
    }
    let lines: Vec<&String> = now.signatures.iter().filter(|s| past.signatures.contains(s)).collect();
    score += 2.0 * lines.len().min(2) as f64;
    same.extend(lines.iter().take(2).map(|l| format!("line: {l}")));
    let theirs: BTreeSet<&str> = past.words.iter().map(String::as_str).collect();
    let mut words: Vec<&str> = now.words.iter().map(String::as_str).filter(|w| theirs.contains(w)).collect();
    if own > 0.0 {
        score += 4.0 * words.iter().map(|w| rarity(w)).sum::<f64>() / own;
    }
    words.sort_by(|a, b| rarity(b).total_cmp(&rarity(a)));
    if !words.is_empty() {
        same.push(format!("words: {}", words.into_iter().take(8).collect::<Vec<_>>().join(", ")));
    }
    if !past.trigger.is_empty() && past.trigger != now.trigger {
        differs.push(format!("set off then by: {}", past.trigger));
    }
    (score > 0.0).then(|| Alike { past: past.clone(), score, same, differs, fixed: past.fixed.clone() })
}

/// The cited lines with their values left out, without doubles.
fn signatures<'a>(citations: impl Iterator<Item = &'a Citation>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for found in citations.filter_map(|c| signature(&c.quote)) {
        if !out.contains(&found) && out.len() < MOST_SIGNATURES {
            out.push(found);
        }
    }
    out
}

/// A line without figures, stamps and generated names; nothing where too little is left to recognise.
pub fn signature(line: &str) -> Option<String> {
    let line = line.lines().next().unwrap_or("");
    let mut words: Vec<&str> = Vec::new();
    for word in line.split_whitespace() {
        let word = if word.chars().any(|c| c.is_ascii_digit()) { "<*>" } else { word };
        if word != "<*>" || words.last() != Some(&"<*>") {
            words.push(word);
        }
        if words.len() == 16 {
            break;
        }
    }
    let telling = words.iter().filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() >= 3).count();
    (telling >= 3).then(|| words.join(" "))
}

/// The words of a text that may tell an incident apart, with how much each counts.
#[derive(Debug, Default)]
pub struct Words(BTreeMap<String, u32>);

/// Words that every incident has.
const COMMON: &[&str] = &[
    "about", "after", "again", "alert", "because", "been", "before", "between", "could", "error", "errors", "failed",
    "from", "have", "incident", "into", "more", "only", "over", "says", "seen", "service", "since", "some", "than",
    "that", "their", "then", "there", "these", "this", "were", "when", "where", "which", "while", "with", "would",
];

impl Words {
    /// Takes the words of a text in, each with this weight.
    pub fn take(&mut self, text: &str, weight: u32) {
        for word in text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            if letters < 4 || word.len() > 40 || word.chars().filter(char::is_ascii_digit).count() > 3 {
                continue;
            }
            let word = word.to_lowercase();
            if !COMMON.contains(&word.as_str()) {
                *self.0.entry(word).or_default() += weight;
            }
        }
    }

    /// The heaviest of them.
    pub fn most(self) -> Vec<String> {
        let mut all: Vec<(String, u32)> = self.0.into_iter().collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all.into_iter().take(MOST_WORDS).map(|(word, _)| word).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(id: &str, services: &[&str], playbook: &str, words: &[&str]) -> PastIncident {
        PastIncident {
            id: id.into(),
            services: services.iter().map(ToString::to_string).collect(),
            playbook: playbook.into(),
            fault_kind: playbook.split('.').next().unwrap_or("").into(),
            words: words.iter().map(ToString::to_string).collect(),
            fixed: vec!["rolled back".into()],
            ..PastIncident::default()
        }
    }

    #[test]
    fn the_same_service_and_fault_come_first_and_say_what_differs() {
        let now = past("now", &["orders", "gateway"], "memory_exhaustion.heap", &["heap", "cache"]).traits();
        let history = [
            past("a", &["billing"], "dns_failure.nxdomain", &["resolver"]),
            past("b", &["orders", "redis"], "memory_exhaustion.limit", &["heap"]),
            past("c", &["orders"], "memory_exhaustion.heap", &["heap", "cache"]),
        ];
        let found = alike(&now, &history, 5);
        let ids: Vec<&str> = found.iter().map(|a| a.past.id.as_str()).collect();
        assert_eq!(ids, ["c", "b"]);
        assert_eq!(found[0].same[..2], ["services: orders", "fault: memory_exhaustion.heap"]);
        assert_eq!(found[0].fixed, ["rolled back"]);
        assert!(found[1].differs.iter().any(|d| d == "hit then, not now: redis"), "{:?}", found[1]);
        assert!(found[1].differs.iter().any(|d| d.contains("memory_exhaustion.limit then")), "{:?}", found[1]);
    }

    #[test]
    fn a_signature_has_no_figures_and_a_short_line_is_none() {
        let a = signature("2026-06-02T09:12:00Z ERROR pool exhausted after 5000 ms for pod api-7f9c");
        let b = signature("2026-07-09T01:02:03Z ERROR pool exhausted after 10 ms for pod api-11aa");
        assert_eq!(a, b);
        assert_eq!(a.as_deref(), Some("<*> ERROR pool exhausted after <*> ms for pod <*>"));
        assert_eq!(signature("exit 1"), None);
    }

    #[test]
    fn nothing_in_common_is_not_told() {
        let now = past("now", &["orders"], "memory_exhaustion.heap", &["heap"]).traits();
        assert_eq!(alike(&now, &[past("a", &["billing"], "dns_failure.nxdomain", &["resolver"])], 5), []);
        assert_eq!(alike(&Traits::default(), &[past("a", &["billing"], "", &[])], 5), []);
    }
}
