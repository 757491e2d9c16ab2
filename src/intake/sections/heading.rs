//! Headings: lines that introduce what follows, and what they promise.

use crate::domain::SectionKind;

/// A heading's words without its marks; `None` for a line that is none. `follows` is the next line
/// that is not blank.
pub(super) fn heading_of<'a>(line: &'a str, follows: &str) -> Option<&'a str> {
    let line = line.trim();
    if line.len() > 120 || line.is_empty() {
        return None;
    }
    let strong = ["====", "==", "###", "##", "# ", "--- "].iter().any(|m| line.starts_with(m));
    let words = line.trim_matches(|c: char| matches!(c, '=' | '#' | '-' | '*' | ' ' | ':' | '`'));
    if words.is_empty() || !words.chars().any(char::is_alphabetic) {
        return None;
    }
    if strong && (line.starts_with("==") || line.starts_with('#') || line.ends_with("---")) {
        let comment =
            line.starts_with('#') && (line.contains('=') || line.starts_with("#!") || line.starts_with("# ["));
        let timed = words.starts_with(|c: char| c.is_ascii_digit());
        return (!comment && !timed).then_some(words);
    }
    if line.starts_with("**") && line.ends_with("**") {
        return Some(words);
    }
    let labelled = line.ends_with(':') && line.len() <= 70 && !line.contains("  ") && line.split(' ').count() <= 9;
    let bare = !line.starts_with(['-', '*', '{', '"', '[', '|', '+', '#', '/']) && !line.contains('=');
    let introduces = follows.starts_with(['-', '*', '•', '{', '[', ' ', '\t', '|', '`'])
        || follows.starts_with(|c: char| c.is_ascii_digit())
        || super::command::command_of(follows).is_some();
    (labelled && bare && introduces && line.starts_with(char::is_uppercase)).then_some(words)
}

/// What a heading promises; `None` where its words do not tell.
pub(super) fn promise(title: &str) -> Option<SectionKind> {
    const WORDS: [(&str, SectionKind); 25] = [
        ("alert", SectionKind::Alert),
        ("page", SectionKind::Alert),
        ("deploy history", SectionKind::Deploy),
        ("deployment history", SectionKind::Deploy),
        ("deploy", SectionKind::Deploy),
        ("deploys", SectionKind::Deploy),
        ("release", SectionKind::Deploy),
        ("releases", SectionKind::Deploy),
        ("changelog", SectionKind::Deploy),
        ("changes", SectionKind::Deploy),
        ("change log", SectionKind::Deploy),
        ("rollout history", SectionKind::Deploy),
        ("chat", SectionKind::Chat),
        ("slack", SectionKind::Chat),
        ("war room", SectionKind::Chat),
        ("thread", SectionKind::Chat),
        ("channel", SectionKind::Chat),
        ("metrics", SectionKind::Metrics),
        ("dashboard", SectionKind::Metrics),
        ("trend", SectionKind::Metrics),
        ("graphs", SectionKind::Metrics),
        ("traces", SectionKind::Spans),
        ("spans", SectionKind::Spans),
        ("logs", SectionKind::Logs),
        ("log", SectionKind::Logs),
    ];
    let lower = title.to_ascii_lowercase();
    let padded = format!(" {} ", lower.replace(|c: char| !c.is_ascii_alphanumeric(), " "));
    WORDS.iter().find(|(word, _)| padded.contains(&format!(" {word} "))).map(|(_, kind)| *kind)
}

/// The service that a heading of logs names: `Logs from cart`, `order-svc logs`, `[frontend]`.
pub(super) fn owner(title: &str) -> Option<String> {
    let inner = title.trim_matches(['[', ']']);
    if inner.len() + 2 == title.len() && !inner.contains(' ') {
        return Some(inner.to_owned());
    }
    if promise(title) != Some(SectionKind::Logs) {
        return None;
    }
    let words: Vec<&str> =
        title.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '`' | ',' | ':')).collect();
    let after = words.iter().position(|w| matches!(*w, "from" | "of" | "for")).and_then(|i| words.get(i + 1));
    let joined = words.iter().find(|w| w.contains('-') && w.starts_with(|c: char| c.is_ascii_lowercase()));
    let name = joined.or(after)?.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    // a file's name is its owner's with an ending
    let name = name.strip_suffix(".log").unwrap_or(name);
    (name.len() >= 2 && !matches!(name, "the" | "all" | "pod" | "pods"))
        .then(|| crate::intake::kube::workload_of(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_s_file_name_names_its_workload() {
        assert_eq!(owner("feed-ranker-b585b84f59-tzrc2.log").as_deref(), Some("feed-ranker"));
        assert_eq!(owner("order-svc logs").as_deref(), Some("order-svc"));
    }
}
