//! One command that two hypotheses share: its output is read for each by what that one expects.

use hotwash::domain::check::{Expectation, Meaning};
use hotwash::domain::{Outcome, Verdict};
use std::sync::Arc;

use crate::bench::Bench;

fn shared() -> Bench {
    let mut b = Bench::investigated((120, 36));
    let report = Arc::make_mut(b.session.report.as_mut().unwrap());
    let ids: Vec<String> = report.hypotheses.iter().map(|h| h.id.clone()).collect();
    let check = &mut report.checklist[0];
    let meaning = |id: &str, expect: &str, rank: u32, rule: Expectation| Meaning {
        id: id.into(),
        expect: expect.into(),
        rule: Some(rule),
        settles: vec![rank],
        hypotheses: vec![ids[rank as usize - 1].clone()],
        confirms: rank == 2,
    };
    let reachable = Expectation::Absent { pattern: "refused".into() };
    let refused = Expectation::Contains { text: "refused".into() };
    check.meanings = vec![meaning("heap", "It answers.", 1, reachable), meaning("gate", "Refused.", 2, refused)];
    check.settles = vec![1, 2];
    check.hypotheses = ids;
    b
}

#[test]
fn a_shared_commands_output_is_judged_for_each_hypothesis_by_its_own_rule() {
    let mut b = shared();
    b.keys("4 v");
    b.paste("dial tcp 10.0.0.7:8080: connection refused\n");
    let outcome = |id: &str| b.session.checks.get(id).map(|j| j.outcome);
    assert_eq!((outcome("heap"), outcome("gate")), (Some(Outcome::Fail), Some(Outcome::Pass)));
    let standing = hotwash::app::standing::hypotheses(&b.session);
    let verdict = |id: &str| standing.iter().find(|h| h.id.starts_with(id)).unwrap().verdict;
    assert_eq!((verdict("order-svc"), verdict("api-gateway")), (Verdict::Weakened, Verdict::Confirmed));
}

#[test]
fn the_checklist_says_for_which_hypothesis_it_came_out_how() {
    let mut b = shared();
    let report = b.session.report.clone();
    b.keys("4 v");
    b.paste("dial tcp 10.0.0.7:8080: connection refused\n");
    b.session.report = report;
    b.keys("4");
    assert!(b.says("[FAIL for #1]") && b.says("[PASS for #2]"), "{}", b.screen());
}
