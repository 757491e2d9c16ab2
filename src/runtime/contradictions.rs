//! Whether new evidence speaks against what stands in the postmortem: a sentence that held against the
//! evidence without its newest source, and does not hold with it; or whose figure that source gives anew.

use super::console::Console;
use crate::analyst::grounding::superseded::superseded;
use crate::analyst::grounding::{Finding, prose};
use crate::app::Input;
use crate::app::flags::Flag;
use crate::domain::Evidence;

impl Console {
    /// Holds a text against the evidence on a worker.
    pub(super) fn hold_against_evidence(&mut self, text: String) {
        let evidence = self.session.evidence.clone();
        self.work("checking", move || Input::PostmortemChecked { flags: contradicted(&text, evidence) });
    }
}

/// The lines of a text that the newest source contradicts.
pub fn contradicted(text: &str, mut evidence: Evidence) -> Vec<Flag> {
    if evidence.sources.len() < 2 {
        return Vec::new();
    }
    let newer = superseded(text, &evidence);
    let now = prose(text, &evidence);
    evidence.sources.pop();
    evidence.readings.pop();
    let before = prose(text, &evidence);
    let known = |f: &Finding| before.iter().any(|b| b.path == f.path && b.rule == f.rule);
    let lines: Vec<&str> = text.lines().collect();
    let mut flags: Vec<Flag> = Vec::new();
    for finding in now.iter().filter(|f| !known(f)).chain(&newer) {
        let line =
            finding.path.strip_prefix("line ").and_then(|n| n.parse::<usize>().ok()).and_then(|n| n.checked_sub(1));
        let Some((line, text)) = line.and_then(|n| Some((n, lines.get(n)?))) else { continue };
        if !flags.iter().any(|f| f.line == line) {
            flags.push(Flag { line, text: (*text).to_owned(), reason: finding.what.clone() });
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source, SourceId};

    fn evidence(texts: &[&str]) -> Evidence {
        let mut e = Evidence::default();
        for (n, text) in texts.iter().enumerate() {
            let source = Source {
                id: SourceId(n as u32),
                name: format!("paste {n}"),
                origin: Origin::Paste,
                text: (*text).into(),
            };
            e.readings.push(crate::intake::read(&source));
            e.sources.push(source);
        }
        e
    }

    #[test]
    fn a_superseded_figure_flags_the_line_that_gives_it() {
        let e = evidence(&["checkout: 3 of 12 pods are down\n", "checkout: 7 of 12 pods are down\n"]);
        let flags = contradicted("# P\n\n## Impact\n\n3 of 12 pods of checkout are down.\n", e);
        assert!(flags.iter().any(|f| f.line == 4 && f.reason.contains("gives 7")), "{flags:?}");
    }

    #[test]
    fn one_source_contradicts_nothing_and_any_text_has_an_answer() {
        let one = "2026-06-02T09:12:00Z ERROR order-svc out of memory\n";
        assert_eq!(contradicted("# P\n\nAll well.\n", evidence(&[one])), []);
        for text in ["", "x", "# A\n\n12:00 x\n", "\u{0}"] {
            let _ = contradicted(text, evidence(&[one, one]));
        }
    }
}
