//! Evidence for tests: what somebody pasted, read as it is live.

use crate::analyst::{Knowledge, Request, investigate};
use crate::domain::{Evidence, Origin, Report, Source, SourceId, Step};

/// One source of that text.
pub fn pasted(text: &str) -> Evidence {
    all_pasted(&[text])
}

/// A source of each text, in order.
pub fn all_pasted(texts: &[&str]) -> Evidence {
    let mut evidence = Evidence::default();
    for (n, text) in (0..).zip(texts) {
        let source =
            Source { id: SourceId(n), name: format!("paste {n}"), origin: Origin::Paste, text: (*text).into() };
        evidence.readings.push(crate::intake::read(&source));
        evidence.sources.push(source);
    }
    evidence
}

/// The report of one paste.
pub fn report_of(text: &str) -> Report {
    let mut go_on = |_: &Step| std::ops::ControlFlow::Continue(());
    investigate(&pasted(text), &Request::default(), Knowledge::embedded(), &mut go_on).unwrap()
}
