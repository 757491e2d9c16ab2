//! Tests: intake. Any bytes: no panic; text clean; cut anywhere, the same. The shared measures run
//! where the shared folder is there.

use std::path::PathBuf;

use hotwash::domain::showable::is_hostile;
use hotwash::domain::{Origin, Reading, Source, SourceId, Stamp};
use hotwash::intake::clean::unmasked;
use hotwash::intake::{Cleaner, admit, read};
use proptest::prelude::*;

use crate::seeds::shared;

fn cleaned(pieces: &[&[u8]]) -> String {
    let (mut cleaner, mut out) = (Cleaner::default(), String::new());
    for piece in pieces {
        cleaner.push(piece, &mut out);
    }
    cleaner.finish(&mut out);
    out
}

#[derive(serde::Deserialize)]
struct Escape {
    name: String,
    bytes_hex: String,
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |b: u8| (b as char).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|p| digit(p[0]) << 4 | digit(p[1])).collect()
}

#[test]
fn no_escape_of_the_corpus_passes_or_swallows_text() {
    let Some(shared) = shared() else { return println!("skipped: no shared folder") };
    let text = std::fs::read_to_string(shared.join("corpora/escapes.jsonl")).unwrap();
    let mut count = 0;
    for line in text.lines() {
        let escape: Escape = serde_json::from_str(line).unwrap();
        let bytes = unhex(&escape.bytes_hex);
        let whole = admit(&bytes, &mut unmasked).text;
        assert_eq!(whole.chars().find(|c| is_hostile(*c)), None, "{}", escape.name);
        for word in ["PRE", "POST"] {
            let given = bytes.windows(word.len()).any(|w| w == word.as_bytes());
            assert!(!given || whole.contains(word), "{}: {word} is gone", escape.name);
        }
        for cut in (0..=bytes.len()).filter(|c| bytes.len() < 2000 || c % 97 == 0) {
            let (a, b) = bytes.split_at(cut);
            assert_eq!(cleaned(&[a, b]), whole, "{} cut at {cut}", escape.name);
        }
        count += 1;
    }
    println!("{count} escapes: none passes, none swallows text");
}

proptest! {
    #[test]
    fn any_bytes_become_clean_text(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0usize..400) {
        let whole = cleaned(&[&bytes]);
        prop_assert!(!whole.chars().any(is_hostile));
        let (a, b) = bytes.split_at(cut.min(bytes.len()));
        prop_assert_eq!(cleaned(&[a, b]), whole);
        let _ = admit(&bytes, &mut unmasked);
    }

    #[test]
    fn any_text_has_a_reading_that_covers_it(text in pasted()) {
        holds(&source(text.as_bytes()));
    }

    #[test]
    fn any_bytes_have_a_reading_that_covers_them(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        holds(&source(&bytes));
    }
}

/// Pieces of pastes in any order, with anything between.
fn pasted() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("2026-06-02T09:12:00.125Z ERROR order-svc pool exhausted: 200/200".to_owned()),
        Just("Jun  2 09:12:00 host sshd[12]: failed".to_owned()),
        Just("{\"ts\":1780391520.5,\"level\":\"warn\",\"msg\":\"é \\\"x\\\"\"}".to_owned()),
        Just("ts=2026-06-02T09:12:00Z level=info msg=\"a b\"".to_owned()),
        Just("$ kubectl get pods".to_owned()),
        Just("NAME   READY   STATUS".to_owned()),
        Just("{".to_owned()),
        Just("| a | b |".to_owned()),
        Just("a,b,c".to_owned()),
        Just("Deploy history:".to_owned()),
        Just("- 04:00 UTC — v3.7 deployed".to_owned()),
        Just("I0602 09:12:00.1 1 x.go:1] ok".to_owned()),
        "[ -~é‹›␛\\[\\]{}:=,\"|/0-9]{0,60}",
        "\\PC{0,40}",
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.join("\n"))
}

/// What holds of every reading: lines in order on character boundaries, sections that cover them,
/// figures, entities and alerts that quote what is there.
fn holds(given: &Source) {
    let reading = read(given);
    let mut at = 0;
    for (index, line) in reading.lines.iter().enumerate() {
        assert_eq!((line.no as usize, line.start), (index + 1, at));
        assert!(given.text.get(line.range()).is_some_and(|t| !t.contains('\n')));
        assert!(line.start <= line.message && line.message <= line.end, "{line:?}");
        assert!(given.text.is_char_boundary(line.message));
        assert!(line.duplicate_of.is_none_or(|first| first < line.no));
        assert!(line.template.is_none_or(|t| t >= 1 && t as usize <= reading.templates.len()));
        at = line.end + 1;
    }
    assert!(at >= given.text.len());
    let covered: Vec<usize> = reading.sections.iter().flat_map(|s| s.lines.clone()).collect();
    assert_eq!(covered, (0..reading.lines.len()).collect::<Vec<_>>());
    assert!(reading.notices.iter().all(|n| n.count > 0 && n.what.ends_with('.')));
    let whole = hotwash::domain::Span::new(given.id, 0..given.text.len());
    for figure in hotwash::intake::figures(&given.text, whole) {
        assert!(
            given
                .text
                .get(figure.span.start..figure.span.end)
                .is_some_and(|q| q.contains(|c: char| c.is_ascii_digit()))
        );
    }
    for entity in hotwash::intake::entities::entities(&given.text) {
        assert_eq!(given.text.get(entity.range), Some(entity.name.as_str()));
    }
    for row in hotwash::intake::lines_json(given, &reading) {
        assert!(serde_json::from_str::<serde_json::Value>(&row).is_ok());
    }
    let evidence = hotwash::domain::Evidence { sources: vec![given.clone()], readings: vec![reading] };
    let _ = hotwash::intake::alerts(&evidence);
}

fn source(raw: &[u8]) -> Source {
    let text = admit(raw, &mut unmasked).text.into();
    Source { id: SourceId(0), name: "log".into(), origin: Origin::Paste, text }
}

/// One labelled line of a log sample.
struct Truth {
    line: usize,
    stamps: Vec<String>,
    level: String,
    service: String,
    event: String,
}

fn truths(path: &std::path::Path) -> Vec<Truth> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut rows = text.lines();
    let _header = rows.next();
    rows.map(|row| {
        let cells: Vec<&str> = row.split('\t').collect();
        let cell = |i: usize| cells.get(i).copied().unwrap_or("").to_owned();
        let stamps = [cell(1), cell(2)].into_iter().filter(|s| !s.is_empty()).collect();
        Truth { line: cell(0).parse().unwrap(), stamps, level: cell(3), service: cell(4), event: cell(6) }
    })
    .collect()
}

fn same_stamp(ours: Option<Stamp>, truth: &str, tolerance: f64) -> bool {
    let (Some(ours), Ok(truth)) = (ours, truth.parse::<Stamp>()) else { return false };
    ours == truth || ours.seconds_since(&truth).is_some_and(|s| s.abs() <= tolerance)
}

/// Right and labelled.
#[derive(Default, Clone, Copy)]
struct Score(u32, u32);

impl Score {
    fn count(&mut self, right: bool) {
        self.0 += u32::from(right);
        self.1 += 1;
    }

    fn share(self) -> f64 {
        if self.1 == 0 { 1.0 } else { f64::from(self.0) / f64::from(self.1) }
    }
}

/// Grouping accuracy: the share of lines whose template's lines are exactly the lines of their event.
fn grouping(reading: &Reading, truths: &[Truth]) -> f64 {
    use std::collections::{BTreeMap, BTreeSet};
    let mut ours: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    let mut theirs: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for t in truths {
        theirs.entry(&t.event).or_default().insert(t.line);
        ours.entry(reading.lines[t.line - 1].template.unwrap_or(0)).or_default().insert(t.line);
    }
    let verbose = std::env::var_os("HOTWASH_VERBOSE").is_some();
    let mut right = 0;
    for (event, lines) in &theirs {
        if ours.values().any(|l| l == lines) {
            right += lines.len();
        } else if verbose {
            println!("    event {event} of {} lines is split or merged; first line {:?}", lines.len(), lines.first());
        }
    }
    right as f64 / truths.len() as f64
}

#[test]
fn labelled_logs_reach_their_floors() {
    let Some(shared) = shared() else { return println!("skipped: no shared folder") };
    let verbose = std::env::var_os("HOTWASH_VERBOSE").is_some();
    let mut names: Vec<PathBuf> = std::fs::read_dir(shared.join("cases/logs"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "log"))
        .collect();
    names.sort();
    let (mut stamp, mut level, mut service) = (Score::default(), Score::default(), Score::default());
    let mut groupings = Vec::new();
    for path in names {
        let given = source(&std::fs::read(&path).unwrap());
        let reading = read(&given);
        let truths = truths(&path.with_extension("labels.tsv"));
        let meta = std::fs::read_to_string(path.with_extension("meta.json")).unwrap();
        let tolerance = if meta.contains("ts_tolerance_s") { 2.0 } else { 0.000_5 };
        let mut own = [Score::default(); 3];
        for t in &truths {
            let line = &reading.lines[t.line - 1];
            let text = &given.text[line.range()];
            let mut check = |i: usize, known: bool, right: bool, ours: String| {
                if known {
                    own[i].count(right);
                    if !right && verbose && own[i].1 - own[i].0 <= 4 {
                        println!("  {i}: ours {ours} of {}", text.chars().take(150).collect::<String>());
                    }
                }
            };
            let right = t.stamps.iter().any(|s| same_stamp(line.stamp, s, tolerance));
            check(
                0,
                !t.stamps.is_empty(),
                right,
                format!("{:?} for {:?}", line.stamp.map(|s| s.to_string()), t.stamps),
            );
            let ours = line.level.map(|l| l.name().to_ascii_lowercase());
            check(1, !t.level.is_empty(), ours.as_deref() == Some(&t.level), format!("{ours:?} for {}", t.level));
            let ours = line.service.as_deref();
            check(2, !t.service.is_empty(), ours == Some(&t.service), format!("{ours:?} for {}", t.service));
        }
        for (all, own) in [&mut stamp, &mut level, &mut service].into_iter().zip(own) {
            (all.0, all.1) = (all.0 + own.0, all.1 + own.1);
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let ga = truths.iter().all(|t| !t.event.is_empty()).then(|| grouping(&reading, &truths));
        groupings.extend(ga);
        let ga = ga.map_or(String::new(), |g| format!(" grouping {g:.3}"));
        let [a, b, c] = own.map(|s| if s.1 == 0 { "    -".into() } else { format!("{:.3}", s.share()) });
        println!("{name:28} stamp {a} level {b} service {c}{ga}");
    }
    let mean = groupings.iter().sum::<f64>() / groupings.len() as f64;
    println!(
        "all: stamp {:.4} level {:.4} service {:.4} grouping {mean:.3}",
        stamp.share(),
        level.share(),
        service.share()
    );
    assert!(stamp.share() >= 0.99, "stamp {:.4}", stamp.share());
    assert!(level.share() >= 0.98, "level {:.4}", level.share());
    assert!(service.share() >= 0.95, "service {:.4}", service.share());
    assert!(mean >= 0.90, "grouping {mean:.3}");
}

#[test]
fn every_labelled_alert_is_read_right() {
    let Some(shared) = shared() else { return println!("skipped: no shared folder") };
    let (mut right, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(shared.join("cases/logs")).unwrap() {
        let labels = entry.unwrap().path();
        let name = labels.file_name().unwrap().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".labels.json") else { continue };
        let truth: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&labels).unwrap()).unwrap();
        let given = source(&std::fs::read(labels.with_file_name(format!("{stem}.json"))).unwrap());
        let reading = read(&given);
        let evidence = hotwash::domain::Evidence { sources: vec![given], readings: vec![reading] };
        let facts = hotwash::intake::alerts(&evidence);
        let Some(fact) = facts.first() else {
            wrong.push(format!("{stem}: no alert"));
            continue;
        };
        let start = fact.start.map(|s| s.to_string()).unwrap_or_default();
        let ours = [fact.title.as_str(), fact.severity.as_deref().unwrap_or(""), fact.service.as_deref().unwrap_or("")];
        let mut bad = Vec::new();
        for (ours, key) in ours.iter().zip(["alertname", "severity", "subject"]) {
            let truth = truth[key].as_str().unwrap();
            if !truth.is_empty() && *ours != truth {
                bad.push(format!("{key} {ours:?} for {truth:?}"));
            }
        }
        let truth_start = truth["started_at"].as_str().unwrap();
        let same = |t: &str| start.parse::<Stamp>().ok() == hotwash::intake::logline::stamp_of(t);
        if !truth_start.is_empty() && !same(truth_start) {
            bad.push(format!("start {start} for {truth_start}"));
        }
        if bad.is_empty() { right += 1 } else { wrong.push(format!("{stem}: {}", bad.join("; "))) }
    }
    println!("alerts: {right} right, wrong: {wrong:#?}");
    assert!(wrong.is_empty());
}
