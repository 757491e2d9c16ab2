//! Tests: what a command does is told from its program, arguments and flags, never from how it begins.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hotwash::command::classify;
use hotwash::domain::Label;

fn corpus() -> Vec<(String, String, String)> {
    let root = env!("CARGO_MANIFEST_DIR");
    let given = std::env::var_os("HOTWASH_SHARED").map(PathBuf::from);
    let near = ["../shared", "../../shared"].map(|p| PathBuf::from(root).join(p));
    let text = given.into_iter().chain(near).find_map(|p| std::fs::read_to_string(p.join("corpora/commands.tsv")).ok());
    if text.is_none() {
        eprintln!("skipped: no corpora beside the project");
    }
    text.unwrap_or_default()
        .lines()
        .skip(1)
        .filter_map(|row| {
            let mut fields = row.split('\t').map(str::to_owned);
            let raw = fields.next()?;
            let text = raw.strip_prefix("json:").map_or_else(|| raw.clone(), |j| serde_json::from_str(j).unwrap());
            Some((text, fields.next()?, fields.next()?))
        })
        .collect()
}

#[test]
fn nothing_that_is_not_safe_in_the_corpus_is_called_safe() {
    let rows = corpus();
    if rows.is_empty() {
        return;
    }
    let mut counts: BTreeMap<(String, &str), u32> = BTreeMap::new();
    let (mut leaks, mut missed, mut soft) = (Vec::new(), Vec::new(), Vec::new());
    for (text, label, why) in &rows {
        let judged = classify(text);
        *counts.entry((label.clone(), judged.label.name())).or_default() += 1;
        let line = format!("{text}\n      [{why}] -> {}: {}", judged.label.name(), judged.why);
        match (label.as_str(), judged.label) {
            ("safe-read-only", Label::SafeReadOnly) => {}
            ("safe-read-only", _) => missed.push(line),
            (_, Label::SafeReadOnly) => leaks.push(line),
            ("destructive", Label::Mutating) => soft.push((why.contains("[bypass"), line)),
            _ => {}
        }
    }
    let count = |l: &str| rows.iter().filter(|r| r.1 == l).count();
    eprintln!("LEAKS\n{}\nSOFT\n{}\nMISSED\n{}", leaks.join("\n"), soft.iter().map(|s| s.1.as_str()).collect::<Vec<_>>().join("\n"), missed.join("\n"));
    eprintln!("{counts:?}");
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert!(soft.iter().all(|(bypass, _)| !bypass), "{soft:?}");
    assert!(soft.len() * 100 <= count("destructive") * 3, "{soft:?}");
    assert!(missed.len() * 100 <= count("safe-read-only") * 25, "{}", missed.join("\n"));
}
