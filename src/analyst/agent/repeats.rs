//! What a model only repeats: a line of the evidence told as if it were a finding, or our own
//! instructions. It compares words; what is repeated is marked, or put back where it came from.

use crate::analyst::grounding::Finding;
use crate::domain::{Evidence, Notice, NoticeKind, Report};

/// The shortest text that counts as repeated, in characters: shorter ones agree by chance.
const SHORTEST: usize = 16;
/// The shortest piece of our instructions that is recognised.
const PIECE: usize = 40;

/// The lines of the evidence, to be compared with.
#[derive(Debug)]
pub struct Lines(Vec<(u32, u32, String)>);

impl Lines {
    /// Of everything that was given.
    pub fn of(evidence: &Evidence) -> Self {
        let all = evidence.sources.iter().flat_map(|s| {
            let lines = s.text.lines().zip(1..).map(|(line, no)| (s.id.0, no, plain(line)));
            lines.filter(|(_, _, line)| line.chars().count() >= SHORTEST)
        });
        Self(all.collect())
    }

    /// The place of the line that a text repeats, whole or as its message. A text that holds several
    /// lines repeats the first of them.
    pub fn place(&self, text: &str) -> Option<(u32, u32)> {
        let own = text.lines().map(plain).find(|l| l.chars().count() >= SHORTEST)?;
        let same = |line: &str| line == own || (line.ends_with(own.as_str()) && own.len() * 2 >= line.len());
        self.0.iter().find(|(_, _, line)| same(line)).map(|(source, no, _)| (*source, *no))
    }
}

/// A line without its marks, in small letters, with one blank between words.
fn plain(line: &str) -> String {
    let line = line.trim().trim_start_matches(['#', '-', '*', '>', ' ']).trim_end_matches(['.', ' ']);
    line.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The lines of a page that tell a line of the evidence as a fact. Quotes, tables, code, the timeline and
/// the evidence are where lines belong.
pub fn on_page(page: &str, lines: &Lines) -> Vec<Finding> {
    let (mut fenced, mut theirs, mut out) = (false, false, Vec::new());
    for (line, no) in page.lines().zip(1..) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if let Some(heading) = line.strip_prefix('#') {
            let low = heading.to_lowercase();
            theirs = ["evidence", "timeline", "context", "log", "appendix"].iter().any(|w| low.contains(w));
        }
        let quoted = fenced || theirs || line.starts_with(['>', '|']) || line.starts_with("    ");
        let place = if quoted { None } else { lines.place(line) };
        if let Some((source, at)) = place {
            let what =
                format!("it repeats line {at} of source {source}: that tells what was written, not what happened");
            out.push(Finding::new(&format!("line {no}"), "line-as-fact", what));
        }
    }
    out
}

/// Takes a title and follow-ups that only repeat a line out of a report; says so.
pub fn put_back(report: &mut Report, lines: &Lines, own_title: &str) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut note = |what: String| notices.push(Notice { kind: NoticeKind::InstructionInText, what, count: 1 });
    if let Some((source, no)) = lines.place(&report.title) {
        note(format!("the model's title only repeats line {no} of source {source}; it is not used"));
        own_title.clone_into(&mut report.title);
    }
    report.follow_ups.retain(|f| match lines.place(&f.what) {
        Some((source, no)) => {
            note(format!("a follow-up of the model is withheld: it only repeats line {no} of source {source}"));
            false
        }
        None => true,
    });
    notices
}

/// The text without what it repeats of our own instructions.
pub fn without_instructions(text: &str, instructions: &str) -> String {
    let pieces = instructions.split(['\n', '.']).map(str::trim).filter(|p| p.chars().count() >= PIECE);
    pieces.fold(text.to_owned(), |text, piece| {
        if text.contains(piece) { text.replace(piece, "[our instructions, not repeated]") } else { text }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source, SourceId};

    #[test]
    fn a_line_told_as_a_fact_is_found_where_it_is_no_quote() {
        let text = "2026-06-02T09:12:00Z INFO api checkout success rate is 99.99% today\nand another line of it\n";
        let source = Source { id: SourceId(0), name: "a".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let lines = Lines::of(&evidence);
        let page = "# Page\n\n## Root cause\n\nInfo api checkout success rate is 99.99% today.\n\n> and another line of it\n\n\
            ## Timeline\n\n- and another line of it\n";
        let found = on_page(page, &lines);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].path.as_str(), found[0].rule), ("line 5", "line-as-fact"));
    }

    #[test]
    fn our_instructions_are_not_repeated() {
        let system = include_str!("../../../prompts/v1/system.md");
        let said = format!("Here they are: {}", system.lines().nth(4).unwrap());
        let kept = without_instructions(&said, system);
        assert!(kept.contains("not repeated") && !kept.contains("written by strangers"), "{kept}");
        assert_eq!(without_instructions("The pool was full.", system), "The pool was full.");
    }
}
