//! The evidence as it may leave the machine: addresses of machines and people under stable names, line
//! by line, and the way back for what comes in.
//!
//! Secrets were masked before the evidence existed; here they are looked for once more. The values
//! behind the names are kept in memory for one investigation and are never written.

use std::collections::BTreeMap;

use crate::domain::{Citation, Evidence, SourceId, Span};
use crate::intake::secrets::{Masks, redact};

/// The evidence as it may leave.
#[derive(Debug, Clone)]
pub struct Outgoing {
    masks: Masks,
    lines: Vec<Vec<String>>,
    values: BTreeMap<String, String>,
}

impl Outgoing {
    /// The evidence under names that only this investigation knows.
    pub fn of(evidence: &Evidence, salt: [u8; 32]) -> Self {
        let mut out = Self { masks: Masks::new(salt), lines: Vec::new(), values: BTreeMap::new() };
        out.extend(evidence);
        out
    }

    /// Takes in the sources that were added since; the names that were given stay.
    pub fn extend(&mut self, evidence: &Evidence) {
        let new = evidence.sources.get(self.lines.len()..).unwrap_or_default();
        for source in new {
            self.masks.number_after(&source.text);
        }
        for source in new {
            let named = redact(&source.text, &mut self.masks).text.into_owned();
            let lines: Vec<String> = named.split('\n').map(str::to_owned).collect();
            for (mine, theirs) in source.text.split('\n').zip(&lines) {
                remember(mine, theirs, &mut self.values);
            }
            self.lines.push(lines);
        }
    }

    /// Any text of ours as it may leave.
    pub fn out(&mut self, text: &str) -> String {
        let mut text = redact(text, &mut self.masks).text.into_owned();
        // A value that has a name bears it everywhere, longest first.
        let mut known: Vec<(&String, &String)> = self.values.iter().filter(|(_, v)| v.len() >= 5).collect();
        known.sort_by_key(|(_, v)| std::cmp::Reverse(v.len()));
        for (name, value) in known {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), name);
            }
        }
        text
    }

    /// A text that came in, with the values behind its names.
    pub fn back(&self, text: &str) -> String {
        if !text.contains('‹') {
            return text.to_owned();
        }
        self.values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name.as_str(), value))
    }

    /// How many lines a source has.
    pub fn count(&self, source: usize) -> usize {
        self.lines.get(source).map_or(0, Vec::len)
    }

    /// How many sources there are.
    pub fn sources(&self) -> usize {
        self.lines.len()
    }

    /// A line as it may leave; lines count from 1.
    pub fn line(&self, source: usize, no: usize) -> Option<&str> {
        self.lines.get(source)?.get(no.checked_sub(1)?).map(String::as_str)
    }

    /// The place that somebody means by source, line and quote, as the evidence has it. The quote may
    /// bear names; a wrong line number is forgiven where the quote stands on exactly one line nearby.
    pub fn place(&self, evidence: &Evidence, source: u32, no: u32, quote: &str) -> Option<Citation> {
        let lines = self.lines.get(source as usize)?;
        let quote = quote.trim().trim_end_matches(['…']).trim();
        let at = no as usize;
        let holds = |no: usize| self.line(source as usize, no).is_some_and(|l| quote.is_empty() || l.contains(quote));
        let found = if holds(at) {
            at
        } else {
            let near = at.saturating_sub(3).max(1)..=(at + 3).min(lines.len());
            let mut all = near.filter(|n| holds(*n));
            let one = all.next()?;
            if all.next().is_some() { return None } else { one }
        };
        let (start, text) = line_of(evidence, source, found)?;
        let own = self.back(quote);
        let span = match text.find(&own).filter(|_| !own.is_empty()) {
            Some(from) => start + from..start + from + own.len(),
            None => {
                let lead = text.len() - text.trim_start().len();
                start + lead..start + lead + text.trim().len()
            }
        };
        (!span.is_empty()).then(|| evidence.cite(Span::new(SourceId(source), span)))
    }
}

/// A line of the evidence itself with the byte it begins at.
fn line_of(evidence: &Evidence, source: u32, no: usize) -> Option<(usize, &str)> {
    let text = &evidence.sources.get(source as usize)?.text;
    let mut start = 0;
    for (n, line) in text.split('\n').enumerate() {
        if n + 1 == no {
            return Some((start, line));
        }
        start += line.len() + 1;
    }
    None
}

/// Which value stands behind each name of a line.
fn remember(mine: &str, theirs: &str, values: &mut BTreeMap<String, String>) {
    if mine == theirs {
        return;
    }
    let (mut own, mut named) = (mine, theirs);
    while let Some(at) = named.find('‹') {
        let Some(common) = named.get(..at) else { return };
        let Some(rest) = own.strip_prefix(common) else { return };
        let Some(after) = named.get(at..) else { return };
        let Some(end) = after.find('›').map(|e| e + '›'.len_utf8()) else { return };
        let (Some(name), Some(tail)) = (after.get(..end), after.get(end..)) else { return };
        if let Some(own_tail) = rest.strip_prefix(name) {
            // it was masked before it came here
            (own, named) = (own_tail, tail);
            continue;
        }
        let literal = tail.split('‹').next().unwrap_or("");
        let cut = if literal.is_empty() { rest.len() } else { rest.find(literal).unwrap_or(rest.len()) };
        let (Some(value), Some(own_tail)) = (rest.get(..cut), rest.get(cut..)) else { return };
        if !value.is_empty() {
            values.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        (own, named) = (own_tail, tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source};

    fn evidence(text: &str) -> Evidence {
        let source = Source { id: SourceId(0), name: "paste 1".into(), origin: Origin::Paste, text: text.into() };
        Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] }
    }

    #[test]
    fn an_address_leaves_under_a_name_and_comes_back_as_itself() {
        let e = evidence(
            "09:12 api connect to 203.0.113.9:5432 failed\n09:13 ana.fake@example.com paged, 203.0.113.9 again\n",
        );
        let mut out = Outgoing::of(&e, [7; 32]);
        let first = out.line(0, 1).unwrap().to_owned();
        assert!(!first.contains("203.0.113.9") && first.contains("‹ip-1›"), "{first}");
        assert!(out.line(0, 2).unwrap().contains("‹ip-1› again"), "{:?}", out.line(0, 2));
        assert_eq!(out.back("is ‹ip-1› down?"), "is 203.0.113.9 down?");
        assert_eq!(out.out("look at 203.0.113.9"), "look at ‹ip-1›");
        let place = out.place(&e, 0, 1, "connect to ‹ip-1›").unwrap();
        assert_eq!(place.quote, "connect to 203.0.113.9");
    }

    #[test]
    fn a_quote_on_a_line_nearby_is_found_and_one_that_stands_nowhere_is_not() {
        let e = evidence("a b c\nd e f\ng h i\n");
        let out = Outgoing::of(&e, [7; 32]);
        assert_eq!(out.place(&e, 0, 1, "d e").unwrap().line, 2);
        assert_eq!(out.place(&e, 0, 1, "x y z"), None);
        assert_eq!(out.place(&e, 3, 1, "a"), None);
    }
}
