//! What the editor knows of its text's lines, kept from key to key: where sections begin, and how many gaps
//! are left. Only lines that were changed are looked at again, unless one of them divides the text.

use std::ops::Range;

use super::editor::FILL_IN;
use super::editor_text::Change;
use crate::session::pages::{Section, divides, sections};

/// What is known of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fact {
    gaps: u32,
    divides: bool,
}

/// The sections and gaps of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    facts: Vec<Fact>,
    sections: Vec<Section>,
}

impl Outline {
    /// Those of these lines.
    pub fn of(lines: &[String]) -> Self {
        Self { facts: lines.iter().map(|l| fact(l)).collect(), sections: sections(lines.iter().map(String::as_str)) }
    }

    /// The sections, in order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// How many gaps stand in a range of lines.
    pub fn gaps(&self, lines: Range<usize>) -> usize {
        self.facts.get(lines).unwrap_or_default().iter().map(|f| f.gaps as usize).sum()
    }

    /// Some lines became others.
    pub fn changed(&mut self, lines: &[String], change: Change) {
        let Change { line, old, new } = change;
        let facts: Vec<Fact> = lines.get(line..line + new).unwrap_or_default().iter().map(|l| fact(l)).collect();
        let divided = facts.iter().any(|f| f.divides);
        let before: Vec<Fact> = self.facts.splice(line..line + old, facts).collect();
        if divided || before.iter().any(|f| f.divides) {
            self.sections = sections(lines.iter().map(String::as_str));
            return;
        }
        for section in self.sections.iter_mut().filter(|s| s.to > line) {
            section.to = (section.to + new).saturating_sub(old);
            if section.from > line {
                section.from = (section.from + new).saturating_sub(old);
            }
        }
    }
}

fn fact(line: &str) -> Fact {
    Fact { gaps: line.matches(FILL_IN).count() as u32, divides: divides(line) }
}
