//! Tests: the 52 faults that two published reports have. For each: a page with the fault is caught
//! by the rule named, in our own words over our own fixture and, where the seeds are at hand, in the
//! seed itself; and our own report on the same context does not have it.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use hotwash::analyst::{Knowledge, Request, grounding, investigate};
use hotwash::domain::report::Conclusion;
use hotwash::domain::{Evidence, NoticeKind, Origin, Report, Source, SourceId, StepKind, Support};

pub mod pages;
mod seed_one;
pub mod seed_two;

/// A page, the evidence it is about, and what grounding says of it.
pub struct Judged {
    page: String,
    found: Vec<grounding::Finding>,
}

impl Judged {
    fn of(page: &str, evidence: &Evidence) -> Self {
        let mut found = grounding::prose(page, evidence);
        for lint in hotwash::export::lint::lint(page, Some(evidence)) {
            found.push(grounding::Finding {
                path: format!("line {}", lint.line),
                rule: lint.rule,
                what: lint.reason,
                fix: lint.fix,
            });
        }
        Self { page: page.to_owned(), found }
    }

    /// True when the rule was broken on a line that holds the words (or, for what is missing, anywhere).
    fn caught(&self, rule: &str, words: &str) -> bool {
        self.found.iter().filter(|f| f.rule == rule).any(|f| {
            let no = f.path.strip_prefix("line ").and_then(|n| n.parse::<usize>().ok());
            let line = no.and_then(|n| self.page.lines().nth(n - 1)).unwrap_or("");
            line.contains(words) || f.what.contains(words)
        })
    }
}

pub fn evidence(text: &str) -> Evidence {
    let source = Source { id: SourceId(0), name: "paste 1".into(), origin: Origin::Paste, text: Arc::from(text) };
    let reading = hotwash::intake::read(&source);
    Evidence { sources: vec![source], readings: vec![reading] }
}

pub fn report(evidence: &Evidence, title: &str) -> Report {
    static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::embedded().clone());
    let request = Request { title: title.into(), service: None, session: None };
    let mut keep = |_: &_| std::ops::ControlFlow::Continue(());
    investigate(evidence, &request, &KNOWLEDGE, &mut keep).unwrap()
}

/// The folder of shared material, where it is at hand.
pub fn shared() -> Option<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("HOTWASH_SHARED").map(PathBuf::from);
    named.into_iter().chain([here.join("../shared"), here.join("../../shared")]).find(|p| p.is_dir())
}

pub fn seed(name: &str) -> Option<String> {
    let text = shared().and_then(|p| std::fs::read_to_string(p.join("seeds").join(name)).ok());
    if text.is_none() {
        println!("skipped: the seeds are not at hand");
    }
    text
}

/// Every sentence that a report shows.
pub fn all_text(r: &Report) -> String {
    serde_json::to_string(r).unwrap() + &r.postmortem.markdown
}
