//! Times that stand beside a line and not in it: in the same written-out object, or as the first of a pair of
//! a time in nanoseconds and a message. They are read as they stand.

use crate::analyst::scope::Block;
use crate::domain::{Evidence, Line, Stamp};

/// How far the parts of one written-out object may stand apart, in bytes.
const OBJECT: usize = 400;

/// The time that a written-out object gives beside the line: `"date": "…"` between the same braces.
pub fn of_object(evidence: &Evidence, line: &Line, block: &Block) -> Option<Stamp> {
    let text = &evidence.sources.get(block.source.0 as usize)?.text;
    let own = text.get(line.range())?;
    if let Some(at) = in_pair(text, line.start) {
        return Some(at);
    }
    if !own.trim_start().starts_with('"') {
        return None;
    }
    let mut from = line.start.saturating_sub(OBJECT);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (line.start + own.len() + OBJECT).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let before = text.get(from..line.start)?;
    let after = text.get(line.start..to)?;
    let object = [before.rsplit('{').next()?, after.split('}').next()?];
    object.into_iter().flat_map(str::lines).find_map(|l| {
        let (key, value) = l.trim().split_once(':')?;
        let key = key.trim_matches(['"', ' ']);
        let dated =
            matches!(key, "date" | "time" | "timestamp" | "first_time" | "firstTimestamp" | "eventTime" | "created_at");
        let value = value.trim().trim_end_matches(',').trim_matches('"');
        dated.then(|| value.parse::<Stamp>().ok()).flatten()
    })
}

/// `"1746612494000000000",` on the line before: nanoseconds since the epoch, as a store of logs answers.
fn in_pair(text: &str, start: usize) -> Option<Stamp> {
    let before = text.get(..start)?.trim_end_matches(['\n', '\r', ' ', '\t']);
    let figure = before.strip_suffix("\",")?.rsplit('"').next()?;
    let digits = figure.len() == 19 && figure.bytes().all(|b| b.is_ascii_digit());
    let nanos: i64 = figure.parse().ok().filter(|_| digits)?;
    let at = chrono::DateTime::from_timestamp(nanos / 1_000_000_000, (nanos % 1_000_000_000) as u32)?;
    Some(Stamp::Exact(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_time_that_stands_before_it_in_nanoseconds() {
        let text = "[\n\"1746612494000000000\",\n\"Pause Full\"\n],";
        let at = in_pair(text, text.find("\"Pause").unwrap()).unwrap();
        assert_eq!(at.to_string(), "2025-05-07T10:08:14Z");
        assert_eq!(in_pair("\"42\",\n\"x\"", 6), None);
    }
}
