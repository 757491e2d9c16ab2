//! Numbers in words are figures: `ninety percent`, `half of`, `twice`, `a dozen pods` stand where the
//! evidence says the words, the figure, or two figures in that proportion. And a figure counts what
//! the line it rests on counts: requests there are not customers here.

use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::tokens::all_numbers;
use super::{Finding, Known};

static WORDED: Pattern = Pattern::new(
    r"(?i)\b((?:(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|a hundred|a thousand|a million)(?:[- ]|\b)(?:and )?)+)\s*(?:of the |of |all )?(per ?cent|minutes?|hours?|seconds?|days?|weeks?|users?|customers?|requests?|pods?|replicas?|nodes?|instances?|times|regions?|orders?|sessions?|connections?|restarts?)\b",
);
static PART: Pattern = Pattern::new(
    r"(?i)\b(one half|half|a third|one third|two thirds|a quarter|one quarter|three quarters|a tenth) of\b",
);
static FOLD: Pattern = Pattern::new(
    r"(?i)\b(twice|doubl(?:ed|es|ing)|tripl(?:ed|es|ing)|halv(?:ed|es|ing)|quadrupl(?:ed|es)|(?:two|three|four|five|ten|twenty|hundred)[- ]?fold)\b",
);
static DOZEN: Pattern = Pattern::new(r"(?i)\b((?:a|two|half a) dozen|dozens|hundreds|thousands) (?:of )?[a-z]");
static COUNTED: Pattern =
    Pattern::new(r"(?i)\d\s?%?\s+(?:of\s+)?(?:the\s+|all\s+|our\s+)?(?:[a-z-]+\s+)?(users?|customers?|requests?)\b");

/// Checks the numbers in words of one statement, and what its figures count.
pub fn of_statement(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    const PROPOSED: &[Part] = &[Part::ActionItems, Part::FollowUps, Part::Systemic, Part::Counterfactual];
    let unread = matches!(s.part, Part::Trail | Part::Context | Part::Checklist | Part::Plan);
    if unread || PROPOSED.contains(&s.part) || s.text.contains(", as a suggestion:") {
        return;
    }
    for c in WORDED.all(&s.text) {
        let Some(value) = value_of(group(&c, 1)) else { continue };
        worded(s, known, group(&c, 0).trim(), |n| (n - value).abs() < 1e-9, out);
    }
    for c in PART.all(&s.text) {
        let share = match group(&c, 1).to_lowercase().as_str() {
            "half" | "one half" => 50.0,
            "a third" | "one third" => 100.0 / 3.0,
            "two thirds" => 200.0 / 3.0,
            "a quarter" | "one quarter" => 25.0,
            "three quarters" => 75.0,
            _ => 10.0,
        };
        if !proportion(s, known, share / 100.0) {
            worded(s, known, group(&c, 0), |n| (n - share).abs() < 1.0, out);
        }
    }
    for c in FOLD.all(&s.text) {
        let low = group(&c, 1).to_lowercase();
        let times = match low.as_str() {
            w if w.starts_with("tripl") || w.starts_with("three") => 3.0,
            w if w.starts_with("quadrupl") || w.starts_with("four") => 4.0,
            w if w.starts_with("five") => 5.0,
            w if w.starts_with("ten") => 10.0,
            w if w.starts_with("twenty") => 20.0,
            w if w.starts_with("hundred") => 100.0,
            _ => 2.0,
        };
        if !proportion(s, known, 1.0 / times) {
            worded(s, known, group(&c, 0), |_| false, out);
        }
    }
    for c in DOZEN.all(&s.text) {
        let fits = |n: f64| match group(&c, 1).to_lowercase().as_str() {
            "a dozen" => (n - 12.0).abs() < 1e-9,
            "two dozen" => (n - 24.0).abs() < 1e-9,
            "half a dozen" => (n - 6.0).abs() < 1e-9,
            "dozens" => (24.0..200.0).contains(&n),
            "hundreds" => (200.0..2_000.0).contains(&n),
            _ => n >= 2_000.0,
        };
        worded(s, known, group(&c, 1), fits, out);
    }
    counted(s, known, out);
}

/// The words stand in what is cited (else anywhere), or a figure there fits them.
fn worded(s: &Statement<'_>, known: &Known<'_>, words: &str, fits: impl Fn(f64) -> bool, out: &mut Vec<Finding>) {
    let low = words.to_lowercase();
    let said = |t: &str| t.to_lowercase().contains(&low);
    let stands = if s.citations.is_empty() {
        known.lower.contains(&low) || all_numbers(&known.lower).into_iter().any(&fits)
    } else {
        s.citations.iter().any(|c| said(&c.quote) || all_numbers(&c.quote).into_iter().any(&fits))
    };
    let worked = s.formula.is_some_and(|f| said(f) || all_numbers(f).into_iter().any(&fits));
    if !stands && !worked {
        let what = format!("the number in words `{words}` stands nowhere in what it rests on");
        out.push(Finding::new(&s.path, "figure-without-source", what));
    }
}

/// Numbers compared with each other; more are a table.
const MOST: usize = 60;

/// Two figures of the citations or the formula stand in this proportion, within a tenth of it.
fn proportion(s: &Statement<'_>, known: &Known<'_>, share: f64) -> bool {
    let mut all: Vec<f64> = s.citations.iter().flat_map(|c| all_numbers(&c.quote)).take(MOST).collect();
    all.extend(s.formula.map(all_numbers).unwrap_or_default());
    if s.citations.is_empty() {
        all.extend(all_numbers(&known.lower).into_iter().take(MOST));
    }
    all.iter().any(|a| *a > 0.0 && all.iter().any(|b| (b / a - share).abs() < share * 0.1))
}

/// `12 customers` rests on a line that speaks of customers.
fn counted(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    for c in COUNTED.all(&s.text) {
        let noun = group(&c, 1).to_lowercase();
        let noun = noun.trim_end_matches('s');
        // a rate of errors or of a status counts requests without the word
        let rates = noun == "request" && ["rate", "5xx", "http", "success"].iter().any(|w| known.lower.contains(w));
        let told = if rates {
            true
        } else if s.citations.is_empty() {
            speaks_of(&known.lower, noun)
        } else {
            s.citations.iter().any(|q| {
                speaks_of(&q.quote.to_lowercase(), noun)
                    || speaks_of(&super::rows::line_text(known, q).to_lowercase(), noun)
            })
        };
        if !told {
            let what = format!("`{}`: no line it rests on counts {noun}s", group(&c, 0).trim());
            out.push(Finding::new(&s.path, "denominator", what));
        }
    }
}

/// True where a text in small letters has the noun as a word, or its plural: `user=postgres`, `user-agent`
/// and `customer-db` count nobody.
fn speaks_of(text: &str, noun: &str) -> bool {
    text.match_indices(noun).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let behind = text.get(at + noun.len()..).unwrap_or_default();
        let behind = behind.strip_prefix('s').unwrap_or(behind);
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
            && !behind.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '=' | '\''))
    })
}

/// `thirty-five` is 35, `two hundred` 200.
fn value_of(words: &str) -> Option<f64> {
    const SMALL: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 10] = ["", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let (mut sum, mut last, mut any) = (0.0, 0.0, false);
    for word in words.to_lowercase().split(['-', ' ']).filter(|w| !w.is_empty()) {
        let small = SMALL.iter().position(|w| *w == word).map(|i| i as f64);
        let ten = TENS.iter().position(|w| *w == word).map(|i| 10.0 * i as f64);
        match (word, small.or(ten)) {
            (_, Some(n)) => last += n,
            ("hundred", _) => last = f64::max(last, 1.0) * 100.0,
            ("thousand" | "million", _) => {
                sum += f64::max(last, 1.0) * if word == "thousand" { 1_000.0 } else { 1_000_000.0 };
                last = 0.0;
            }
            ("a" | "and", _) => continue,
            _ => return None,
        }
        any = true;
    }
    any.then_some(sum + last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_their_value() {
        for (words, value) in [("ninety", 90.0), ("thirty-five", 35.0), ("two hundred", 200.0), ("a thousand", 1_000.0)]
        {
            assert_eq!(value_of(words), Some(value), "{words}");
        }
        assert_eq!(value_of("many"), None);
    }
}
