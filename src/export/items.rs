//! The action items of a postmortem: as a table for spreadsheets, and as issues for GitHub and Jira.
//!
//! They are read from the page as it stands, so what a person changed there is what leaves. A cell is
//! never a formula; an issue mentions nobody and loads nothing.

use serde_json::{Value, json};

use super::blocks::{Block, Inline, blocks, words};
use super::labels::{self, Labels};
use super::{Seal, wiki};
use crate::analyst::grounding::pattern::{Pattern, group};
use crate::analyst::grounding::statement::Part;
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

static LISTED: Pattern = Pattern::new(
    r"(?s)^\s*(?:\[?(P\d)\]?(?:\s*[:.)-]?\s+|：))?(.*?)(?:\s*[(（]?(?:\bOwner:|负责人[：:])\s*([^.。)）]+)[)）]?[.。]?)?\s*$",
);

/// The action items of a Markdown page.
pub fn items(page: &str) -> Vec<Item> {
    let all = blocks(page);
    let mut within = false;
    let mut out = Vec::new();
    for block in &all {
        match block {
            Block::Heading(1..=2, line) => {
                let name = words(line).to_lowercase();
                let known = Part::of_heading(&name).is_some_and(|p| matches!(p, Part::ActionItems | Part::FollowUps));
                within = known || ["action item", "follow-up", "what is next"].iter().any(|n| name.contains(n));
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
    let cell = |key: &str, names: &[&str]| {
        let named = |h: &str| labels::is(key, h) || names.contains(&h.to_lowercase().as_str());
        let at = heads.iter().position(|h| named(words(h).trim()));
        at.and_then(|at| row.get(at)).map(|c| words(c).trim().to_owned()).unwrap_or_default()
    };
    Item {
        priority: cell("item_priority", &["prio"]),
        kind: cell("item_type", &["kind"]),
        what: cell("item_action", &["what", "action item", "item", "task"]),
        owner: cell("item_owner", &["owner role", "assignee"]),
        due: cell("item_due", &["due date", "until"]),
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
pub fn csv(items: &[Item], labels: &Labels, seal: Option<&Seal>) -> String {
    let from = seal.map(Seal::line).unwrap_or_default();
    let heads = ["priority", "type", "action", "owner", "due", "from"];
    let mut out = heads.map(|head| cell(&labels.say(&format!("item_{head}")))).join(",");
    out.push_str("\r\n");
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
pub fn github(items: &[Item], title: &str, labels: &Labels, seal: Option<&Seal>) -> String {
    let issue = |i: &Item| {
        let mut body = format!("{}\n\n", quiet(&i.what));
        for (name, value) in named(i, labels) {
            body.push_str(&format!("- {name}: {}\n", quiet(value)));
        }
        body.push_str(&format!("\n{}\n", labels.on("issue_from", &quiet(title))));
        if let Some(seal) = seal {
            body.push_str(&format!("\n{}\n", seal.line()));
        }
        json!({"title": one_line(&i.what), "body": body, "labels": tags(i)})
    };
    pretty(&json!({"issues": items.iter().map(issue).collect::<Vec<_>>(), "chain": seal.map(Seal::value)}))
}

/// The items as Jira takes them in bulk (`POST /rest/api/2/issue/bulk`); project and issue type are the
/// sender's to add.
pub fn jira(items: &[Item], title: &str, labels: &Labels, seal: Option<&Seal>) -> String {
    let issue = |i: &Item| {
        let mut body = format!("{}\n\n", wiki::escape(&i.what));
        for (name, value) in named(i, labels) {
            body.push_str(&format!("* {name}: {}\n", wiki::escape(value)));
        }
        body.push_str(&format!("\n{}\n", labels.on("issue_from", &wiki::escape(title))));
        if let Some(seal) = seal {
            body.push_str(&format!("\n{}\n", wiki::escape(&seal.line())));
        }
        json!({"fields": {"summary": one_line(&i.what), "description": body, "labels": tags(i)}})
    };
    pretty(&json!({"issueUpdates": items.iter().map(issue).collect::<Vec<_>>(), "chain": seal.map(Seal::value)}))
}

fn named<'i>(i: &'i Item, labels: &Labels) -> Vec<(String, &'i str)> {
    let all = [("priority", &i.priority), ("type", &i.kind), ("owner", &i.owner), ("due", &i.due)];
    let given = all.into_iter().filter(|(_, value)| !value.is_empty());
    given.map(|(key, value)| (labels.say(&format!("issue_{key}")), value.as_str())).collect()
}

fn tags(i: &Item) -> Vec<String> {
    let word = |t: &str| t.to_lowercase().chars().filter(|c| c.is_alphanumeric()).take(20).collect::<String>();
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
    fn items_are_read_from_a_chinese_page_and_labelled_in_the_language() {
        let page = "## 改进项\n\n| 优先级 | 类型 | 改进项 | 负责人 | 期限 |\n| - | - | - | - | - |\n\
            | P1 | 预防 | 提高连接池上限 | 平台组 | 2026-06-12 |\n\n## 证据\n\n- P2：不是\n";
        let found = items(page);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].what.as_str(), found[0].owner.as_str()), ("提高连接池上限", "平台组"));
        assert_eq!(items("## 下一步\n\n- P2：加告警。负责人：平台组。\n")[0].owner, "平台组");
        let chinese = Labels::of("zh");
        assert!(csv(&found, &chinese, None).starts_with("\"优先级\",\"类型\",\"改进项\""));
        let github: Value = serde_json::from_str(&github(&found, "t", &chinese, None)).unwrap();
        let body = github["issues"][0]["body"].as_str().unwrap();
        assert!(body.contains("- 负责人：平台组") || body.contains("- 负责人: 平台组"), "{body}");
        assert!(body.contains("来自故障复盘：t"), "{body}");
    }

    #[test]
    fn no_cell_is_a_formula_and_no_issue_mentions_anybody() {
        let found = items(PAGE);
        let english = Labels::of("en");
        let csv = csv(&found, &english, None);
        assert!(csv.contains(",\"'=cmd() is \"\"x\"\", @ana #4\","), "{csv}");
        for text in ["=1", " +1", "-1", "@x", "\t=1", "|cmd"] {
            assert!(cell(text).trim_start_matches('"').starts_with('\''), "{text}");
        }
        let github: Value = serde_json::from_str(&github(&found, "t", &english, None)).unwrap();
        let body = github["issues"][0]["body"].as_str().unwrap();
        assert!(!body.contains("@ana") && !body.contains("#4") && body.contains("- Owner: team"), "{body}");
        let jira: Value = serde_json::from_str(&jira(&found, "t", &english, None)).unwrap();
        assert!(jira["issueUpdates"][0]["fields"]["description"].as_str().unwrap().contains("\\@ana"));
    }
}
