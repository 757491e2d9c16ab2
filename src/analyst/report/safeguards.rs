//! A safeguard that is suggested must not be one that the evidence shows at work: an alert of the kind that was
//! pasted did come, and one more of it would change nothing.

use super::material::Material;
use crate::analyst::scope::BlockKind;
use crate::domain::report::RowKind;
use crate::intake::alert::alerts;
use crate::intake::kube::Pod;

/// Lines of an alert in which its name and its words are looked for.
const HEAD: usize = 30;
/// Bytes of such a line that count.
const WIDTH: usize = 300;

/// Words that any alert's suggestion has.
const COMMON: &[&str] = &[
    "alert",
    "above",
    "below",
    "stays",
    "minutes",
    "limit",
    "close",
    "named",
    "would",
    "before",
    "workloads",
    "latency",
    "sensitive",
    "every",
    "first",
    "after",
    "users",
    "while",
    "service",
    "container",
    "containers",
    "percent",
    "priority",
];

/// True for a suggestion of an alert of a kind that the evidence has.
pub fn is_there_already(m: &Material<'_>, suggestion: &str) -> bool {
    let lower = suggestion.to_lowercase();
    if !lower.starts_with("alert ") && !lower.starts_with("an alert ") {
        return false;
    }
    let subject = m.top().map(|h| h.subject.to_lowercase()).unwrap_or_default();
    let asked = stems(&lower.replace(&subject, " "));
    texts(m).iter().any(|text| {
        let said = stems(text);
        asked.iter().any(|word| said.contains(word))
    })
}

/// A suggestion without the alert that it asks for in passing, where that one is there already.
pub fn without_known_alert(m: &Material<'_>, what: String) -> String {
    match what.split_once(", and alert ") {
        Some((head, rest)) if is_there_already(m, &format!("Alert {rest}")) => super::wording::sentence(head),
        _ => what,
    }
}

/// True for a suggestion of a test where one was made after the change, and passed.
pub fn is_a_test_that_passed(m: &Material<'_>, suggestion: &str) -> bool {
    let lower = suggestion.to_lowercase();
    let tests = lower.starts_with("a test ") || lower.starts_with("test each ");
    tests && super::watched::passed_test(m).is_some()
}

/// True where a pod that was made from the same template as the one in trouble runs: the manifest is not what
/// stops that one.
pub fn sibling_runs(m: &Material<'_>) -> bool {
    let Some(h) = m.top() else { return false };
    let ready = |p: &Pod| p.ready.is_some_and(|(up, all)| up == all && all > 0);
    let template = |p: &Pod| p.name.rsplit_once('-').map(|(of, _)| of.to_owned());
    let pods = || m.book.cluster.pods_of(&h.subject);
    let runs = |p: &Pod| pods().any(|o| ready(o) && template(o).is_some() && template(o) == template(p));
    pods().any(|p| !ready(p) && runs(p))
}

/// The names of the alerts and monitors, what people noted of an alert, and the first lines of alerts that were
/// pasted as such.
fn texts(m: &Material<'_>) -> Vec<String> {
    let mut out: Vec<String> = alerts(m.evidence).into_iter().map(|a| a.title).collect();
    out.extend(super::watched::of_lead(m).into_iter().map(|w| w.name));
    let noted = m.rows.iter().filter(|r| r.kind == RowKind::Alert && super::watched::was_watched(&r.what));
    out.extend(noted.map(|r| r.what.text.clone()));
    for block in m.book.scope(m.evidence).blocks.iter().filter(|b| b.kind == BlockKind::Alert) {
        let reading = m.evidence.readings.get(block.source.0 as usize);
        let lines = reading.and_then(|r| r.lines.get(block.lines.clone())).unwrap_or(&[]);
        let text = m.evidence.sources.get(block.source.0 as usize).map_or("", |s| &*s.text);
        let named = |l: &str| ["alertname", "title", "name:"].iter().any(|k| l.to_lowercase().contains(k));
        let head = lines.iter().take(HEAD).filter_map(|l| text.get(l.start..l.end.min(l.start + WIDTH)));
        out.extend(head.filter(|l| named(l)).map(str::to_owned));
    }
    out
}

/// The beginnings of the words that tell what an alert is of: `CPUThrottlingHigh` has `thrott`.
fn stems(text: &str) -> Vec<String> {
    let mut spread = String::new();
    let mut before = ' ';
    for c in text.chars() {
        if c.is_uppercase() && before.is_lowercase() || c.is_uppercase() && !before.is_alphabetic() {
            spread.push(' ');
        }
        spread.push(if c.is_alphanumeric() { c } else { ' ' });
        before = c;
    }
    // `CPUThrottling`: the last capital of a run begins the next word
    let mut parts: Vec<String> = Vec::new();
    for word in spread.split_whitespace() {
        let run = word.chars().take_while(|c| c.is_ascii_uppercase()).count();
        match word.get(..run.saturating_sub(1)).zip(word.get(run.saturating_sub(1)..)) {
            Some((head, tail)) if run > 1 && run < word.len() => parts.extend([head.to_owned(), tail.to_owned()]),
            _ => parts.push(word.to_owned()),
        }
    }
    let lower = parts.into_iter().map(|w| w.to_lowercase()).filter(|w| !COMMON.contains(&w.as_str()));
    let told = lower.filter(|w| w.chars().all(char::is_alphabetic) && w.len() > 2);
    told.map(|w| w.chars().take(6).collect()).filter(|w: &String| w.len() > 4 || STRONG.contains(&w.as_str())).collect()
}

/// Short words that tell what an alert is of.
const STRONG: &[&str] = &["cpu", "oom", "job", "disk", "node", "lag"];

#[cfg(test)]
mod tests {
    use super::stems;

    #[test]
    fn the_name_of_an_alert_is_read_by_its_words() {
        assert_eq!(stems("CPUThrottlingHigh"), ["cpu", "thrott"]);
        assert_eq!(stems("KubeJobFailed"), ["job", "failed"]);
        assert!(stems("alert on more than 25 % throttled periods").contains(&"thrott".to_owned()));
    }
}
