//! What the evidence says about users and customers, as typed facts: a share of users, a share of
//! requests, how long, data loss, a dead path, internal only. Requests are never counted as users,
//! nothing is scaled up, and what two sources contradict is a conflict instead of a fact.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::analyst::casebook::{Impact, ImpactFact};
use crate::analyst::scope::{Block, BlockKind};
use crate::analyst::wording::{excerpt, is_denied};
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Citation, Claim, Evidence, Line, SourceId, Span};

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "impact",
    question: "Who is hit, how many of how many, and for how long?",
    applies: |e, _| !e.is_empty(),
    arguments: |_, _| serde_json::json!({}),
    run,
};

/// Facts kept.
const KEPT: usize = 16;
/// Longer lines are data, not statements.
const LINE_LIMIT: usize = 700;

fn pattern(text: &str) -> Option<Regex> {
    crate::domain::pattern::compile(text).ok()
}

static USERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)(\d+(?:\.\d+)?) ?% (?:of )?(?:all |the |our |active )?(?:[\w-]+ ){0,2}?(users?|customers?|sessions?|logins?|accounts?|tenants?|[\w-]+ attempts)\b(?: requests)?",
    )
});
static REQUESTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:(\d+(?:\.\d+)?) ?% (?:of )?(?:[\w-]+ ){0,3}?(?:requests?|searches|calls|checkouts?|failures?|errors?|failed|fail|5xx|time ?outs?)\b|(?:\b(?:5xx|50[0-9]|error|failure)s?\b(?: rate)?)(?: is| at| of|:|=)? ?(?:climbed from [\d.]+ ?% to )?~?(\d+(?:\.\d+)?) ?%)",
    )
});
static SUCCESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?i)success rate\b[^.;\n]{0,40}?(\d+(?:\.\d+)?) ?%\s*(?:→|->|to)\s*(\d+(?:\.\d+)?) ?%"));
static DURATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:for|lasted|lasting|unavailable for|in(?: the last)?) (?:about |~|over |more than )?(\d+(?:\.\d+)?) ?(seconds?|s|minutes?|mins?|m|hours?|h)\b",
    )
});
static PART: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(some|several|a few|a subset of|subset of|certain|multiple) (?:of )?(?:our |the )?(?:[\w-]+ )?(users?|customers?|invoices?|orders?|payments?|accounts?|teams?|tenants?)\b",
    )
});
static MOST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:to|for|affect\w*|hit\w*) (?:most|the majority of) (?:of )?(?:our |the )?(?:users|customers)\b|\bmost (?:users|customers) (?:are|were|can(?:no|')t|fail)",
    )
});
static DOWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:critical|revenue|checkout|payment|login|core)\b[\w ,'-]{0,40}\b(?:completely|entirely|fully|totally) (?:unavailable|down|broken)|\ball critical [\w -]{0,24}(?:requests?|calls|paths?) fail|\b(?:complete|total|full) outage\b|\bno (?:user|customer)s? (?:can|is able)|\b100 ?% of (?:users|customers)\b",
    )
});
/// A path that earns or admits, of which the figures say that nothing gets through.
static NONE_THROUGH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:100 ?% of|all|every) (?:[\w-]+ )?(?:checkouts?|payments?|log-?ins?|sign-?ins?|orders?|purchases?|bookings?)(?: requests?| attempts?| calls?)? (?:are |is |have been |were |now )?(?:fail\w*|rejected|refused|timing out)|\b(?:checkout|payment|log-?in|sign-?in|order|booking)s?(?: requests?| calls?)?:? (?:success(?: rate)?|completion)\b[^.;\n]{0,24}(?:to|at|is|:|→) ?0(?:\.0+)? ?%|\b(?:nobody|no one|no customers?|no users?) (?:can|could|is able to|was able to) (?:check ?out|pay|log ?in|sign ?in|order|buy|book)\b",
    )
});
static LOSS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\bconfirmed (?:data )?(?:loss|corruption)|\bdata (?:loss|corruption) (?:is |was |has been )?confirmed|\b(?:records?|rows?|orders?|writes|transactions|data) (?:were|was|are|have been|has been) (?:permanently |irrecoverably |silently )?(?:lost|corrupted|overwritten|dropped)|\bcorrupted (?:rows|records|ledger|balances|data)\b",
    )
});
static INTERNAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\binternal(?:ly)? (?:only|users only|tool\w*|log\w*|report\w*|dashboard\w*|batch\w*|analytics)\b|\bonly internal\b|\bemployees? only\b",
    )
});
static UNHURT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:customers?|users?)(?: [\w-]+){0,2} (?:unaffected|not affected|not impacted)|\bno (?:customer|user)s? (?:impact|affected|were affected)|\bzero customer impact|\b0 ?% of users",
    )
});
static CUSTOMERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:users?|customers?|clients?|end-users)\b[^.;\n]{0,30}\b(?:report\w*|see|cannot|can't|could not|unable|fail\w*|rejected|alerted us)|\bcs reports\b|\b(?:failed|lost) (?:checkouts?|orders|payments|sales)\b|\blost gmv\b",
    )
});
static TWO_SIDES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\bone \w+ (?:says|shows|reports)\b.*\b(?:another|the other)\b|\bcontradict\w*|\bconflicting (?:reports?|numbers|dashboards?)",
    )
});

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let scope = book.scope(evidence);
    let kinds = |b: &Block| !matches!(b.kind, BlockKind::State | BlockKind::Spans);
    for (block, line, text) in scope.lines(evidence, kinds) {
        let program = block.kind == BlockKind::Logs && line.level.is_some();
        if text.len() > LINE_LIMIT || text.trim().is_empty() || program || book.impacts.len() >= KEPT {
            continue;
        }
        if TWO_SIDES.as_ref().is_some_and(|r| r.is_match(text)) {
            let cited = evidence.cite_line(block.source, line);
            book.conflicts.push(Claim::quoted(format!("Two sources disagree: “{}”", cited.quote), vec![cited]));
            continue;
        }
        read_line(evidence, book, block, line, text);
    }
    field(evidence, book);
    let citations = book.impacts.iter().filter_map(|f| f.claim.citations.first().cloned()).take(12).collect();
    let text: Vec<&str> = book.impacts.iter().map(|f| f.claim.text.as_str()).collect();
    Observation {
        title: format!("statements about who is hit: {}", book.impacts.len()),
        text: text.join("\n"),
        citations,
    }
}

fn read_line(evidence: &Evidence, book: &mut Casebook, block: &Block, line: &Line, text: &str) {
    let mut facts: Vec<(Impact, std::ops::Range<usize>)> = Vec::new();
    let number = |c: &Captures<'_>, i: usize| c.get(i).and_then(|m| m.as_str().parse::<f64>().ok());
    let mut take = |r: &LazyLock<Option<Regex>>, read: &dyn Fn(&Captures<'_>) -> Option<Impact>| {
        for c in r.iter().flat_map(|r| r.captures_iter(text)) {
            let Some(whole) = c.get(0) else { continue };
            if let Some(impact) = read(&c).filter(|_| !is_denied(text, whole.start())) {
                facts.push((impact, whole.range()));
            }
        }
    };
    take(&USERS, &|c| {
        let share = number(c, 1)?;
        let requests = c.get(0)?.as_str().to_lowercase().ends_with("requests");
        Some(if requests { Impact::RequestShare(share) } else { Impact::UserShare(share) })
    });
    // what stands above a hundred is a growth, and no share of anything
    let share = |c: &Captures<'_>| number(c, 1).or_else(|| number(c, 2)).filter(|share| *share <= 100.0);
    take(&REQUESTS, &|c| Some(Impact::RequestShare(share(c)?)));
    take(&SUCCESS, &|c| Some(Impact::RequestShare(100.0 - number(c, 2)?)));
    take(&DURATION, &|c| {
        let unit = match c.get(2)?.as_str().get(..1)? {
            // `retrying in 1s` is a wait
            "s" | "S" if c.get(0)?.as_str().to_lowercase().starts_with("in ") => return None,
            "s" | "S" => 1.0,
            "h" | "H" => 3600.0,
            _ => 60.0,
        };
        Some(Impact::Duration(number(c, 1)? * unit))
    });
    take(&PART, &|_| Some(Impact::CustomersHit));
    take(&MOST, &|_| Some(Impact::UserShare(50.0)));
    take(&DOWN, &|_| Some(Impact::CriticalPathDown));
    take(&NONE_THROUGH, &|_| Some(Impact::CriticalPathDown));
    take(&LOSS, &|_| Some(Impact::DataLoss));
    take(&INTERNAL, &|_| Some(Impact::InternalOnly));
    take(&CUSTOMERS, &|_| Some(Impact::CustomersHit));
    for c in UNHURT.iter().flat_map(|r| r.find_iter(text)) {
        facts.push((Impact::UserShare(0.0), c.range()));
    }
    if facts.is_empty() {
        return;
    }
    // How long something lasted counts only where the same line says that something was wrong.
    let wrong = facts.iter().any(|(i, _)| !matches!(i, Impact::Duration(_)))
        || ["fail", "error", "unavailable", "down", "outage", "slow"].iter().any(|w| text.to_lowercase().contains(w));
    let unhurt = facts.iter().any(|(i, _)| *i == Impact::UserShare(0.0));
    let cited = || evidence.cite_line(block.source, line);
    for (impact, range) in facts {
        let hits_customers = matches!(impact, Impact::RequestShare(s) if s > 0.0);
        if matches!(impact, Impact::Duration(_)) && !wrong || unhurt && matches!(impact, Impact::CustomersHit) {
            continue;
        }
        // the words that were recognised may end in the middle of what they say
        let range = match impact {
            Impact::CustomersHit | Impact::CriticalPathDown | Impact::DataLoss => excerpt(text, range),
            Impact::UserShare(_) | Impact::RequestShare(_) => to_the_end(text, range),
            _ => range,
        };
        let said = evidence.slice(Span::new(block.source, line.start + range.start..line.start + range.end));
        let text = match impact {
            Impact::UserShare(_) => format!("Stated for users: “{said}”"),
            Impact::RequestShare(_) => format!("Stated for requests, not users: “{said}”"),
            Impact::Duration(_) => format!("Stated duration: “{said}”"),
            _ => format!("Stated: “{said}”"),
        };
        if book.impacts.iter().any(|f| f.impact == impact) {
            continue;
        }
        let claim = Claim::quoted(text, vec![cited()]);
        if hits_customers && !book.impacts.iter().any(|f| f.impact == Impact::CustomersHit) {
            book.impacts.push(ImpactFact { impact: Impact::CustomersHit, claim: claim.clone() });
        }
        book.impacts.push(ImpactFact { impact, claim });
    }
}

/// The longest clause that is quoted whole, in bytes.
const CLAUSE: usize = 120;

/// The words to the end of their clause: `8% user` is no half of `8% user logins fail`.
fn to_the_end(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let rest = text.get(range.end..).unwrap_or("");
    let stop = |(at, c): &(usize, char)| match c {
        ';' | ',' | '(' | ')' | '\n' | '|' | '"' | '”' | '—' => true,
        '.' | ':' => rest.get(at + 1..).is_none_or(|r| r.is_empty() || r.starts_with(char::is_whitespace)),
        _ => false,
    };
    let end = rest.char_indices().find(stop).map_or(rest.len(), |(at, _)| at);
    let kept = rest.get(..end).unwrap_or("").trim_end().len();
    if range.len() + kept > CLAUSE { range } else { range.start..range.end + kept }
}

static LABEL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"^\W*(?:#+ .*|\*{0,2}[A-Z][\w/-]*(?: [\w/-]+){0,2}\*{0,2}:(?:\*\*)?(?:\s.*)?|\*\*[^*]+\*\*\W*|=+|-{3,})$")
});

/// A line that is a heading, or has a label of its own.
fn is_label(line: &str) -> bool {
    let heading = line.trim_start().starts_with("# ") || line.trim_start().starts_with("##");
    let says =
        |line: &str| [" is", " was", " are", " were"].iter().any(|v| line.split(':').next().unwrap_or("").contains(v));
    heading || LABEL.as_ref().is_some_and(|r| r.is_match(line.trim())) && !says(line)
}

static FIELD: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?i)^[\s*•#>-]*(?:customer |user |business )?impact\**\s*:\**\s*(.*)$"));

/// What a write-up gives as the impact, where its words were not recognised: as the writer puts it.
fn field(evidence: &Evidence, book: &mut Casebook) {
    for (n, reading) in (0..).zip(&evidence.readings) {
        let source = crate::domain::SourceId(n);
        let stated = (0..reading.lines.len().min(2_000)).find_map(|at| in_field(evidence, source, &reading.lines, at));
        let Some(stated) = stated else { continue };
        let known = |f: &ImpactFact| f.claim.citations.iter().any(|c| c.source == source && c.line == stated.line);
        if !book.impacts.iter().any(known) {
            let text = format!("Stated: “{}”", stated.quote);
            book.impacts.push(ImpactFact { impact: Impact::Other, claim: Claim::quoted(text, vec![stated]) });
            return;
        }
    }
}

/// The words behind a label of impact; below one that stands alone its first item says it.
fn in_field(evidence: &Evidence, source: SourceId, lines: &[Line], at: usize) -> Option<Citation> {
    let line = lines.get(at)?;
    let text = evidence.slice(Span::new(source, line.range()));
    let said = FIELD.as_ref()?.captures(text)?.get(1)?;
    let (line, from) = if said.as_str().trim().is_empty() {
        let next = lines.get(at + 1)?;
        let below = evidence.slice(Span::new(source, next.range()));
        // another label, or the next heading: this one was left empty
        if is_label(below) {
            return None;
        }
        (next, below.len() - below.trim_start_matches([' ', '\t', '-', '*', '•']).len())
    } else {
        (line, said.start())
    };
    let text = evidence.slice(Span::new(source, line.range()));
    let whole = text.get(from..).unwrap_or("").trim_end().trim_end_matches('.');
    let end = whole.split(". ").next().map_or(0, str::len);
    (12..=240).contains(&end).then(|| evidence.cite(Span::new(source, line.start + from..line.start + from + end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::pasted::all_pasted;

    fn stated(texts: &[&str]) -> Vec<String> {
        let mut book = Casebook::default();
        field(&all_pasted(texts), &mut book);
        book.impacts.into_iter().map(|f| f.claim.text).collect()
    }

    #[test]
    fn a_label_or_a_heading_is_no_value_of_the_label_above_it() {
        for text in ["Root cause: the disk of db-1 filled up", "## Timeline", "**Duration**: 2 h", "**Root cause**"] {
            assert!(is_label(text), "{text}");
        }
        for text in ["- Orders could not be placed for an hour", "Checkout was down: nobody could pay"] {
            assert!(!is_label(text), "{text}");
        }
    }

    #[test]
    fn an_empty_label_takes_the_line_below_it_unless_that_is_a_label_or_heading() {
        assert_eq!(
            stated(&["Impact:\n- the night shift printed by hand"]),
            ["Stated: “the night shift printed by hand”"]
        );
        for below in
            ["Root cause: the disk of db-1 filled up", "## What happened that night", "**Timeline**: all times UTC"]
        {
            assert_eq!(stated(&[&format!("Impact:\n{below}")]), Vec::<String>::new(), "{below}");
        }
        let later =
            stated(&["Impact:\nRoot cause: the disk of db-1 filled up", "Impact: the night shift printed by hand"]);
        assert_eq!(later, ["Stated: “the night shift printed by hand”"], "the next source is read");
    }

    #[test]
    fn a_share_is_quoted_with_what_it_is_of() {
        let told = |text: &str, words: &str| {
            let at = text.find(words).unwrap();
            text[to_the_end(text, at..at + words.len())].to_owned()
        };
        assert_eq!(told("auth: 8% user logins fail; others are well", "8% user"), "8% user logins fail");
        assert_eq!(told("3.2% requests fail for 12 min, then none", "3.2% requests"), "3.2% requests fail for 12 min");
        assert_eq!(told("503 rate: 8%", "503 rate: 8%"), "503 rate: 8%");
    }

    #[test]
    fn a_path_is_dead_where_its_figures_say_that_nothing_gets_through() {
        let dead = |t: &str| NONE_THROUGH.as_ref().is_some_and(|r| r.is_match(t));
        for text in ["all payment requests fail", "Checkout success rate dropped to 0 %", "100% of logins are rejected"]
        {
            assert!(dead(text), "{text}");
        }
        for text in
            ["12% of checkouts fail", "all pods fail", "payment success rate at 96.8 %", "all requests fail over"]
        {
            assert!(!dead(text), "{text}");
        }
    }
}
