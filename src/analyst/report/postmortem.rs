//! The postmortem draft: the report's answers in a template, the journal's facts where there are
//! any, and a named gap where neither knows.
//!
//! Text from evidence is escaped before it reaches a template. What was only suggested is never told
//! as done: the response holds runs, notes and actions that the evidence dates, nothing else.

mod sheet;
mod telling;

use chrono::{DateTime, Utc};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::domain::Report;
use crate::fault::Fault;

/// What the journal knows beside the report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Who worked on it.
    pub people: Vec<String>,
    /// What was run, one sentence each, in order: `09:31 UTC, ana: ran …: exit 0`.
    pub runs: Vec<String>,
    /// Mitigations that ran and are known to have worked.
    pub done: Vec<Done>,
    /// What was decided or done, as the scribe noted it.
    pub actions: Vec<String>,
    /// Open questions and remarks, as the scribe noted them.
    pub notes: Vec<String>,
    /// Who had which role, as the scribe noted it.
    pub roles: Vec<String>,
    /// The updates that were made: when, and when the next one was due.
    pub updates: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// What people said of hypotheses.
    pub judgements: Vec<String>,
    /// The incident's date, where the journal knows better than the evidence.
    pub date: Option<String>,
}

/// A mitigation that ran, and whose own check passed after that.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Done {
    pub at: DateTime<Utc>,
    pub by: String,
    pub action: String,
    pub command: String,
    pub checked_at: DateTime<Utc>,
    pub check: String,
    pub because: String,
}

/// Which template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Template {
    /// Every section.
    #[default]
    Full,
    /// One page.
    Short,
    /// Nine headings: summary, timeline, impact, root cause, detection, response, what went well,
    /// what went poorly, action items.
    Nine,
}

impl Template {
    /// Every template.
    pub const ALL: &'static [Self] = &[Self::Full, Self::Short, Self::Nine];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Short => "short",
            Self::Nine => "nine",
        }
    }

    /// Its text in a language; the English one where we have none in that.
    pub fn text_in(self, language: &str) -> &'static str {
        match (self, language) {
            (Self::Full, "zh") => include_str!("../../../templates/zh/postmortem.md"),
            (Self::Short, "zh") => include_str!("../../../templates/zh/short.md"),
            (Self::Nine, "zh") => include_str!("../../../templates/zh/nine.md"),
            _ => self.text(),
        }
    }

    /// Its text.
    pub fn text(self) -> &'static str {
        match self {
            Self::Full => include_str!("../../../templates/postmortem.md"),
            Self::Short => include_str!("../../../templates/short.md"),
            Self::Nine => include_str!("../../../templates/nine.md"),
        }
    }
}

/// The draft in one of the built-in templates.
pub fn draft(report: &Report, facts: &Facts, template: Template) -> String {
    // a built-in template that does not render would be caught by its test; the plain title stays
    render(report, facts, template.name(), template.text_in(&report.engine.language))
        .unwrap_or_else(|_| format!("# {}\n", super::markdown::escape(&report.title)))
}

/// The draft in a person's own template.
///
/// # Errors
/// Names the template, the line and the reason when it does not render.
pub fn render(report: &Report, facts: &Facts, name: &str, text: &str) -> Result<String, Fault> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    let rendered =
        environment.template_from_str(text).and_then(|t| t.render(sheet::sheet(report, facts))).map_err(|e| {
            Fault::input(format!("template {name} does not render: {e}"), "mend the template and draft again")
        })?;
    Ok(tidy(&rendered))
}

/// At most one empty line in a row, none at either end, one line end at the end.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines() {
        let line = line.trim_end();
        if !(line.is_empty() && empty) {
            out.push_str(line);
            out.push('\n');
        }
        empty = line.is_empty();
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}
