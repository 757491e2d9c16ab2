//! Figures that a newer source gives anew: `3 of 12 pods are down` on the page, `5 of 12 pods are down`
//! in what was pasted since. The old line still supports the sentence, so no other rule finds it.
//!
//! A sentence that states when its figure held is not touched by a later one, and neither is a row of
//! the timeline. It decides nothing about which of the two is right: it asks whoever wrote it to look.

use std::collections::{HashMap, HashSet};

use super::statement::Part;
use super::tokens::Tokens;
use super::{Finding, marks, prose};
use crate::domain::{Evidence, Line, SourceId, Span};

/// Lines of the newest source that are compared.
const MOST_NEW: usize = 20_000;
/// Lines of the older sources that a sentence is looked up in.
const MOST_OLD: usize = 50_000;
/// Longer lines are payloads.
const LONGEST: usize = 600;
/// Two lines tell of the same measure when they share so much of their words …
const ALIKE: f64 = 0.6;
/// … and a sentence rests on a line with which it shares so many.
const SHARED: usize = 2;

/// A line as its words without figures, and its figures with the word before and behind each.
struct Told<'t> {
    text: &'t str,
    line: &'t Line,
    words: HashSet<String>,
    figures: Vec<Figure>,
}

#[derive(PartialEq)]
struct Figure {
    value: String,
    before: String,
    behind: String,
}

/// The sentences of a page whose figure the newest source gives anew.
pub fn superseded(page: &str, evidence: &Evidence) -> Vec<Finding> {
    let Some(newest) = evidence.sources.len().checked_sub(1).filter(|n| *n > 0) else { return Vec::new() };
    let newest = SourceId(newest as u32);
    let new: Vec<Told<'_>> = told(evidence, |s| s == newest).take(MOST_NEW).collect();
    if new.is_empty() {
        return Vec::new();
    }
    let old: Vec<Told<'_>> = told(evidence, |s| s != newest).take(MOST_OLD).collect();
    let mut holders: HashMap<&str, Vec<&Told<'_>>> = HashMap::new();
    for line in &old {
        line.figures.iter().for_each(|f| holders.entry(f.value.as_str()).or_default().push(line));
    }
    let mut out = Vec::new();
    let mut statements = prose::split(page);
    let _ = marks::take(&mut statements, evidence, &mut Vec::new());
    for s in statements.iter().filter(|s| s.part != Part::Timeline && Tokens::of(&s.text).times.is_empty()) {
        let (words, figures) = read(&s.text);
        let found = figures.iter().find_map(|f| {
            let rests =
                holders.get(f.value.as_str())?.iter().find(|l| l.words.intersection(&words).count() >= SHARED)?;
            let own = rests.figures.iter().find(|g| g.value == f.value)?;
            new.iter().find_map(|n| Some((f, n, anew(rests, own, n)?)))
        });
        if let Some((f, line, value)) = found {
            let what = format!("the newest source gives {value} where this has {}: `{}`", f.value, line.text.trim());
            out.push(Finding::new(&s.path, "figure-superseded", what).with_fix("say when each figure held"));
        }
    }
    out
}

/// The other value that a newer line gives for the same measure.
fn anew<'n>(old: &Told<'_>, figure: &Figure, new: &'n Told<'_>) -> Option<&'n str> {
    let earlier =
        old.line.stamp.zip(new.line.stamp).is_some_and(|(a, b)| a.order(&b) == Some(std::cmp::Ordering::Greater));
    let shared = old.words.intersection(&new.words).count();
    let all = old.words.len().max(new.words.len());
    if earlier
        || shared == 0
        || (shared as f64) < ALIKE * all as f64
        || new.figures.iter().any(|f| f.value == figure.value)
    {
        return None;
    }
    let same = |f: &&Figure| f.before == figure.before && f.behind == figure.behind;
    new.figures.iter().find(same).map(|f| f.value.as_str())
}

fn told<'e>(evidence: &'e Evidence, of: impl Fn(SourceId) -> bool + 'e) -> impl Iterator<Item = Told<'e>> + 'e {
    evidence.lines().filter(move |(source, line)| of(*source) && line.end - line.start <= LONGEST).filter_map(
        |(source, line)| {
            let text = evidence.slice(Span::new(source, line.message.max(line.start)..line.end));
            let (words, figures) = read(text);
            (!figures.is_empty() && !words.is_empty()).then_some(Told { text, line, words, figures })
        },
    )
}

fn read(text: &str) -> (HashSet<String>, Vec<Figure>) {
    let words: Vec<String> = text
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '%' | '_' | '-' | ':')))
        .map(|w| w.trim_matches(['.', '-', ':', '_']).to_lowercase())
        .filter(|w| !w.is_empty())
        .collect();
    let is_figure = |w: &str| w.starts_with(|c: char| c.is_ascii_digit()) && !w.contains(':');
    let at = |n: Option<usize>| n.and_then(|n| words.get(n)).filter(|w| !is_figure(w)).cloned().unwrap_or_default();
    let figure = |(n, w): (usize, &String)| {
        let (value, before, behind) = (w.clone(), at(n.checked_sub(1)), at(Some(n + 1)));
        is_figure(w).then_some(Figure { value, before, behind })
    };
    let figures = words.iter().enumerate().filter_map(figure).collect();
    (words.into_iter().filter(|w| w.len() > 1 && !w.starts_with(|c: char| c.is_ascii_digit())).collect(), figures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source};

    fn evidence(texts: &[&str]) -> Evidence {
        let mut e = Evidence::default();
        for (n, text) in texts.iter().enumerate() {
            let id = SourceId(n as u32);
            let source = Source { id, name: format!("paste {n}"), origin: Origin::Paste, text: (*text).into() };
            e.readings.push(crate::intake::read(&source));
            e.sources.push(source);
        }
        e
    }

    fn found(line: &str, old: &str, new: &str) -> Vec<String> {
        let page = format!("# P\n\n## Impact\n\n{line}\n");
        superseded(&page, &evidence(&[old, new])).into_iter().map(|f| f.what).collect()
    }

    #[test]
    fn a_figure_that_the_newest_source_gives_anew_flags_its_sentence() {
        let old = "checkout: 3 of 12 pods are down\nqueue depth 18400, consumers 2\n";
        let said = found("3 of 12 pods of checkout are down.", old, "checkout: 7 of 12 pods are down\n");
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("gives 7 where this has 3"), "{said:?}");
        let said = found("The queue depth is 18400. [quoted L2]", old, "queue depth 52000, consumers 2\n");
        assert!(said.iter().any(|w| w.contains("52000")), "{said:?}");
    }

    #[test]
    fn what_held_at_a_stated_time_and_what_tells_of_something_else_flag_nothing() {
        let old = "checkout: 3 of 12 pods are down\n";
        let new = "checkout: 7 of 12 pods are down\n";
        assert_eq!(found("At 09:12 3 of 12 pods of checkout were down.", old, new), Vec::<String>::new());
        assert_eq!(
            found("3 of 12 pods of checkout are down.", old, "billing ran out of 7 threads\n"),
            Vec::<String>::new()
        );
        assert_eq!(found("3 of 12 pods of checkout are down.", old, old), Vec::<String>::new());
        let earlier = ("2026-06-02T09:12:00Z shop errors 41%\n", "2026-06-02T09:02:00Z shop errors 2%\n");
        assert_eq!(found("The shop errors are at 41%.", earlier.0, earlier.1), Vec::<String>::new());
        assert_eq!(found("The shop errors are at 2%.", earlier.1, earlier.0).len(), 1);
    }
}
