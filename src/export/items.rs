//! The action items of a postmortem: as a table for spreadsheets, and as issues for GitHub and Jira.
//!
//! They are read from the page as it stands, so what a person changed there is what leaves. A cell is
//! never a formula; an issue mentions nobody and loads nothing.

use serde_json::{Value, json};

use super::blocks::{Block, Inline, blocks, words};
use super::{Seal, wiki};
use crate::analyst::grounding::pattern::{Pattern, group};
use crate::analyst::report::markdown;
use crate::domain::showable;

/// One action item; a field that the page does not give is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// `P1`.
    pub priority: String,
    /// Prevent, detect or mitigate.
    pub kind: String,
    /// What shall be done.
    pub what: String,
    /// The owner's role.
    pub owner: String,
    /// Until when.
    pub due: String,
}

static LISTED: Pattern =
    Pattern::new(r"(?s)^\s*(?:\[?(P\d)\]?\s*[:.)-]?\s+)?(.*?)(?:\s*\(?\bOwner:\s*([^.)]+)\)?\.?)?\s*$");

/// The action items of a Markdown page.
pub fn items(page: &str) -> Vec<Item> {
    let all = blocks(page);
    let mut within = false;
    let mut out = Vec::new();
    for block in &all {
        match block {
            Block::Heading(1..=2, line) => {
                let name = words(line).to_lowercase();
                within = ["action item", "follow-up", "what is next"].iter().any(|n| name.contains(n));
            }
            Block::Table(heads, rows) if within => out.extend(rows.iter().map(|row| of_row(heads, row))),
            Block::List(_, items) if within => out.extend(items.iter().map(|item| of_item(item))),
            _ => {}
        }
    }
    out.retain(|i: &Item| !i.what.is_empty());
    out
}

fn of_row(heads: &[Vec<Inline>], row: &[Vec<Inline>]) -> Item {
    let cell = |names: &[&str]| {
        let at = heads.iter().position(|h| names.contains(&words(h).trim().to_lowercase().as_str()));
        at.and_then(|at| row.get(at)).map(|c| words(c).trim().to_owned()).unwrap_or_default()
    };
    Item {
        priority: cell(&["priority", "prio"]),
        kind: cell(&["type", "kind"]),
        what: cell(&["action", "what", "action item", "item", "task"]),
        owner: cell(&["owner", "owner role", "assignee"]),
        due: cell(&["due", "due date", "until"]),
    }
}

fn of_item(item: &[Block]) -> Item {
    let Some(Block::Paragraph(line)) = item.first() else { return Item::default() };
    let said = words(line);
    let Some(c) = LISTED.captures(&said) else { return Item { what: said, ..Item::default() } };
    Item {
        priority: group(&c, 1).to_owned(),
        what: group(&c, 2).trim().to_owned(),
        owner: group(&c, 3).trim().to_owned(),
        ..Item::default()
    }
}

/// The items as CSV (RFC 4180), each with the place it comes from.
pub fn csv(items: &[Item], seal: Option<&Seal>) -> String {
    let from = seal.map(Seal::line).unwrap_or_default();
    let mut out = String::from("\"priority\",\"type\",\"action\",\"owner\",\"due\",\"from\"\r\n");
    for i in items {
        let cells = [&i.priority, &i.kind, &i.what, &i.owner, &i.due, &from].map(|c| cell(c));
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

/// A cell that no spreadsheet takes for a formula: one that would begin as one begins with `'`.
fn cell(text: &str) -> String {
    let clean = showable::clean(text).replace(['\n', '\t'], " ");
    let formula = clean.trim_start().starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, clean.replace('"', "\"\""))
}

/// The items as GitHub issues: an array of `{title, body, labels}` under `issues`.
pub fn github(items: &[Item], title: &str, seal: Option<&Seal>) -> String {
    let issue = |i: &Item| {
        let mut body = format!("{}\n\n", quiet(&i.what));
        for (name, value) in named(i) {
            body.push_str(&format!("- {name}: {}\n", quiet(value)));
        }
        body.push_str(&format!("\nFrom the postmortem: {}\n", quiet(title)));
        if let Some(seal) = seal {
            body.push_str(&format!("\n{}\n", seal.line()));
        }
        json!({"title": one_line(&i.what), "body": body, "labels": labels(i)})
    };
    pretty(&json!({"issues": items.iter().map(issue).collect::<Vec<_>>(), "chain": seal.map(Seal::value)}))
}

/// The items as Jira takes them in bulk (`POST /rest/api/2/issue/bulk`); project and issue type are the
/// sender's to add.
pub fn jira(items: &[Item], title: &str, seal: Option<&Seal>) -> String {
    let issue = |i: &Item| {
        let mut body = format!("{}\n\n", wiki::escape(&i.what));
        for (name, value) in named(i) {
            body.push_str(&format!("* {name}: {}\n", wiki::escape(value)));
        }
        body.push_str(&format!("\nFrom the postmortem: {}\n", wiki::escape(title)));
        if let Some(seal) = seal {
            body.push_str(&format!("\n{}\n", wiki::escape(&seal.line())));
        }
        json!({"fields": {"summary": one_line(&i.what), "description": body, "labels": labels(i)}})
    };
    pretty(&json!({"issueUpdates": items.iter().map(issue).collect::<Vec<_>>(), "chain": seal.map(Seal::value)}))
}

fn named(i: &Item) -> impl Iterator<Item = (&'static str, &str)> {
    [("Priority", &i.priority), ("Type", &i.kind), ("Owner", &i.owner), ("Due", &i.due)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, value.as_str()))
}

fn labels(i: &Item) -> Vec<String> {
    let word = |t: &str| t.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).take(20).collect::<String>();
    let mut out = vec!["postmortem".to_owned()];
    out.extend([word(&i.priority), word(&i.kind)].into_iter().filter(|l| !l.is_empty()));
    out
}

/// Words at most in an issue's title, in characters.
const TITLE: usize = 200;

fn one_line(text: &str) -> String {
    let clean = showable::clean(text);
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TITLE) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or(&line)),
        None => line,
    }
}

/// Escaped, and without a mention of a person or of another issue.
fn quiet(text: &str) -> String {
    markdown::escape(text).replace('@', "`@`").replace('#', "`#`")
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "## Action items\n\n| priority | type | action | owner | due |\n| - | - | - | - | - |\n\
        | P1 | prevent | =cmd() is \"x\", @ana #4 | team | 2026-06-12 |\n\n## Glossary\n\n- P2: not one\n";

    #[test]
    fn items_are_read_from_tables_and_lists() {
        let found = items(PAGE);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].priority.as_str(), found[0].kind.as_str(), found[0].owner.as_str()),
            ("P1", "prevent", "team")
        );
        let found = items("## What is next\n\n- P2: Alert at 80%. Owner: service team.\n- No owner here\n");
        assert_eq!((found[0].what.as_str(), found[0].owner.as_str()), ("Alert at 80%.", "service team"));
        assert_eq!(found[1].what, "No owner here");
    }

    #[test]
    fn no_cell_is_a_formula_and_no_issue_mentions_anybody() {
        let found = items(PAGE);
        let csv = csv(&found, None);
        assert!(csv.contains(",\"'=cmd() is \"\"x\"\", @ana #4\","), "{csv}");
        for text in ["=1", " +1", "-1", "@x", "\t=1", "|cmd"] {
            assert!(cell(text).trim_start_matches('"').starts_with('\''), "{text}");
        }
        let github: Value = serde_json::from_str(&github(&found, "t", None)).unwrap();
        let body = github["issues"][0]["body"].as_str().unwrap();
        assert!(!body.contains("@ana") && !body.contains("#4") && body.contains("- Owner: team"), "{body}");
        let jira: Value = serde_json::from_str(&jira(&found, "t", None)).unwrap();
        assert!(jira["issueUpdates"][0]["fields"]["description"].as_str().unwrap().contains("\\@ana"));
    }
}
