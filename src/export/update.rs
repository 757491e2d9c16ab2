//! Stakeholder updates for three audiences: the bridge (fifteen seconds), inside, and customers.
//!
//! The customers' update names no internals: no service, version, host or cause. No update promises
//! a time of recovery that nobody stated.

use chrono::{DateTime, Utc};

use crate::analyst::grounding::pattern::Pattern;
use crate::analyst::report::markdown::{escape, marked};
use crate::analyst::report::untrusted::repeats_untrusted;
use crate::analyst::report::wording::{capital, duration, fragment, sentence, time};
use crate::domain::report::{Conclusion, RowKind, TimelineRow};
use crate::domain::{Claim, Report, Support, Verdict};
use crate::journal::event::NoteKind;
use crate::session::{Session, Update, standing};

use super::labels::Labels;

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

/// Words of its sentence about the cause at most: the next step is said as well.
const BRIDGE_CAUSE: usize = 30;

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
    let words = Words(Labels::of_session(s));
    let Some(r) = &s.report else { return format!("{}\n", words.say("none", &[])) };
    let place = Place { last: s.updates.last(), due };
    let news = News::since(s, place.last);
    let mut out = String::new();
    for audience in Audience::ALL {
        out.push_str(&format!("{}{}\n", words.title(*audience), within(r, *audience, place, &news)));
    }
    out
}

/// What is known now, one sentence each: the severity, what stands on quoted or derived evidence, what
/// people confirmed or ruled out, what was run, decided and done. No inference and no proposal.
pub fn facts(s: &Session) -> Vec<String> {
    let Some(r) = &s.report else { return Vec::new() };
    let words = Words(Labels::of_report(r));
    let mut out = vec![words.on("level", &words.level(r))];
    let stands = |c: &&Claim| matches!(c.support, Support::Quoted | Support::Derived) && !c.citations.is_empty();
    out.extend(r.customer_impact.iter().filter(stands).map(|c| sentence(&c.text)));
    for h in standing::hypotheses(s) {
        let key = match h.verdict {
            Verdict::Confirmed => "confirmed",
            Verdict::RuledOut => "ruled_out",
            _ => continue,
        };
        out.push(sentence(&words.on(key, fragment(h.statement))));
    }
    for run in s.runs.values().filter(|run| !run.is_unfinished()) {
        let ended = run.status.map_or_else(|| run.how.clone(), |n| words.say("status", &[("n", &n.to_string())]));
        let (n, command) = (run.run.to_string(), format!("`{}`", run.command));
        out.push(words.say("run", &[("n", &n), ("command", &command), ("said", &ended)]));
    }
    for note in s.notes.iter().filter(|n| matches!(n.kind, NoteKind::Decision | NoteKind::Action)) {
        let key = if note.kind == NoteKind::Decision { "decided" } else { "action" };
        out.push(sentence(&words.on(key, &note.text)));
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

/// The words of updates in a language.
struct Words(Labels);

impl Words {
    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.0.message(&format!("update.{key}"), values)
    }

    fn on(&self, key: &str, said: &str) -> String {
        self.say(key, &[("said", said)])
    }

    fn title(&self, audience: Audience) -> String {
        format!("## {}\n\n", self.on("title", &self.say(audience.name(), &[])))
    }

    fn level(&self, r: &Report) -> String {
        r.severity.level.map_or_else(|| self.say("undecided", &[]), |l| l.name().to_owned())
    }
}

/// Words as they take time to be read aloud: a Chinese sign takes about two thirds of an English word.
fn spoken(text: &str) -> usize {
    let sign = |c: &char| matches!(c, '\u{3400}'..='\u{9fff}');
    let signs = text.chars().filter(sign).count();
    let words = text.split_whitespace().filter(|w| !w.chars().all(|c| sign(&c))).count();
    words + (signs * 2).div_ceil(3)
}

/// Sentences on one line: with a space between, where the language has one.
fn join(out: &mut String, sentence: &str) {
    if !out.is_empty() && !out.ends_with(['。', '！', '？']) {
        out.push(' ');
    }
    out.push_str(sentence);
}

fn bridge(r: &Report, place: Place<'_>, news: &News) -> String {
    let words = Words(Labels::of_report(r));
    let top = r.hypotheses.iter().find(|h| h.verdict != Verdict::RuledOut);
    let mut parts = vec![words.on("level", &words.level(r))];
    match (r.outcome, top) {
        (Conclusion::NoIncident, _) => parts.push(sentence(&r.summary.text)),
        (_, Some(h)) => {
            let surely = if h.verdict == Verdict::Confirmed { "cause" } else { "likely" };
            let confidence = format!("{:.2}", h.confidence);
            let told = |statement: &str| {
                sentence(&words.say(surely, &[("said", fragment(statement)), ("confidence", &confidence)]))
            };
            let said = told(&h.statement);
            // what takes too long to be read aloud is told without what it rests on
            let head =
                || h.statement.split_once(": ").or_else(|| h.statement.split_once('：')).map(|(head, _)| told(head));
            let short = (spoken(&said) > BRIDGE_CAUSE).then(head).flatten();
            parts.push(short.unwrap_or(said));
        }
        (_, None) => parts.push(words.say("no_cause", &[])),
    }
    match (place.last, news.new.first()) {
        (Some(last), Some(first)) => {
            let (at, more) = (clock(last.at), (news.new.len() - 1).to_string());
            let key = if news.new.len() > 1 { "news_more" } else { "news" };
            parts.push(sentence(&words.say(key, &[("at", &at), ("n", &more), ("said", fragment(first))])));
        }
        (Some(last), None) => parts.push(words.say("no_news", &[("at", &clock(last.at))])),
        (None, _) => {}
    }
    // what would decide between two is no step that somebody takes
    if let Some(check) = r.checklist.iter().find(|c| !c.id.starts_with("between/")) {
        parts.push(sentence(&words.on("next", &check.what)));
    }
    let end = place.due.map(|due| words.say("next_at", &[("at", &clock(due))])).unwrap_or_default();
    let mut out = String::new();
    for part in parts {
        if out.is_empty() || spoken(&out) + spoken(&part) + spoken(&end) <= BRIDGE_WORDS {
            join(&mut out, &escape(&part));
        }
    }
    join(&mut out, &end);
    format!("{}\n", out.trim_end())
}

fn internal(r: &Report, place: Place<'_>, news: &News) -> String {
    let words = Words(Labels::of_report(r));
    let head = words.say("head", &[("title", &escape(&r.title)), ("level", &words.level(r))]);
    let mut out = format!("{head}\n\n{}\n", marked(&r.summary));
    let mut part = |title: String, lines: Vec<String>| {
        if !lines.is_empty() {
            let lines: String = lines.iter().map(|line| format!("- {line}\n")).collect();
            out.push_str(&format!("\n{title}\n\n{lines}"));
        }
    };
    let none: &[(&str, &str)] = &[];
    part(words.say("impact", none), r.customer_impact.iter().take(4).map(marked).collect());
    part(words.say("suggested", none), r.mitigation.iter().take(3).map(|m| escape(&m.action)).collect());
    part(words.say("not_known", none), r.severity.unknown.iter().map(|u| escape(u)).collect());
    if let Some(t) = &r.time_to_detect {
        let said = words.say("noticed", &[("span", &duration(t.seconds)), ("formula", &escape(&t.formula))]);
        out.push_str(&format!("\n{said}\n"));
    }
    if let Some(last) = place.last {
        let mut changed: Vec<String> = news.new.iter().map(|f| words.on("new", &escape(f))).collect();
        changed.extend(news.gone.iter().map(|f| words.on("gone", &escape(f))));
        if changed.is_empty() {
            changed.push(words.say("nothing", none));
        }
        let lines: String = changed.iter().map(|line| format!("- {line}\n")).collect();
        out.push_str(&format!("\n{}\n\n{lines}", words.say("changed", &[("at", &clock(last.at))])));
    }
    if let Some(due) = place.due {
        out.push_str(&format!("\n{}\n", words.say("due", &[("at", &clock(due))])));
    }
    out
}

fn customers(r: &Report, place: Place<'_>) -> String {
    let words = Words(Labels::of_report(r));
    if r.outcome == Conclusion::NoIncident {
        return format!("{}\n", words.say("calm", &[]));
    }
    let mut out = words.say("looking", &[]);
    let onset = r.timeline.iter().find(|row| matches!(row.kind, RowKind::Symptom | RowKind::Alert));
    if let Some(row) = onset {
        join(&mut out, &words.say("seen", &[("at", &to_the_minute(&time(&row.at)))]));
    }
    let told = impact(r);
    join(&mut out, &told.clone().unwrap_or_else(|| words.say("not_counted", &[])));
    match resolved(r) {
        Some(row) => join(&mut out, &words.say("resolved", &[("at", &to_the_minute(&time(&row.at)))])),
        None => join(&mut out, &words.say("no_end", &[])),
    }
    if let Some(last) = place.last {
        let title = words.title(Audience::Customers);
        let before = last.text.split_once(&title).map_or("", |(_, text)| text);
        if told.is_none_or(|c| before.contains(&c)) {
            join(&mut out, &words.say("no_more", &[("at", &clock(last.at))]));
        }
    }
    let follows = match place.due {
        Some(due) => words.say("follows", &[("at", &clock(due))]),
        None => words.say("follows_soon", &[]),
    };
    join(&mut out, &follows);
    format!("{out}\n")
}

/// The row that says it is over, where nothing is told of trouble after it.
fn resolved(r: &Report) -> Option<&TimelineRow> {
    const OVER: [&str; 5] = ["resolved", "restored", "operational", "back to normal", "to normal"];
    let trouble = |row: &TimelineRow| matches!(row.kind, RowKind::Symptom | RowKind::Alert | RowKind::Cause);
    let after = r.timeline.iter().rposition(trouble).map_or(0, |at| at + 1);
    let says = |row: &&TimelineRow| {
        let low = row.what.text.to_lowercase();
        row.kind == RowKind::Recovery && !low.contains("not ") && OVER.iter().any(|w| low.contains(w))
    };
    r.timeline.get(after..)?.iter().find(says)
}

/// `14:26 UTC` of `14:26:41.530 UTC`: what is of use to a customer.
fn to_the_minute(time: &str) -> String {
    let (clock, zone) = time.split_once(' ').map_or((time, String::new()), |(c, z)| (c, format!(" {z}")));
    let parts: Vec<&str> = clock.split(':').take(2).collect();
    format!("{}{zone}", parts.join(":"))
}

/// What customers are told of how they are hit: the first impact that names no internals.
fn impact(r: &Report) -> Option<String> {
    // from the first sign to the first note of recovery: a stretch of ours, and not how anybody is hit
    let stretch = |c: &&Claim| c.formula.as_ref().is_some_and(|f| f.contains(':'));
    let claim = r.customer_impact.iter().filter(|c| !stretch(c)).find(|c| is_public(r, c))?;
    Some(escape(&sentence(&capital(plain(&claim.text)))))
}

/// A quoted sentence without what the report says of it: `Stated for requests, not users: “…”`.
fn plain(text: &str) -> &str {
    text.split_once(": “").and_then(|(_, quote)| quote.strip_suffix('”')).unwrap_or(text)
}

/// True for an impact claim that names no internals: supported, in figures that count users or
/// requests, without the name of any service, pod or node.
fn is_public(r: &Report, claim: &Claim) -> bool {
    static NONE_HIT: Pattern = Pattern::new(r"(?:^|[^\d.])0+(?:\.0+)?\s?%");
    let said = plain(&claim.text);
    let low = said.to_lowercase();
    let names_ours = INTERNALS.iter().any(|w| low.contains(w));
    let names = r.services.iter().map(|s| &s.name).chain(r.hypotheses.iter().map(|h| &h.subject));
    matches!(claim.support, Support::Quoted | Support::Derived)
        && !repeats_untrusted(claim)
        && !claim.citations.is_empty()
        && !NONE_HIT.is_match(said)
        && PUBLIC.iter().any(|w| low.contains(w))
        && !names_ours
        && !said.split(between).any(is_internal)
        && !names.into_iter().any(|n| !n.is_empty() && low.contains(&n.to_lowercase()))
}

/// Words of what customers are told nothing of, in the languages that we write.
const INTERNALS: [&str; 26] = [
    "5xx",
    "4xx",
    "p9",
    "http",
    "timeout",
    "upstream",
    "“",
    "pod",
    "node",
    "replica",
    "instance",
    "container",
    "host",
    "database",
    "cluster",
    "cache",
    "queue",
    "节点",
    "副本",
    "实例",
    "容器",
    "主机",
    "数据库",
    "集群",
    "缓存",
    "队列",
];
/// Words of what customers see themselves.
const PUBLIC: [&str; 14] = [
    "user",
    "customer",
    "request",
    "checkout",
    "order",
    "login",
    "payment",
    "success rate",
    "用户",
    "客户",
    "请求",
    "成功率",
    "登录",
    "支付",
];

/// Between two words: white space, and every sign of a script that writes without it.
fn between(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
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
        let quoted = claim("Stated for requests, not users: “100% of card payments fail”");
        let text = report(&report_with(quoted), Audience::Customers);
        assert!(text.contains(" 100% of card payments fail. "), "{text}");
        let text = report(&report_with(claim("Stated for requests, not users: “5xx 41%”")), Audience::Customers);
        assert!(!text.contains("5xx"), "{text}");
        let text = report(&report_with(claim("0.0 % of requests failed")), Audience::Customers);
        assert!(text.contains("do not know yet how many"), "{text}");
        assert_eq!(to_the_minute("14:26:41.530 UTC"), "14:26 UTC");
        assert_eq!(to_the_minute("09:12"), "09:12");
        assert!(is_public(
            &report_with(claim("29.4% of requests failed at 09:12.")),
            &claim("29.4% of requests failed")
        ));
    }

    #[test]
    fn what_was_restored_is_told_with_its_time_and_a_relapse_is_not() {
        let row = |at: &str, kind, text: &str| TimelineRow {
            at: at.parse().unwrap(),
            service: None,
            what: claim(text),
            kind,
        };
        let mut r = report_with(claim("x"));
        r.timeline = vec![
            row("2026-06-02T09:10:00Z", RowKind::Alert, "Users report errors"),
            row("2026-06-02T09:40:00Z", RowKind::Recovery, "Service restored"),
        ];
        assert!(report(&r, Audience::Customers).contains("resolved at 09:40 UTC"));
        r.timeline.push(row("2026-06-02T09:50:00Z", RowKind::Symptom, "Errors again"));
        assert!(report(&r, Audience::Customers).contains("do not have a time of recovery"));
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
