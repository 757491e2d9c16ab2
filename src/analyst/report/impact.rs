//! Customer impact: typed facts with what they count, derived differences with their formula, and
//! what is not known said as such. A share of pods is never told as a share of requests or users.

use std::sync::LazyLock;

use regex::Regex;

use super::lasted;
use super::material::Material;
use super::wording::{capital, number, sentence, time};
use crate::analyst::casebook::Impact;
use crate::analyst::grounding::may_count_a_part;
use crate::analyst::wording::{is_conjecture, is_denied};
use crate::domain::report::{Conclusion, FirstCause, RowKind, ServiceRow, TimelineRow};
use crate::domain::{Citation, Claim, Span};

/// Claims in the section at most.
const MOST: usize = 8;

static FROM_TO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(\d+(?:\.\d+)?)\s?%\s*(?:→|->|=>|to|down to|up to)\s*(\d+(?:\.\d+)?)\s?%").ok()
});
static OF_TOTAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:(\d+)\s*(?:of|out of|/)\s*(\d+)\s+(pods?|replicas?|nodes?|instances?|hosts?)|(pods?|replicas?|nodes?|instances?|hosts?):?\s+(\d+)\s+total,\s*(\d+)\s+(?:currently\s+)?([A-Za-z]+))").ok()
});

/// The section: what is known first, then what is not.
pub fn customer_impact(m: &Material<'_>, first: Option<&FirstCause>, rows: &[ServiceRow]) -> Vec<Claim> {
    let mut out: Vec<Claim> = Vec::new();
    for fact in &m.book.impacts {
        push(&mut out, fact.claim.clone());
        super::declared::shown_with(m, &fact.claim).into_iter().for_each(|claim| push(&mut out, claim));
    }
    for claim in shares(m) {
        push(&mut out, claim);
    }
    // nobody gives an impact: what people noted of it, as they put it
    if out.is_empty() && m.outcome != Conclusion::NoIncident {
        out.extend(noted(m));
    } else if m.outcome != Conclusion::NoIncident {
        // that nothing works is told beside whatever else is
        let worst = noted(m).into_iter().filter(|c| OUTAGE.as_ref().is_some_and(|r| r.is_match(&c.text)));
        worst.for_each(|claim| push(&mut out, claim));
    }
    if m.outcome != Conclusion::NoIncident {
        super::declared::of_alerts(m).into_iter().for_each(|claim| push(&mut out, claim));
    }
    // what is counted of requests says more than what is shown of the door that they come in by
    if m.outcome != Conclusion::NoIncident && out.is_empty() {
        out.extend(super::front_door::told(m, rows));
    }
    out.truncate(MOST);
    if m.outcome != Conclusion::NoIncident {
        out.extend(super::watched::felt(m));
        out.extend(super::watched::still_ready(m));
    }
    out.extend(unknown(m, first));
    out
}

/// What somebody who waits for an answer meets.
static EFFECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:(?:is|are|was|were|went|goes) (?:down|out|unavailable|unreachable|broken)|not (?:available|reachable|working)|weren['’]t working|no (?:nodes|(?:ingress )?traffic|service|capacity|answer)|success\b[^.;]{0,30}\b(?:drops?|dropped|fell|falls|reach\w*|at)\b|(?:reach\w*|drops? to|fell to|falls to) (?:0 ?%|zero)|5xx|50\d|time-?outs?|redirects|(?:can ?not|could not|can['’]t|unable to) \w+|problems? (?:for|with|of)|sev(?:erity)?[ -]?[0-3]\b)",
    )
    .ok()
});
/// Words that tell that nothing works, and how it was rated.
static ALL_OF_IT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:(?:is|are|was|were|went) (?:down|unavailable|unreachable)|no (?:nodes|(?:ingress )?traffic|service)|0 ?%|zero|sev(?:erity)?[ -]?[0-3])(?:\b|\W|$)",
    )
    .ok()
});
/// The same without how it was rated.
static OUTAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:(?:is|are|was|were|went) (?:down|unavailable|unreachable)|no (?:nodes|(?:ingress )?traffic|service))\b",
    )
    .ok()
});
/// Notes that are told as the impact, at most.
const NOTED: usize = 3;

/// The rows of people's timelines that tell what was met: no share and no count is read into them.
fn noted(m: &Material<'_>) -> Vec<Claim> {
    let by_people = |row: &&TimelineRow| {
        let place = row.what.citations.first();
        let line = place.and_then(|c| m.line(c));
        line.is_some_and(|l| l.level.is_none() && l.service.is_none())
    };
    let met = |row: &&TimelineRow| {
        let text = row.what.text.as_str();
        let found = EFFECT.as_ref().and_then(|r| r.find(text));
        // `issue with no traffic verified` is somebody's act, and says what is met
        let outage = row.kind == RowKind::Action && OUTAGE.as_ref().is_some_and(|r| r.is_match(text));
        let kind = outage || !matches!(row.kind, RowKind::Action | RowKind::Recovery | RowKind::Change);
        kind && found.is_some_and(|at| !is_denied(text, at.start())) && !is_conjecture(text)
    };
    let told = |row: &TimelineRow| {
        let cited = row.what.citations.first()?;
        let said = cited.quote.trim().trim_end_matches('.');
        let whole = said.len() <= QUOTED && row.what.text.trim_end_matches('.').ends_with(said);
        whole.then(|| Claim::quoted(format!("Noted of it: “{said}”"), row.what.citations.clone()))
    };
    // what tells that nothing works goes before what tells of single failures; both stay in their order
    let mut all: Vec<(usize, bool, Claim)> = Vec::new();
    for (i, row) in m.rows.iter().enumerate().filter(|(_, row)| met(row) && by_people(row)) {
        let whole = ALL_OF_IT.as_ref().is_some_and(|r| r.is_match(&row.what.text));
        all.extend(told(row).map(|claim| (i, whole, claim)));
    }
    all.sort_by_key(|(i, whole, _)| (!whole, *i));
    all.truncate(NOTED);
    all.sort_by_key(|(i, ..)| *i);
    all.into_iter().map(|(.., claim)| claim).collect()
}

/// The longest note that is told whole, in bytes.
const QUOTED: usize = 220;

/// Adds a claim unless one that is there already rests on the same place with the same figures.
fn push(out: &mut Vec<Claim>, claim: Claim) {
    let told = out.iter().any(|known| {
        known.text == claim.text
            || known.formula.is_some() && known.formula == claim.formula
            || claim.formula.is_none()
                && !claim.citations.is_empty()
                && claim
                    .citations
                    .iter()
                    .all(|c| known.citations.iter().any(|k| k.start == c.start && k.source == c.source))
    });
    if claim.formula.is_some() {
        // the derived sentence says what the quoted one does, and what follows from it
        let covers =
            |c: &Citation| claim.citations.iter().any(|d| d.source == c.source && d.start <= c.start && c.end <= d.end);
        out.retain(|k| k.formula.is_some() || k.citations.is_empty() || !k.citations.iter().all(covers));
    }
    if !told && !claim.text.trim().is_empty() {
        out.push(claim);
    }
}

fn shares(m: &Material<'_>) -> Vec<Claim> {
    let mut out = Vec::new();
    for (source, line) in m.evidence.lines().take(5_000) {
        let text = m.evidence.slice(Span::new(source, line.range()));
        if text.len() > 1_000 || line.duplicate_of.is_some() {
            continue;
        }
        let cite = || vec![m.evidence.cite_line(source, line)];
        if let Some((claim, formula)) = percent_change(text, line.stamp.as_ref().map(time)) {
            out.push(Claim::derived(claim, formula, cite()));
        }
        if let Some((claim, formula)) = part_of_total(text) {
            out.push(Claim::derived(claim, formula, cite()));
        }
        if out.len() >= MOST {
            break;
        }
    }
    out
}

/// `checkout success rate dipped from 99.7% → 96.8%`: the metric, both values and the difference.
fn percent_change(text: &str, at: Option<String>) -> Option<(String, String)> {
    memchr::memchr(b'%', text.as_bytes())?;
    let found = FROM_TO.as_ref()?.captures(text)?;
    let (a, b) = (found.get(1)?.as_str(), found.get(2)?.as_str());
    let (from, to): (f64, f64) = (a.parse().ok()?, b.parse().ok()?);
    let metric = metric_before(text.get(..found.get(0)?.start())?)?;
    let (word, formula, points) = if from >= to {
        ("down", format!("{a} - {b} = {}", number(from - to)), from - to)
    } else {
        ("up", format!("{b} - {a} = {}", number(to - from)), to - from)
    };
    // a clock of twelve hours is not told in one of twenty-four
    let when = at.filter(|t| text.contains(t.as_str())).map_or_else(String::new, |t| format!(" at {t}"));
    Some((format!("{} stood at {b}%{when}, {word} from {a}%: {} points.", capital(&metric), number(points)), formula))
}

/// The metric's name: the last words before the figures, without verbs and prepositions.
fn metric_before(text: &str) -> Option<String> {
    const STOP: &[&str] = &[
        "dipped",
        "dropped",
        "drops",
        "fell",
        "falls",
        "rose",
        "rises",
        "went",
        "goes",
        "down",
        "up",
        "from",
        "to",
        "is",
        "was",
        "now",
        "has",
        "at",
        "increased",
        "decreased",
        "jumped",
        "climbed",
        "declined",
        "degraded",
        "sank",
    ];
    let clause = text.rsplit([';', ',', '—', '|', '(', '\u{2013}']).next().unwrap_or(text);
    let clause = clause.rsplit(" - ").next().unwrap_or(clause);
    let clause = clause.trim().trim_end_matches([':', '=']);
    let mut words: Vec<&str> = clause.split_whitespace().collect();
    while words.last().is_some_and(|w| STOP.contains(&w.to_lowercase().as_str())) {
        words.pop();
    }
    let name: Vec<&str> = words.iter().rev().take(4).rev().copied().collect();
    let plain = |w: &&str| w.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    (!name.is_empty() && name.iter().all(plain) && name.iter().any(|w| w.chars().any(char::is_alphabetic)))
        .then(|| name.join(" "))
}

/// `12 total, 3 currently OOMKilled`: a share of pods, told as one of pods.
fn part_of_total(text: &str) -> Option<(String, String)> {
    let pattern = OF_TOTAL.as_ref().filter(|_| may_count_a_part(text))?;
    let found = pattern.find(text).and_then(|at| pattern.captures_at(text, at.start()))?;
    let group = |n: usize| found.get(n).map(|g| g.as_str());
    let (part, total, what, state) = match (group(1), group(2), group(3)) {
        (Some(part), Some(total), Some(what)) => (part, total, what, None),
        _ => (group(6)?, group(5)?, group(4)?, group(7)),
    };
    let (p, t): (f64, f64) = (part.parse().ok()?, total.parse().ok()?);
    if t <= 0.0 || p > t || p == 0.0 {
        return None;
    }
    // `1/1 replicas created`: how many there are, and none of them is hit
    const WELL: [&str; 7] = ["created", "ready", "available", "running", "healthy", "up", "updated"];
    let after = found.get(0).and_then(|all| text.get(all.end()..)).unwrap_or_default();
    let word =
        after.trim_start_matches([' ', ',', ':']).split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if WELL.iter().any(|w| state.unwrap_or(word).eq_ignore_ascii_case(w)) && p >= t {
        return None;
    }
    let percent = number(100.0 * p / t);
    let what = format!("{}s", what.to_lowercase().trim_end_matches('s'));
    let verb = if p == 1.0 { "is" } else { "are" };
    let state = state.map_or_else(|| "affected".to_owned(), str::to_owned);
    Some((
        format!(
            "{part} of {total} {what} {verb} {state}: {percent}% of the {what}, which is no share of requests or users."
        ),
        format!("100 * {part} / {total} = {percent}"),
    ))
}

const NO_END: &str = "How long customers were affected is not known: the evidence does not state from when to when.";

/// Where a monitor states the time that it looked at: it lasted somewhere in that, and nobody knows since when.
fn watched_window(m: &Material<'_>) -> Option<Claim> {
    let of_monitor = |r: &&TimelineRow| r.kind == RowKind::Symptom && m.book.windows.contains(&r.at);
    let (row, said) =
        m.rows.iter().filter(of_monitor).find_map(|r| Some((r, r.what.text.rsplit_once(", between ")?.1)))?;
    let (from, to) = said.trim_end_matches('.').split_once(" and ")?;
    let text = format!(
        "How long customers were affected is not known: a monitor saw trouble between {from} and {to}, and what was \
         before and after is not shown."
    );
    Some(Claim::inferred(text, row.what.citations.clone()))
}

/// What the evidence does not say, and a reader would otherwise assume.
fn unknown(m: &Material<'_>, first: Option<&FirstCause>) -> Vec<Claim> {
    if m.outcome == Conclusion::NoIncident {
        return Vec::new();
    }
    let knows = |test: fn(&Impact) -> bool| m.book.impacts.iter().any(|f| test(&f.impact));
    let mut out = Vec::new();
    if !knows(|i| matches!(i, Impact::UserShare(_) | Impact::InternalOnly)) {
        out.push("The share of affected users is not known: the evidence counts no users.");
    }
    let mut window = None;
    let lasted = if knows(|i| matches!(i, Impact::Duration(_))) { Vec::new() } else { lasted::lasted(m, first) };
    if !knows(|i| matches!(i, Impact::Duration(_))) && lasted.is_empty() {
        match watched_window(m) {
            Some(seen) => window = Some(seen),
            None => out.push(NO_END),
        }
    }
    out.into_iter()
        .map(|text| Claim::inferred(sentence(text), Vec::new()))
        .chain(window)
        .chain(lasted)
        .chain(lasted::until_the_last(m))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_percentage_is_told_in_points_with_its_formula() {
        let (text, formula) =
            percent_change("still serving; checkout success rate dipped from 99.7% → 96.8%", None).unwrap();
        assert_eq!(text, "Checkout success rate stood at 96.8%, down from 99.7%: 2.9 points.");
        assert_eq!(formula, "99.7 - 96.8 = 2.9");
    }

    #[test]
    fn a_share_of_pods_is_a_share_of_pods() {
        let (text, formula) = part_of_total("- Pods: 12 total, 3 currently OOMKilled, 9 running").unwrap();
        assert!(text.starts_with("3 of 12 pods are OOMKilled: 25% of the pods"), "{text}");
        assert_eq!(formula, "100 * 3 / 12 = 25");
        assert_eq!(part_of_total("ratio 7/0 pods"), None);
        assert_eq!(part_of_total("NewReplicaSet: cart-api-7d (2/2 replicas created)"), None);
    }
}
