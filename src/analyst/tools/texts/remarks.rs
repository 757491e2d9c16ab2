//! What a timeline's writer says beside its rows: which lines and sentences those are, and not what they mean.

use crate::analyst::scope::{Block, BlockKind, Scope};
use crate::domain::{Evidence, SourceId, Span};
use crate::intake::prose::Row;

/// Remarks of a timeline's writer that no time is given for: bullets and paragraphs beside its rows; of a long
/// paragraph its sentences.
pub(super) fn remarks(evidence: &Evidence, scope: &Scope, source: SourceId, all: &[Row]) -> Vec<Span> {
    const MOST: usize = 60;
    const LONG: usize = 600;
    let told = |at: &std::ops::Range<usize>| all.iter().any(|r| r.what.start < at.end && at.start < r.what.end);
    let people = |b: &Block| b.source == source && matches!(b.kind, BlockKind::People | BlockKind::Text);
    let lines = scope.lines(evidence, people).filter(|(_, line, text)| {
        line.level.is_none()
            && line.stamp.is_none()
            && text.len() >= 24
            && (text.starts_with(|c: char| c.is_alphabetic()) || is_bullet(text))
    });
    lines
        .flat_map(|(_, line, text)| {
            let lead = text.len() - text.trim_start_matches([' ', '\t', '-', '*', '•']).len();
            let whole = line.start + lead..line.start + text.trim_end().len();
            if text.len() < LONG {
                return vec![whole];
            }
            let mut from = line.start;
            let sentence = |part: &str| {
                let at = from..from + part.trim_end().len();
                from += part.len();
                at
            };
            text.split_inclusive(". ").map(sentence).collect()
        })
        .filter(|at| at.len() >= 24 && !told(at))
        .map(|at| Span::new(source, at))
        .take(MOST)
        .collect()
}

fn is_bullet(text: &str) -> bool {
    let inner = text.trim_start();
    inner.starts_with("- ") || inner.starts_with("* ") || inner.starts_with("• ")
}
