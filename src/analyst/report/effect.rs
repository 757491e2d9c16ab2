//! What a mitigation should do, in figures, where the evidence gives them: how long more memory
//! would last at the observed growth. Without figures there is no estimate.

use std::sync::LazyLock;

use chrono::NaiveTime;
use regex::Regex;

use super::material::Material;
use super::wording::{minutes, number};
use crate::domain::{Citation, Claim, Evidence, Line, SourceId, Span};

static AMOUNT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(\d+(?:\.\d+)?)\s?(Ki|Mi|Gi|Ti|KiB|MiB|GiB|TiB|KB|MB|GB|TB)\b(?:\s+at\s+(\d{1,2}:\d{2}))?",
    )
    .ok()
});
static GROWS: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"(?i)\b(grow|rose|rise|rising|climb|increas|leak|linear)").ok());
static MORE_MEMORY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)memory[^.]*limit|limit[^.]*memory|--limits=\S*memory|heap (?:cap|size|limit)")
        .ok()
});

/// A growth the evidence states: from and to (in MiB) over hours.
struct Growth {
    from: f64,
    to: f64,
    hours: f64,
    cited: Citation,
}

/// An estimate of the mitigation's effect; `None` where the evidence does not allow one.
pub fn quantified(m: &Material<'_>, action: &str, command: Option<&str>) -> Option<Claim> {
    let pattern = MORE_MEMORY.as_ref()?;
    if !(pattern.is_match(action) || command.is_some_and(|c| pattern.is_match(c))) {
        return None;
    }
    let growth = growth(m.evidence)?;
    let (limit, at_limit) = limit(m.evidence)?;
    let (base, mut cited) = match baseline(m.evidence) {
        Some((base, at)) => (base, vec![at]),
        None => (growth.from, Vec::new()),
    };
    let rate = (growth.to - growth.from) / growth.hours;
    let hours = (2.0 * limit - base) / rate;
    if !(hours.is_finite() && hours > 0.0) {
        return None;
    }
    let formula = format!(
        "(2 * {} - {}) / (({} - {}) / {}) = {}",
        number(limit),
        number(base),
        number(growth.to),
        number(growth.from),
        number(growth.hours),
        number(hours)
    );
    let text = format!(
        "At the observed growth, twice the limit of {} Mi could last about {} h before it is full again: it buys time and stops nothing.",
        number(limit),
        number(hours)
    );
    cited.extend([growth.cited, at_limit]);
    Some(Claim::derived(text, formula, cited))
}

fn growth(evidence: &Evidence) -> Option<Growth> {
    let (amounts, grows) = (AMOUNT.as_ref()?, GROWS.as_ref()?);
    lines(evidence).find_map(|(source, line, text)| {
        if !grows.is_match(text) {
            return None;
        }
        let stated: Vec<(f64, NaiveTime)> = amounts
            .captures_iter(text)
            .filter_map(|c| Some((mebibytes(c.get(1)?.as_str(), c.get(2)?.as_str())?, clock(c.get(3)?.as_str())?)))
            .collect();
        let [(from, start), (to, end), ..] = stated.as_slice() else { return None };
        let hours = (minutes(*end) - minutes(*start)) / 60.0;
        (hours > 0.0 && to > from).then(|| Growth {
            from: *from,
            to: *to,
            hours,
            cited: evidence.cite_line(source, line),
        })
    })
}

fn limit(evidence: &Evidence) -> Option<(f64, Citation)> {
    static LIMIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::domain::pattern::compile(r"(?i)\b(?:memory limit|limit memory|mem_limit|limits?\s*[:=]?\s*\{?\s*memory)\s*[:=]?\s*(\d+(?:\.\d+)?)\s?([KMGT]i?B?)\b").ok()
    });
    first_amount(evidence, LIMIT.as_ref()?)
}

fn baseline(evidence: &Evidence) -> Option<(f64, Citation)> {
    static BASELINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::domain::pattern::compile(
            r"(?i)\b(?:baseline|normally|usual(?:ly)?)\b[^.\n]{0,40}?(\d+(?:\.\d+)?)\s?([KMGT]i?B?)\b",
        )
        .ok()
    });
    first_amount(evidence, BASELINE.as_ref()?)
}

fn first_amount(evidence: &Evidence, pattern: &Regex) -> Option<(f64, Citation)> {
    lines(evidence).find_map(|(source, line, text)| {
        let found = pattern.captures(text)?;
        let amount = mebibytes(found.get(1)?.as_str(), found.get(2)?.as_str())?;
        Some((amount, evidence.cite_line(source, line)))
    })
}

/// Lines short enough to be statements; a log of a megabyte is not searched for a memory limit.
fn lines(evidence: &Evidence) -> impl Iterator<Item = (SourceId, &Line, &str)> {
    evidence
        .lines()
        .take(20_000)
        .map(|(source, line)| (source, line, evidence.slice(Span::new(source, line.range()))))
        .filter(|(_, _, text)| text.len() < 2_000)
}

fn mebibytes(value: &str, unit: &str) -> Option<f64> {
    let value: f64 = value.parse().ok()?;
    let factor = match unit.chars().next()?.to_ascii_uppercase() {
        'K' => 1.0 / 1024.0,
        'M' => 1.0,
        'G' => 1024.0,
        'T' => 1024.0 * 1024.0,
        _ => return None,
    };
    Some(value * factor)
}

fn clock(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}
