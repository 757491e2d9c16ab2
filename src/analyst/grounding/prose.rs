//! Free text against the evidence: a model's page, somebody's postmortem. The page is split into
//! parts and sentences, and everything that applies to a sentence applies.

use super::pattern::Pattern;
use super::statement::{Part, Statement};
use super::{Finding, Known};
use crate::domain::Evidence;

/// Sentences read at most; a page has some hundreds.
const MOST: usize = 4_000;

/// What does not hold in a page of prose.
pub fn prose(text: &str, evidence: &Evidence) -> Vec<Finding> {
    let known = Known::of(evidence);
    let mut out = Vec::new();
    let mut split = split(text);
    let rests = super::marks::take(&mut split, evidence, &mut out);
    let statements: Vec<Statement<'_>> = split.iter().zip(&rests).map(|(s, rest)| rest.of(s)).collect();
    // A glossary lists once more the formulas of the page's marks: they are checked there, with their places.
    let formulas: Vec<&str> = statements.iter().filter_map(|s| s.formula).collect();
    let listed = |s: &Statement<'_>| formulas.contains(&s.text.trim_matches(['`', ' ', '-', '*']));
    let statements: Vec<Statement<'_>> = statements.iter().filter(|s| !listed(s)).cloned().collect();
    for s in &statements {
        super::gate::of_sentence(s, &known, &mut out);
        super::marks::quotes(s, &known, &mut out);
    }
    super::wording::of_lines(&statements, Some(&known), &mut out);
    super::sections::of_prose(&statements, &known, &mut out);
    super::coverage::of_prose(text, &statements, &known, &mut out);
    super::trail::of_prose(&statements, &known, &mut out);
    super::listing::of_prose(&statements, &known, &mut out);
    super::commands::of_prose(&statements, &known, &mut out);
    out
}

/// A page as statements with their line numbers. The context that a report repeats is left out.
pub fn split(text: &str) -> Vec<Statement<'static>> {
    let mut out: Vec<Statement<'static>> = Vec::new();
    let mut part = Part::Other;
    let mut fenced = false;
    for (i, raw) in text.lines().enumerate() {
        if out.len() >= MOST {
            break;
        }
        let line = raw.trim();
        if line.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if line.is_empty() {
            continue;
        }
        if !fenced && let Some(next) = heading(line) {
            part = next;
            if !line.contains(['(', ':']) || line.starts_with('#') {
                continue;
            }
        }
        if part == Part::Context {
            continue;
        }
        let path = format!("line {}", i + 1);
        let body = line.trim_start_matches(['•', '-', '*', '>', ' ', '●']);
        let whole = fenced || line.contains(['|', '\t']) || is_command(body);
        if body.starts_with('|') && matches!(part, Part::ActionItems | Part::FollowUps) {
            let cells = body.split('|').map(str::trim).filter(|c| !c.is_empty());
            out.extend(cells.map(|c| Statement::prose(path.clone(), part, c.to_owned())));
        } else if whole {
            out.push(Statement::prose(path, part, body.to_owned()));
        } else {
            out.extend(split_sentences(body).into_iter().map(|s| Statement::prose(path.clone(), part, s)));
        }
    }
    out
}

/// A line that opens a part: a Markdown heading, a short line that names one, or `Name: …`.
pub fn heading(line: &str) -> Option<Part> {
    if line.starts_with('#') && line.trim_start_matches('#').starts_with(' ') {
        // `### 22:48`: a row of the part that it stands in
        if line.trim_start_matches(['#', ' ']).starts_with(|c: char| c.is_ascii_digit()) && is_time(line) {
            return None;
        }
        return Some(Part::of_heading(line).unwrap_or(Part::Other));
    }
    let words = line.split_whitespace().count();
    if line.len() <= 60 && words <= 6 && !line.ends_with(['.', ';']) && !line.starts_with(['•', '-', '*', '|']) {
        return Part::of_heading(line).filter(|_| line.chars().next().is_some_and(char::is_uppercase));
    }
    let label = line.split([':', '(']).next().unwrap_or("");
    let opens = label.len() <= 40 && label.len() < line.len() && label.chars().next().is_some_and(char::is_uppercase);
    if opens { Part::of_heading(label).filter(|p| *p != Part::Context) } else { None }
}

/// True for a heading that gives a time of day or a day, and so is a row.
fn is_time(heading: &str) -> bool {
    static TIME: Pattern = Pattern::new(r"^#+\s+(?:\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2})\b");
    TIME.is_match(heading)
}

/// True for a line that is a command to run.
pub fn is_command(line: &str) -> bool {
    const FIRST: &[&str] = &[
        "kubectl",
        "helm",
        "docker",
        "curl",
        "psql",
        "redis-cli",
        "aws",
        "gcloud",
        "systemctl",
        "journalctl",
        "ssh",
        "dig",
        "grep",
        "cat",
    ];
    let line = line.trim_start_matches(['$', '`', ' ']);
    let first = line.split_whitespace().next().unwrap_or("");
    FIRST.contains(&first) && line.split_whitespace().count() >= 2
}

/// Sentences of a line: a full stop, question or exclamation mark before white space ends one, but
/// not inside a figure or an abbreviation.
pub fn split_sentences(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut chars = line.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        let ends = matches!(c, '.' | '!' | '?') && chars.peek().is_some_and(|(_, next)| next.is_whitespace());
        if !ends {
            continue;
        }
        let before = line.get(start..=i).unwrap_or("");
        let abbreviation =
            ["e.g.", "i.e.", "vs.", "etc.", "approx."].iter().any(|a| before.to_lowercase().ends_with(a));
        if !abbreviation {
            out.push(before.trim().to_owned());
            start = i + c.len_utf8();
        }
    }
    out.push(line.get(start..).unwrap_or("").trim().to_owned());
    out.retain(|s| !s.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_split_into_parts_and_sentences() {
        let page = "# Title\n\n## Impact\n\nUsers saw errors. It took 3.5 min, e.g. here.\n\nRoot Cause\n\nA leak.\n";
        let found: Vec<(Part, String)> = split(page).into_iter().map(|s| (s.part, s.text)).collect();
        assert_eq!(
            found,
            [
                (Part::Impact, "Users saw errors.".into()),
                (Part::Impact, "It took 3.5 min, e.g. here.".into()),
                (Part::RootCause, "A leak.".into())
            ]
        );
    }

    #[test]
    fn a_labelled_line_opens_its_part_and_is_a_statement_of_it() {
        let found = split("Propagation path: a → b\nBlast radius (4 entities):");
        assert_eq!(found[0].part, Part::Propagation);
        assert_eq!(found[1].part, Part::Blast);
    }
}
