//! The marks of a page: `[quoted L4]`, `[derived: 99.7 - 96.8 = 2.9; L22]`, `[inferred 2:L7, L9]`.
//!
//! What a sentence says it rests on is read from the page itself and held against the evidence, whoever
//! wrote it: a mark that names no line, or whose line does not hold the quoted words, is found. It
//! trusts no draft.

use super::pattern::{Pattern, group};
use super::statement::Statement;
use super::{Finding, Known};
use crate::domain::{Citation, Evidence, SourceId, Support};

static MARK: Pattern = Pattern::new(
    r"\[(quoted|derived|inferred)(?:: ([^\]]+?))?(?:;? ((?:\d{1,6}:)?L\d{1,9}(?:, (?:\d{1,6}:)?L\d{1,9})*)( and \d+ more)?)?\]",
);
static QUOTED: Pattern = Pattern::new(r"“([^”]{3,})”");

/// What one line of a page, or one sentence of it, says it rests on.
#[derive(Debug, Clone, Default)]
pub(super) struct Rests {
    support: Option<Support>,
    formula: Option<String>,
    citations: Vec<Citation>,
}

/// Takes the marks out of the sentences: what each rests on, beside them. The sentence before a mark on
/// the same line rests on it; marks that name no line of the evidence are found.
pub(super) fn take(
    statements: &mut Vec<Statement<'static>>,
    evidence: &Evidence,
    out: &mut Vec<Finding>,
) -> Vec<Rests> {
    let mut rests: Vec<Rests> = vec![Rests::default(); statements.len()];
    let mut after: Option<(String, Rests)> = None;
    for (s, rest) in statements.iter_mut().zip(&mut rests).rev() {
        let found = MARK.all(&s.text).into_iter().map(|c| read(&s.path, &c, evidence, out)).reduce(Rests::and);
        if let Some(found) = found {
            s.text = MARK.regex().map_or_else(|| s.text.clone(), |m| m.replace_all(&s.text, "").trim().to_owned());
            after = Some((s.path.clone(), found));
        }
        match &after {
            Some((path, found)) if *path == s.path => *rest = found.clone(),
            _ => after = None,
        }
        s.text = unescaped(&s.text);
    }
    let mut kept =
        statements.iter().map(|s| !s.text.trim_matches(['|', ' ']).is_empty()).collect::<Vec<_>>().into_iter();
    let mut kept_too = kept.clone();
    statements.retain(|_| kept.next().unwrap_or(true));
    rests.retain(|_| kept_too.next().unwrap_or(true));
    rests
}

impl Rests {
    /// Both, where a row has more than one mark.
    fn and(mut self, other: Self) -> Self {
        self.citations.extend(other.citations);
        self.formula = self.formula.or(other.formula);
        self.support = if self.support == other.support { self.support } else { Some(Support::Inferred) };
        self
    }

    /// The sentence with what it rests on. A quotation that the page marks as one is checked here, word
    /// by word, so it is no claim to be believed.
    pub(super) fn of<'r>(&'r self, s: &Statement<'static>) -> Statement<'r> {
        Statement {
            path: s.path.clone(),
            part: s.part,
            text: s.text.clone(),
            support: self.support,
            formula: self.formula.as_deref(),
            citations: &self.citations,
            at: None,
            subject: None,
        }
    }
}

fn read(path: &str, c: &regex::Captures<'_>, evidence: &Evidence, out: &mut Vec<Finding>) -> Rests {
    let support = match group(c, 1) {
        "quoted" => Support::Quoted,
        "derived" => Support::Derived,
        _ => Support::Inferred,
    };
    let formula = Some(unescaped(group(c, 2))).filter(|f| !f.is_empty());
    let places = group(c, 3).split(", ").filter(|p| !p.is_empty());
    let mut citations = Vec::new();
    for place in places {
        match cited(place, evidence) {
            Some(citation) => citations.push(citation),
            None => out.push(
                Finding::new(
                    path,
                    "mark-without-line",
                    format!("the mark names {place}, and the evidence has no such line"),
                )
                .with_fix("name the line that says so, or take the sentence back"),
            ),
        }
    }
    // A mark that leaves places out lets the sentence be held against all of the evidence.
    if !group(c, 4).is_empty() || (citations.is_empty() && formula.is_none()) {
        return Rests { support: None, formula, citations: Vec::new() };
    }
    Rests { support: Some(support), formula, citations }
}

/// `2:L4`: the fourth line of the third source, whole.
fn cited(place: &str, evidence: &Evidence) -> Option<Citation> {
    let (source, line) = place.split_once(":L").or_else(|| place.strip_prefix('L').map(|line| ("0", line)))?;
    let source = SourceId(source.parse().ok()?);
    let line = evidence.readings.get(source.0 as usize)?.lines.get(line.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some(evidence.cite_line(source, line))
}

/// Words in typographic quotation marks stand in a line that the sentence's mark names.
pub(super) fn quotes(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    if s.citations.is_empty() {
        return;
    }
    let lines: Vec<String> = s.citations.iter().map(|c| one_line(&c.quote)).collect();
    // a command stands in several lines of a description, each of which the mark names
    let joined = lines.join(" ");
    for c in QUOTED.all(&s.text) {
        let words = angled(&one_line(group(&c, 1)));
        let stands = lines.iter().any(|l| l.contains(&words)) || joined.contains(&words);
        // A reading may have put lines together; then the words stand in the paste, and only the place is off.
        if !stands && !known.says(&words) && !one_line(&known.lower).contains(&words.to_lowercase()) {
            let what = format!("`{words}` is quoted, and no line that the mark names says so");
            out.push(Finding::new(&s.path, "quote-without-source", what));
        }
    }
}

fn one_line(text: &str) -> String {
    crate::domain::showable::clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words as the evidence writes them.
pub fn angled(words: &str) -> String {
    words.replace('‹', "<").replace('›', ">")
}

/// Markdown's escapes taken back: what a reader of the page sees. `&lt;` is how a page writes a `<`: it
/// stays apart from a tag, which would be markup that leaks.
pub fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => {
                out.push(*next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    if out.contains('&') { out.replace("&lt;", "‹").replace("&gt;", "›").replace("&amp;", "&") } else { out }
}

#[cfg(test)]
mod tests {
    use super::super::prose;
    use crate::domain::{Evidence, Origin, Source, SourceId};

    fn evidence() -> Evidence {
        let text = "09:12 shop failed 96 times of 100\n09:13 shop [a] said no\n".into();
        let source = Source { id: SourceId(0), name: "log".into(), origin: Origin::Paste, text };
        Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] }
    }

    fn rules(page: &str) -> Vec<&'static str> {
        prose(page, &evidence()).into_iter().map(|f| f.rule).collect()
    }

    #[test]
    fn a_figure_resolves_in_the_lines_its_mark_names_and_in_its_formula_and_nowhere_else() {
        let page = |line: &str| format!("# P\n\n## Impact\n\n{line}\n");
        assert_eq!(rules(&page("It failed 96 times. [quoted L1]")), Vec::<&str>::new());
        assert_eq!(rules(&page("It failed 96 times. [quoted L2]")), ["figure-without-source"]);
        assert_eq!(rules(&page("0.96 of the calls. [derived: 96 / 100 = 0.96; L1]")), Vec::<&str>::new());
        assert_eq!(rules(&page("0.97 of the calls. [derived: 96 / 100 = 0.97; L1]")), ["arithmetic"]);
    }

    #[test]
    fn a_mark_names_a_line_that_is_there_and_a_quote_stands_in_it() {
        let page = |line: &str| format!("# P\n\n## Trigger\n\n{line}\n");
        assert_eq!(rules(&page("It failed. [inferred L9]")), ["mark-without-line"]);
        assert_eq!(rules(&page("“shop \\[a\\] said no” [quoted L2]")), Vec::<&str>::new());
        assert!(rules(&page("“shop said yes” [quoted L2]")).contains(&"quote-without-source"));
    }
}
