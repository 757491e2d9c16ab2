//! Tests: what stands beside a command before anybody approves it, held against what was given.

use hotwash::analyst::{Knowledge, Request, investigate};
use hotwash::app::dialog::Dialog;
use hotwash::domain::{Evidence, Origin, Report, Source, SourceId};

use crate::bench::Bench;

const WIDE: (u16, u16) = (100, 30);

/// The report on one paste.
fn report(text: &str) -> Report {
    let source = Source { id: SourceId(0), name: "paste 1".into(), origin: Origin::Paste, text: text.into() };
    let evidence = Evidence { readings: vec![hotwash::intake::read(&source)], sources: vec![source] };
    let mut on_step = |_: &hotwash::domain::Step| std::ops::ControlFlow::Continue(());
    investigate(&evidence, &Request::default(), Knowledge::embedded(), &mut on_step).unwrap()
}

#[test]
fn what_a_person_fills_in_is_held_against_what_was_given() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 r 'stagging' enter");
    let Some(Dialog::Approval(a)) = b.desk.dialog.clone() else { panic!("{}", b.screen()) };
    assert!(a.notes.iter().any(|n| n.contains("namespace `stagging` is not in what was given")), "{:?}", a.notes);
    b.wait(400).keys("esc");
    // More evidence names it: the note goes.
    b.paste("2026-06-02T09:15:00Z kubelet namespace=stagging pod order-svc-7 evicted\n");
    b.keys("4 r");
    let Some(Dialog::Approval(a)) = b.desk.dialog.clone() else { panic!("{}", b.screen()) };
    assert!(!a.notes.iter().any(|n| n.contains("namespace `stagging`")), "{:?}", a.notes);
}

#[test]
fn a_reports_own_commands_rest_on_the_evidence_or_say_what_they_do_not_rest_on() {
    let text = "\
2026-06-02T09:10:00Z deploy-bot INFO order-svc v2.4.1 rolled out in namespace=shop
2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space
2026-06-02T09:12:01Z kubelet WARN pod order-svc-7d9f8c6b5d-x2x1z container order-svc OOMKilled exit code 137 (limit 512Mi)
";
    let report = report(text);
    let commands = report.checklist.iter().filter_map(|c| Some((c.command.as_deref()?, &c.notes)));
    let mut seen = 0;
    for (command, notes) in commands {
        seen += 1;
        assert!(
            !notes.iter().any(|n| n.contains("`‹") || n.contains("is not in what was given")),
            "{command}: {notes:?}"
        );
    }
    assert!(seen > 0, "{:?}", report.checklist);
}

#[test]
fn a_command_that_needs_a_cluster_says_when_there_is_none() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 r 'shop' enter");
    assert!(!b.says("no kube context is set"), "{}", b.screen());
    let none = hotwash::journal::event::RunContext { kube: None, ..crate::bench::context() };
    b.input(hotwash::app::Input::Context(none));
    assert!(b.says("no kube context is set here"), "{}", b.screen());
}
