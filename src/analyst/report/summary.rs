//! The title and the summary: what a person on a bridge reads first, in fifteen seconds.

use std::cmp::Ordering;

use super::material::{Material, citations};
use super::wording::{fragment, is_focus, sentence};
use crate::analyst::scope::BlockKind;
use crate::analyst::scoring::rivals_without_order;
use crate::domain::report::{Conclusion, RowKind, TimelineRow};
use crate::domain::{Citation, Claim, Hypothesis, Level, Line, Stamp, Verdict};

/// Citations a summary carries at most.
const MOST_CITATIONS: usize = 8;
/// Those of them that are kept for what is told beside the cause.
const MOST_BESIDE: usize = 3;

/// The caller's title, or one made of the first hypothesis.
pub fn title(m: &Material<'_>) -> String {
    let given = m.request.title.trim();
    if !given.is_empty() {
        return given.to_owned();
    }
    match (m.outcome, m.top()) {
        (Conclusion::NoIncident, _) => "No incident found in the evidence".to_owned(),
        (_, Some(h)) => {
            let what = m.playbook(h).map_or_else(|| h.fault_kind.name().replace('_', " "), |p| p.title.clone());
            let suspected = if h.verdict == Verdict::Confirmed { "" } else { " (suspected)" };
            format!("{}: {what}{suspected}", h.subject)
        }
        (_, None) => "Cause not known yet".to_owned(),
    }
}

/// The summary: the first hypothesis with its standing, then the impact; two or three sentences.
pub fn summary(m: &Material<'_>, impact: &[Claim]) -> Claim {
    match m.outcome {
        Conclusion::NoIncident => calm(m),
        Conclusion::Incident | Conclusion::Inconclusive => match m.top() {
            Some(_) => suspected(m, impact),
            None => open(m),
        },
    }
}

fn suspected(m: &Material<'_>, impact: &[Claim]) -> Claim {
    let Some(h) = m.top() else { return open(m) };
    let statement = sentence(&h.statement);
    let mut text = match (h.verdict, m.outcome) {
        (Verdict::Confirmed, _) => statement,
        (_, Conclusion::Inconclusive) => format!("The evidence does not decide the cause; the first lead: {statement}"),
        _ => format!("Most likely cause: {statement}"),
    };
    let rivals = rivals_without_order(m.book, &h.subject);
    if !rivals.is_empty() && h.verdict != Verdict::Confirmed {
        let all: Vec<String> = std::iter::once(h.subject.clone()).chain(rivals).collect();
        let names = super::wording::list(&all);
        let lead = sentence(&h.statement);
        text = format!(
            "The stamps do not tell which of {names} failed first; the checklist says what decides. The first lead: {lead}"
        );
    }
    let cited = |c: &&Claim| !c.citations.is_empty();
    let of_times = |c: &&Claim| c.formula.as_ref().is_some_and(|f| f.contains(':'));
    let in_points = impact.iter().find(|c| !of_times(c) && c.formula.as_ref().is_some_and(|f| f.contains(" - ")));
    // what the cause's own sentence quotes is not said again
    let fresh = |c: &&Claim| {
        let said = c.text.split_once('“').and_then(|(_, rest)| rest.split('”').next()).unwrap_or(&c.text);
        !h.statement.contains(said)
    };
    let hit = in_points.or_else(|| impact.iter().filter(cited).filter(|c| !of_times(c) && !is_unknown(c)).find(fresh));
    if let Some(claim) = hit {
        text = format!("{text} {}", sentence(&claim.text));
    }
    if stands_once(m, h) {
        text = format!("{text} It stands once in its log, which goes on after it.");
    }
    let ended = if stands_once(m, h) { None } else { gone_quiet(m, h) };
    if let Some((at, _)) = &ended {
        let at = super::wording::time(at);
        text = format!("{text} The last error in its log is of {at}, and the log goes on after it.");
    }
    // what reads as going on and is over is said to be over
    let over = noted_over(m);
    if let Some((said, _)) = over {
        text = format!("{text} Noted as over: “{said}”.");
    }
    // what is told beside the cause keeps its places, however many the cause has
    let beside = citations(hit.into_iter().chain(over.map(|(_, c)| c)), MOST_BESIDE);
    let mut cited = citations(h.supporting.iter().take(4), MOST_CITATIONS - MOST_BESIDE.min(beside.len()));
    let new: Vec<_> = beside.into_iter().filter(|c| !cited.contains(c)).collect();
    cited.extend(new);
    let cited = cited.into_iter().chain(ended.map(|(_, place)| place)).collect();
    let mut claim = Claim::inferred(text, cited);
    claim.formula = hit.and_then(|c| c.formula.clone());
    claim
}

/// True for a sentence on what is not known: it may cite what little is.
fn is_unknown(claim: &Claim) -> bool {
    claim.text.contains(" is not known")
}

/// Lines from which on a log that went on has been quiet.
const WENT_ON: usize = 50;

/// True where what leads rests on one logged line, behind which its log goes on: what was so at a start need not be
/// so now.
fn stands_once(m: &Material<'_>, h: &Hypothesis) -> bool {
    let mut places = h.supporting.iter().filter(|c| !is_focus(c)).flat_map(|c| &c.citations);
    let Some(place) = places.next() else { return false };
    if places.any(|c| (c.source, c.line) != (place.source, place.line)) {
        return false;
    }
    let index = (place.line as usize).saturating_sub(1);
    let scope = m.book.scope(m.evidence);
    let Some(block) = scope.block(place.source, index).filter(|b| b.kind == BlockKind::Logs) else { return false };
    let lines = m.evidence.readings.get(place.source.0 as usize).and_then(|r| r.lines.get(block.lines.clone()));
    let later = || lines.unwrap_or(&[]).iter().filter(|l| l.no > place.line);
    let text = |l: &Line| m.evidence.sources.get(place.source.0 as usize).and_then(|s| s.text.get(l.range()));
    let own = lines.unwrap_or(&[]).iter().find(|l| l.no == place.line).and_then(text).map(without_figures);
    // the same sentence with other figures is the same trouble again
    let again = || lines.unwrap_or(&[]).iter().filter(|l| l.no != place.line).filter_map(text);
    later().filter(|l| l.stamp.is_some()).count() >= WENT_ON
        && later().all(|l| l.level < Some(Level::Error))
        && own.is_some_and(|own| !again().any(|l| without_figures(l) == own))
}

/// The last error of the log that what leads is quoted from, where that log went on for long after it without
/// another: what was so is over as far as it shows.
fn gone_quiet(m: &Material<'_>, h: &Hypothesis) -> Option<(Stamp, Citation)> {
    let all = || h.supporting.iter().filter(|c| !is_focus(c)).flat_map(|c| &c.citations);
    let place = all().next()?;
    let index = (place.line as usize).saturating_sub(1);
    let scope = m.book.scope(m.evidence);
    let block = scope.block(place.source, index).filter(|b| b.kind == BlockKind::Logs)?;
    let lines = m.evidence.readings.get(place.source.0 as usize)?.lines.get(block.lines.clone())?;
    let own = m.line(place)?;
    let of_it = || lines.iter().filter(|l| l.stamp.is_some() && l.service == own.service);
    let text = |l: &Line| m.evidence.sources.get(place.source.0 as usize).and_then(|s| s.text.get(l.range()));
    let quoted: Vec<Vec<&str>> = all().filter_map(|c| m.line(c)).filter_map(text).map(without_figures).collect();
    let bad = |l: &Line| l.level >= Some(Level::Error) || text(l).is_some_and(|t| quoted.contains(&without_figures(t)));
    let last = of_it().rfind(|l| bad(l))?;
    let later = of_it().filter(|l| l.no > last.no).count();
    (later >= WENT_ON && last.level >= Some(Level::Error)).then_some(())?;
    Some((last.stamp?, m.evidence.cite_line(place.source, last)))
}

/// The words of a line without those that hold a figure: its times, counts and ids.
fn without_figures(line: &str) -> Vec<&str> {
    line.split_whitespace().filter(|w| !w.bytes().any(|b| b.is_ascii_digit())).collect()
}

/// The longest note that is said in a summary, in bytes.
const NOTE: usize = 140;

/// The last note of recovery, behind which nobody notes any trouble.
fn noted_over<'m>(m: &'m Material<'_>) -> Option<(&'m str, &'m Claim)> {
    let after = |row: &TimelineRow, other: &TimelineRow| other.at.order(&row.at) == Some(Ordering::Greater);
    let last = m
        .rows
        .iter()
        .filter(|r| r.kind == RowKind::Recovery && !r.what.citations.is_empty())
        .reduce(|best, r| if after(best, r) { r } else { best })?;
    let trouble = |r: &TimelineRow| matches!(r.kind, RowKind::Symptom | RowKind::Cause) && after(last, r);
    // its first sentence, as it stands there
    let said = last.what.text.split(". ").next().unwrap_or("").trim_matches(['“', '”', '.', ' ']);
    let quoted = last.what.citations.first().is_some_and(|c| c.quote.contains(said));
    (!said.is_empty() && said.len() <= NOTE && quoted && !m.rows.iter().any(trouble)).then_some((said, &last.what))
}

fn calm(m: &Material<'_>) -> Claim {
    let Some(first) = m.book.calm.first() else {
        return Claim::inferred("The evidence shows no incident.", Vec::new());
    };
    let text = format!("The evidence shows no incident that is still going on: {}.", fragment(&first.text));
    Claim::inferred(text, citations(m.book.calm.iter().take(4), MOST_CITATIONS))
}

fn open(m: &Material<'_>) -> Claim {
    let Some(first) = m.book.alarms.first() else {
        return Claim::inferred("The evidence names no cause; nothing in it states a reason.", Vec::new());
    };
    let text = format!("Something is wrong and the evidence names no cause: {}.", fragment(&first.text));
    Claim::inferred(text, citations(m.book.alarms.iter().take(4), MOST_CITATIONS))
}

#[cfg(test)]
mod tests {
    use super::without_figures;

    #[test]
    fn a_sentence_with_other_figures_is_the_same_sentence() {
        let (a, b) =
            ("10:00:01.2 WARN query took 8.17 seconds id=a7", "10:00:09.9 WARN query took 7.01 seconds id=b31");
        assert_eq!(without_figures(a), without_figures(b));
        assert_ne!(without_figures(a), without_figures("10:00:02 WARN no query took 8 seconds id=1"));
    }
}
