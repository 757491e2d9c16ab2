//! What a stretch of the evidence is about: the command or heading that introduces it, the service
//! it belongs to, and which things the reporter named. Every text tool asks here, so that they
//! agree. It judges nothing.

mod titles;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Evidence, Line, SourceId, Span};

use super::{naming, timeline};
use crate::intake::prompt::typed;
use titles::{framed, of_file, title_kind};

mod headings;
mod hosts;

use headings::{asks_another, begins_a_stack, is_field, is_key, leaves_object, log_owner, ruled, shows_object};
use hosts::{CLOUD_COMMAND, HOST_COMMAND, OF_PROMPT, host_before};

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// Lines that programs wrote.
    Logs,
    /// A cluster's or host's state: tables, descriptions, manifests. Other tools read these.
    State,
    /// Measurements over time.
    Series,
    /// Spans of traces.
    Spans,
    /// An alert as it was sent.
    Alert,
    /// What was changed.
    Deploy,
    /// What people noted, with times.
    People,
    /// Anything else.
    Text,
}

/// One stretch of one source.
#[derive(Debug, Clone)]
pub struct Block {
    /// The source.
    pub source: SourceId,
    /// Its lines, as indices into the reading's lines.
    pub lines: Range<usize>,
    /// What it is.
    pub kind: BlockKind,
    /// The heading or command that introduces it; empty at the top of a source.
    pub title: String,
    /// The workload that the heading or command names.
    pub service: Option<String>,
    /// The server that the command is the client of, by what the trade calls it.
    pub client_of: Option<&'static str>,
}

/// The blocks of all sources, and what the reporter named.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Every block, in order.
    pub blocks: Vec<Block>,
    /// What the ticket, question or alert is about, the plainest first.
    pub focus: Vec<(String, Span)>,
    /// The component that a text of people names most often.
    pub component: Option<String>,
    /// The node that the first line about a node in trouble names.
    pub node: Option<String>,
}

static LOG_COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"\b(?:kubectl|oc|k|docker|podman|nomad alloc)(?:\s+(?:-n|--namespace|--context|--cluster|--kubeconfig)[ =]\S+)*\s+(?:logs|exec)\s+(?:(?:-[nc]|--namespace|--container|--context)[ =]\S+\s+|-\S+\s+)*(?:(?:deploy|deployment|pod|job|sts|statefulset|ds|svc|service)s?/)?([a-z0-9][\w.-]*)").ok()
});
static STATE_COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^\$ (?:sudo )?(?:systemctl status|(?:kubectl|oc|k|helm|crictl)(?:\s+(?:-n|--namespace|--context|--cluster|--kubeconfig)[ =]\S+)*\s+(?:get|describe|top|events?|lineage|auth|api|explain|rollout|version|cluster|find|memory|resource))").ok()
});

/// `ledger=> select …`, `mysql> show …`, `> loki: {app="x"}`: what was typed at a client's own prompt.
static PROMPT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"^(?:[a-z][\w-]*=[>#] |(?i:mysql|mariadb(?: \[\S*\])?|cqlsh\S*|sqlite|rabbitmqctl|redis \S+|\S+:6379)> |> (?:loki|promql|logcli|prometheus|sql|kubectl)\b)",
    )
    .ok()
});

/// `Host: store-nas-3` in the one line of an alert.
static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r#"(?:\s{2,}|["'])(?i:host|hostname|server|instance|node)["']?: ?["']?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)\b"#,
    )
    .ok()
});

/// `starting loyalty-points v2.4.0`: the program that a log is of.
static STARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)^[^a-z]*(?:[tz] ?)?(?:(?:info|notice)\W+)?(?:starting|started|launching|booting) ([a-z][a-z0-9]*(?:-[a-z0-9]+)+),? (?:version )?v?\d+\.\d+",
    )
    .ok()
});

/// The block that a fence opens, where the line above says whose what follows is, or goes back to.
fn at_fence<'t>(around: &mut Option<Block>, open: &Block, above: impl Fn() -> Option<&'t str>) -> Option<Block> {
    if around.is_some() {
        return around.take();
    }
    let owner = hosts::owner_of_fence(above()?)?;
    *around = Some(open.clone());
    Some(Block { service: Some(owner), ..open.clone() })
}

/// Lines that are looked back over for who announced a command, where they are empty.
const BLANKS: usize = 3;

impl Scope {
    /// Reads the evidence's outline.
    pub fn of(evidence: &Evidence) -> Self {
        let mut scope = Self::default();
        for (source, reading) in evidence.sources.iter().zip(&evidence.readings) {
            scope.outline(evidence, source.id, &reading.lines);
        }
        scope.focus = focus(evidence, &scope);
        let told = evidence.sources.iter().filter(|s| s.text.len() <= 20_000);
        scope.node = scope.node_in_trouble(evidence);
        scope.component = told.filter_map(|s| timeline::component_in(&s.text)).next();
        scope.started(evidence);
        scope
    }

    fn outline(&mut self, evidence: &Evidence, source: SourceId, lines: &[Line]) {
        let mut in_command = false;
        // the host that somebody went to, and the prompt of the shell there
        let mut entered: Option<(String, String)> = None;
        // the block around an object that is shown without a heading of its own
        let mut shown: Option<Block> = None;
        // the block around what is pasted between fences under somebody's name
        let mut fenced: Option<Block> = None;
        let mut open =
            Block { source, lines: 0..0, kind: BlockKind::Text, title: String::new(), service: None, client_of: None };
        for (i, line) in lines.iter().enumerate() {
            let text = evidence.slice(Span::new(source, line.range()));
            let at = |n: usize| lines.get(n).map_or("", |l| evidence.slice(Span::new(source, l.range())));
            let above = || i.checked_sub(1).map_or("", at);
            let inside = open.kind == BlockKind::State && is_field(text, above, at(i + 1));
            if text.trim_start().starts_with("```") {
                let above = || (0..i).rev().take(BLANKS).map(at).find(|t| !t.trim().is_empty());
                let next = at_fence(&mut fenced, &open, above).map(|b| Block { lines: i..i, ..b });
                if let Some(next) = next {
                    open.lines.end = i;
                    self.blocks.push(std::mem::replace(&mut open, next));
                }
                continue;
            }
            let Some((kind, title)) = heading(text, in_command).filter(|_| !inside && !begins_a_stack(text)) else {
                let below = |n: usize| at(i + n);
                let stays = match &shown {
                    None => open.kind != BlockKind::Text || !shows_object(text, below),
                    Some(_) => open.kind != BlockKind::State || !leaves_object(text),
                };
                if !stays {
                    open.lines.end = i;
                    let next = match shown.take() {
                        Some(above) => Block { lines: i..i, ..above },
                        None => {
                            shown = Some(open.clone());
                            Block { lines: i..i, kind: BlockKind::State, ..open.clone() }
                        }
                    };
                    self.blocks.push(std::mem::replace(&mut open, next));
                }
                continue;
            };
            (shown, fenced) = (None, None);
            let typed = typed(text);
            in_command = typed.is_some() || (in_command && !text.starts_with('#') && !text.starts_with("=="));
            open.lines.end = i;
            let service = service_in_heading(&title).or_else(|| {
                let typed = typed?;
                let of_host = is_of_its_host(typed.command);
                let own = typed.host.filter(|h| of_host && naming::is_name(h)).map(str::to_owned);
                let before = || (0..i).rev().take(BLANKS).map(at).find(|t| !t.trim().is_empty()).and_then(host_before);
                let prompt = text.split(typed.command).next().unwrap_or_default();
                let announced = before();
                if let Some(host) = &announced {
                    entered = Some((host.clone(), prompt.to_owned()));
                } else if entered.as_ref().is_some_and(|(_, shell)| shell != prompt) {
                    entered = None;
                }
                own.or(announced).or_else(|| entered.as_ref().filter(|_| of_host).map(|(host, _)| host.clone()))
            });
            let client_of = naming::server_of(&title);
            let next = Block { source, lines: i..i, kind, title, service, client_of };
            self.blocks.push(std::mem::replace(&mut open, next));
        }
        open.lines.end = lines.len();
        self.blocks.push(open);
        self.blocks.retain(|b| !b.lines.is_empty());
    }

    /// A log that nobody put a name to is of the program that says in it that it starts.
    fn started(&mut self, evidence: &Evidence) {
        for block in self.blocks.iter_mut().filter(|b| b.service.is_none() && b.kind != BlockKind::State) {
            let lines = evidence.readings.get(block.source.0 as usize).and_then(|r| r.lines.get(block.lines.clone()));
            let stamped = lines.unwrap_or(&[]).iter().filter(|l| l.stamp.is_some() && l.service.is_none());
            let mut names = stamped.filter_map(|l| {
                let text = evidence.slice(Span::new(block.source, l.range()));
                Some(STARTS.as_ref()?.captures(text)?.get(1)?.as_str().to_owned())
            });
            let Some(first) = names.next() else { continue };
            if names.all(|n| n == first) {
                block.service = Some(first);
            }
        }
    }

    fn node_in_trouble(&self, evidence: &Evidence) -> Option<String> {
        let words = ["NotReady", "Unknown", "heartbeat", "unreachable", "lost", "DiskPressure", "EvictionThreshold"];
        let kept = |b: &Block| !matches!(b.kind, BlockKind::Series | BlockKind::Spans);
        self.lines(evidence, kept)
            .filter(|(_, _, t)| t.len() < 600 && words.iter().any(|w| t.contains(w)))
            .find_map(|(_, _, t)| naming::node_in(t))
    }

    /// The block that holds a line (by its index in its source's reading).
    pub fn block(&self, source: SourceId, line: usize) -> Option<&Block> {
        self.blocks.iter().find(|b| b.source == source && b.lines.contains(&line))
    }

    /// True when the reporter named this thing.
    pub fn is_focus(&self, name: &str) -> bool {
        self.focus.iter().any(|(f, _)| f.eq_ignore_ascii_case(name))
    }

    /// The first thing the reporter named.
    pub fn first_focus(&self) -> Option<&str> {
        self.focus.first().map(|(f, _)| f.as_str())
    }

    /// Every line of the blocks that `keep` lets through, with its text.
    pub fn lines<'a>(
        &'a self,
        evidence: &'a Evidence,
        keep: impl Fn(&Block) -> bool + 'a,
    ) -> impl Iterator<Item = (&'a Block, &'a Line, &'a str)> {
        self.blocks.iter().filter(move |b| keep(b)).flat_map(move |b| {
            let reading = evidence.readings.get(b.source.0 as usize);
            let lines = reading.and_then(|r| r.lines.get(b.lines.clone())).unwrap_or(&[]);
            lines.iter().map(move |l| (b, l, evidence.slice(Span::new(b.source, l.range()))))
        })
    }
}

/// The service of a line: what the line states, else what its block is about, else the ticket's.
pub fn service_of(scope: &Scope, block: &Block, line: &Line, text: &str) -> Option<String> {
    if is_of_a_kernel(block, text)
        && let Some(host) = &block.service
    {
        return Some(host.clone());
    }
    let own = line.service.as_deref().filter(|s| !naming::is_part(s) && !naming::names_nothing(s));
    let stated = own.map(naming::workload).filter(|s| naming::is_name(s));
    stated
        .or_else(|| naming::stated_service(text))
        .or_else(|| block.service.clone())
        .or_else(|| naming::program_of(text).map(str::to_owned))
        .or_else(|| scope.first_focus().map(str::to_owned))
        .or_else(|| block.client_of.map(str::to_owned))
}

fn heading(text: &str, in_command: bool) -> Option<(BlockKind, String)> {
    let trimmed = text.trim_end();
    if let Some(typed) = typed(trimmed) {
        return Some((command_kind(&format!("$ {}", typed.command)), typed.command.to_owned()));
    }
    if PROMPT.as_ref().is_some_and(|r| r.is_match(trimmed)) {
        return Some((command_kind(trimmed), trimmed.to_owned()));
    }
    let hashes = trimmed.len() - trimmed.trim_start_matches('#').len();
    if hashes > 0 && trimmed.get(hashes..).is_some_and(|r| r.starts_with(' ')) {
        let title = trimmed.trim_start_matches('#').trim();
        return Some((title_kind(title), title.to_owned()));
    }
    if trimmed.starts_with("==") && trimmed.ends_with("==") {
        let title = trimmed.trim_matches('=').trim();
        return (!title.is_empty()).then(|| (title_kind(title), title.to_owned()));
    }
    if let Some(found) = framed(trimmed) {
        return Some(found);
    }
    if let Some(title) = ruled(trimmed) {
        return Some((title_kind(title), title.to_owned()));
    }
    let plain =
        !in_command && trimmed.ends_with(':') && !trimmed.starts_with([' ', '\t', '-', '*', '"', '{', '[', '|']);
    if plain && trimmed.split_whitespace().count() <= 6 && trimmed.len() <= 60 {
        let title = trimmed.trim_end_matches(':').trim();
        if is_key(title) {
            return None;
        }
        return Some((title_kind(title), title.to_owned()));
    }
    None
}

/// True for a command that tells of the host it runs on.
fn is_of_its_host(command: &str) -> bool {
    const TOOLS: &str = "df du dmesg journalctl systemctl free top htop ps ss netstat sysctl lsof vmstat iostat sar \
        uptime conntrack chronyc timedatectl ntpq ethtool smartctl lsblk mount nvidia-smi crictl tail cat grep ulimit";
    let first = command.split_whitespace().find(|w| !matches!(*w, "sudo" | "time" | "watch"));
    first.is_some_and(|first| TOOLS.split_ascii_whitespace().any(|t| t == first))
}

/// True for what a kernel wrote: its lines begin with a subsystem, which is nobody's name.
fn is_of_a_kernel(block: &Block, text: &str) -> bool {
    block.title.split(|c: char| !c.is_alphanumeric()).any(|w| w == "dmesg") || text.contains(" kernel: ")
}

fn command_kind(command: &str) -> BlockKind {
    if LOG_COMMAND.as_ref().is_some_and(|r| r.is_match(command))
        || [" logs ", "journalctl"].iter().any(|w| command.contains(w))
    {
        BlockKind::Logs
    } else if STATE_COMMAND.as_ref().is_some_and(|r| r.is_match(command)) {
        BlockKind::State
    } else if command.contains("trace") || command.contains("spans.") {
        BlockKind::Spans
    } else if command.contains("metrics.") {
        BlockKind::Series
    } else {
        BlockKind::Text
    }
}

fn service_in_heading(title: &str) -> Option<String> {
    if asks_another(title) {
        return None;
    }
    if let Some(file) = of_file(title) {
        return Some(file);
    }
    if let Some(owner) = log_owner(title) {
        return Some(naming::workload(owner)).filter(|n| naming::is_name(n));
    }
    if let Some(host) = hosts::host_of(title) {
        return Some(host.to_owned());
    }
    if let Some(selected) = hosts::selected(title).filter(|_| title.contains(" logs ")) {
        return selected.map(str::to_owned);
    }
    let by = |pattern: &LazyLock<Option<Regex>>| pattern.as_ref()?.captures(title)?.get(1).map(|m| m.as_str());
    let of_cloud = || CLOUD_COMMAND.as_ref()?.captures(title)?.iter().skip(1).flatten().next().map(|m| m.as_str());
    // a host may be called `k3`
    let host = by(&HOST_COMMAND);
    let short = |h: &&str| h.len() <= 3 && h.bytes().any(|b| b.is_ascii_digit());
    if let Some(host) = host.filter(short) {
        return Some(host.to_owned());
    }
    let named = by(&LOG_COMMAND).or(host).or_else(of_cloud).or_else(|| by(&OF_PROMPT))?;
    let name = naming::workload(named);
    naming::is_name(&name).then_some(name)
}

static TICKET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)^(?:affected )?(?:service|component|application|workload|host|node|server|broker|database|db|instance)s?:\s*([\w.-]*[a-z][\w.-]*)\s*(?:\([^()]*\))?\s*$").ok()
});
static ALERT_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r#""(workload_name|kube_deployment|db_instance(?:_identifier)?|name|service|deployment|job|pod|host|instance)"\s*:\s*"([\w.-]+)""#).ok()
});
static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)^(?:question[^:]*|ticket|title|alert|summary|issue):\s*(.+)$").ok()
});

static SERVICE_LIKE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"\b([a-z][a-z0-9]*(?:-[a-z0-9]+)*-(?:svc|service|api|worker|gateway|app|server|frontend|backend|web|db))\b",
    )
    .ok()
});

/// The service-like name that a ticket says most often.
fn most_named(evidence: &Evidence, scope: &Scope) -> Option<(String, Span)> {
    let mut counts: Vec<(String, Span, u32)> = Vec::new();
    let kept = |b: &Block| matches!(b.kind, BlockKind::Text | BlockKind::People | BlockKind::Deploy);
    for (block, line, text) in scope.lines(evidence, kept).take(400) {
        if line.level.is_some() {
            return None;
        }
        for m in SERVICE_LIKE.iter().flat_map(|r| r.find_iter(text)) {
            match counts.iter_mut().find(|(n, _, _)| n == m.as_str()) {
                Some((_, _, n)) => *n += 1,
                None => {
                    let span = Span::new(block.source, line.start + m.start()..line.start + m.end());
                    counts.push((m.as_str().to_owned(), span, 1));
                }
            }
        }
    }
    let most = counts.iter().map(|(_, _, n)| *n).max()?;
    counts.into_iter().find(|(_, _, n)| *n == most).map(|(n, s, _)| (n, s))
}

static RULE_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r#"(?:"(?:alertname|alert_name|AlarmName|rule_name|ruleName)"\s*:\s*"|\balertname=["']?)([\w.-]+)"#,
    )
    .ok()
});

/// Names too general to be the subject of a report.
const GENERAL: &[&str] =
    &["rds", "kubernetes", "cloudwatch", "datadog", "default", "prometheus", "app", "production", "prod"];

fn focus(evidence: &Evidence, scope: &Scope) -> Vec<(String, Span)> {
    let mut found: Vec<(u8, String, Span)> = Vec::new();
    for block in &scope.blocks {
        if !matches!(block.kind, BlockKind::Alert | BlockKind::Text) || block.title.starts_with("kubectl") {
            continue;
        }
        let lines = evidence.readings.get(block.source.0 as usize).and_then(|r| r.lines.get(block.lines.clone()));
        for line in lines.unwrap_or(&[]).iter().take(60) {
            let text = evidence.slice(Span::new(block.source, line.range()));
            let at = |range: Range<usize>| Span::new(block.source, line.start + range.start..line.start + range.end);
            if let Some(m) = TICKET.as_ref().and_then(|r| r.captures(text)).and_then(|c| c.get(1)) {
                found.push((0, m.as_str().to_owned(), at(m.range())));
            } else if let Some(range) = naming::program_on(text).filter(|_| line.stamp.is_none() && text.len() < 80)
                && let Some(name) = text.get(range.clone())
            {
                found.push((1, name.to_owned(), at(range)));
            } else if let Some(m) = ASKED.as_ref().and_then(|r| r.captures(text)).and_then(|c| c.get(1)) {
                for (name, range) in naming::names_in(m.as_str()) {
                    found.push((1, name, at(m.start() + range.start..m.start() + range.end)));
                }
            } else if line.stamp.is_none()
                && let Some(m) = FIELD.as_ref().and_then(|r| r.captures(text)).and_then(|c| c.get(1))
                && text.len() < 600
            {
                found.push((2, m.as_str().to_owned(), at(m.range())));
            } else if block.kind == BlockKind::Alert
                && let Some(c) = ALERT_NAME.as_ref().and_then(|r| r.captures(text))
                && let (Some(key), Some(name)) = (c.get(1), c.get(2))
            {
                let rank = if key.as_str() == "service" { 3 } else { 2 };
                found.push((rank, naming::workload(name.as_str()), at(name.range())));
            }
        }
    }
    if found.is_empty() {
        found.extend(most_named(evidence, scope).map(|(name, span)| (4, name, span)));
    }
    // the name of an alert's rule says what is watched, and not of whom
    let rules: Vec<String> = evidence
        .sources
        .iter()
        .flat_map(|s| RULE_NAME.iter().flat_map(|r| r.captures_iter(&s.text)).take(20))
        .filter_map(|c| c.get(1).map(|m| m.as_str().to_owned()))
        .collect();
    found.retain(|(_, n, _)| !rules.iter().any(|r| r.eq_ignore_ascii_case(n)));
    found.retain(|(_, n, _)| naming::is_name(n) && !GENERAL.contains(&n.to_lowercase().as_str()));
    found.sort_by_key(|(rank, _, span)| (*rank, span.source, span.start));
    let mut out: Vec<(String, Span)> = Vec::new();
    for (_, name, span) in found {
        if !out.iter().any(|(n, _)| n.eq_ignore_ascii_case(&name)) && out.len() < 6 {
            out.push((name, span));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::service_in_heading;

    #[test]
    fn a_file_of_a_pod_is_its_workload_s() {
        assert_eq!(service_in_heading("feed-ranker-b585b84f59-tzrc2.log").as_deref(), Some("feed-ranker"));
    }

    #[test]
    fn a_host_that_a_command_is_run_on_may_have_a_short_name() {
        assert_eq!(service_in_heading("ssh n7 journalctl -k").as_deref(), Some("n7"));
        assert_eq!(service_in_heading("ssh cache-4 dmesg").as_deref(), Some("cache-4"));
    }
}
