//! How sentences are put: one full stop, no double spaces, hedges where something is only inferred.

use chrono::{NaiveTime, Timelike};

use crate::domain::report::TimelineRow;
use crate::domain::{Claim, Stamp};

/// A sentence: trimmed, inner white space collapsed but in what is quoted, ended by one full stop (a
/// Chinese one where its own words are Chinese).
/// Its first letter stays: it may begin with the name of a service.
pub fn sentence(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let (mut quoted, mut chinese) = (false, false);
    for c in text.trim().chars() {
        quoted = (quoted || c == '“') && c != '”';
        chinese |= !quoted && matches!(c, '\u{3400}'..='\u{9fff}');
        let space = c.is_whitespace() && (!quoted || c == '\n');
        if !(space && out.ends_with(' ')) {
            out.push(if space { ' ' } else { c });
        }
    }
    while out.ends_with(['.', ',', ';', ' ', ':', '。', '，', '；', '：']) {
        out.pop();
    }
    if out.is_empty() {
        return out;
    }
    if !out.ends_with(['!', '?', '！', '？']) {
        out.push(if chinese { '。' } else { '.' });
    }
    out
}

/// The text without its closing full stop, for use inside another sentence.
pub fn fragment(text: &str) -> &str {
    text.trim().trim_end_matches(['.', ';', ',', '。', '；', '，'])
}

/// The text with its first letter in the upper case.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().collect::<String>() + chars.as_str())
}

/// Words that mark a sentence as a suggestion or an inference.
const HEDGES: &[&str] = &[
    "may ",
    "might",
    "could",
    "would",
    "should",
    "likely",
    "possibl",
    "perhaps",
    "probabl",
    "suggest",
    "consider",
    "appears",
    "to examine",
    "to check",
    "if ",
    "worth ",
    "not in the evidence",
    "unknown",
];

/// True when the sentence is worded as an inference or a suggestion.
pub fn is_hedged(text: &str) -> bool {
    let low = text.to_lowercase();
    HEDGES.iter().any(|h| low.contains(h))
}

/// The text as a suggestion: as it is where it is hedged, else behind `Worth examining:`.
pub fn suggestion(text: &str) -> String {
    if is_hedged(text) { sentence(text) } else { sentence(&format!("Worth examining: {}", text.trim())) }
}

/// A number without needless digits: `2.9`, `25`, `0.04`.
pub fn number(value: f64) -> String {
    let digits = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 1.0 || value == 0.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Seconds in words: `2 min`, `5 h 14 min`, `45 s`.
pub fn duration(seconds: f64) -> String {
    let total = seconds.round().max(0.0) as u64;
    let (d, h, m, s) = (total / 86_400, total / 3600 % 24, total / 60 % 60, total % 60);
    let parts = [(d, "d"), (h, "h"), (m, "min"), (s, "s")];
    let named: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).take(2).map(|(n, unit)| format!("{n} {unit}")).collect();
    if named.is_empty() { format!("{} s", number(seconds)) } else { named.join(" ") }
}

/// The difference of two stamps as a formula: clock times on one day, full stamps over several.
pub fn difference(late: &Stamp, early: &Stamp, seconds: f64) -> String {
    let day = |s: &Stamp| s.to_string().split('T').next().map(str::to_owned);
    let one_day = matches!(late, Stamp::Clock(_)) || day(late) == day(early);
    let (a, b) = if one_day { (late.clock(), early.clock()) } else { (late.to_string(), early.to_string()) };
    format!("{a} - {b} = {}", duration(seconds))
}

/// A stamp for a sentence: the time, with `UTC` only where the zone is known.
pub fn time(stamp: &Stamp) -> String {
    match stamp {
        Stamp::Exact(_) => format!("{} UTC", stamp.clock()),
        Stamp::Local(_) | Stamp::Yearless(..) | Stamp::Clock(_) => stamp.clock(),
    }
}

/// The same with its day, where rows are of other days: a clock alone would be read as of theirs.
pub fn time_among(stamp: &Stamp, rows: &[TimelineRow]) -> String {
    let day = |s: &Stamp| match s {
        Stamp::Exact(t) => Some(t.date_naive()),
        Stamp::Local(t) => Some(t.date()),
        Stamp::Yearless(..) | Stamp::Clock(_) => None,
    };
    match day(stamp) {
        Some(own) if rows.iter().filter_map(|r| day(&r.at)).any(|d| d != own) => format!("{own} {}", time(stamp)),
        _ => time(stamp),
    }
}

/// True for the sentence that only says what the report is about: it is no evidence of anything.
pub fn is_focus(claim: &Claim) -> bool {
    claim.text.starts_with("The report is about ")
}

/// A stamp for a table: as it is, with the fraction of a second cut to what a person can use.
pub fn moment(stamp: &Stamp) -> String {
    let text = stamp.to_string();
    let Some(dot) = text.rfind('.') else { return text };
    let (whole, fraction) = text.split_at(dot);
    let digits = fraction.bytes().skip(1).take_while(u8::is_ascii_digit).count();
    let (kept, zone) = (fraction.get(..=digits.min(3)).unwrap_or(""), fraction.get(1 + digits..).unwrap_or(""));
    format!("{whole}{kept}{zone}")
}

/// Minutes since midnight, for formulas over clock times.
pub fn minutes(time: NaiveTime) -> f64 {
    f64::from(time.num_seconds_from_midnight()) / 60.0
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// A row's words without the name that its own column says, where they go on without it.
pub fn without_subject<'t>(text: &'t str, service: Option<&str>) -> &'t str {
    let Some(rest) = service.and_then(|name| text.strip_prefix(name)) else { return text };
    let kept = match rest.strip_prefix(':') {
        Some(kept) => kept.trim_start(),
        // `orders-db connections=171`: fields, and no sentence that would lose who
        None => match rest.strip_prefix(' ') {
            Some(kept) if kept.split_whitespace().next().is_some_and(|w| w.contains('=')) => kept,
            _ => return text,
        },
    };
    if kept.split_whitespace().count() > 1 { kept } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_does_not_say_its_service_twice() {
        assert_eq!(without_subject("orders-db connections=171 max=200", Some("orders-db")), "connections=171 max=200");
        assert_eq!(without_subject("orders-db: gone away", Some("orders-db")), "gone away");
        assert_eq!(without_subject("orders-db down", Some("orders-db")), "orders-db down");
        let sentence = "orders-db can't be reached from inside the cluster";
        assert_eq!(without_subject(sentence, Some("orders-db")), sentence);
        assert_eq!(without_subject("orders-db-2 is gone", Some("orders-db")), "orders-db-2 is gone");
        assert_eq!(without_subject("the page", None), "the page");
    }

    #[test]
    fn a_sentence_has_one_full_stop_and_keeps_names() {
        assert_eq!(sentence("The  pod is  gone.."), "The pod is gone.");
        assert_eq!(sentence("order-svc restarts"), "order-svc restarts.");
        assert_eq!(sentence(" "), "");
        assert_eq!(sentence("it  says “a   b”  twice"), "it says “a   b” twice.");
    }

    #[test]
    fn durations_and_numbers_read_as_a_person_would_write_them() {
        assert_eq!(duration(120.0), "2 min");
        assert_eq!(duration(18_840.0), "5 h 14 min");
        assert_eq!(number(2.900_000_1), "2.9");
        assert_eq!(number(1024.0), "1024");
    }

    #[test]
    fn a_table_shows_no_nanoseconds() {
        let shown = |text: &str| moment(&text.parse::<Stamp>().unwrap());
        assert_eq!(shown("2026-03-08T07:19:21.805518738Z"), "2026-03-08T07:19:21.805Z");
        assert_eq!(shown("2026-03-08T07:19:21Z"), "2026-03-08T07:19:21Z");
        assert_eq!(shown("2026-03-08T07:19:21.805518738"), "2026-03-08T07:19:21.805");
    }

    #[test]
    fn a_bare_statement_becomes_a_suggestion() {
        assert_eq!(suggestion("Nothing limits the cache"), "Worth examining: Nothing limits the cache.");
        assert_eq!(suggestion("A limit might have held it."), "A limit might have held it.");
    }
}
