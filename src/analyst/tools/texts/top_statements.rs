//! Which statement a database's load is made of, where its monitor lists them: `top_sql` with the sessions that each
//! has on average. A list has a first entry on every day: it only says what a fault that is found is made of.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Claim, Evidence, SourceId, Span};

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "top_statements",
    question: "Which statement is the database's load made of?",
    applies: |e, _| e.sources.iter().any(|s| s.text.contains("\"top_sql\"")),
    arguments: |_, _| serde_json::json!({}),
    run,
};

static STATEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r#""(?:statement|sql|sql_text|query)"\s*:\s*"((?:[^"\\]|\\.)+)""#).ok()
});
static LOAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r#""(?:db_load_avg|db_load|load_avg|avg_active_sessions|load)"\s*:\s*(\d+(?:\.\d+)?)"#,
    )
    .ok()
});
static INSTANCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r#""(?:db_instance_identifier|DBInstanceIdentifier|db_instance|instance)"\s*:\s*"([^"]+)""#,
    )
    .ok()
});

/// From this share on the load is made of one statement.
const MOST: f64 = 0.6;
/// What it counts: it tells the fault closer, and proves none.
const CLOSER: f64 = 0.4;
/// The longest statement that is told, in bytes.
const LONGEST: usize = 160;

/// One listed statement.
#[derive(Debug, PartialEq)]
struct Listed {
    text: Range<usize>,
    load: f64,
    /// Where its load stands.
    at: Range<usize>,
}

/// The statements of each list in the text.
fn lists(text: &str) -> Vec<Vec<Listed>> {
    let mut out = Vec::new();
    for (key, _) in text.match_indices("\"top_sql\"") {
        let Some(open) = text.get(key..).and_then(|t| t.find('[')).map(|i| key + i) else { continue };
        let mut depth = 0_i32;
        let end = text.get(open..).unwrap_or("").char_indices().find_map(|(i, c)| {
            depth += match c {
                '[' => 1,
                ']' => -1,
                _ => 0,
            };
            (depth == 0).then_some(open + i)
        });
        let Some(part) = end.and_then(|end| text.get(open..end)) else { continue };
        let places: Vec<Range<usize>> =
            STATEMENT.iter().flat_map(|r| r.captures_iter(part)).filter_map(|c| c.get(1)).map(|m| m.range()).collect();
        let nexts = places.iter().skip(1).map(|r| r.start).chain([part.len()]);
        let listed = places.iter().zip(nexts).filter_map(|(said, next)| {
            // the first figure behind a statement is its own, those of its waits stand below
            let found = LOAD.as_ref()?.captures(part.get(said.end..next)?)?;
            let (whole, load) = (found.get(0)?, found.get(1)?.as_str().parse().ok()?);
            let at = open + said.end + whole.start()..open + said.end + whole.end();
            Some(Listed { text: open + said.start..open + said.end, load, at })
        });
        out.push(listed.collect());
    }
    out
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let mut seen = Observation::default();
    let mut count = 0;
    for source in &evidence.sources {
        for list in lists(&source.text) {
            count += list.len();
            told(evidence, book, source.id, &source.text, &list);
        }
    }
    seen.title = format!("statements listed with their load: {count}");
    seen
}

/// The statement that makes most of the load, beside what is found of that database.
fn told(evidence: &Evidence, book: &mut Casebook, source: SourceId, text: &str, list: &[Listed]) {
    let sum: f64 = list.iter().map(|l| l.load).sum();
    let Some(most) = list.iter().max_by(|a, b| a.load.total_cmp(&b.load)) else { return };
    let before = text.get(..most.text.start).unwrap_or("");
    let instance = INSTANCE.iter().flat_map(|r| r.captures_iter(before)).last().and_then(|c| c.get(1));
    let Some(subject) = instance.map(|m| naming::workload(m.as_str())) else { return };
    let Some(statement) = text.get(most.text.clone()).filter(|s| s.len() <= LONGEST && !s.contains(['\\', '`'])) else {
        return;
    };
    if list.len() < 2 || most.load < MOST * sum {
        return;
    }
    let families = ["cpu_saturation.busy", "slow_query."];
    let of_load =
        |f: &&mut Finding| f.subject == subject && f.weight > 0.0 && families.iter().any(|p| f.playbook.starts_with(p));
    let Some(found) = book.findings.iter_mut().filter(of_load).max_by(|a, b| a.weight.total_cmp(&b.weight)) else {
        return;
    };
    let next = list.iter().filter(|l| l.at != most.at).max_by(|a, b| a.load.total_cmp(&b.load)).map_or(0.0, |l| l.load);
    let cites = |l: &Listed| evidence.cite(Span::new(source, l.at.clone()));
    let mut cited = vec![evidence.cite(Span::new(source, most.text.clone()))];
    cited.extend(list.iter().map(cites).take(6));
    let words = format!("{} sessions on average run `{statement}`, and {next} the next of its statements", most.load);
    if !found.mechanism.is_empty() {
        found.mechanism = format!("{}; {words}", found.mechanism);
        // whoever tells the mechanism cites what it rests on
        found.claim.citations.extend(cited.iter().take(3).cloned());
    }
    let claim = Claim::quoted(format!("{subject}: {words}."), cited);
    let finding = Finding {
        tool: TOOL.name,
        subject_kind: found.subject_kind,
        subject,
        playbook: found.playbook.clone(),
        bearing: Bearing::Symptom,
        weight: CLOSER,
        mechanism: String::new(),
        claim,
        at: None,
    };
    book.findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_listed_statement_has_the_load_that_stands_first_behind_it() {
        let text = r#"{"db_instance_identifier":"books-db","top_sql":[{"statement":"SELECT 1","db_load_avg":5.5,
            "waits":[{"name":"CPU","db_load_avg":4.0}]},{"statement":"UPDATE b","waits":[],"db_load_avg":0.5}],"x":[]}"#;
        let all = lists(text);
        let told: Vec<(&str, f64)> = all[0].iter().map(|l| (&text[l.text.clone()], l.load)).collect();
        assert_eq!(told, [("SELECT 1", 5.5), ("UPDATE b", 0.5)]);
        assert_eq!(&text[all[0][0].at.clone()], r#""db_load_avg":5.5"#);
    }
}
