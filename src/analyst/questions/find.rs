//! The search over evidence and claims: lines and sentences that hold the words of a question, those
//! that hold most of them first. Pure; linear in the evidence.

use std::collections::HashSet;

use crate::analyst::grounding::statement;
use crate::domain::{Citation, Evidence, Level, Line, Report, SourceId, Span};

/// Words of a question that are looked for, at most; of a longer one the first.
pub const WORDS: usize = 12;
/// The longest line that is searched whole, in bytes; of a longer one its beginning.
const LINE: usize = 4096;

/// Where a hit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line of the evidence.
    Line,
    /// A sentence of the report.
    Claim,
}

/// One place that holds words of the question.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// For a claim where in the report it stands (`whys[2].answer`); for a line its source's name.
    pub place: String,
    /// The line or the sentence.
    pub text: String,
    /// The places it rests on; for a line the line itself.
    pub citations: Vec<Citation>,
    /// How many of the words it holds.
    pub held: usize,
}

/// Words that say nothing about what is asked.
const EMPTY: &[&str] = &[
    "a", "about", "an", "and", "any", "are", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does",
    "for", "from", "had", "has", "have", "how", "i", "in", "is", "it", "its", "me", "not", "of", "on", "or", "our",
    "said", "show", "tell", "that", "the", "their", "them", "there", "these", "they", "this", "those", "to", "us",
    "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you",
];

/// The words of a question that can be looked for: in small letters, each once, without those that
/// stand in every sentence. Chinese text has no blanks: each run of it is one word.
pub fn words(question: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '%');
    for word in question.split(|c| !inner(c)).flat_map(by_script) {
        let word = without_asking(&word);
        let word = word.trim_matches(['.', ':', '/', '-']).to_lowercase();
        if word.is_empty() || EMPTY.contains(&word.as_str()) || out.contains(&word) {
            continue;
        }
        out.push(word);
        if out.len() == WORDS {
            break;
        }
    }
    out
}

/// A run of letters cut where Chinese characters meet others: `为什么是orders-db` is two words.
fn by_script(run: &str) -> Vec<String> {
    let mut out: Vec<(bool, String)> = Vec::new();
    for c in run.chars() {
        let chinese = is_chinese(c);
        match out.last_mut() {
            Some((same, word)) if *same == chinese => word.push(c),
            _ => out.push((chinese, c.to_string())),
        }
    }
    out.into_iter().map(|(_, word)| word).collect()
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}')
}

/// Chinese words that ask, and name nothing.
const ASKING: &[&str] = &[
    "为什么",
    "什么时候",
    "怎么办",
    "下一步",
    "是不是",
    "有没有",
    "受影响",
    "什么",
    "为何",
    "何时",
    "多久",
    "哪些",
    "哪个",
    "原因",
    "影响",
    "开始",
    "发生",
    "服务",
    "不是",
    "没有",
    "客户",
    "用户",
    "多少",
    "的",
    "了",
    "吗",
    "呢",
    "是",
    "在",
    "被",
    "有",
];

/// A word without what only asks.
fn without_asking(word: &str) -> String {
    if !word.chars().any(is_chinese) {
        return word.to_owned();
    }
    ASKING.iter().fold(word.to_owned(), |left, asking| left.replace(asking, ""))
}

/// The places that hold the words, best first, at most `most`: more words before fewer, claims before
/// lines, errors before the rest, and what came first before what came later. A line that says the
/// same event again is left out.
pub fn find(evidence: &Evidence, report: Option<&Report>, words: &[String], most: usize) -> Vec<Hit> {
    if words.is_empty() || most == 0 {
        return Vec::new();
    }
    let mut ranked: Vec<(usize, u8, Hit)> = Vec::new();
    if let Some(report) = report {
        claims(report, words, &mut ranked);
    }
    lines(evidence, words, most, &mut ranked);
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
    ranked.truncate(most);
    ranked.into_iter().map(|(_, _, hit)| hit).collect()
}

fn claims(report: &Report, words: &[String], ranked: &mut Vec<(usize, u8, Hit)>) {
    let mut said = HashSet::new();
    let all = statement::claims(report);
    let statements = statement::sentences(report);
    let own = statements.into_iter().filter(|s| !s.path.starts_with("trail"));
    for s in all.into_iter().chain(own) {
        let held = held(&s.text, words);
        if held > 0 && said.insert(s.text.clone()) {
            let hit = Hit { kind: Kind::Claim, place: s.path, text: s.text, citations: s.citations.to_vec(), held };
            ranked.push((held, 3, hit));
        }
    }
}

/// Lines are ranked while they are read, so that a log of a million lines costs no million hits.
fn lines(evidence: &Evidence, words: &[String], most: usize, ranked: &mut Vec<(usize, u8, Hit)>) {
    let mut best: Vec<(usize, u8, SourceId, &Line)> = Vec::new();
    let room = most.saturating_mul(4).max(64);
    for (source, line) in evidence.lines().filter(|(_, l)| l.duplicate_of.is_none()) {
        let held = held(searched(evidence, source, line), words);
        if held == 0 {
            continue;
        }
        best.push((held, u8::from(line.level >= Some(Level::Error)) + 1, source, line));
        if best.len() >= room * 2 {
            // Stable: of equals those that came first stay.
            best.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
            best.truncate(room);
        }
    }
    best.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
    best.truncate(most);
    for (held, weight, source, line) in best {
        let cited = evidence.cite_line(source, line);
        let name = evidence.sources.get(source.0 as usize).map_or_else(String::new, |s| s.name.clone());
        let hit = Hit { kind: Kind::Line, place: name, text: cited.quote.clone(), citations: vec![cited], held };
        ranked.push((held, weight, hit));
    }
}

fn searched<'a>(evidence: &'a Evidence, source: SourceId, line: &Line) -> &'a str {
    let text = evidence.slice(Span::new(source, line.range()));
    let mut end = text.len().min(LINE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// How many of the words a text holds, each where a word begins: `pool` is in `pooled` and in
/// `db-pool`, and not in `carpool`.
fn held(text: &str, words: &[String]) -> usize {
    let low = text.to_lowercase();
    let begins = |at: usize| {
        low.get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|c| !c.is_alphanumeric() || !c.is_ascii())
    };
    words.iter().filter(|word| low.match_indices(word.as_str()).any(|(at, _)| begins(at))).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source};
    use crate::intake;

    fn evidence(text: &str) -> Evidence {
        let source = Source { id: SourceId(0), name: "app.log".into(), origin: Origin::Paste, text: text.into() };
        Evidence { readings: vec![intake::read(&source)], sources: vec![source] }
    }

    #[test]
    fn words_that_stand_in_every_sentence_are_not_looked_for() {
        assert_eq!(words("Why not the database? When did orders-db start?"), ["database", "orders-db", "start"]);
        assert_eq!(words("why is it?"), Vec::<String>::new());
    }

    #[test]
    fn a_line_with_more_of_the_words_comes_first_and_is_cited_whole() {
        let text = "2026-06-02T09:00:00Z INFO orders pool opened\n2026-06-02T09:00:01Z ERROR orders pool exhausted\n";
        let evidence = evidence(text);
        let hits = find(&evidence, None, &words("pool exhausted"), 5);
        assert_eq!(hits.len(), 2);
        assert_eq!(hits[0].citations[0].line, 2);
        let cited = &hits[0].citations[0];
        assert_eq!(&text[cited.start..cited.end], cited.quote);
    }

    #[test]
    fn a_word_is_found_at_a_words_beginning_only() {
        assert_eq!(held("carpool", &words("pool")), 0);
        assert_eq!(held("db-pool pooled", &words("pool")), 1);
    }

    #[test]
    fn many_matching_lines_cost_no_more_than_what_is_asked_for() {
        let text: String = (0..3000).map(|n| format!("line {n} timeout\n")).collect();
        let hits = find(&evidence(&text), None, &words("timeout"), 7);
        assert_eq!(hits.len(), 7);
        assert_eq!(hits[0].citations[0].line, 1);
    }
}
