//! Tests: grounding over our own reports on every incident at hand, and its marks on a report that
//! is not.

use std::collections::BTreeMap;

use hotwash::analyst::grounding;
use hotwash::domain::{Claim, Support};

use crate::seeds::{evidence, report, shared};

/// One case of so many is read.
const SAMPLE: usize = 12;

/// Rules that no report of ours may break on any case.
const HARD: &[&str] = &[
    "quote-is-not-the-slice",
    "quoted-without-citation",
    "derived-without-formula",
    "arithmetic",
    "edge-not-observed",
    "cause-after-effect",
    "denominator",
    "percent-contradiction",
    "confidence-disagrees",
    "count-disagrees",
    "action-without-event",
];

/// Contexts above this size are left to the measure of the release build.
const LARGE: usize = 200_000;

#[test]
fn our_own_reports_on_our_own_incidents_are_wholly_grounded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let e = evidence(&std::fs::read_to_string(&path).unwrap());
        let r = report(&e, "");
        assert_eq!(unsupported(&r), Vec::<String>::new(), "{}", path.display());
        assert_eq!(grounding::ground(&r, &e), Vec::new(), "{}", path.display());
    }
}

/// Claims of a report that carry the mark of no support: ours has none.
fn unsupported(r: &hotwash::domain::Report) -> Vec<String> {
    let claims = grounding::statement::claims(r).into_iter().filter(|s| s.support == Some(Support::Unsupported));
    claims.map(|s| format!("{}: {}", s.path, s.text)).collect()
}

#[test]
fn our_own_reports_on_labelled_incidents_are_wholly_grounded() {
    let Some(shared) = shared() else { return println!("skipped: no labelled cases at hand") };
    let mut rules: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    let (mut cases, mut claims) = (0, 0);
    let mut folders: Vec<_> = std::fs::read_dir(shared.join("cases/dev")).unwrap().map(|f| f.unwrap().path()).collect();
    folders.sort();
    // a sample keeps the suite short; HOTWASH_ALL_CASES=1 reads them all, HOTWASH_ONLY=PREFIX,… some
    let step = if std::env::var_os("HOTWASH_ALL_CASES").is_some() { 1 } else { SAMPLE };
    let only = std::env::var("HOTWASH_ONLY").unwrap_or_default();
    let step = if only.is_empty() { step } else { 1 };
    let wanted =
        |p: &std::path::PathBuf| only.split(',').any(|o| p.file_name().unwrap().to_string_lossy().starts_with(o));
    for path in folders.into_iter().filter(wanted).step_by(step) {
        let text = String::from_utf8_lossy(&std::fs::read(path.join("context.txt")).unwrap()).into_owned();
        if text.len() > LARGE && only.is_empty() {
            continue;
        }
        let e = evidence(&text);
        let r = report(&e, "");
        cases += 1;
        claims += grounding::statement::claims(&r).len();
        let bare =
            serde_json::to_string(&r).unwrap().replace("\"support\":\"unsupported\"", "\"support\":\"inferred\"");
        let bare: hotwash::domain::Report = serde_json::from_str(&bare).unwrap();
        for f in grounding::ground(&bare, &e).iter().filter(|_| !unsupported(&r).is_empty()) {
            println!("{}: {} {}: {}", path.file_name().unwrap().display(), f.path, f.rule, f.what);
        }
        for claim in unsupported(&r) {
            let entry = rules.entry("unsupported").or_default();
            entry.0 += 1;
            if entry.0 <= 20 {
                entry.1.push_str(&format!("  {} {claim}\n", path.file_name().unwrap().display()));
            }
        }
        for f in grounding::ground(&r, &e) {
            let entry = rules.entry(f.rule).or_default();
            entry.0 += 1;
            if entry.0 <= 6 {
                entry.1.push_str(&format!("  {} {}: {}\n", path.file_name().unwrap().display(), f.path, f.what));
            }
        }
    }
    println!("{cases} cases, {claims} claims");
    for (rule, (n, examples)) in &rules {
        println!("{rule}: {n}\n{examples}");
    }
    let broken: Vec<_> = HARD.iter().filter(|rule| rules.contains_key(*rule)).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let unsupported = rules.get("unsupported").map_or(0, |(n, _)| *n);
    assert!(unsupported * 100 <= claims, "{unsupported} of {claims} claims are unsupported");
}

#[test]
fn a_claim_that_does_not_hold_is_marked_and_stays() {
    let e = evidence(include_str!("../fixtures/incidents/memory-leak-after-deploy.txt"));
    let mut r = report(&e, "");
    let before = r.customer_impact.len();
    r.customer_impact.push(Claim::inferred("About 40% of all users could not pay for 3 hours.", Vec::new()));
    let found = grounding::mark(&mut r, &grounding::Known::of(&e), hotwash::domain::Beside::ALONE);
    assert!(found.iter().any(|f| f.path == format!("customer_impact[{before}]")), "{found:#?}");
    assert_eq!(r.customer_impact.len(), before + 1, "nothing is dropped");
    assert_eq!(r.customer_impact[before].support, Support::Unsupported);
    assert!(hotwash::export::markdown::report(&r, &[]).contains("for 3 hours. [unsupported]"));
}
