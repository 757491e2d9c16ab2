//! What a heading says of what stands below it: logs, measures, spans, state, notes; and whose log a file is.

use super::BlockKind;
use crate::analyst::naming;

/// `access log`, `app.log`, `syslog`: and not `login`, `catalog` or `backlog`.
fn names_a_log(lower: &str) -> bool {
    const OTHERS: &str = "changelog catalog backlog blog dialog prolog";
    lower.split(|c: char| !c.is_alphanumeric()).map(|w| w.strip_suffix('s').unwrap_or(w)).any(|w| {
        w == "logging" || (w.ends_with("log") && !OTHERS.split_ascii_whitespace().any(|o| o == w)) || w == "logfile"
    })
}

pub(super) fn title_kind(title: &str) -> BlockKind {
    let lower = title.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if has(&["alert"]) {
        BlockKind::Alert
    } else if has(&["warning events", "describe-events"]) || names_a_log(&lower) {
        BlockKind::Logs
    } else if has(&["metric", "performance insights"]) {
        BlockKind::Series
    } else if has(&["trace", "span"]) && !has(&["stack"]) {
        BlockKind::Spans
    } else if has(&["pods", "nodes", "deployments", "monitors"]) || lower.starts_with("describe ") {
        BlockKind::State
    } else if has(&["deploy", "change", "rollout", "release"]) {
        BlockKind::Deploy
    } else if has(&["on-call", "oncall", "timeline", "slack", "chat", "notes", "key events", "context"])
        || lower.starts_with("20")
        || lower.get(..2).is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit()))
    {
        BlockKind::People
    } else {
        BlockKind::Text
    }
}

/// The longest line that is a heading in a frame, in bytes.
const FRAMED: usize = 90;

/// `--- spans.jsonl`, `[metrics: one minute]`: a heading whose frame other lines have as well; it counts
/// only where it says what follows.
pub(super) fn framed(text: &str) -> Option<(BlockKind, String)> {
    if text.len() > FRAMED {
        return None;
    }
    let ruled = text.strip_prefix("--- ").map(|t| t.trim_matches(['-', ' ']));
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']').filter(|t| !t.contains(['[', ']', '{', '"']));
    let title = ruled.or_else(bracketed)?;
    let kind = title_kind(title);
    matches!(kind, BlockKind::Logs | BlockKind::Series | BlockKind::Spans).then(|| (kind, title.to_owned()))
}

/// `feed-ranker-b585b84f59-tzrc2.log`: whose log a file is by its name. What every program calls its log so
/// is nobody's name.
pub(super) fn of_file(title: &str) -> Option<String> {
    const ANY: &str = "app application access error errors server out output stdout stderr console debug main system syslog         messages daemon kern auth service container pod log logs all";
    let file = title.split_whitespace().next().filter(|f| f.len() == title.trim().len())?;
    let stem = file.rsplit('/').next()?.strip_suffix(".log")?;
    let name = naming::workload(stem);
    (naming::is_name(&name) && !name.contains('.') && !ANY.split_ascii_whitespace().any(|a| a == name)).then_some(name)
}
