//! What a number counts: the noun behind it, the key before it, or the rate it is the share of.

/// Words that stand between a number and its noun, or say nothing about what is counted.
const FILLER: [&str; 22] = [
    "total",
    "currently",
    "new",
    "more",
    "of",
    "the",
    "all",
    "our",
    "active",
    "open",
    "failed",
    "concurrent",
    "distinct",
    "unique",
    "different",
    "additional",
    "consecutive",
    "recent",
    "running",
    "pending",
    "idle",
    "ready",
];

/// Words that end the search: the number counts nothing that is named behind it.
const STOP: [&str; 30] = [
    "and", "or", "in", "at", "to", "from", "for", "on", "is", "was", "are", "were", "with", "by", "after", "before",
    "then", "but", "as", "since", "until", "over", "up", "down", "has", "had", "have", "which", "that", "utc",
];

/// Shares and rates that a percentage before the end of the phrase belongs to.
const SHARES: [&str; 18] = [
    "success rate",
    "error rate",
    "failure rate",
    "hit rate",
    "hit ratio",
    "miss rate",
    "5xx rate",
    "4xx rate",
    "packet loss",
    "availability",
    "utilization",
    "utilisation",
    "cpu",
    "memory",
    "disk",
    "heap",
    "traffic",
    "usage",
];

/// The noun behind a number: the first word that is neither filler nor stop.
pub(super) fn noun_behind(rest: &str) -> Option<String> {
    let mut filler = None;
    let rest = rest.strip_prefix(')').unwrap_or(rest);
    if !rest.starts_with(' ') {
        return None;
    }
    for word in rest.split(' ').skip(1).take(4) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let lower = bare.to_ascii_lowercase();
        if bare.is_empty() || !bare.starts_with(char::is_alphabetic) || STOP.contains(&lower.as_str()) {
            break;
        }
        let last = word.ends_with([',', '.', ';', ':', ')', '|']);
        if !FILLER.contains(&lower.as_str()) {
            return Some(lower);
        }
        filler = filler.or(Some(lower));
        if last {
            break;
        }
    }
    None
}

/// The noun after `of`: `38% of requests` is a share of requests.
pub(super) fn noun_of(rest: &str) -> Option<String> {
    let behind = rest.strip_prefix(" of ")?;
    noun_behind(&format!(" {behind}"))
}

/// The key that a number is the value of: `heap=512MiB`, `Pods: 12`, `p99 1.8s`.
pub(super) fn key_before(head: &str) -> Option<String> {
    let trimmed = head.trim_end_matches([' ', '~', '≈', '<', '>', '+']);
    if let Some(label) = trimmed.strip_suffix(['=', ':']) {
        let label = label.trim_end_matches(['"', ' ']);
        let from = label.rfind(['.', ',', ';', '(', '{', '[', '"', '\n', '|', '=']).map_or(0, |i| i + 1);
        let words = label.get(from..).unwrap_or("").trim().trim_start_matches(['-', '*', '•', ' ']);
        let key = if trimmed.ends_with('=') { words.rsplit(' ').next().unwrap_or("") } else { words };
        return (!key.is_empty() && key.len() <= 40).then(|| key.to_ascii_lowercase());
    }
    let word = trimmed.rsplit([' ', '(', ',']).next().unwrap_or("").to_ascii_lowercase();
    let percentile = word.strip_prefix('p').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    (percentile || matches!(word.as_str(), "latency" | "heap" | "rss" | "timeout" | "limit" | "lag")).then_some(word)
}

/// The share that a percentage states, from the words before it.
pub(super) fn share_before(head: &str) -> Option<String> {
    let start = head.char_indices().rev().nth(70).map_or(0, |(i, _)| i);
    let window = head.get(start..).unwrap_or("").to_ascii_lowercase();
    let window = window.rsplit(". ").next().and_then(|w| w.rsplit(';').next()).unwrap_or("").to_owned();
    SHARES
        .iter()
        .filter_map(|s| window.rfind(s).map(|i| (i + s.len(), *s)))
        .max_by_key(|(end, s)| (*end, s.len()))
        .map(|(_, s)| s.to_owned())
}
