//! Stakeholder updates for three audiences: the bridge (fifteen seconds), inside, and customers.
//!
//! The customers' update names no internals: no service, version, host or cause. No update promises
//! a time of recovery that nobody stated.

use chrono::{DateTime, Utc};

use crate::analyst::report::markdown::{escape, marked};
use crate::analyst::report::wording::{capital, duration, fragment, sentence, time};
use crate::domain::report::{Conclusion, RowKind};
use crate::domain::{Claim, Report, Support, Verdict};
use crate::journal::event::NoteKind;
use crate::session::{Session, Update, standing};

/// Who an update is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The people on the bridge: read aloud in fifteen seconds.
    Bridge,
    /// Colleagues.
    Internal,
    /// Customers.
    Customers,
}

impl Audience {
    /// Every audience.
    pub const ALL: &'static [Self] = &[Self::Bridge, Self::Internal, Self::Customers];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Internal => "internal",
            Self::Customers => "customers",
        }
    }
}

/// Words of the bridge's update at most: about fifteen seconds read aloud.
const BRIDGE_WORDS: usize = 45;

/// What an update stands in: the one before it, and when the next one is due.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    /// The last update, if there was one.
    pub last: Option<&'a Update>,
    /// When the next one is due, where that is decided.
    pub due: Option<DateTime<Utc>>,
}

/// The update for one audience, from a report alone.
pub fn report(r: &Report, audience: Audience) -> String {
    within(r, audience, Place::default(), &News::default())
}

fn within(r: &Report, audience: Audience, place: Place<'_>, news: &News) -> String {
    match audience {
        Audience::Bridge => bridge(r, place, news),
        Audience::Internal => internal(r, place, news),
        Audience::Customers => customers(r, place),
    }
}

/// All three updates of a session, as of its last one.
pub fn session(s: &Session) -> String {
    at(s, None)
}

/// All three updates, with when the next one is due.
pub fn at(s: &Session, due: Option<DateTime<Utc>>) -> String {
    let Some(r) = &s.report else { return "No report yet: nothing can be said.\n".into() };
    let place = Place { last: s.updates.last(), due };
    let news = News::since(s, place.last);
    let mut out = String::new();
    for audience in Audience::ALL {
        out.push_str(&format!("## Update: {}\n\n{}\n", audience.name(), within(r, *audience, place, &news)));
    }
    out
}

/// What is known now, one sentence each: the severity, what stands on quoted or derived evidence, what
/// people confirmed or ruled out, what was run, decided and done. No inference and no proposal.
pub fn facts(s: &Session) -> Vec<String> {
    let Some(r) = &s.report else { return Vec::new() };
    let mut out = vec![format!("{}.", level(r))];
    let stands = |c: &&Claim| matches!(c.support, Support::Quoted | Support::Derived) && !c.citations.is_empty();
    out.extend(r.customer_impact.iter().filter(stands).map(|c| sentence(&c.text)));
    for h in standing::hypotheses(s) {
        if matches!(h.verdict, Verdict::Confirmed | Verdict::RuledOut) {
            out.push(sentence(&format!("{}: {}", capital(h.verdict.name()), fragment(h.statement))));
        }
    }
    for run in s.runs.values().filter(|run| !run.is_unfinished()) {
        let ended = run.status.map_or_else(|| run.how.clone(), |status| format!("ended with status {status}"));
        out.push(format!("Run {}: `{}` {ended}.", run.run, run.command));
    }
    for note in s.notes.iter().filter(|n| matches!(n.kind, NoteKind::Decision | NoteKind::Action)) {
        let kind = if note.kind == NoteKind::Decision { "Decided" } else { "Action" };
        out.push(sentence(&format!("{kind}: {}", note.text)));
    }
    out.truncate(MOST_FACTS);
    out
}

/// The most facts that an update remembers.
const MOST_FACTS: usize = 200;

/// What changed since the last update.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Facts that were not known then.
    pub new: Vec<String>,
    /// Facts that were known then and are not any more.
    pub gone: Vec<String>,
}

impl News {
    /// Since an update; nothing where there was none.
    pub fn since(s: &Session, last: Option<&Update>) -> Self {
        let Some(last) = last else { return Self::default() };
        let now = facts(s);
        Self {
            new: now.iter().filter(|f| !last.facts.contains(f)).cloned().collect(),
            gone: last.facts.iter().filter(|f| !now.contains(f)).cloned().collect(),
        }
    }
}

fn clock(at: DateTime<Utc>) -> String {
    format!("{} UTC", at.format("%H:%M"))
}

fn level(r: &Report) -> String {
    r.severity.level.map_or_else(|| "Severity undecided".to_owned(), |l| l.name().to_owned())
}

fn bridge(r: &Report, place: Place<'_>, news: &News) -> String {
    let top = r.hypotheses.iter().find(|h| h.verdict != Verdict::RuledOut);
    let mut parts = vec![format!("{}.", level(r))];
    match (r.outcome, top) {
        (Conclusion::NoIncident, _) => parts.push(sentence(&r.summary.text)),
        (_, Some(h)) => {
            let surely = if h.verdict == Verdict::Confirmed { "Cause" } else { "Most likely" };
            parts.push(sentence(&format!("{surely}: {} (confidence {:.2})", fragment(&h.statement), h.confidence)));
        }
        (_, None) => parts.push("No cause is known yet.".into()),
    }
    match (place.last, news.new.first()) {
        (Some(last), Some(first)) => {
            let more = if news.new.len() > 1 { format!(" and {} more", news.new.len() - 1) } else { String::new() };
            parts.push(sentence(&format!("New since {}{more}: {}", clock(last.at), fragment(first))));
        }
        (Some(last), None) => parts.push(format!("Nothing new since {}.", clock(last.at))),
        (None, _) => {}
    }
    if let Some(check) = r.checklist.iter().find(|c| c.command.is_some()) {
        parts.push(sentence(&format!("Next: {}", check.what)));
    }
    let end = place.due.map(|due| format!("Next update at {}.", clock(due))).unwrap_or_default();
    let words = |text: &str| text.split_whitespace().count();
    let mut out = String::new();
    for part in parts {
        if !out.is_empty() && words(&out) + words(&part) + words(&end) > BRIDGE_WORDS {
            continue;
        }
        out.push_str(&escape(&part));
        out.push(' ');
    }
    out.push_str(&end);
    format!("{}\n", out.trim_end())
}

fn internal(r: &Report, place: Place<'_>, news: &News) -> String {
    let mut out = format!("**{}** ({})\n\n{}\n", escape(&r.title), level(r), marked(&r.summary));
    let impact: Vec<String> = r.customer_impact.iter().take(4).map(|c| format!("- {}\n", marked(c))).collect();
    if !impact.is_empty() {
        out.push_str(&format!("\nImpact:\n\n{}", impact.concat()));
    }
    let doing: Vec<String> = r.mitigation.iter().take(3).map(|m| format!("- {}\n", escape(&m.action))).collect();
    if !doing.is_empty() {
        out.push_str(&format!("\nSuggested, not done yet:\n\n{}", doing.concat()));
    }
    let open: Vec<String> = r.severity.unknown.iter().map(|u| format!("- {}\n", escape(u))).collect();
    if !open.is_empty() {
        out.push_str(&format!("\nNot known:\n\n{}", open.concat()));
    }
    if let Some(t) = &r.time_to_detect {
        out.push_str(&format!("\nNoticed {} after it began ({}).\n", duration(t.seconds), escape(&t.formula)));
    }
    if let Some(last) = place.last {
        let mut changed: Vec<String> = news.new.iter().map(|f| format!("- new: {}\n", escape(f))).collect();
        changed.extend(news.gone.iter().map(|f| format!("- no longer: {}\n", escape(f))));
        let what = if changed.is_empty() { "- nothing\n".to_owned() } else { changed.concat() };
        out.push_str(&format!("\nChanged since the update of {}:\n\n{what}", clock(last.at)));
    }
    if let Some(due) = place.due {
        out.push_str(&format!("\nNext update due at {}.\n", clock(due)));
    }
    out
}

fn customers(r: &Report, place: Place<'_>) -> String {
    if r.outcome == Conclusion::NoIncident {
        return "We looked into a report of trouble and found no incident that is still going on.\n".into();
    }
    let mut out = String::from("We are looking into a problem with our service.");
    let onset = r.timeline.iter().find(|row| matches!(row.kind, RowKind::Symptom | RowKind::Alert));
    if let Some(row) = onset {
        out.push_str(&format!(" It was first seen at {}.", time(&row.at)));
    }
    match r.customer_impact.iter().find(|c| is_public(r, c)) {
        Some(claim) => out.push_str(&format!(" {}", escape(&sentence(&claim.text)))),
        None => out.push_str(" We do not know yet how many of you are affected."),
    }
    out.push_str(" We do not have a time of recovery yet.");
    if let Some(last) = place.last {
        let told = format!("## Update: {}\n\n", Audience::Customers.name());
        let before = last.text.split_once(&told).map_or("", |(_, text)| text);
        let claim = r.customer_impact.iter().find(|c| is_public(r, c)).map(|c| escape(&sentence(&c.text)));
        if claim.is_none_or(|c| before.contains(&c)) {
            out.push_str(&format!(" We know no more than at our last update at {}.", clock(last.at)));
        }
    }
    match place.due {
        Some(due) => out.push_str(&format!(" The next update follows by {}.\n", clock(due))),
        None => out.push_str(" The next update follows as soon as we know more.\n"),
    }
    out
}

/// True for an impact claim that names no internals: supported, in figures that count users or
/// requests, without the name of any service, pod or node.
fn is_public(r: &Report, claim: &Claim) -> bool {
    let low = claim.text.to_lowercase();
    let internals =
        ["pod", "node", "replica", "instance", "container", "host", "database", "cluster", "cache", "queue"];
    let about = ["user", "customer", "request", "checkout", "order", "login", "payment", "success rate"];
    let names = r.services.iter().map(|s| &s.name).chain(r.hypotheses.iter().map(|h| &h.subject));
    matches!(claim.support, Support::Quoted | Support::Derived)
        && !claim.citations.is_empty()
        && about.iter().any(|w| low.contains(w))
        && !internals.iter().any(|w| low.contains(w))
        && !claim.text.split_whitespace().any(is_internal)
        && !names.into_iter().any(|n| !n.is_empty() && low.contains(&n.to_lowercase()))
}

/// True for a word that may be a name of ours: a host, a path, a version, an address, a joined name.
fn is_internal(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
    let has = |test: fn(char) -> bool| word.chars().any(test);
    let version = word.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let dotted = word.matches('.').count() > 1 || word.contains('.') && has(char::is_alphabetic);
    let joined = word.contains(['_', '/', '@', ':', '=', '\\']) || word.contains('-') && has(char::is_alphabetic);
    version || dotted || joined || has(char::is_alphabetic) && has(|c| c.is_ascii_digit()) && word.len() > 5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Citation;
    use crate::domain::SourceId;

    fn claim(text: &str) -> Claim {
        Claim::quoted(text, vec![Citation { source: SourceId(0), start: 0, end: 1, line: 1, quote: "x".into() }])
    }

    fn report_with(impact: Claim) -> Report {
        let mut r = crate::analyst::report::empty();
        r.outcome = Conclusion::Incident;
        r.customer_impact = vec![impact];
        r
    }

    #[test]
    fn customers_read_no_internals_and_no_promise() {
        let text = report(&report_with(claim("3 of 12 pods are OOMKilled.")), Audience::Customers);
        assert!(!text.contains("pods"), "{text}");
        assert!(text.contains("do not know yet how many"), "{text}");
        let text = report(&report_with(claim("Checkout success rate stood at 96.8%.")), Audience::Customers);
        assert!(text.contains("96.8%"), "{text}");
    }

    #[test]
    fn a_claim_with_a_host_a_version_or_a_path_is_not_for_customers() {
        for text in [
            "3% of requests to /api/v2 failed.",
            "3% of requests on web-17 failed.",
            "3% of users of release 4.12.1 failed.",
            "3% of users on v2 failed.",
            "3% of requests to db01.example.com failed.",
        ] {
            assert!(!is_public(&report_with(claim(text)), &claim(text)), "{text}");
        }
        assert!(is_public(
            &report_with(claim("29.4% of requests failed at 09:12.")),
            &claim("29.4% of requests failed")
        ));
    }

    #[test]
    fn the_bridge_reads_it_in_fifteen_seconds() {
        let text = report(&report_with(claim("x")), Audience::Bridge);
        assert!(text.split_whitespace().count() <= BRIDGE_WORDS, "{text}");
    }
    #[test]
    fn an_update_says_what_changed_and_when_the_next_is_due_within_fifteen_seconds() {
        let due: DateTime<Utc> = "2026-06-02T09:50:00Z".parse().unwrap();
        let last =
            Update { at: due - chrono::Duration::minutes(30), text: String::new(), facts: vec!["old.".into()], due };
        let mut s = Session { report: Some(report_with(claim("4% of requests failed.")).into()), ..Session::default() };
        s.updates.push(last);
        let all = at(&s, Some(due));
        for part in [
            "New since 09:20 UTC",
            "Next update at 09:50 UTC.",
            "- new: 4% of requests failed.",
            "- no longer: old.",
            "by 09:50 UTC",
        ] {
            assert!(all.contains(part), "{part}: {all}");
        }
        let bridge = all.split("## Update").nth(1).unwrap_or("");
        assert!(bridge.split_whitespace().count() <= BRIDGE_WORDS + 2, "{bridge}");
    }
}
