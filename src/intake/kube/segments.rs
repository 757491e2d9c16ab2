//! Where in a text kubectl's output stands: under the command that printed it, or told by its form.

use super::lines::Row;
use super::table::is_heading;
use crate::intake::prompt::typed;

/// A stretch of lines with the command above it.
#[derive(Debug, Clone)]
pub struct Segment<'r, 'a> {
    /// The command's text, without its prompt.
    pub command: Option<&'a str>,
    /// The host in the command's prompt (`[root@worker-01 ~]# `).
    pub host: Option<&'a str>,
    /// The lines below the command.
    pub rows: &'r [Row<'a>],
}

/// The segments of a text: one per command, and what stands before the first.
pub fn segments<'r, 'a>(rows: &'r [Row<'a>]) -> Vec<Segment<'r, 'a>> {
    let mut found = Vec::new();
    let mut begin = 0;
    let mut current: (Option<&'a str>, Option<&'a str>) = (None, None);
    for (i, row) in rows.iter().enumerate() {
        if let Some((host, command)) = prompt(row.text) {
            found.push(Segment { command: current.0, host: current.1, rows: rows.get(begin..i).unwrap_or(&[]) });
            current = (Some(command), host);
            begin = i + 1;
        }
    }
    found.push(Segment { command: current.0, host: current.1, rows: rows.get(begin..).unwrap_or(&[]) });
    found.retain(|s| !s.rows.is_empty());
    found
}

/// A command line: behind a prompt, in a heading (`# kubectl …`), or alone.
pub fn prompt(line: &str) -> Option<(Option<&str>, &str)> {
    if let Some(typed) = typed(line) {
        return Some((typed.host, typed.command));
    }
    if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("## ")) {
        let rest = rest.trim().trim_matches('`');
        let tool = ["kubectl ", "systemctl ", "journalctl ", "oc "].iter().any(|t| rest.starts_with(t));
        return tool.then_some((None, rest));
    }
    (line.starts_with("kubectl ") || line.starts_with("`kubectl ")).then(|| (None, line.trim().trim_matches('`')))
}

/// The namespace a command names with `-n` or `--namespace`.
pub fn namespace_of(command: &str) -> Option<&str> {
    let mut words = command.split_whitespace();
    while let Some(word) = words.next() {
        if word == "-n" || word == "--namespace" {
            return words.next();
        }
        if let Some(name) = word.strip_prefix("--namespace=") {
            return Some(name);
        }
    }
    None
}

/// What a stretch of lines is, by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Table,
    Describe,
    Yaml,
    Json,
}

/// The forms in a segment, in order: each begins at its row and reaches to the next one.
pub fn forms(rows: &[Row<'_>]) -> Vec<(Form, usize)> {
    let mut found: Vec<(Form, usize)> = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let text = row.text;
        let inside = found.last().map(|(f, _)| *f);
        let form = if is_heading(text) {
            Form::Table
        } else if text.starts_with("Name: ") && describes(rows, i) {
            Form::Describe
        } else if text.starts_with("apiVersion:") && inside != Some(Form::Yaml) {
            Form::Yaml
        } else if text.trim_end() == "{" || text.starts_with("{\"") || text.starts_with("{ \"") {
            Form::Json
        } else {
            continue;
        };
        found.push((form, i));
    }
    found
}

/// A description goes on with another key at the left edge within a few lines.
fn describes(rows: &[Row<'_>], at: usize) -> bool {
    rows.iter().skip(at + 1).take(4).any(|r| {
        let key = r.text.split(':').next().unwrap_or("");
        r.text.contains(':') && key.starts_with(|c: char| c.is_ascii_uppercase()) && key.len() < 30
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_told_from_text() {
        assert_eq!(prompt("$ kubectl get pods"), Some((None, "kubectl get pods")));
        assert_eq!(prompt("[root@worker-01 ~]# systemctl status x"), Some((Some("worker-01"), "systemctl status x")));
        assert_eq!(prompt("ops@host:~$ df -h"), Some((Some("host"), "df -h")));
        assert_eq!(prompt("# END of file"), None);
        assert_eq!(prompt("[2026-01-01] info # 3"), None);
        assert_eq!(namespace_of("kubectl get pods -n shop -o wide"), Some("shop"));
    }
}
