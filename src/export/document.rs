//! Which documents a session can leave, by the name of their format; and what each of them carries:
//! the place in the journal it was made at.
//!
//! A document is a function of what it is [`Given`]: the same session at the same record gives the
//! same bytes, so that whoever has the session can make it again and compare. It reads no clock.

use serde_json::{Value, json};

use super::labels::Labels;
use super::{html, items, json as as_json, markdown, postmortem, transcript, update, wiki};
use crate::fault::Fault;
use crate::session::Session;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// What it is called.
    pub name: &'static str,
    /// The file it is written to in the session's folder.
    pub file: &'static str,
    /// What it holds.
    pub what: &'static str,
}

const fn format(name: &'static str, file: &'static str, what: &'static str) -> Format {
    Format { name, file, what }
}

/// The formats, in the order they are offered.
pub const FORMATS: &[Format] = &[
    format("postmortem", "postmortem.md", "the postmortem as Markdown (GitHub's)"),
    format("html", "postmortem.html", "the postmortem as one web page that loads nothing; for phones and printers too"),
    format("pdf", "postmortem.pdf", "the postmortem on paper: real text, bookmarks, fonts within"),
    format("confluence", "postmortem.wiki", "the postmortem in Confluence's and Jira's wiki markup"),
    format("csv", "action-items.csv", "the action items for spreadsheets; no cell is a formula"),
    format("github-issues", "github-issues.json", "the action items as GitHub issues"),
    format("jira-issues", "jira-issues.json", "the action items as Jira takes them in bulk"),
    format("markdown", "report.md", "the whole report with the people's judgements, runs and notes"),
    format("json", "report.json", "the report and the session for programs"),
    format("transcript", "transcript.md", "every step of the trail and everything people did, in order"),
    format(
        "requests",
        "requests.txt",
        "what models were given: every request as it was sent, with its size and digest",
    ),
    format("asciicast", "session.cast", "the session's screens in their time, for a player of asciicasts"),
    format("update", "update.md", "stakeholder updates: for the bridge, for inside, for customers"),
];

/// The place in a journal that a document was made at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The session's id.
    pub session: String,
    /// The last record that the document knows.
    pub record: u64,
    /// The chain at that record, in hex: everything up to it stands as it stood.
    pub head: String,
}

impl Seal {
    /// As a line of Markdown, a rule above it.
    pub fn markdown(&self) -> String {
        format!("\n---\n\n{}\n", self.line())
    }

    /// As a line of text.
    pub fn line(&self) -> String {
        format!("Hotwash session {}, record {}, chain head {}.", self.session, self.record, self.head)
    }

    /// As a value.
    pub fn value(&self) -> Value {
        json!({"session": self.session, "record": self.record, "head": self.head})
    }
}

/// What a document is made of.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The session, as it may leave the machine.
    pub session: &'a Session,
    /// The name and the text of the postmortem's template; `None` for ours.
    pub template: Option<(&'a str, &'a str)>,
    /// Where in the journal; `None` for a session that is not saved.
    pub seal: Option<&'a Seal>,
}

impl<'a> Given<'a> {
    /// A session with nothing else known.
    pub fn of(session: &'a Session) -> Self {
        Self { session, template: None, seal: None }
    }

    fn sealed(&self, mut text: String) -> String {
        if let Some(seal) = self.seal {
            text.push_str(&seal.markdown());
        }
        text
    }
}

/// The document of a format.
///
/// # Errors
/// The format is not one of [`FORMATS`], or the template does not render.
pub fn document(given: &Given<'_>, format: &str) -> Result<Vec<u8>, Fault> {
    let session = given.session;
    let page = || postmortem::current(session, given.template);
    let labels = Labels::of_session(session);
    let text = match format {
        "postmortem" => given.sealed(page()?),
        "html" => html::page(given, &page()?),
        "pdf" => return pdf(given, &page()?),
        "confluence" => wiki::page(&given.sealed(page()?)),
        "csv" => items::csv(&items::items(&page()?), &labels, given.seal),
        "github-issues" => items::github(&items::items(&page()?), &title(session), &labels, given.seal),
        "jira-issues" => items::jira(&items::items(&page()?), &title(session), &labels, given.seal),
        "markdown" => given.sealed(markdown::session(session, &page()?)),
        "json" => as_json::session(session, &page()?, given.seal),
        "transcript" => given.sealed(transcript::session(session)),
        "requests" => given.sealed(super::given::text(session)),
        "update" => given.sealed(update::session(session)),
        "asciicast" => {
            let hint = "it is made of the journal: ask for the session by `hotwash export`";
            return Err(Fault::usage("an asciicast is not made of a report", hint));
        }
        other => {
            let names: Vec<&str> = FORMATS.iter().map(|f| f.name).collect();
            return Err(Fault::usage(
                format!("there is no format `{other}`"),
                format!("name one of {}", names.join(", ")),
            ));
        }
    };
    Ok(text.into_bytes())
}

#[cfg(feature = "pdf")]
fn pdf(given: &Given<'_>, page: &str) -> Result<Vec<u8>, Fault> {
    super::pdf::page(given, page)
}

#[cfg(not(feature = "pdf"))]
fn pdf(_: &Given<'_>, _: &str) -> Result<Vec<u8>, Fault> {
    Err(Fault::usage("this hotwash was built without the feature `pdf`", "export as HTML and print that"))
}

fn title(session: &Session) -> String {
    let reported = session.report.as_ref().map_or("", |r| r.title.as_str());
    if session.title.is_empty() { reported.to_owned() } else { session.title.clone() }
}
