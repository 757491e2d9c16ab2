//! Does anything listen where callers knock: the address of a refused call against what a host's
//! list of listening sockets shows. A socket that is bound to the loopback answers nobody else.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::{Bearing, Edge, Finding, Seen};
use crate::analyst::scope::{Block, BlockKind, Scope, service_of};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Claim, Evidence, Line, Span};

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "listeners",
    question: "Does anything listen where the callers knock?",
    applies: |e, _| e.sources.iter().any(|s| s.text.contains("LISTEN") && s.text.contains("refused")),
    arguments: |_, _| serde_json::json!({}),
    run,
};

/// The most refused calls that are looked at.
const CALLS: usize = 12;

static REFUSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(\d{1,3}(?:\.\d{1,3}){3}):(\d{2,5})\b.{0,60}(?:refused|ECONNREFUSED)").ok()
});
static LISTENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?:^|\s)(127\.0\.0\.1|\[?::1\]?|0\.0\.0\.0|\*|\[?::\]?|\d{1,3}(?:\.\d{1,3}){3}):(\d{2,5})\s",
    )
    .ok()
});

struct Socket {
    host: String,
    bound: String,
    port: String,
    at: Span,
}

fn whole(block: &Block, line: &Line, text: &str) -> Span {
    Span::new(block.source, line.start..line.start + text.trim_end().len())
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let scope = Scope::of(evidence);
    let mut sockets: Vec<Socket> = Vec::new();
    let mut owners: Vec<(String, Span, String)> = Vec::new();
    let mut calls: Vec<(String, String, String, Span)> = Vec::new();
    for (block, line, text) in scope.lines(evidence, |b| !matches!(b.kind, BlockKind::Series | BlockKind::Spans)) {
        if text.len() > 1000 {
            continue;
        }
        let at = whole(block, line, text);
        if let Some(host) = block.service.clone() {
            if text.contains("LISTEN")
                && let Some(c) = LISTENS.as_ref().and_then(|r| r.captures(text))
                && let (Some(bound), Some(port)) = (c.get(1), c.get(2))
            {
                sockets.push(Socket {
                    host: host.clone(),
                    bound: bound.as_str().into(),
                    port: port.as_str().into(),
                    at,
                });
            }
            if let Some((_, rest)) = text.split_once("inet ")
                && let Some(own) = rest.split(['/', ' ']).next()
            {
                owners.push((own.to_owned(), at, host));
            }
        }
        if calls.len() < CALLS
            && let Some(c) = REFUSED.as_ref().and_then(|r| r.captures(text))
            && let (Some(ip), Some(port)) = (c.get(1), c.get(2))
        {
            let caller = service_of(&scope, block, line, text).unwrap_or_default();
            calls.push((caller, ip.as_str().into(), port.as_str().into(), at));
        }
    }
    let own = |p: &crate::intake::kube::Pod| Some((p.ip.clone()?, p.at, p.workload().to_owned()));
    owners.extend(book.cluster.pods.iter().filter_map(own));
    judge(evidence, book, &sockets, &owners, &calls)
}

fn judge(
    evidence: &Evidence,
    book: &mut Casebook,
    sockets: &[Socket],
    owners: &[(String, Span, String)],
    calls: &[(String, String, String, Span)],
) -> Observation {
    let mut seen = Observation::default();
    for (caller, ip, port, called_at) in calls {
        let Some((_, owned_at, host)) = owners.iter().find(|(own, _, _)| own == ip) else { continue };
        if book.findings.iter().any(|f| f.tool == TOOL.name && f.subject == *host) {
            continue;
        }
        let cited: Vec<_> = [*called_at, *owned_at].into_iter().map(|at| evidence.cite(at)).collect();
        if !caller.is_empty() && caller != host {
            let observed = evidence.cite(*called_at);
            book.edges.push(Edge {
                caller: caller.clone(),
                callee: host.clone(),
                observed,
                failing: true,
                seen: Seen::Log,
            });
        }
        let own: Vec<&Socket> = sockets.iter().filter(|s| s.host == *host).collect();
        let on_port: Vec<&&Socket> = own.iter().filter(|s| s.port == *port).collect();
        let loopback = |s: &Socket| s.bound.starts_with("127.") || s.bound.contains("::1");
        let (mechanism, weight, more) = match on_port.as_slice() {
            [] if own.is_empty() => continue,
            [] => (format!("its callers knock at {ip}:{port}, and nothing listens on port {port}"), 4.0, None),
            [first, ..] if on_port.iter().all(|s| loopback(s)) => (
                format!("it listens on {}:{port} only, and its callers knock at {ip}:{port}", first.bound),
                4.6,
                Some(first.at),
            ),
            _ => continue,
        };
        let citations: Vec<_> = cited.into_iter().chain(more.map(|at| evidence.cite(at))).collect();
        seen.citations.extend(citations.iter().cloned());
        seen.text.push_str(&format!("{host}: {mechanism}\n"));
        book.findings.push(Finding {
            tool: TOOL.name,
            subject: host.clone(),
            subject_kind: naming::kind_of(host),
            playbook: "connection_refused.nothing_listens".into(),
            bearing: Bearing::Stated,
            weight,
            claim: Claim::quoted(format!("{host}: {mechanism}."), citations),
            at: None,
            mechanism,
        });
    }
    seen.title = format!("refused calls: {}; listening sockets: {}", calls.len(), sockets.len());
    seen.citations.truncate(12);
    seen
}
