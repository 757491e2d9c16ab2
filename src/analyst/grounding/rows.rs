//! Rows against what they cite: a time is the cited line's, a name is the cited line's or its row's.

use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::tokens::Tokens;
use super::{Finding, Known};
use crate::domain::{Citation, Report, Stamp, Support};

static CLOCK: Pattern = Pattern::new(r"(?:\b|T)(\d{1,2}):(\d{2})(?::(\d{2}))?");

/// Checks the dated rows of a report and the names of its claims.
pub fn of_report(r: &Report, claims: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    let services = known.services();
    for s in claims.iter().filter(|s| s.support != Some(Support::Unsupported)) {
        time(s, known, out);
        names(r, s, &services, known, out);
    }
    subjects(r, out);
    directions(r, out);
}

/// The one that reports a failure is the one that felt it, so it stands at the end of its edge.
fn directions(r: &Report, out: &mut Vec<Finding>) {
    static FELT: Pattern =
        Pattern::new(r"(?i)\b([\w./-]+) reports? (?:a |an )?\w+ on its way to ([\w./-]+?)[.,;]?(?:\s|$)");
    for (i, p) in r.propagation.iter().enumerate() {
        let told = FELT.captures(&p.observed.text);
        let by_text = told
            .is_some_and(|c| group(&c, 1).eq_ignore_ascii_case(&p.from) && group(&c, 2).eq_ignore_ascii_case(&p.to));
        if by_text {
            let what = format!("{} felt it on its way to {}: the failure went the other way", p.from, p.to);
            out.push(Finding::new(&format!("propagation[{i}]"), "edge-reversed", what));
        }
    }
}

/// Digits of the seconds since 1970, from 2001 on.
const COUNT: usize = 10;

/// The time of a row is what its cited line states.
fn time(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    let Some(at) = s.at else { return };
    let dated = matches!(s.part, Part::Timeline | Part::PatientZero);
    if !dated || s.citations.is_empty() || s.formula.is_some() {
        return;
    }
    // seconds since 1970 begin a count of any smaller unit, too
    let count = if let Stamp::Exact(t) = at { t.timestamp().to_string() } else { String::new() };
    let counted = |text: &str| count.len() >= COUNT && text.contains(&count);
    if s.citations.iter().any(|c| counted(line_text(known, c))) {
        return;
    }
    let own: Vec<Stamp> = s.citations.iter().filter_map(|c| known.evidence.line_of(c)?.stamp).collect();
    let written: Vec<(String, String)> = s.citations.iter().flat_map(|c| clocks(line_text(known, c))).collect();
    let clock = at.time().format("%H:%M").to_string();
    let seconds = at.time().format("%S").to_string();
    if own.is_empty() && written.is_empty() {
        // dated by what stands around it: then that states the time
        let stated = known.has_time(&clock)
            || known.evidence.sources.iter().any(|source| counted(&source.text))
            || (matches!(at, Stamp::Exact(_)) && known.has_minute(&clock))
            || known.evidence.lines().any(|(_, l)| l.stamp.is_some_and(|s| s.time() == at.time()));
        if !stated {
            let what = format!("the row is dated {at}, and nothing states that time");
            out.push(Finding::new(&s.path, "time-of-row", what));
        }
        return;
    }
    let stamped = own.iter().any(|o| *o == at || o.time() == at.time());
    let same = |(t, s): &(String, String)| *t == clock && (s.is_empty() || *s == seconds);
    // a line may be written in another zone's clock: whole hours off, the rest the same
    let zoned = |(t, s): &(String, String)| {
        matches!(at, Stamp::Exact(_)) && (s.is_empty() || *s == seconds) && t.get(3..) == clock.get(3..)
    };
    let told = written.iter().any(|w| same(w) || zoned(w));
    if !stamped && !told {
        let what = format!("the row is dated {at}, and the line it cites states another time");
        out.push(Finding::new(&s.path, "time-of-row", what));
    }
}

fn clocks(text: &str) -> Vec<(String, String)> {
    // `1412Z`: hours and minutes in one
    static JOINED: Pattern = Pattern::new(r"\b([01]\d|2[0-3])([0-5]\d)(?:Z|\s?UTC|\s?[Hh]rs?)\b");
    let joined = JOINED.all(text);
    let joined = joined.iter().map(|c| (format!("{}:{}", group(c, 1), group(c, 2)), String::new()));
    let written = CLOCK.all(text);
    let written = written.iter().map(|c| (format!("{:0>2}:{}", group(c, 1), group(c, 2)), group(c, 3).to_owned()));
    written.chain(joined).collect()
}

pub(super) fn line_text<'k>(known: &Known<'k>, c: &Citation) -> &'k str {
    let line = known.evidence.line_of(c).and_then(|l| known.evidence.text(c.source).get(l.range()));
    line.unwrap_or("")
}

/// True when a cited line names both, or is written by one and names the other.
pub(super) fn shows_both(known: &Known<'_>, c: &Citation, a: &str, b: &str) -> bool {
    let low = line_text(known, c).to_lowercase();
    let writer = known.evidence.line_of(c).and_then(|l| l.service.as_deref()).unwrap_or("");
    [a, b].iter().all(|n| !n.is_empty() && (low.contains(&n.to_lowercase()) || writer.eq_ignore_ascii_case(n)))
}

/// True when a cited line that is written by one, or names it, gives an address that another cited line gives
/// the other's name: `dial tcp 10.68.1.2:80` and `stock ClusterIP 10.68.1.2`.
pub(super) fn shows_by_address(known: &Known<'_>, cited: &[Citation], from: &str, to: &str) -> bool {
    static ADDRESS: Pattern = Pattern::new(r"\b(\d{1,3}(?:\.\d{1,3}){3})\b");
    let told = |c: &Citation, name: &str| shows_both(known, c, name, name);
    cited.iter().filter(|c| told(c, to)).any(|c| {
        let text = line_text(known, c);
        let addresses = ADDRESS.all(text);
        addresses.iter().any(|a| cited.iter().any(|o| told(o, from) && line_text(known, o).contains(group(a, 1))))
    })
}

/// True when one end is what a cited setting is named after (`CHECKOUT_SERVICE_ADDR`), and the other is written by,
/// or named on, another cited line: who is set up to call whom, and whose call failed.
pub(super) fn shows_by_setting(known: &Known<'_>, cited: &[Citation], from: &str, to: &str) -> bool {
    static SETTING: Pattern =
        Pattern::new(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)_(?:ADDR|ADDRESS|HOST|URL|URI|ENDPOINT)\b");
    let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
    // `TILL_SERVICE_ADDR` is where till is, or till-service
    let after = |m: &str, name: &str| plain(m) == name || plain(m).strip_suffix("service") == Some(name);
    let set = |name: &str| {
        let name = plain(name);
        cited.iter().any(|c| SETTING.all(line_text(known, c)).iter().any(|m| after(group(m, 1), &name)))
    };
    let told = |name: &str| cited.iter().any(|c| shows_both(known, c, name, name));
    set(from) && told(to) || set(to) && told(from)
}

/// A claim that quotes a line names what the line names, what wrote it, or what its row is about.
fn names(r: &Report, s: &Statement<'_>, services: &[String], known: &Known<'_>, out: &mut Vec<Finding>) {
    if s.support != Some(Support::Quoted) || s.citations.is_empty() {
        return;
    }
    let row = row_subject(r, s);
    for name in Tokens::of(&s.text).names {
        let Some(service) = services.iter().find(|n| n.eq_ignore_ascii_case(&name)) else { continue };
        let low = service.to_lowercase();
        let cited = s.citations.iter().any(|c| {
            // what is cited may go over several lines
            line_text(known, c).to_lowercase().contains(&low)
                || c.quote.to_lowercase().contains(&low)
                || known
                    .evidence
                    .line_of(c)
                    .and_then(|l| l.service.as_deref())
                    .is_some_and(|n| n.eq_ignore_ascii_case(service))
        });
        if !cited && !row.iter().any(|n| n.eq_ignore_ascii_case(service)) {
            let what = format!("the lines it cites do not speak of `{service}`");
            out.push(Finding::new(&s.path, "name-not-cited", what));
        }
    }
}

/// What the row or the hypothesis of a claim is about.
fn row_subject(r: &Report, s: &Statement<'_>) -> Vec<String> {
    let hypothesis = s.path.strip_prefix("hypotheses[").and_then(|p| p.split(']').next()?.parse::<usize>().ok());
    let of = hypothesis.and_then(|i| r.hypotheses.get(i)).map(|h| h.subject.clone());
    let first =
        matches!(s.part, Part::PatientZero | Part::Trigger | Part::Whys).then(|| r.hypotheses.first()).flatten();
    s.subject.iter().cloned().chain(of).chain(first.map(|h| h.subject.clone())).collect()
}

/// A hypothesis's statement and the summary speak of the subject that stands beside them.
fn subjects(r: &Report, out: &mut Vec<Finding>) {
    let others = |text: &str, own: &str| -> Option<String> {
        let named = |n: &str| n.len() > 2 && text.to_lowercase().contains(&n.to_lowercase());
        let own_named = own.is_empty() || named(own);
        let other = r.services.iter().map(|s| s.name.as_str()).chain(r.hypotheses.iter().map(|h| h.subject.as_str()));
        other.into_iter().find(|n| !own_named && named(n)).map(str::to_owned)
    };
    for (i, h) in r.hypotheses.iter().enumerate() {
        if let Some(other) = others(&h.statement, &h.subject) {
            let what = format!("the statement speaks of `{other}`, the hypothesis is about `{}`", h.subject);
            out.push(Finding::new(&format!("hypotheses[{i}].statement"), "subject-disagrees", what));
        }
    }
    if let Some(h) = r.hypotheses.first()
        && r.outcome != crate::domain::report::Conclusion::NoIncident
        && let Some(other) = others(&r.summary.text, &h.subject)
    {
        let what = format!("the summary speaks of `{other}`, the first hypothesis is about `{}`", h.subject);
        out.push(Finding::new("summary", "subject-disagrees", what));
    }
}
