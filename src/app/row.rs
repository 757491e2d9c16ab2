//! Rows: what a panel says, line by line, as words with roles. A row knows what it is about and
//! which place it cites; it knows no width, no colour and no screen.

use crate::analyst::report::untrusted::{FROM_LOG_TEXT, is_untrusted, repeats_untrusted};
use crate::domain::{Citation, Claim, Label, Outcome, Severity, StepKind, Support};
use crate::session::Session;

/// What a stretch of text is; a theme gives each role a style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say what each is; docs of roles stand in themes/dark.toml")]
pub enum Role {
    Text,
    Dim,
    Strong,
    Heading,
    Good,
    Warn,
    Bad,
    Info,
    Thought,
    ToolCall,
    Observation,
    Decision,
    Quote,
    Cite,
    Unsupported,
    Key,
    Bar,
    Tab,
    TabOn,
    Border,
    BorderOn,
    Status,
    StatusBad,
    Selected,
    Match,
    Cited,
    Mark,
    Dialog,
    Cursor,
}

impl Role {
    /// Every role with the name it has in a theme file.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Text, "text"),
        (Self::Dim, "dim"),
        (Self::Strong, "strong"),
        (Self::Heading, "heading"),
        (Self::Good, "good"),
        (Self::Warn, "warn"),
        (Self::Bad, "bad"),
        (Self::Info, "info"),
        (Self::Thought, "thought"),
        (Self::ToolCall, "tool-call"),
        (Self::Observation, "observation"),
        (Self::Decision, "decision"),
        (Self::Quote, "quote"),
        (Self::Cite, "cite"),
        (Self::Unsupported, "unsupported"),
        (Self::Key, "key"),
        (Self::Bar, "bar"),
        (Self::Tab, "tab"),
        (Self::TabOn, "tab-on"),
        (Self::Border, "border"),
        (Self::BorderOn, "border-on"),
        (Self::Status, "status"),
        (Self::StatusBad, "status-bad"),
        (Self::Selected, "selected"),
        (Self::Match, "match"),
        (Self::Cited, "cited"),
        (Self::Mark, "mark"),
        (Self::Dialog, "dialog"),
        (Self::Cursor, "cursor"),
    ];

    /// The role of a step's kind.
    pub fn of_step(kind: StepKind) -> Self {
        match kind {
            StepKind::Thought => Self::Thought,
            StepKind::ToolCall => Self::ToolCall,
            StepKind::Observation => Self::Observation,
            StepKind::Decision => Self::Decision,
        }
    }

    /// The role of a command's label.
    pub fn of_label(label: Label) -> Self {
        match label {
            Label::SafeReadOnly => Self::Good,
            Label::Mutating | Label::CannotTell => Self::Warn,
            Label::Destructive => Self::Bad,
        }
    }

    /// The role of a check's outcome.
    pub fn of_outcome(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Good,
            Outcome::Fail => Self::Bad,
            Outcome::Unclear | Outcome::Unknown => Self::Warn,
        }
    }

    /// The role of a severity; undecided is a warning, never calm.
    pub fn of_severity(level: Option<Severity>) -> Self {
        match level {
            Some(Severity::Sev1) => Self::Bad,
            Some(Severity::Sev2) | None => Self::Warn,
            Some(Severity::Sev3) => Self::Info,
        }
    }
}

/// The word for an outcome.
pub fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "PASS",
        Outcome::Fail => "FAIL",
        Outcome::Unclear => "UNCLEAR",
        Outcome::Unknown => "OUTCOME UNKNOWN",
    }
}

/// A stretch of text in one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bit {
    /// What it is.
    pub role: Role,
    /// The text, not yet made showable: the painter does that for every bit.
    pub text: String,
}

/// What a row is about: what an action on it acts on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum Subject {
    #[default]
    None,
    Source(u32),
    Line {
        source: u32,
        line: u32,
    },
    Step {
        run: u32,
        no: u32,
    },
    Hypothesis(String),
    Check(String),
    Mitigation(String),
    Run(u64),
    /// Leave to run unasked, by its record.
    Leave(u64),
    Saved(String),
}

/// One row of a panel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// The text by roles.
    pub bits: Vec<Bit>,
    /// Columns that wrapped lines are indented by.
    pub hang: u16,
    /// What it is about.
    pub subject: Subject,
    /// Where Enter jumps.
    pub cite: Option<Citation>,
    /// Set on a row that Enter opens and closes: its name among the toggled ones.
    pub fold: Option<String>,
}

impl Row {
    /// An empty row.
    pub fn blank() -> Self {
        Self::default()
    }

    /// A row of one role.
    pub fn of(role: Role, text: impl Into<String>) -> Self {
        Self::default().bit(role, text)
    }

    /// A heading.
    pub fn heading(text: impl Into<String>) -> Self {
        Self::of(Role::Heading, text)
    }

    /// With one more stretch.
    pub fn bit(mut self, role: Role, text: impl Into<String>) -> Self {
        self.bits.push(Bit { role, text: text.into() });
        self
    }

    /// With a hanging indent.
    pub fn hang(mut self, columns: u16) -> Self {
        self.hang = columns;
        self
    }

    /// About something.
    pub fn about(mut self, subject: Subject) -> Self {
        self.subject = subject;
        self
    }

    /// Citing a place.
    pub fn citing(mut self, cite: Option<Citation>) -> Self {
        self.cite = cite;
        self
    }

    /// Opening and closing under a name.
    pub fn folding(mut self, name: impl Into<String>) -> Self {
        self.fold = Some(name.into());
        self
    }

    /// The whole text, for search.
    pub fn text(&self) -> String {
        self.bits.iter().map(|b| b.text.as_str()).collect()
    }
}

/// `paste 1:14`, the short form of a place.
pub fn place_name(session: &Session, cite: &Citation) -> String {
    let name = session.evidence.sources.get(cite.source.0 as usize).map_or("?", |s| s.name.as_str());
    let mut short: String = name.chars().take(24).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    format!("{short}:{}", cite.line)
}

/// The word and glyph before a claim that says what it rests on; quoted claims carry none.
pub fn support_mark(claim: &Claim) -> Option<(&'static str, Role)> {
    match claim.support {
        Support::Quoted => None,
        Support::Derived => Some(("[derived] ", Role::Info)),
        Support::Inferred => Some(("[inferred] ", Role::Dim)),
        Support::Unsupported => Some(("[UNSUPPORTED] ", Role::Unsupported)),
    }
}

/// Characters of a quote that its row shows; Enter shows the line itself.
const LONGEST_QUOTE: usize = 400;

/// A claim as rows: its sentence (Enter jumps to the first place), then every place it rests on.
pub fn claim_rows(out: &mut Vec<Row>, lead: &str, claim: &Claim, places: Places, session: &Session) {
    let hang = lead.chars().count().min(24) as u16;
    let mut row = Row::of(Role::Text, lead).hang(hang).citing(claim.citations.first().cloned());
    if let Some((word, role)) = support_mark(claim) {
        row = row.bit(role, word);
    }
    row = row.bit(if claim.support == Support::Unsupported { Role::Unsupported } else { Role::Text }, &claim.text);
    if repeats_untrusted(claim) {
        row = row.bit(Role::Mark, format!(" {FROM_LOG_TEXT}"));
    }
    if let Some(formula) = &claim.formula {
        row = row.bit(Role::Info, format!("  = {formula}"));
    }
    if let (Places::Short, Some(first)) = (places, claim.citations.first()) {
        row = row.bit(Role::Cite, format!("  [{}]", place_name(session, first)));
        if claim.citations.len() > 1 {
            row = row.bit(Role::Cite, format!(" +{}", claim.citations.len() - 1));
        }
    }
    out.push(row);
    if places == Places::Quoted {
        for cite in &claim.citations {
            // what the sentence has just said word for word is not said again below it
            let said = says(&claim.text, cite.quote.trim());
            out.push(place_row(usize::from(hang), cite, if said { "" } else { &cite.quote }, session));
        }
    }
}

/// One cited place with its quote.
pub fn quote_row(indent: usize, cite: &Citation, session: &Session) -> Row {
    place_row(indent, cite, &cite.quote, session)
}

/// One cited place with as much of its quote as is shown; a table's wide gaps are two blanks.
fn place_row(indent: usize, cite: &Citation, quote: &str, session: &Session) -> Row {
    let place = place_name(session, cite);
    let whole = narrowed(quote);
    let mut told: String = whole.chars().take(LONGEST_QUOTE).collect();
    if told.len() < whole.len() {
        told.push('…');
    }
    let row = Row::of(Role::Cite, format!("{}↳ {place}", " ".repeat(indent)))
        .bit(Role::Quote, if told.is_empty() { told } else { format!(" {}", told.replace('\n', " ⏎ ")) })
        .hang(indent as u16 + 2)
        .citing(Some(cite.clone()));
    if is_untrusted(&cite.quote) { row.bit(Role::Mark, format!(" {FROM_LOG_TEXT}")) } else { row }
}

/// As much of the text as is shown, with every run of three and more blanks as two.
fn narrowed(quote: &str) -> String {
    let mut out = String::with_capacity(quote.len().min(2 * LONGEST_QUOTE));
    let mut told = 0;
    for c in quote.trim().chars() {
        // one more than is shown, so that a longer one is told from one that ends there
        if told > LONGEST_QUOTE {
            break;
        }
        if !(c == ' ' && out.ends_with("  ")) {
            out.push(c);
            told += 1;
        }
    }
    out
}

/// True where a sentence says a quote word for word, and not as part of another word or figure.
fn says(text: &str, quote: &str) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(quote).any(|(at, _)| {
        let behind = text.get(at + quote.len()..).unwrap_or("");
        let goes_on = is_word(quote.chars().next_back()) && is_word(behind.chars().next());
        let begins = is_word(quote.chars().next()) && is_word(text.get(..at).and_then(|t| t.chars().next_back()));
        // `1.5` is no `1`
        let decimal = behind.strip_prefix(['.', ',']).is_some_and(|b| b.starts_with(|c: char| c.is_ascii_digit()))
            && quote.ends_with(|c: char| c.is_ascii_digit());
        !begins && !goes_on && !decimal
    })
}

/// How the places of a claim are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// The first place, and how many more there are, behind the sentence.
    Short,
    /// Each place with its quote on a row of its own.
    Quoted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_keeps_its_words_and_loses_a_tables_gaps() {
        assert_eq!(
            narrowed("2m9s        Warning   Unhealthy  pod/db-0   x y"),
            "2m9s  Warning  Unhealthy  pod/db-0  x y"
        );
        assert_eq!(narrowed(&"x".repeat(9_000)).len(), LONGEST_QUOTE + 1);
        assert_eq!(narrowed("  at the front\n    of a line "), "at the front\n  of a line");
    }

    #[test]
    fn a_figure_is_said_by_its_own_word_alone() {
        assert!(says("It went from 5 to 99%.", "99") && says("“no route” was logged.", "no route"));
        assert!(!says("p99 of cart rose in 1990.", "99") && !says("It went to 1.5 s.", "1"));
    }
}
