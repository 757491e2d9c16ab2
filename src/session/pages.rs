//! The postmortem as pages that the engine drafts and people write: which lines are whose, its sections,
//! every version that was saved, and how a new draft is taken without touching what a person wrote.

use crate::domain::counted;
use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Postmortem;
use crate::journal::event::Author;

/// One version of the postmortem.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// The record that holds it.
    pub seq: u64,
    /// When it was saved.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: Author,
    /// True for an engine's draft.
    pub drafted: bool,
    /// The text.
    pub text: Arc<str>,
}

/// The versions that are kept at hand; older ones are in the journal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Versions {
    /// The oldest first.
    pub kept: VecDeque<Version>,
    bytes: usize,
}

impl Versions {
    /// The most versions at hand.
    const MOST: usize = 300;
    /// The most bytes of text at hand.
    const MOST_BYTES: usize = 8 * 1024 * 1024;

    pub(super) fn add(&mut self, version: Version) {
        self.bytes += version.text.len();
        self.kept.push_back(version);
        while self.kept.len() > 1 && (self.kept.len() > Self::MOST || self.bytes > Self::MOST_BYTES) {
            self.bytes -= self.kept.pop_front().map_or(0, |v| v.text.len());
        }
    }
}

/// The lines that engines have drafted, by hash.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drafted(BTreeSet<u64>);

impl Drafted {
    pub(super) fn add(&mut self, text: &str) {
        self.0.extend(text.lines().map(hash));
    }
}

fn hash(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    line.trim_end().hash(&mut hasher);
    hasher.finish()
}

/// A section: a heading with what stands below it, up to the next heading of any depth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading without its marks; empty for what stands before the first.
    pub title: String,
    /// How deep: 1 for `#`; 0 before the first heading.
    pub depth: usize,
    /// Its first line, from 0.
    pub from: usize,
    /// One past its last line.
    pub to: usize,
}

/// True for a line that may begin a section, or a code fence: changing any other leaves the sections as
/// they are.
pub fn divides(line: &str) -> bool {
    line.starts_with('#') || line.trim_start().starts_with("```")
}

/// The sections of a Markdown text, in order; together they are the whole text. A `#` within a code
/// fence is no heading.
pub fn sections<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Section> {
    let mut out = vec![Section { title: String::new(), depth: 0, from: 0, to: 0 }];
    let (mut fenced, mut n) = (false, 0);
    for line in lines {
        fenced ^= line.trim_start().starts_with("```");
        let depth = line.len() - line.trim_start_matches('#').len();
        let is_heading = !fenced && (1..=6).contains(&depth) && line.get(depth..).is_some_and(|r| r.starts_with(' '));
        if is_heading {
            out.push(Section { title: line.trim_start_matches('#').trim().to_owned(), depth, from: n, to: n });
        }
        n += 1;
        if let Some(last) = out.last_mut() {
            last.to = n;
        }
    }
    out.retain(|s| s.to > s.from);
    out
}

impl Postmortem {
    /// True for a line that a person wrote or changed: no draft of an engine holds it.
    pub fn is_theirs(&self, line: &str) -> bool {
        self.edited && !line.trim().is_empty() && !self.drafted.0.contains(&hash(line))
    }

    /// How many lines of a text's section are a person's.
    fn theirs_in(&self, lines: &[&str], section: &Section) -> usize {
        lines.get(section.from..section.to).unwrap_or_default().iter().filter(|l| self.is_theirs(l)).count()
    }

    /// The text with the section that holds `line` (from 0) as the newest draft has it.
    ///
    /// # Errors
    /// Says why it stays as it is: a person wrote in it, or the draft has no such section.
    pub fn with_section_redrafted(&self, text: &str, line: usize) -> Result<String, String> {
        let (lines, draft): (Vec<&str>, Vec<&str>) = (text.split('\n').collect(), self.draft.split('\n').collect());
        let here = sections(lines.iter().copied()).into_iter().find(|s| (s.from..s.to).contains(&line));
        let Some(here) = here else { return Err("there is no section here".into()) };
        let name = if here.title.is_empty() { "this section" } else { &here.title };
        let theirs = self.theirs_in(&lines, &here);
        if theirs > 0 {
            return Err(format!("`{name}` holds {} that a person wrote: it stays as it is", counted(theirs, "line")));
        }
        let newest =
            sections(draft.iter().copied()).into_iter().find(|s| s.title == here.title && s.depth == here.depth);
        let Some(newest) = newest else { return Err(format!("the newest draft has no section `{name}`")) };
        let (Some(before), Some(new), Some(after)) =
            (lines.get(..here.from), draft.get(newest.from..newest.to), lines.get(here.to..))
        else {
            return Err(format!("`{name}` can't be taken from the draft"));
        };
        let all: Vec<&str> = before.iter().chain(new).chain(after).copied().collect();
        Ok(all.join("\n"))
    }

    /// The newest draft with every section in which a person wrote as it stands; and how many those are.
    /// A section of theirs that the draft does not have stays behind the one it stood behind.
    pub fn with_new_draft(&self) -> (String, usize) {
        let (lines, draft): (Vec<&str>, Vec<&str>) =
            (self.text.split('\n').collect(), self.draft.split('\n').collect());
        let own = sections(lines.iter().copied());
        let new = sections(draft.iter().copied());
        let same = |a: &Section, b: &Section| a.title == b.title && a.depth == b.depth;
        let touched = |s: &Section| self.theirs_in(&lines, s) > 0;
        let mut out: Vec<(Section, Vec<&str>)> = new
            .into_iter()
            .map(|s| match own.iter().find(|o| same(o, &s) && touched(o)) {
                Some(theirs) => (s, lines.get(theirs.from..theirs.to).unwrap_or_default().to_vec()),
                None => {
                    let body = draft.get(s.from..s.to).unwrap_or_default().to_vec();
                    (s, body)
                }
            })
            .collect();
        for (n, extra) in own.iter().enumerate().filter(|(_, s)| touched(s)) {
            if out.iter().any(|(s, _)| same(s, extra)) {
                continue;
            }
            let before = own.get(..n).unwrap_or_default();
            let after = before.iter().rev().find_map(|b| out.iter().position(|(s, _)| same(s, b)));
            let body = lines.get(extra.from..extra.to).unwrap_or_default().to_vec();
            out.insert(after.map_or(0, |at| at + 1), (extra.clone(), body));
        }
        let kept = own.iter().filter(|s| touched(s)).count();
        let all: Vec<&str> = out.into_iter().flat_map(|(_, body)| body).collect();
        (all.join("\n"), kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postmortem(text: &str, drafts: &[&str]) -> Postmortem {
        let mut p = Postmortem { text: text.into(), edited: true, ..Postmortem::default() };
        for draft in drafts {
            p.drafted.add(draft);
            p.draft = (*draft).into();
        }
        p
    }

    const FIRST: &str = "# T\n\n## Impact\n\n10 of 20.\n\n## Cause\n\nA disk.\n";
    const SECOND: &str = "# T\n\n## Impact\n\n12 of 20.\n\n## Cause\n\nA full disk.\n";

    #[test]
    fn sections_are_the_whole_text_and_a_fence_holds_none() {
        let text = "x\n# A\nb\n```\n# no\n```\n## C\n";
        let found = sections(text.split('\n'));
        let names: Vec<(&str, usize, usize)> = found.iter().map(|s| (s.title.as_str(), s.from, s.to)).collect();
        assert_eq!(names, [("", 0, 1), ("A", 1, 6), ("C", 6, 8)]);
    }

    #[test]
    fn a_new_draft_never_takes_the_place_of_what_a_person_wrote() {
        let text = FIRST.replace("A disk.", "The audit disk, says Mira.") + "\n## Ours\n\nWe learned.\n";
        let p = postmortem(&text, &[FIRST, SECOND]);
        let (merged, kept) = p.with_new_draft();
        assert!(merged.contains("12 of 20.") && merged.contains("The audit disk, says Mira."), "{merged}");
        assert!(merged.contains("## Ours\n\nWe learned.") && !merged.contains("A full disk."), "{merged}");
        assert_eq!(kept, 2);
    }

    #[test]
    fn one_section_is_drafted_anew_unless_a_person_wrote_in_it() {
        let text = FIRST.replace("A disk.", "The audit disk.");
        let p = postmortem(&text, &[FIRST, SECOND]);
        let anew = p.with_section_redrafted(&text, 4).unwrap();
        assert_eq!(anew, text.replace("10 of 20", "12 of 20"));
        assert!(p.with_section_redrafted(&text, 8).unwrap_err().contains("1 line that a person wrote"));
        assert!(p.is_theirs("The audit disk.") && !p.is_theirs("10 of 20.") && !p.is_theirs("  "));
    }

    #[test]
    fn old_versions_leave_the_memory_and_not_the_journal() {
        let mut versions = Versions::default();
        for seq in 0..400 {
            let (at, by, text) = (DateTime::UNIX_EPOCH, Author::Program, "x".repeat(100_000).into());
            versions.add(Version { seq, at, by, drafted: false, text });
        }
        assert!(versions.bytes <= Versions::MOST_BYTES && versions.kept.back().is_some_and(|v| v.seq == 399));
    }
}
