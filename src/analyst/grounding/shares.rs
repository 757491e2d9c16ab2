//! Shares have denominators: pods are not requests, requests are not users, and two shares of the
//! same thing can't differ.

use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::{Finding, Known};

static SHARE_OF: Pattern = Pattern::new(
    r"(?i)(\d+(?:\.\d+)?)\s?%\s+of\s+(?:all\s+|the\s+|our\s+|total\s+)?(?:[a-z-]+\s+){0,2}?(requests?|users?|customers?|pods?|replicas?|nodes?|instances?|traffic|orders?|transactions?|sessions?|accounts?)\b",
);
static PART_OF: Pattern = Pattern::new(
    r"(?i)\b(\d+)\s*(?:of|out of|/)\s*(\d+)\s+(pods?|replicas?|nodes?|instances?|hosts?|requests?|users?)|(pods?|replicas?|nodes?|instances?|hosts?|users?|requests?):?\s+(\d+)\s+total,\s*(\d+)",
);
static SUCCESS: Pattern =
    Pattern::new(r"(?i)success(?:\s+rate)?[^.\n%]{0,60}?(\d+(?:\.\d+)?)\s?%\s*(?:→|->|to)\s*(\d+(?:\.\d+)?)\s?%");
static FAILING: Pattern = Pattern::new(r"(?i)\b(fail\w*|error\w*|tim(?:e|ing) ?out|reject\w*)\b");

/// Checks the shares of one statement.
pub fn of_statement(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    parts(s, known, out);
    for c in SHARE_OF.all(&s.text) {
        let (value, what) = (group(&c, 1), singular(group(&c, 2)));
        let Ok(percent) = value.parse::<f64>() else { continue };
        if let Some(other) = counts_another(percent, &what, known) {
            let told = format!("{value}% is a share of {other}s in the evidence, not of {what}s");
            out.push(Finding::new(&s.path, "denominator", told).with_fix(format!("{value}% of the {other}s")));
        } else if person(&what) && !counts_people(known) {
            let told = format!("the evidence counts no {what}s, so no share of them can be told");
            out.push(Finding::new(&s.path, "denominator", told).with_fix("say that it is not known"));
        }
        failing_share(percent, &what, s, known, out);
    }
}

/// `3 of 12 users` where the evidence counts 3 of 12 pods.
fn parts(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    for c in PART_OF.all(&s.text) {
        let (part, total, noun) = part_of(&c);
        let (part, total, noun) = (part.to_owned(), total.to_owned(), singular(noun));
        let stated: Vec<String> =
            known.parts().iter().filter(|(p, t, _)| *p == part && *t == total).map(|(_, _, n)| singular(n)).collect();
        // a person or a request is counted where a cited line says so; a table counts what it lists
        let counted = s.citations.is_empty() || s.citations.iter().any(|c| c.quote.to_lowercase().contains(&noun));
        if stated.is_empty() && (person(&noun) || noun == "request") && !counted {
            let told = format!("no cited line counts {noun}s");
            out.push(Finding::new(&s.path, "denominator", told));
        }
        if let Some(other) = stated.first().filter(|_| !stated.contains(&noun)) {
            let told = format!("{part} of {total} are {other}s in the evidence, not {noun}s");
            out.push(Finding::new(&s.path, "denominator", told).with_fix(format!("{part} of {total} {other}s")));
        }
    }
}

/// Part, total and what is counted.
fn part_of<'t>(c: &regex::Captures<'t>) -> (&'t str, &'t str, &'t str) {
    if group(c, 3).is_empty() {
        (group(c, 6), group(c, 5), group(c, 4))
    } else {
        (group(c, 1), group(c, 2), group(c, 3))
    }
}

/// Every `3 of 12 pods` of a text.
pub(super) fn parts_in(text: &str) -> Vec<(String, String, String)> {
    let own = |c: &regex::Captures<'_>| {
        let (part, total, noun) = part_of(c);
        (part.to_owned(), total.to_owned(), noun.to_owned())
    };
    let lines = text.lines().filter(|line| may_count_a_part(line));
    lines.flat_map(|line| PART_OF.all(line)).take(MOST).map(|c| own(&c)).collect()
}

/// True where a line may count a part of a whole: `3 of 12`, `3/12`, `12 total, 3`. It spares the pattern
/// on all the others.
pub(in crate::analyst) fn may_count_a_part(line: &str) -> bool {
    let bytes = line.as_bytes();
    let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
    let spaced = |at: usize, len: usize| {
        let before = bytes.get(..at).and_then(|b| b.iter().rfind(|b| !b.is_ascii_whitespace()));
        let after = bytes.get(at + len..).and_then(|b| b.iter().find(|b| !b.is_ascii_whitespace()));
        digit(after) && (digit(before) || len == 2)
    };
    memchr::memchr_iter(b'/', bytes).any(|at| spaced(at, 1))
        || memchr::memchr2_iter(b'o', b'O', bytes)
            .any(|at| bytes.get(at + 1).is_some_and(|b| b.eq_ignore_ascii_case(&b'f')) && spaced(at, 2))
        || memchr::memchr2_iter(b't', b'T', bytes)
            .any(|at| bytes.get(at..at + 6).is_some_and(|b| b.eq_ignore_ascii_case(b"total,")))
}

/// Every `12% of requests` of a text.
pub(super) fn shares_in(text: &str) -> Vec<(f64, String)> {
    let read = |c: &regex::Captures<'_>| Some((group(c, 1).parse().ok()?, singular(group(c, 2))));
    SHARE_OF.all(text).iter().take(MOST).filter_map(read).collect()
}

/// A share of failing requests beside a success rate that leaves another one.
fn failing_share(percent: f64, what: &str, s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    let requests = matches!(what, "request" | "traffic" | "order" | "transaction");
    if !requests || !FAILING.is_match(&s.text) || s.part == Part::Trail {
        return;
    }
    let Some(c) = SUCCESS.captures(&known.lower) else { return };
    let Ok(rate) = group(&c, 2).parse::<f64>() else { return };
    let failing = 100.0 - rate;
    if (failing - percent).abs() > 1.0 {
        let what = format!("{percent}% failing contradicts a success rate of {rate}%, which leaves {failing:.1}%");
        out.push(Finding::new(&s.path, "percent-contradiction", what).with_fix(format!("100 - {rate} = {failing:.1}")));
    }
}

fn counts_another(percent: f64, what: &str, known: &Known<'_>) -> Option<String> {
    let part = known.parts().iter().find_map(|(part, total, noun)| {
        let (part, total): (f64, f64) = (part.parse().ok()?, total.parse().ok()?);
        let noun = singular(noun);
        let same = (100.0 * part / total - percent).abs() < 0.5;
        (same && noun != what).then_some(noun)
    });
    let stated: Vec<&str> =
        known.shares().iter().filter(|(p, _)| (p - percent).abs() < 1e-9).map(|(_, n)| n.as_str()).collect();
    part.or_else(|| stated.first().filter(|_| !stated.contains(&what)).map(|n| (*n).to_owned()))
}

fn person(what: &str) -> bool {
    matches!(what, "user" | "customer" | "account" | "session")
}

/// Parts and shares that are read of one text.
const MOST: usize = 64;

/// True when some line counts people: `1,200 users`, `3% of customers`.
fn counts_people(known: &Known<'_>) -> bool {
    static PEOPLE: Pattern = Pattern::new(
        r"(?i)\d\s?%?\s*(?:of\s+)?(?:all\s+|the\s+|affected\s+)?(?:[a-z-]+\s+)?(?:users?|customers?|accounts?|sessions?)\b|\b(?:users?|customers?)\b[^.\n]{0,20}?\d",
    );
    PEOPLE.is_match(&known.lower)
}

fn singular(noun: &str) -> String {
    let low = noun.to_lowercase();
    match low.trim_end_matches('s') {
        _ if low == "traffic" => low,
        // the copies of a workload, whichever word the cluster has for them
        "replica" => "pod".to_owned(),
        other => other.to_owned(),
    }
}
