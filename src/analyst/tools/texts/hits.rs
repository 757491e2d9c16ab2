//! One hit of a signal in its place: of whom the line is, how much it says, and what of it is quoted.
//! Which lines are tried, and how repeats are merged, is decided by the tool (`log_signals`).

use std::ops::Range;

use crate::analyst::casebook::{Bearing, Edge, OVER, Seen};
use crate::analyst::scope::{Block, BlockKind, Scope, service_of};
use crate::analyst::signals::Hit;
use crate::analyst::wording::{
    excerpt, is_conjecture, is_denied, is_over, is_question, quoted, stranger_wrote, tries_again,
};
use crate::analyst::{Casebook, naming, timeline};
use crate::domain::report::RowKind;
use crate::domain::{Claim, Evidence, Level, Line, Span, Stamp};

use super::super::kube_view;
use super::about::{self, store_of, subject_of, the_store};
use super::{background, written_stamps};

/// Sentences that say it is over, at most so many.
const CALM: usize = 6;

/// One signal met, before repeats are merged.
pub(super) struct Met<'a> {
    pub(super) playbook: &'a str,
    pub(super) pattern: &'a str,
    pub(super) subject: String,
    pub(super) bearing: Bearing,
    pub(super) weight: f64,
    pub(super) at: Option<Stamp>,
    pub(super) quote: Span,
    pub(super) count: u32,
    /// Somebody outside can write this place.
    pub(super) outside: bool,
    /// When it was met, in a full log.
    pub(super) times: background::Met,
}

/// A line that a signal met, and what is known of its place.
pub(super) struct Place<'e> {
    pub(super) evidence: &'e Evidence,
    pub(super) scope: &'e Scope,
    pub(super) book: &'e Casebook,
    pub(super) block: &'e Block,
    pub(super) line: &'e Line,
    pub(super) text: &'e str,
    /// Who wrote the lines above, where this one goes on with them.
    pub(super) writer: Option<&'e str>,
}

impl Place<'_> {
    /// What a hit says, of whom. A call that it tells of joins `edges`, what it says is over joins `calm`.
    /// `None` where it says nothing, or of nobody.
    pub(super) fn read<'a>(&self, hit: &Hit<'a>, edges: &mut Vec<Edge>, calm: &mut Vec<Claim>) -> Option<Met<'a>> {
        let Place { evidence, block, line, text, .. } = *self;
        let inside = hit.at.start.saturating_sub(line.start)..hit.at.end.saturating_sub(line.start);
        if is_denied(text, inside.start) {
            return None;
        }
        let caller = service_of(self.scope, block, line, text);
        let (named, dialled) = self.named(hit, caller.as_deref())?;
        let subject = self.subject(hit, &inside, caller.as_deref(), named)?;
        // `"Description": "Health checks failed …"`: the field's name is nobody's
        if is_field(text) && text.trim_start().trim_start_matches('"').starts_with(&format!("{subject}\"")) {
            return None;
        }
        let subject = about::in_cluster(self.book, block, line, subject, text)?;
        if let Some(caller) = caller.filter(|c| {
            *c != subject && (hit.signal.subject.is_some() || dialled) && !hit.playbook.starts_with("crash_loop.")
        }) {
            let between = dialled.then(|| about::passed_on(self.book, &caller, &subject, text)).flatten();
            let callee = between.unwrap_or_else(|| subject.clone());
            let observed = evidence.cite_line(block.source, line);
            edges.push(Edge { caller, callee, observed, failing: true, seen: Seen::Log });
        }
        // of a paragraph only the sentence itself counts
        let said = if text.len() > 300 { text.get(excerpt(text, inside.clone())).unwrap_or(text) } else { text };
        let over = block.kind != BlockKind::People && is_over(said);
        let outside = stranger_wrote(text, inside.start);
        let mut weight = hit.signal.weight * self.by_level(hit.playbook) * self.by_place(hit, &subject);
        weight *= if over { 0.2 } else { 1.0 } * if outside { 0.2 } else { 1.0 };
        let bearing = match hit.signal.bearing.as_str() {
            "against" => Bearing::Against,
            "symptom" => Bearing::Symptom,
            _ => Bearing::Stated,
        };
        let quote = quoted(text, inside);
        let quote = Span::new(block.source, line.start + quote.start..line.start + quote.end);
        if over && hit.signal.weight > 0.0 && calm.len() < CALM {
            let cited = evidence.cite(quote);
            calm.push(Claim::quoted(format!("{OVER}: “{}”", cited.quote), vec![cited]));
        }
        // a row that a person wrote is dated by the timeline it stands in
        let row = line.level.is_none() && text.trim_start().starts_with(['|', '-', '*', '•']);
        let at = line.stamp.or_else(|| written_stamps::of_object(evidence, line, block)).filter(|_| !row);
        let (playbook, pattern) = (hit.playbook, hit.signal.pattern.as_str());
        let times = background::Met::default();
        Some(Met { playbook, pattern, subject, bearing, weight, at, quote, count: 1, outside, times })
    }

    /// People's own words, or words of nobody known.
    fn by_people(&self) -> bool {
        matches!(self.block.kind, BlockKind::People | BlockKind::Text)
    }

    /// Of whom the hit is: what its pattern names, the store behind a client, whom the sentence is about, who
    /// wrote the line; then what the whole text is about.
    fn subject(
        &self,
        hit: &Hit<'_>,
        inside: &Range<usize>,
        caller: Option<&str>,
        named: Option<String>,
    ) -> Option<String> {
        let Place { book, text, .. } = *self;
        let people = self.by_people();
        let store = match caller {
            None => the_store(book, hit.playbook),
            Some(client) => store_of(book, client, hit.playbook, text),
        };
        // in what people write the sentence is about something, not the whole paragraph
        let blames = hit.signal.subject.is_some();
        let sentence = text
            .get(excerpt(text, inside.clone()))
            .filter(|s| people && self.line.level.is_none() && s.split_whitespace().count() >= SENTENCE);
        let own_words = || {
            // what a balancer says of its health checks is about the target
            let unsigned = (caller.is_none() || people) && !hit.playbook.starts_with("probe_misconfig.");
            unsigned.then(|| crate::analyst::story::objects::blamed(hit.playbook, text)).flatten()
        };
        about::whose_certificate(hit.playbook, text)
            .or_else(own_words)
            .or(store)
            .or_else(|| subject_of(book, named.clone(), caller, sentence.unwrap_or(text), blames))
            .or_else(|| sentence.and_then(|_| subject_of(book, named, caller, text, blames)))
            .or_else(|| self.of_the_whole(hit.playbook))
    }

    /// The name that the pattern caught, or whom else the line says it called, and whether it is the latter.
    /// `None` where the line blames nobody.
    fn named(&self, hit: &Hit<'_>, caller: Option<&str>) -> Option<(Option<String>, bool)> {
        let Place { evidence, scope, book, block, text, .. } = *self;
        let named = hit
            .subject
            .clone()
            .and_then(|r| evidence.sources.get(block.source.0 as usize)?.text.get(r).map(str::to_owned))
            .map(|n| naming::short_host(&n))
            .filter(|n| !naming::names_nothing(n));
        // `(Points.java:51)` is a place in code and no address: the line blames nobody
        if named.as_deref().is_some_and(naming::is_file) {
            return None;
        }
        // a node's fault is the node's, whoever tells of it
        let node = || naming::node_in(text).or_else(|| scope.node.clone());
        let of_a_node = hit.playbook.starts_with("node_") || hit.playbook.ends_with(".node_pressure");
        let node = of_a_node.then(node).flatten();
        // an address that is no name (`dial tcp 10.96.4.1:80`), and a word that nothing bears (`call failed`),
        // lead to whom the line says it called
        let plain = |n: &String| naming::is_name(n) && (n.contains(['-', '.']) || book.services.contains_key(n));
        let called = about::called(book, hit.playbook, caller, text);
        let dialled = called.is_some() && node.is_none() && !named.as_ref().is_some_and(plain);
        Some((node.or_else(|| named.clone().filter(plain)).or(called).or(named), dialled))
    }

    /// What a line that names nobody is about, by what stands around it.
    fn of_the_whole(&self, playbook: &str) -> Option<String> {
        let Place { evidence, scope, book, block, text, .. } = *self;
        let domain = || naming::domain_in(text).map(|d| naming::short_host(&d));
        let host_or_sort = || {
            let whole = evidence.sources.get(block.source.0 as usize).filter(|_| self.by_people())?;
            let host = naming::hosts_in(text).into_iter().next().map(|(host, _)| host);
            host.or_else(|| about::sort_of(playbook, &whole.text))
        };
        let environment = || timeline::environment_in(text);
        let dns = playbook.starts_with("dns_failure.").then(domain).flatten();
        dns.or_else(|| self.writer.filter(|_| !people_wrote(text)).map(str::to_owned))
            // a field of an answer is no sentence about the component that people name
            .or_else(|| scope.component.clone().filter(|_| book.cluster.pods.is_empty() && !is_field(text)))
            .or_else(|| playbook.starts_with("human_error.").then(environment).flatten())
            .or_else(host_or_sort)
    }

    /// How much the line's level leaves of the signal.
    fn by_level(&self, playbook: &str) -> f64 {
        match self.line.level {
            // a library that logs at a low level still tells what it was answered
            Some(Level::Debug | Level::Trace) if reports_an_error(self.text) => 0.85,
            Some(Level::Debug | Level::Trace) => 0.4,
            // a change is told as information
            Some(Level::Info | Level::Notice)
                if playbook.starts_with("feature_flag.") || playbook.starts_with("cache_misconfig.") =>
            {
                1.0
            }
            Some(Level::Info | Level::Notice) => 0.75,
            Some(Level::Fatal) => 1.15,
            _ => 1.0,
        }
    }

    /// How much the place leaves of the signal: each reason to doubt that the line tells of this fault now, and
    /// the share that it leaves.
    fn by_place(&self, hit: &Hit<'_>, subject: &str) -> f64 {
        let Place { book, block, text, .. } = *self;
        let is = |prefix: &str| hit.playbook.starts_with(prefix);
        let people = self.by_people();
        let doubts = [
            // its state says so already, and the tools that read it say more
            (is("crash_loop.") && book.cluster.pods_of(subject).any(kube_view::in_trouble), 0.0),
            // a cluster stops and starts pods for reasons of its own, and its state says which
            (hit.playbook == "dependency_unavailable.stopped" && book.cluster.pods_of(subject).next().is_some(), 0.3),
            (block.kind == BlockKind::Alert, 0.8),
            // who complains saw an effect: the state and the logs say what of
            (about::is_complaint(book, block, text), 0.4),
            (asks(block, text) || tries_again(text) || (people && (is_conjecture(text) || is_question(text))), 0.3),
            (block.kind == BlockKind::People && hit.signal.bearing != "against" && is_answer(text), 0.35),
            // a heading of `dig`: the services' own words say it better
            (text.trim_start().starts_with(";;"), 0.6),
            // the program beside it on the node is down, and not whom the line is of
            (is("connection_refused.") && about::is_of_a_daemon(text), 0.15),
            (is_known_by_now(book, hit.playbook, text), 0.3),
            // it is the one above or below that is meant, and it is not named
            (hit.signal.subject.is_none() && !people && speaks_of_others(text), 0.4),
            // what a vendor's status page tells happened at the vendor
            (people && about::is_of_a_vendor(text) && !is("cloud_") && !is("dependency_"), 0.4),
        ];
        doubts.iter().filter(|(holds, _)| *holds).map(|(_, leaves)| leaves).product()
    }
}

/// An alert that asks does not state.
fn asks(block: &Block, text: &str) -> bool {
    block.kind == BlockKind::Alert && text.trim_end_matches(['"', ',', ' ']).ends_with('?')
}

/// What was done about it, or that it came back.
fn is_answer(text: &str) -> bool {
    matches!(timeline::kind_of_row(text, true), RowKind::Action | RowKind::Recovery)
}

/// True for a lookup that failed of a name which the cluster lists as a service now: it was asked
/// before the service was there.
fn is_known_by_now(book: &Casebook, playbook: &str, text: &str) -> bool {
    if playbook != "dns_failure.resolution" {
        return false;
    }
    let name = text.split_once("lookup ").and_then(|(_, rest)| rest.split([' ', '.', ':']).next());
    name.and_then(|n| book.cluster.service(n)).is_some_and(|s| s.live)
}

/// A speaker that tells of its upstream does not tell of itself.
fn speaks_of_others(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["upstream", "downstream", "backend", "remote", "peer"].iter().any(|who| {
        ["answered", "returned", "replied", "responded"].iter().any(|v| lower.contains(&format!("{who} {v}")))
    })
}

/// True where a field of the line holds an error.
fn reports_an_error(text: &str) -> bool {
    ["err=\"", "error=\"", "\"err\":\"", "\"error\":\"", "\"err\": \"", "\"error\": \""]
        .iter()
        .any(|f| text.contains(f))
}

/// `"Description": "…"`: a field of an answer in JSON.
fn is_field(text: &str) -> bool {
    text.trim_start()
        .strip_prefix('"')
        .and_then(|t| t.split_once('"'))
        .is_some_and(|(_, rest)| rest.trim_start().starts_with(':'))
}

/// A sentence has at least so many words.
pub(super) const SENTENCE: usize = 5;

/// A bullet, a row of a table or a quoted remark is nobody's output; nor is a sentence that begins as
/// people begin one.
fn people_wrote(text: &str) -> bool {
    const OPEN: &str = "The A An We It Our I This That These After When At They There Since As Then Now Please Looks \
        Also But And So";
    let first = text.split([' ', ',', '\'']).next().unwrap_or_default();
    text.trim_start().starts_with(['-', '*', '|', '#', '>']) || OPEN.split_ascii_whitespace().any(|w| w == first)
}
