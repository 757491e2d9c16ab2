//! Every labelled case that is at hand: no panic, a report that is valid JSON, and citations whose
//! quotes are exactly their slices. Skipped where the cases are not there.

use std::path::PathBuf;

use hotwash::analyst::Knowledge;
use hotwash::domain::Span;
use hotwash::runtime::eval::investigated;

/// Larger cases are taken one in so many, so that the suite stays short; HOTWASH_ALL_CASES=1 takes all.
const ONE_IN: usize = 8;
/// What counts as larger, in bytes.
const LARGE: usize = 160 << 10;

pub fn cases() -> Option<PathBuf> {
    crate::seeds::shared().map(|p| p.join("cases/dev")).filter(|p| p.is_dir())
}

#[test]
fn every_case_gives_a_report_whose_quotes_are_their_slices() {
    let Some(dir) = cases() else {
        println!("skipped: the labelled cases are not at hand");
        return;
    };
    let mut folders: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    let mut large = 0;
    let mut wrong = Vec::new();
    for folder in folders {
        let text = String::from_utf8_lossy(&std::fs::read(folder.join("context.txt")).unwrap()).into_owned();
        if text.len() > LARGE && std::env::var_os("HOTWASH_ALL_CASES").is_none() {
            large += 1;
            if large % ONE_IN != 1 {
                continue;
            }
        }
        let (evidence, report) = investigated(&text, Knowledge::embedded());
        let json = serde_json::to_string(&report).unwrap();
        let _: serde_json::Value = serde_json::from_str(&json).unwrap();
        let claims = hotwash::analyst::grounding::statement::claims(&report);
        let cited = claims.iter().flat_map(|s| s.citations);
        let listed = report.evidence.iter().chain(report.trail.iter().flat_map(|s| &s.citations));
        let timed = report.time_to_detect.iter().flat_map(|t| &t.citations);
        for c in cited.chain(listed).chain(timed) {
            let span = Span { source: c.source, start: c.start, end: c.end };
            if evidence.slice(span) != c.quote {
                wrong.push(format!("{}: {}", folder.display(), c.quote));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
