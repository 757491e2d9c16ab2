//! Findings as SARIF 2.1.0, for code review tools.

use serde_json::{Value, json};

use super::check::Finding;
use crate::domain::showable;

/// The findings of one file; one line end at the end.
pub fn sarif(name: &str, findings: &[Finding]) -> String {
    let mut ids: Vec<&str> = findings.iter().map(|f| f.rule).collect();
    ids.sort_unstable();
    ids.dedup();
    let rules: Vec<Value> = ids
        .iter()
        .map(|id| {
            let fix = findings.iter().find(|f| f.rule == *id).and_then(|f| f.fix.as_deref()).unwrap_or("");
            json!({"id": id, "shortDescription": {"text": id.replace('-', " ")},
                "help": {"text": if fix.is_empty() { *id } else { fix }}})
        })
        .collect();
    let uri = uri(name);
    let results: Vec<Value> =
        findings.iter().map(|f| result(f, ids.iter().position(|id| *id == f.rule), &uri)).collect();
    let driver = json!({"name": "hotwash", "version": env!("CARGO_PKG_VERSION"), "rules": rules});
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn result(f: &Finding, index: Option<usize>, uri: &str) -> Value {
    let level = if f.rule == "gap" { "note" } else { "warning" };
    let mut out = json!({
        "ruleId": f.rule,
        "ruleIndex": index,
        "level": level,
        "message": {"text": showable::clean(&f.reason)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": f.line.max(1)}}}],
    });
    if let (Some(edit), Some(map)) = (&f.edit, out.as_object_mut()) {
        let region = json!({"startLine": edit.line.max(1), "startColumn": 1,
            "endLine": (edit.line + edit.lines).max(1), "endColumn": 1});
        let replacement = json!({"deletedRegion": region, "insertedContent": {"text": edit.text}});
        let change = json!({"artifactLocation": {"uri": uri}, "replacements": [replacement]});
        let words = f.fix.as_deref().unwrap_or("mend the line");
        map.insert("fixes".into(), json!([{"description": {"text": words}, "artifactChanges": [change]}]));
    }
    out
}

/// A file's name as a relative reference: what has a meaning there is written in percent.
fn uri(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for b in name.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::lint;
    use super::*;

    #[test]
    fn a_log_holds_what_the_schema_asks_for() {
        let found = lint("# P\n\n## Timeline\n\n- 09:00 x\n", None);
        let log: Value = serde_json::from_str(&sarif("a b#.md", &found)).unwrap();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert!(run["tool"]["driver"]["name"].is_string());
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), found.len());
        for r in results {
            let index = r["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], r["ruleId"]);
            assert!(r["message"]["text"].as_str().is_some_and(|t| !t.is_empty()));
            let place = &r["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uri"], "a%20b%23.md");
            assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        }
        assert!(
            results.iter().any(|r| r["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"].is_object())
        );
    }
}
