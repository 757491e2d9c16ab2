//! Arguments of commands: filled from the evidence only. What nobody gave becomes a named blank,
//! `‹namespace›`, that a person fills before anything can run.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Evidence, Hypothesis, Span, SubjectKind};

/// What the evidence gives for a command's arguments, gathered once per hypothesis.
#[derive(Debug, Default)]
pub struct Arguments {
    values: BTreeMap<&'static str, String>,
    labels: Vec<String>,
}

/// A selector by a label of the subject.
static SELECTOR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(\s(?:-l|--selector)[ =])([\w./-]+)=\{subject\}").ok());

/// Where a value of each argument may stand. One group holds the value; a value counts only when
/// the evidence gives exactly one, or exactly one on lines that name the subject.
static PLACES: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let label = r"([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)";
    let places = [
        ("namespace", format!(r#"(?i)(?:\s-n[ =]|--namespace[ =]|\bnamespaces?["']?\s*[:=/]\s*["']?){label}\b"#)),
        ("container", format!(r#"(?i)(?:\bcontainer["']?\s*[:=]\s*["']?|\s-c[ =]|--container[ =]){label}\b"#)),
        ("node", r"(?i)(?:\bnode\s*[:=]\s*|\bnode/|assigned \S+ to )([a-z0-9][a-z0-9.-]{1,80}[a-z0-9])".to_owned()),
        ("database", r#"(?i)\b(?:database|dbname|datname)\s*[:=]?\s*["']([a-z_][a-z0-9_]{1,40})["']"#.to_owned()),
        ("host", r"(?i)\bhost(?:name)?\s*[:=]\s*([a-z0-9][a-z0-9.-]{1,80}[a-z0-9])".to_owned()),
    ];
    places.into_iter().filter_map(|(name, pattern)| Regex::new(&pattern).ok().map(|r| (name, r))).collect()
});

static POD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b([a-z0-9][a-z0-9-]*?)-(?:[a-f0-9]{8,10}|[bcdfghjklmnpqrstvwxz2456789]{8,10})-[a-z0-9]{5}\b").ok()
});

/// Lines read for arguments; beyond that a value is left blank rather than the paste read again.
const MOST_LINES: usize = 20_000;

impl Arguments {
    /// What the evidence gives for commands about this hypothesis's subject.
    pub fn of(evidence: &Evidence, h: &Hypothesis) -> Self {
        let mut values = BTreeMap::new();
        if is_safe(&h.subject) {
            values.insert("subject", h.subject.clone());
            if h.subject_kind == SubjectKind::Node {
                values.insert("node", h.subject.clone());
            }
            if h.subject_kind == SubjectKind::Namespace {
                values.insert("namespace", h.subject.clone());
            }
        }
        for (name, pattern) in PLACES.iter() {
            if !values.contains_key(name)
                && let Some(value) = the_one_value(evidence, pattern, &h.subject)
            {
                values.insert(name, value);
            }
        }
        if let Some(pod) = POD.as_ref().and_then(|pattern| first_pod(evidence, pattern, &h.subject)) {
            values.insert("pod", pod);
        }
        let labels = labels(evidence, &h.subject);
        Self { values, labels }
    }

    /// The template with every `{name}` replaced by its value or by a blank, and the blanks' names.
    /// A label selector that the evidence does not show (`app=order-svc` is a habit, not a fact) is a
    /// blank as a whole.
    pub fn fill(&self, template: &str) -> (String, Vec<String>) {
        let grounded = SELECTOR.as_ref().map_or_else(
            || template.to_owned(),
            |pattern| {
                let keep = |c: &regex::Captures<'_>| {
                    let (flag, key) = (c.get(1).map_or("", |m| m.as_str()), c.get(2).map_or("", |m| m.as_str()));
                    let label = self.values.get("subject").map(|v| format!("{key}={v}"));
                    let shown = label.filter(|label| self.labels.contains(label));
                    format!("{flag}{}", shown.unwrap_or_else(|| "{selector}".to_owned()))
                };
                pattern.replace_all(template, keep).into_owned()
            },
        );
        self.replaced(&grounded)
    }

    fn replaced(&self, template: &str) -> (String, Vec<String>) {
        let mut out = String::with_capacity(template.len());
        let mut blanks: Vec<String> = Vec::new();
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            out.push_str(before);
            let Some((name, after)) = placeholder(from) else {
                out.push('{');
                rest = from.get(1..).unwrap_or("");
                continue;
            };
            if let Some(value) = self.values.get(name) {
                out.push_str(value);
            } else {
                out.push_str(&format!("‹{name}›"));
                if !blanks.iter().any(|b| b == name) {
                    blanks.push(name.to_owned());
                }
            }
            rest = after;
        }
        out.push_str(rest);
        (out, blanks)
    }

    /// The template for a sentence: values as they are, what is not known in plain words.
    pub fn words(&self, template: &str) -> String {
        let (filled, blanks) = self.fill(template);
        blanks.iter().fold(filled, |text, b| text.replace(&format!("‹{b}›"), &format!("the {}", b.replace('_', " "))))
    }
}

/// `{name}` at the front of the text, and what follows it; `None` for any other brace.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('{')?;
    let close = inner.find('}')?;
    let name = inner.get(..close)?;
    let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    fits.then(|| (name, inner.get(close + 1..).unwrap_or("")))
}

/// True for a value that a shell takes as one plain word.
fn is_safe(value: &str) -> bool {
    !value.is_empty()
        && !value.starts_with('-')
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/' | '@'))
}

/// Labels of the subject that stand in the evidence as `key=value` or `key: value`.
fn labels(evidence: &Evidence, subject: &str) -> Vec<String> {
    if !is_safe(subject) {
        return Vec::new();
    }
    let Ok(pattern) = Regex::new(&format!(r"([\w./-]+)(?:=|:\s){}\b", regex::escape(subject))) else {
        return Vec::new();
    };
    let mut out: Vec<String> = Vec::new();
    for (source, line) in evidence.lines().take(MOST_LINES) {
        let text = evidence.slice(Span::new(source, line.range()));
        if !text.contains(subject) {
            continue;
        }
        for key in pattern.captures_iter(text).filter_map(|c| c.get(1)).map(|m| m.as_str()) {
            let label = format!("{key}={subject}");
            if out.len() < 8 && !out.contains(&label) {
                out.push(label);
            }
        }
    }
    out
}

fn the_one_value(evidence: &Evidence, pattern: &Regex, subject: &str) -> Option<String> {
    let (mut all, mut near): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for (source, line) in evidence.lines().take(MOST_LINES) {
        let text = evidence.slice(Span::new(source, line.range()));
        for value in pattern.captures_iter(text).filter_map(|c| c.get(1)).map(|m| m.as_str()) {
            let list = if !subject.is_empty() && text.contains(subject) { &mut near } else { &mut all };
            if list.len() < 8 && !list.contains(&value) {
                list.push(value);
            }
        }
    }
    let one = match (near.as_slice(), all.as_slice()) {
        ([one], _) | ([], [one]) => *one,
        _ => return None,
    };
    is_safe(one).then(|| one.to_owned())
}

fn first_pod(evidence: &Evidence, pattern: &Regex, subject: &str) -> Option<String> {
    let lines = evidence.lines().take(MOST_LINES);
    let mut pods = lines.filter_map(|(source, line)| {
        let text = evidence.slice(Span::new(source, line.range()));
        pattern.captures_iter(text).find(|c| c.get(1).is_some_and(|m| m.as_str() == subject))
    });
    pods.next().and_then(|c| c.get(0)).map(|m| m.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(pairs: &[(&'static str, &str)]) -> Arguments {
        let values = pairs.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        Arguments { values, labels: vec!["app=cart-api".into()] }
    }

    #[test]
    fn what_nobody_gave_becomes_a_named_blank() {
        let (command, blanks) =
            arguments(&[("subject", "order-svc")]).fill("kubectl get pods -n {namespace} -l app={subject}");
        assert_eq!(command, "kubectl get pods -n ‹namespace› -l ‹selector›");
        assert_eq!(blanks, ["namespace", "selector"]);
        let (command, _) = arguments(&[("subject", "cart-api")]).fill("kubectl get pods -l app={subject}");
        assert_eq!(command, "kubectl get pods -l app=cart-api", "the evidence shows this label");
    }

    #[test]
    fn braces_that_are_no_placeholder_stay() {
        let (command, blanks) = arguments(&[]).fill("kubectl get pod -o jsonpath='{.items[*].status}' {}");
        assert_eq!(command, "kubectl get pod -o jsonpath='{.items[*].status}' {}");
        assert!(blanks.is_empty());
    }

    #[test]
    fn a_value_a_shell_would_obey_is_never_filled() {
        assert!(!is_safe("a;rm"));
        assert!(!is_safe("-rf"));
        assert!(is_safe("deploy/order-svc"));
    }
}
