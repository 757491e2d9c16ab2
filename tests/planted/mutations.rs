//! Faults made by rule: each is one change to one place of a sound report.

use hotwash::analyst::grounding::tokens::Tokens;
use hotwash::domain::report::RowKind;
use hotwash::domain::{Claim, Evidence, Report, Stamp};

/// A report with one fault.
pub struct Mutation {
    pub kind: &'static str,
    pub what: String,
    pub report: Report,
}

/// How many of one kind a report is given at most.
const EACH: usize = 3;

/// Every fault that this report has room for.
pub fn of(r: &Report, e: &Evidence) -> Vec<Mutation> {
    let mut out = Vec::new();
    texts(r, "figure changed", &mut out, |t| figure(t, e));
    texts(r, "unit swapped", &mut out, unit);
    texts(r, "version changed", &mut out, |t| version(t, e));
    texts(r, "time changed", &mut out, |t| time(t, e));
    texts(r, "denominator changed", &mut out, denominator);
    names(r, e, &mut out);
    orders(r, &mut out);
    tenses(r, &mut out);
    out
}

/// The claims whose text is changed, by a way to reach them in a copy.
fn places(r: &Report) -> Vec<fn(&mut Report) -> Option<&mut Claim>> {
    let mut all: Vec<fn(&mut Report) -> Option<&mut Claim>> = vec![
        |r| Some(&mut r.summary),
        |r| r.hypotheses.first_mut()?.supporting.first_mut(),
        |r| r.hypotheses.first_mut()?.supporting.get_mut(1),
        |r| r.hypotheses.get_mut(1)?.supporting.first_mut(),
        |r| Some(&mut r.first_cause.as_mut()?.what),
        |r| Some(&mut r.trigger.as_mut()?.what),
        |r| r.timeline.first_mut().map(|t| &mut t.what),
        |r| r.timeline.get_mut(1).map(|t| &mut t.what),
        |r| r.timeline.last_mut().map(|t| &mut t.what),
        |r| r.customer_impact.first_mut(),
        |r| r.customer_impact.get_mut(1),
        |r| r.whys.get_mut(1).map(|w| &mut w.answer),
        |r| r.whys.get_mut(2).map(|w| &mut w.answer),
        |r| r.whys.get_mut(3).map(|w| &mut w.answer),
        |r| r.severity.because.first_mut(),
        |r| r.mitigation.iter_mut().find_map(|m| m.effect.as_mut()),
        |r| r.services.iter_mut().find_map(|s| s.impact.as_mut()),
        |r| r.blast_radius.first_mut().map(|b| &mut b.impact),
    ];
    let mut copy = r.clone();
    all.retain(|at| at(&mut copy).is_some());
    all
}

fn texts(r: &Report, kind: &'static str, out: &mut Vec<Mutation>, change: impl Fn(&str) -> Option<String>) {
    let mut made = 0;
    for at in places(r) {
        let mut report = r.clone();
        let Some(claim) = at(&mut report) else { continue };
        let Some(text) = change(&claim.text) else { continue };
        let what = format!("{} → {text}", claim.text);
        claim.text = text;
        out.push(Mutation { kind, what, report });
        made += 1;
        if made == EACH {
            return;
        }
    }
}

fn holds(e: &Evidence, text: &str) -> bool {
    e.sources.iter().any(|s| s.text.contains(text))
}

/// Another figure, that stands nowhere.
fn figure(text: &str, e: &Evidence) -> Option<String> {
    let n = Tokens::of(text).numbers.into_iter().find(|n| n.value >= 2.0 && !n.text.contains(','))?;
    let digits: String = n.text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let other = (2..60u32).map(|i| format!("{}", (n.value * 1.37).round() as u64 + u64::from(i)));
    let other = other.into_iter().find(|o| !holds(e, o))?;
    Some(text.replacen(&n.text, &n.text.replacen(&digits, &other, 1), 1))
}

/// The same figure in another unit.
fn unit(text: &str) -> Option<String> {
    let n = Tokens::of(text).numbers.into_iter().find(|n| !n.unit.is_empty() && n.unit != "xx")?;
    let other = match n.unit.as_str() {
        "%" | "percent" => " ms",
        "ms" => " s",
        "s" | "sec" | "second" | "seconds" => " min",
        "min" | "minute" | "minutes" => " h",
        "h" | "hour" | "hours" => " min",
        u if u.starts_with('m') => "Gi",
        u if u.starts_with('g') => "Mi",
        _ => "%",
    };
    let digits: String = n.text.chars().take_while(|c| c.is_ascii_digit() || *c == '.' || *c == ',').collect();
    Some(text.replacen(&n.text, &format!("{digits}{other}"), 1))
}

fn version(text: &str, e: &Evidence) -> Option<String> {
    let v = Tokens::of(text).versions.into_iter().next()?;
    let (head, last) = v.rsplit_once('.').map_or(("", v.as_str()), |(h, l)| (h, l));
    let number: u32 = last.trim_start_matches('v').parse().ok()?;
    let made = |n: u32| if head.is_empty() { format!("v{n}") } else { format!("{head}.{n}") };
    let other = (number + 1..number + 40).map(made).find(|o| !holds(e, o))?;
    Some(text.replacen(&v, &other, 1))
}

fn time(text: &str, e: &Evidence) -> Option<String> {
    let t = Tokens::of(text).times.into_iter().next()?;
    let (h, m) = (t.get(..t.find(':')?)?.parse::<u32>().ok()?, t.split(':').nth(1)?.parse::<u32>().ok()?);
    let rest: String = t.splitn(3, ':').nth(2).map(|r| format!(":{r}")).unwrap_or_default();
    let other = (1..59).map(|i| format!("{h:02}:{:02}", (m + i * 7) % 60)).find(|o| !holds(e, o))?;
    Some(text.replacen(&t, &format!("{other}{rest}"), 1))
}

/// Pods told as users, requests as pods.
fn denominator(text: &str) -> Option<String> {
    let swaps = [(" pods", " users"), (" requests", " customers"), (" users", " requests"), (" nodes", " customers")];
    let (from, to) = swaps.into_iter().find(|(from, _)| {
        let at = text.find(from);
        at.is_some_and(|i| {
            text.get(..i).unwrap_or("").trim_end().ends_with(|c: char| c.is_ascii_digit() || c == '%' || c == 'f')
        })
    })?;
    Some(text.replacen(from, to, 1))
}

/// A name that nobody gave, and the name of another service.
fn names(r: &Report, e: &Evidence, out: &mut Vec<Mutation>) {
    let Some(subject) = r.hypotheses.first().map(|h| h.subject.clone()).filter(|s| s.len() > 3) else { return };
    let strange = "ledger-replay-worker";
    assert!(!holds(e, strange));
    texts(r, "name replaced", out, |t| t.contains(&subject).then(|| t.replace(&subject, strange)));
    let other = r
        .services
        .iter()
        .map(|s| s.name.clone())
        .find(|n| n.len() > 2 && *n != subject && !n.contains(&subject) && !subject.contains(n.as_str()));
    if let Some(other) = other {
        let mut report = r.clone();
        if report.summary.text.contains(&subject) {
            report.summary.text = report.summary.text.replace(&subject, &other);
            let what = format!("{} → {}", r.summary.text, report.summary.text);
            out.push(Mutation { kind: "name of another", what, report });
        }
        let mut report = r.clone();
        let h = report.hypotheses.first_mut().unwrap();
        if h.statement.contains(&subject) {
            h.statement = h.statement.replace(&subject, &other);
            out.push(Mutation { kind: "name of another", what: h.statement.clone(), report });
        }
    }
}

fn orders(r: &Report, out: &mut Vec<Mutation>) {
    let kind = "order reversed";
    let less = Some(std::cmp::Ordering::Less);
    let pair = r.timeline.windows(2).position(|p| p[0].at.order(&p[1].at) == less);
    if let Some(i) = pair {
        let mut report = r.clone();
        report.timeline.swap(i, i + 1);
        out.push(Mutation { kind, what: format!("rows {i} and {}", i + 1), report });
        let mut report = r.clone();
        let (a, b) = (report.timeline[i].at, report.timeline[i + 1].at);
        (report.timeline[i].at, report.timeline[i + 1].at) = (b, a);
        out.push(Mutation { kind, what: format!("times {a} and {b}"), report });
    }
    if let Some(last) = r.timeline.iter().rev().find(|t| t.kind == RowKind::Symptom)
        && let Some(first) = &r.first_cause
        && first.at.order(&last.at) == less
    {
        let mut report = r.clone();
        let later = last.at;
        report.first_cause.as_mut().unwrap().at = later;
        out.push(Mutation { kind, what: format!("patient zero at {later} instead of {}", first.at), report });
    }
    if !r.propagation.is_empty() {
        let mut report = r.clone();
        let p = &mut report.propagation[0];
        std::mem::swap(&mut p.from, &mut p.to);
        out.push(Mutation { kind, what: format!("{} → {}: {}", p.from, p.to, p.observed.text), report });
    }
    if let Some(t) = &r.time_to_detect {
        let mut report = r.clone();
        let sides: Vec<&str> = t.formula.split(" = ").collect();
        let (late, early) = sides[0].split_once(" - ").unwrap();
        report.time_to_detect.as_mut().unwrap().formula = format!("{early} - {late} = {}", sides[1]);
        out.push(Mutation { kind, what: format!("{early} - {late}"), report });
    }
    if let Some(first) = r.timeline.first()
        && let Stamp::Exact(_) | Stamp::Clock(_) = first.at
    {
        let mut report = r.clone();
        let moved = match first.at {
            Stamp::Exact(t) => Stamp::Exact(t - chrono::Duration::minutes(47)),
            Stamp::Clock(t) => Stamp::Clock(t - chrono::Duration::minutes(47)),
            other => other,
        };
        report.timeline[0].at = moved;
        out.push(Mutation { kind: "row dated elsewhere", what: format!("{} → {moved}", first.at), report });
    }
}

/// A step of the plan, told as done.
fn tenses(r: &Report, out: &mut Vec<Mutation>) {
    const PAST: &[(&str, &str)] = &[
        ("Roll back", "rolled back"),
        ("Roll", "rolled back"),
        ("Restart", "restarted"),
        ("Increase", "increased"),
        ("Raise", "raised"),
        ("Scale", "scaled up"),
        ("Delete", "deleted"),
        ("Drain", "drained"),
        ("Renew", "renewed"),
        ("Rotate", "rotated"),
        ("Disable", "disabled"),
        ("Enable", "enabled"),
        ("Apply", "applied"),
        ("Revert", "reverted"),
    ];
    let kind = "plan told as done";
    let mut made = 0;
    for m in &r.mitigation {
        let Some((verb, done)) = PAST.iter().find(|(verb, _)| m.action.starts_with(verb)) else { continue };
        if m.action.contains(" if ") {
            continue;
        }
        let rest = m.action.get(verb.len()..).unwrap_or("").trim().trim_end_matches('.');
        let told = format!("The on-call {done} {rest}.");
        let mut report = r.clone();
        match made % 3 {
            0 => report.summary.text = format!("{} {told}", report.summary.text),
            1 => report.customer_impact.push(Claim::inferred(told.clone(), Vec::new())),
            _ => {
                let Some(row) = report.timeline.last_mut() else { continue };
                row.what = Claim::inferred(told.clone(), row.what.citations.clone());
            }
        }
        out.push(Mutation { kind, what: told, report });
        made += 1;
        if made == EACH {
            return;
        }
    }
}
