//! The fold: whole, total, and fair to what people said.

use hotwash::domain::{SourceId, Verdict};
use hotwash::journal::{Body, Event};
use hotwash::session::{RunState, Session, standing};

use super::script::{fold, notes, records};

#[test]
fn the_incident_folds_to_what_happened_in_it() {
    let session = fold(&records());
    assert_eq!(session.title, "catalog writes fail: audit log filled /var");
    assert_eq!((session.seq, session.evidence.sources.len(), session.investigations.len()), (32, 3, 2));
    assert_eq!(session.investigations[0].steps.len(), 4);
    assert!(session.postmortem.edited && session.postmortem.text.contains("filled /var"));
    assert!(session.postmortem.draft.contains("[FILL IN]"));
    let states: Vec<RunState> = session.runs.values().map(|r| r.state).collect();
    assert_eq!(states, [RunState::Ended, RunState::Started, RunState::Approved]);
    assert_eq!(session.runs.values().filter(|r| r.is_unfinished()).count(), 2);
    assert_eq!(session.unknown_events, 0);
}

#[test]
fn a_citation_s_quote_is_its_slice() {
    let session = fold(&records());
    for citation in session.report.iter().flat_map(|r| &r.evidence) {
        let text = session.evidence.text(citation.source);
        assert_eq!(text.get(citation.start..citation.end), Some(citation.quote.as_str()));
    }
}

#[test]
fn the_order_of_hypotheses_is_a_person_s_last_word() {
    let all = records();
    let ids = |s: &Session| standing::hypotheses(s).iter().map(|h| h.id.to_owned()).collect::<Vec<_>>();
    // As the engine left them; then with one added and put second; then with the first confirmed.
    assert_eq!(ids(&Session::at(&all, 9)), ["catalog-api/log-fills-disk", "catalog-db/wal-fills-disk"]);
    let added = ["catalog-api/log-fills-disk", "catalog-db/added-1", "catalog-db/wal-fills-disk"];
    assert_eq!(ids(&Session::at(&all, 12)), added);
    let mut session = fold(&all);
    let first = &standing::hypotheses(&session)[0];
    assert_eq!((first.id, first.rank, first.verdict), ("catalog-api/log-fills-disk", 1, Verdict::Confirmed));
    assert!(first.because.iter().any(|b| b.contains("confirmed by mira")), "{:?}", first.because);
    let mut out = all[23].clone();
    if let Event::HypothesisJudged { verdict, .. } = &mut out.event {
        *verdict = Verdict::RuledOut;
    }
    session.apply(&out);
    assert_eq!(ids(&session).last().map(String::as_str), Some("catalog-api/log-fills-disk"));
}

#[test]
fn a_judged_hypothesis_stays_when_a_later_report_has_it_no_more() {
    let mut all = records();
    let mut again = all[7].clone();
    if let Event::ReportReady { report, .. } = &mut again.event {
        report.hypotheses.retain(|h| h.id != "catalog-api/log-fills-disk");
    }
    all.push(again);
    let session = fold(&all);
    let standing = standing::hypotheses(&session);
    assert!(standing.iter().any(|h| h.id == "catalog-api/log-fills-disk" && h.verdict == Verdict::Confirmed));
}

#[test]
fn whoever_opens_a_session_again_finds_no_investigation_running() {
    let mut all: Vec<_> = records().into_iter().take(4).collect();
    assert_eq!(fold(&all).investigations[0].ended, None);
    all.push(records()[29].clone());
    assert_eq!(fold(&all).investigations[0].ended.as_deref(), Some("interrupted"));
}

#[test]
fn a_source_keeps_its_number_when_one_before_it_was_lost() {
    let without: Vec<_> = records().into_iter().filter(|r| r.seq != 19).collect();
    let session = fold(&without);
    assert_eq!(session.evidence.sources.len(), 3);
    assert_eq!(session.evidence.sources[1].name, "source 1 is missing");
    assert!(session.evidence.text(SourceId(2)).contains("write 299 failed"));
    assert_eq!(session.evidence.readings.len(), 3);
    // A number that only damage can have made is not believed.
    let mut wild = records()[1].clone();
    if let Event::SourceAdded { source, .. } = &mut wild.event {
        *source = SourceId(u32::MAX);
    }
    assert_eq!(fold(&[wild]).evidence.sources.len(), 0);
}

#[test]
fn a_missing_blob_does_not_pass_for_an_empty_text() {
    let mut all = records();
    for record in &mut all {
        if let Some(Body { text, .. }) = record.event.body_mut().filter(|b| b.len < 20_000) {
            *text = None;
        }
    }
    let session = fold(&all);
    assert!(session.runs[&1].output.contains("/dev/nvme1n1"), "what was streamed stays");
}

#[test]
fn a_hundred_thousand_records_fold_and_step_back_quickly() {
    let all = notes(100_000);
    let begun = std::time::Instant::now();
    let session = fold(&all);
    let folded = begun.elapsed();
    assert_eq!(session.notes.len(), 100_000);
    let mut line = hotwash::session::Timeline::new(all);
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        line.step(-1);
    }
    let step = begun.elapsed() / 20;
    println!("fold of 100,000 records: {folded:?}; one step back: {step:?}");
    assert!(folded.as_secs() < 60 && step.as_secs() < 20);
}
