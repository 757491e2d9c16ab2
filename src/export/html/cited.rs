//! The lines of the evidence that a page refers to, by source and line, so that a mark can lead there.

use std::collections::{BTreeMap, HashMap};

use crate::session::Session;

/// Lines shown at most; a page rarely names a hundred.
const MOST: usize = 2_000;

/// The evidence's lines, and those of them that were named.
pub struct Cited<'s> {
    session: &'s Session,
    /// Where each line of a source begins, made when the source is first named.
    lines: HashMap<u32, Vec<&'s str>>,
    named: BTreeMap<(u32, u32), &'s str>,
}

impl<'s> Cited<'s> {
    /// Nothing is named yet.
    pub fn of(session: &'s Session) -> Self {
        Self { session, lines: HashMap::new(), named: BTreeMap::new() }
    }

    /// Names a line: the id of its row, where there is such a line.
    pub fn name(&mut self, source: u32, line: u32) -> Option<String> {
        let text = &self.session.evidence.sources.get(source as usize)?.text;
        let lines = self.lines.entry(source).or_insert_with(|| text.lines().collect());
        let found = lines.get((line as usize).checked_sub(1)?)?;
        if self.named.len() >= MOST && !self.named.contains_key(&(source, line)) {
            return None;
        }
        self.named.insert((source, line), found);
        Some(id(source, line))
    }

    /// What was named, in order: the id, the place as it is written, the source's name, the line.
    pub fn rows(&self) -> Vec<(String, String, &'s str, &'s str)> {
        let name = |source: u32| self.session.evidence.sources.get(source as usize).map_or("", |s| s.name.as_str());
        let row = |(&(source, line), text): (&(u32, u32), &&'s str)| {
            let place = if source == 0 { format!("L{line}") } else { format!("{source}:L{line}") };
            (id(source, line), place, name(source), *text)
        };
        self.named.iter().map(row).collect()
    }
}

fn id(source: u32, line: u32) -> String {
    format!("line-{source}-{line}")
}
