//! Tests: faults planted into otherwise sound reports. The 52 faults of two published reports, each
//! alone in a sound page of our own; and generated ones (a figure, a unit, a name, an order, a tense,
//! a version, a time, a denominator) in the reports on every fixture. Nearly all must be flagged, and
//! nearly nothing of what is sound.

use std::path::{Path, PathBuf};

use hotwash::analyst::grounding::{self, statement::claims};
use hotwash::domain::{Evidence, Report, Support};

use crate::seeds::{evidence, report};

mod mutations;
mod published;
mod sound;

/// Every incident of ours: its name and its text.
pub fn fixtures() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let list = |dir: &str| -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = std::fs::read_dir(root.join(dir)).unwrap().map(|f| f.unwrap().path()).collect();
        all.sort();
        all
    };
    let incidents = list("incidents").into_iter().map(|p| (p.clone(), p));
    let eval = list("eval").into_iter().map(|p| (p.clone(), p.join("context.txt")));
    let name = |p: &Path| p.file_stem().unwrap().to_string_lossy().into_owned();
    incidents.chain(eval).map(|(named, file)| (name(&named), std::fs::read_to_string(file).unwrap())).collect()
}

/// Every fixture with its evidence and our report on it.
pub fn reports() -> Vec<(String, Evidence, Report)> {
    let read = |(name, text): (String, String)| {
        let e = evidence(&text);
        let r = report(&e, "");
        (name, e, r)
    };
    fixtures().into_iter().map(read).collect()
}

/// What is held against the claims that bear the mark, for the test's own output.
fn unmarked(r: &Report, e: &Evidence) -> Vec<grounding::Finding> {
    let mut text = serde_json::to_string(r).unwrap();
    text = text.replace("\"support\":\"unsupported\"", "\"support\":\"inferred\"");
    let bare: Report = serde_json::from_str(&text).unwrap();
    grounding::ground(&bare, e)
}

#[test]
fn generated_faults_are_flagged_and_sound_claims_are_not() {
    let (mut planted, mut caught, mut sound, mut accused) = (0, 0, 0, 0);
    let mut by_kind: std::collections::BTreeMap<&str, (usize, usize)> = std::collections::BTreeMap::new();
    let mut missed = Vec::new();
    for (name, e, r) in reports() {
        let before = grounding::ground(&r, &e);
        sound += claims(&r).len();
        accused += claims(&r).iter().filter(|s| s.support == Some(Support::Unsupported)).count();
        accused += before.len();
        for s in claims(&r).iter().filter(|s| s.support == Some(Support::Unsupported)) {
            println!("accused {name}: {} {}", s.path, s.text);
        }
        for f in before.iter().chain(&unmarked(&r, &e)) {
            println!("accused {name}: {} {}: {}", f.path, f.rule, f.what);
        }
        for m in mutations::of(&r, &e) {
            let after = grounding::ground(&m.report, &e);
            let hit = after.iter().any(|f| !before.contains(f));
            let row = by_kind.entry(m.kind).or_default();
            row.0 += 1;
            row.1 += usize::from(hit);
            planted += 1;
            caught += usize::from(hit);
            if !hit {
                missed.push(format!("{} in {name}: {}", m.kind, m.what));
            }
        }
    }
    println!("{planted} faults planted, {caught} flagged; {sound} sound claims, {accused} accused");
    for (kind, (n, hit)) in &by_kind {
        println!("  {kind}: {hit} of {n}");
    }
    println!("missed:\n{}", missed.join("\n"));
    assert!(planted >= 100 && by_kind.len() >= 8, "{planted} {by_kind:?}");
    assert!(caught * 100 >= planted * 95, "{caught} of {planted} were flagged");
    assert!(accused * 100 <= sound * 2, "{accused} of {sound} sound claims are accused");
}
