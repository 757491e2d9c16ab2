//! Placeholders: the same value gets the same name for as long as one [`Masks`] lives.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use aho_corasick::{AhoCorasickBuilder, MatchKind};

use super::find::{Found, Scope, find};
use super::guard;
use super::view::View;

/// The most values that are looked for again elsewhere in the same text.
const ECHOES: usize = 512;

/// What a session remembers about its masks: a keyed hash of each value and its name, never the value.
#[derive(Debug, Clone)]
pub struct Masks {
    key: [u8; 32],
    names: HashMap<[u8; 16], String>,
    last: HashMap<String, u64>,
}

impl Masks {
    /// Masks of a new session. The salt comes from outside; without it no hash can be reproduced.
    pub fn new(salt: [u8; 32]) -> Self {
        Self { key: salt, names: HashMap::new(), last: HashMap::new() }
    }

    /// The most names that are remembered; later values are numbered but not recognised again.
    pub const LIMIT: usize = 100_000;

    /// A text of the same session that was masked before: numbers that it uses are not given again.
    pub fn number_after(&mut self, masked: &str) {
        for part in masked.split('‹').skip(1) {
            let Some((name, _)) = part.split_once('›') else { continue };
            let Some((kind, no)) = name.rsplit_once('-').filter(|_| name.len() < 64) else { continue };
            if let Ok(no) = no.parse::<u64>() {
                let last = self.last.entry(kind.to_owned()).or_insert(0);
                *last = no.max(*last);
            }
        }
    }

    fn name(&mut self, kind: &'static str, value: &str) -> String {
        let hash = blake3::keyed_hash(&self.key, value.as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(hash.as_bytes().get(..16).unwrap_or(&[0; 16]));
        if let Some(name) = self.names.get(&short) {
            return name.clone();
        }
        let no = self.last.entry(kind.to_owned()).or_insert(0);
        *no += 1;
        let name = format!("‹{kind}-{no}›");
        if self.names.len() < Self::LIMIT {
            self.names.insert(short, name.clone());
        }
        name
    }
}

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked<'a> {
    /// The text; borrowed where nothing was found.
    pub text: Cow<'a, str>,
    /// How many places were masked, by kind.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Masked<'_> {
    /// How many places were masked.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// The text with every secret as a placeholder. Line ends stay where they are; what is masked
/// already is left alone.
pub fn mask<'a>(text: &'a str, masks: &mut Masks) -> Masked<'a> {
    masked(text, masks, Scope::Secrets)
}

/// The text as it may leave the machine: secrets masked, and public addresses, e-mail addresses and
/// telephone numbers as stable names.
pub fn redact<'a>(text: &'a str, masks: &mut Masks) -> Masked<'a> {
    masked(text, masks, Scope::Personal)
}

fn masked<'a>(text: &'a str, masks: &mut Masks, scope: Scope) -> Masked<'a> {
    let mut found = find(text, scope);
    if let Some(view) = View::of(text) {
        let seen = find(view.text(), scope);
        found.extend(seen.into_iter().filter_map(|f| Some(Found { range: view.back(&f.range)?, ..f })));
    }
    let mut places = settled(text, found);
    if places.is_empty() {
        return Masked { text: Cow::Borrowed(text), counts: BTreeMap::new() };
    }
    let echoes = echoes(text, &places);
    if !echoes.is_empty() {
        places.extend(echoes);
        places = settled(text, places);
    }
    let mut out = String::with_capacity(text.len());
    let mut counts = BTreeMap::new();
    let mut done = 0;
    for place in &places {
        let Some(value) = text.get(place.range.clone()) else { continue };
        out.push_str(text.get(done..place.range.start).unwrap_or(""));
        let plain = View::of(value);
        // A value that a terminal's edge cut is the value that it was before.
        let whole = plain.as_ref().map_or(value, View::text).trim().replace('\n', "");
        let name = masks.name(place.kind, &whole);
        write(value, &name, &mut out);
        *counts.entry(place.kind).or_insert(0) += 1;
        done = place.range.end;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    Masked { text: Cow::Owned(out), counts }
}

/// Overlapping places joined, named by the best rule, in order, without what is masked already.
fn settled(text: &str, mut found: Vec<Found>) -> Vec<Found> {
    found.retain(|f| text.get(f.range.clone()).is_some_and(|v| !guard::is_masked(v)));
    found.sort_by_key(|f| (f.range.start, f.rank));
    let mut places: Vec<Found> = Vec::new();
    for f in found {
        match places.last_mut() {
            Some(last) if f.range.start < last.range.end => {
                last.range.end = last.range.end.max(f.range.end);
                if f.rank < last.rank {
                    last.rank = f.rank;
                    last.kind = f.kind;
                }
            }
            _ => places.push(f),
        }
    }
    places
}

/// Where values that were found stand once more without their context.
fn echoes(text: &str, places: &[Found]) -> Vec<Found> {
    let mut values: HashMap<&str, &'static str> = HashMap::new();
    for place in places {
        if let Some(value) = text.get(place.range.clone())
            && guard::is_distinctive(value)
            && values.len() < ECHOES
        {
            values.entry(value).or_insert(place.kind);
        }
    }
    let list: Vec<(&str, &'static str)> = values.into_iter().collect();
    let words = list.iter().map(|(v, _)| *v);
    let Ok(search) = AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest).build(words) else {
        return Vec::new();
    };
    let kind_of = |i: usize| list.get(i).map_or("secret", |(_, k)| *k);
    search
        .find_iter(text)
        .map(|m| Found { range: m.start()..m.end(), kind: kind_of(m.pattern().as_usize()), rank: usize::MAX })
        .collect()
}

/// Writes the placeholder; a value of many lines leaves as many lines, each with its indentation.
fn write(value: &str, name: &str, out: &mut String) {
    if !value.contains('\n') {
        out.push_str(name);
        return;
    }
    for (i, line) in value.split_inclusive('\n').enumerate() {
        let body = line.trim_end_matches(['\n', '\r']);
        let lead = if i == 0 { 0 } else { body.len() - body.trim_start().len() };
        let split: Range<usize> = lead..body.len();
        out.push_str(line.get(..split.start).unwrap_or(""));
        if !split.is_empty() {
            out.push_str(name);
        }
        out.push_str(line.get(split.end..).unwrap_or(""));
    }
}
