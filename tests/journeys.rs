//! Journeys: what a responder does, as keys, and what comes of it.

use hotwash::app::dialog::Dialog;
use hotwash::app::panel::Panel;
use hotwash::app::{Effect, HomeRow, Input, Mode, Screen};
use hotwash::domain::{Origin, Outcome, Verdict};
use hotwash::fault::Fault;
use hotwash::journal::event::{Author, Event};

use crate::bench::{Bench, INCIDENT, clock, on_home};

const WIDE: (u16, u16) = (80, 24);

#[test]
fn a_paste_on_the_home_screen_begins_a_session_and_its_investigation() {
    let mut b = Bench::new(WIDE);
    assert!(on_home(&b));
    b.paste(INCIDENT);
    assert_eq!(b.desk.screen, Screen::Session);
    let kinds: Vec<&Event> = b.events();
    assert!(matches!(kinds[0], Event::SessionStarted { .. }));
    assert!(matches!(kinds[1], Event::SourceAdded { .. }));
    assert!(matches!(kinds[2], Event::InvestigationStarted { run: 1, .. }));
    assert_eq!(kinds.iter().filter(|e| matches!(e, Event::StepTaken { .. })).count(), 4);
    assert!(b.says("java.lang.OutOfMemoryError"), "{}", b.screen());
    assert!(b.says("SEVERITY UNDECIDED"));
}

#[test]
fn enter_on_a_claim_jumps_to_the_cited_line_and_b_jumps_back() {
    let mut b = Bench::investigated(WIDE);
    b.keys("3 j enter");
    assert_eq!(b.desk.focus, Panel::Evidence);
    assert_eq!(b.desk.cited.as_ref().map(|c| c.line), Some(2));
    let row = b.screen().lines().find(|l| l.contains('❯') && l.contains("OutOfMemoryError")).map(str::to_owned);
    assert!(row.is_some(), "{}", b.screen());
    b.keys("b");
    assert_eq!(b.desk.focus, Panel::Hypotheses);
}

#[test]
fn people_confirm_rule_out_add_and_rank_with_a_reason() {
    let mut b = Bench::investigated(WIDE);
    b.keys("3 c 'heap dump agrees' enter");
    b.keys("a 'redis' enter 'redis evicted the sessions' enter");
    b.keys("r '2' enter 'seen before' enter");
    let by: Vec<_> =
        b.records.iter().filter(|r| r.by == Author::Person("kim".into())).map(|r| r.event.clone()).collect();
    assert!(by.contains(&Event::HypothesisJudged {
        hypothesis: "order-svc/1".into(),
        verdict: Verdict::Confirmed,
        reason: "heap dump agrees".into()
    }));
    assert!(by.iter().any(|e| matches!(e, Event::HypothesisAdded { hypothesis, .. } if hypothesis == "redis/added-1")));
    assert!(by.contains(&Event::HypothesisRanked {
        hypothesis: "order-svc/1".into(),
        rank: 2,
        reason: "seen before".into()
    }));
    let standing = hotwash::app::standing::hypotheses(&b.session);
    assert_eq!(standing[1].id, "order-svc/1");
    assert_eq!(standing[1].verdict, Verdict::Confirmed);
    assert!(b.says("[confirmed]"), "{}", b.screen());
}

#[test]
fn a_judgement_without_a_reason_changes_nothing() {
    let mut b = Bench::investigated(WIDE);
    let before = b.records.len();
    b.keys("3 c enter");
    assert_eq!(b.records.len(), before);
    assert!(b.says("nothing typed"), "{}", b.screen());
    b.keys("1");
    assert_eq!(b.desk.focus, Panel::Hypotheses, "the question keeps the keys");
}

#[test]
fn a_check_runs_after_its_blanks_and_the_approval_of_its_exact_text() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 r");
    assert!(b.says("namespace?"), "{}", b.screen());
    b.keys("'shop' enter");
    assert!(b.events().contains(&&Event::BlankFilled { name: "namespace".into(), value: "shop".into() }));
    assert!(b.says("kubectl logs -n shop deploy/order-svc --tail 50"), "{}", b.screen());
    assert!(b.says("prod/shop") && b.says("kim@laptop"));
    b.wait(400).keys("y ctrl-y");
    let Some(Effect::Run { command, context, .. }) = b.runs().first().copied().cloned() else {
        panic!("{}", b.screen())
    };
    assert_eq!(command, "kubectl logs -n shop deploy/order-svc --tail 50");
    assert_eq!(context.kube.as_deref(), Some("prod/shop"));
    let approved = b.events().iter().position(|e| matches!(e, Event::RunApproved { .. })).unwrap();
    b.input(Input::RunStarted { run: 1, pid: 77 });
    b.input(Input::RunOutput { run: 1, text: "one line\n".into() });
    assert!(b.says("RUNNING") && b.says("one line"), "{}", b.screen());
    let how = "exited".to_owned();
    let output = "boom: OutOfMemoryError\n".to_owned();
    b.input(Input::RunEnded { run: 1, status: Some(0), how, output, dropped: 0 });
    let after: Vec<&Event> = b.events().split_off(approved);
    let order: Vec<usize> = [
        after.iter().position(|e| matches!(e, Event::RunEnded { .. })),
        after.iter().position(|e| matches!(e, Event::SourceAdded { origin: Origin::Output { run: 1, .. }, .. })),
        after.iter().position(|e| matches!(e, Event::CheckJudged { run: Some(1), .. })),
        after.iter().position(|e| matches!(e, Event::InvestigationStarted { run: 2, .. })),
        after.iter().rposition(|e| matches!(e, Event::ReportReady { run: 2, .. })),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert_eq!(order.len(), 5, "{after:?}");
    assert!(order.is_sorted());
}

#[test]
fn a_pasted_output_is_judged_beside_its_check() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 v");
    b.paste("java.lang.OutOfMemoryError again\n");
    let judged = b.session.checks.get("heap").cloned().unwrap();
    assert_eq!(judged.outcome, Outcome::Pass);
    assert_eq!(judged.decided_by.map(|c| (c.source.0, c.line)), Some((1, 1)));
    let first = &hotwash::app::standing::hypotheses(&b.session)[0];
    assert_eq!(first.verdict, Verdict::Strengthened, "output is evidence like any other");
    let origin = &b.session.evidence.sources[1].origin;
    assert_eq!(*origin, Origin::PastedOutput { check: "heap".into() });
}

#[test]
fn enter_never_approves_and_neither_does_the_first_third_of_a_second() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 j j j j j j j j r");
    assert!(b.says("kubectl get pods"), "{}", b.screen());
    b.keys("y ctrl-y");
    assert!(b.runs().is_empty(), "the dialog is dead for 300 ms");
    b.wait(400).keys("y enter enter enter");
    assert!(b.runs().is_empty(), "Enter approves nothing");
}

#[test]
fn a_destructive_command_wants_its_targets_name() {
    let mut b = Bench::investigated(WIDE);
    b.keys("6 r").wait(400);
    assert!(b.says("order-svc-7"), "{}", b.screen());
    b.keys("y ctrl-y");
    assert!(b.runs().is_empty());
    // What its dry run would be makes it longer than this screen.
    b.keys("pgdn backspace 'order-svc-7' ctrl-y");
    assert_eq!(b.runs().len(), 1, "{}", b.screen());
}

#[test]
fn keys_that_were_read_at_once_or_before_the_dialog_are_no_typing_however_late_they_are_taken_in() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 j j j j j j j j");
    let ahead = b.desk.now;
    b.keys("r").wait(900);
    b.input(Input::KeysAt(ahead));
    b.keys("y").wait(900).keys("ctrl-y");
    assert!(b.runs().is_empty(), "typed before the dialog stood there");
    b.input(Input::KeysAt(b.desk.now));
    b.wait(900).keys("y").wait(900).keys("ctrl-y");
    assert!(b.runs().is_empty(), "both were read in the same moment");
}

#[test]
fn keys_that_come_in_a_burst_are_no_typing() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 j j j j j j j j r").wait(400);
    for name in ["y", "ctrl-y"] {
        b.desk.now -= chrono::Duration::milliseconds(95);
        b.input(Input::Key(hotwash::app::keymap::parse_key(name).unwrap()));
    }
    assert!(b.runs().is_empty(), "{}", b.screen());
}

#[test]
fn a_command_that_was_not_read_to_its_end_is_not_approved() {
    let mut b = Bench::investigated(WIDE);
    let mut report = (**b.session.report.as_ref().unwrap()).clone();
    report.checklist[1].command = Some(format!("echo {}rm -rf /", "padding ".repeat(400)));
    b.session.report = Some(report.into());
    b.keys("4 j j j j j j j j r").wait(400);
    let phrase = match &b.desk.dialog {
        Some(Dialog::Approval(a)) => a.phrase.clone(),
        other => panic!("{other:?}"),
    };
    b.keys(&format!("'{phrase}' ctrl-y"));
    assert!(b.runs().is_empty());
    assert!(b.says("scroll"), "{}", b.screen());
    for _ in 0..200 {
        b.keys("down");
    }
    b.keys("ctrl-y");
    assert_eq!(b.runs().len(), 1, "{}", b.screen());
}

#[test]
fn a_resize_makes_the_approval_be_read_again() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 j j j j j j j j r").wait(400).keys("y");
    b.input(Input::Resize(40, 12));
    b.keys("ctrl-y");
    assert!(b.runs().is_empty(), "{}", b.screen());
}

#[test]
fn a_look_alike_is_marked_and_an_invisible_character_is_refused() {
    let mut b = Bench::investigated(WIDE);
    let mut report = (**b.session.report.as_ref().unwrap()).clone();
    report.checklist[1].command = Some("kubectl get p\u{43e}ds".into());
    b.session.report = Some(report.clone().into());
    b.keys("4 j j j j j j j j r").wait(400);
    assert!(b.says("‹U+043E›"), "{}", b.screen());
    b.keys("esc");
    report.checklist[1].command = Some("kubectl get \u{202e}sdop".into());
    b.session.report = Some(report.into());
    b.keys("r").wait(400).keys("y ctrl-y");
    assert!(b.says("‹U+202E›") && b.says("can't be seen"), "{}", b.screen());
    assert!(b.runs().is_empty());
}

#[test]
fn the_postmortem_is_saved_as_it_is_typed_and_left_as_it_was_typed() {
    let mut b = Bench::investigated(WIDE);
    b.keys("p e 'Hello'");
    assert!(!b.session.postmortem.edited, "typing is coalesced");
    b.wait(500);
    assert!(b.session.postmortem.text.starts_with("Hello# Postmortem"));
    b.keys("ctrl-n 'X' esc");
    assert!(b.session.postmortem.text.contains("X[FILL IN: affected users]"));
    let saves = b.session.postmortem.saves;
    b.keys("1 p");
    assert_eq!(b.session.postmortem.saves, saves, "nothing is saved twice");
}

#[test]
fn a_new_report_does_not_overwrite_what_was_written() {
    let mut b = Bench::investigated(WIDE);
    b.keys("p e 'Mine' esc I");
    assert!(b.session.postmortem.text.starts_with("Mine"));
}

#[test]
fn the_view_stays_put_while_reading_back_and_counts_what_is_new() {
    let mut b = Bench::investigated((80, 10));
    b.keys("2 g");
    let before = b.screen();
    b.keys("I");
    let first = |s: &str| s.lines().nth(3).unwrap_or("").to_owned();
    assert_eq!(first(&b.screen()), first(&before));
    assert!(b.says("4 new below"), "{}", b.screen());
    b.keys("G");
    assert!(!b.says("new below"));
}

#[test]
fn search_goes_to_the_next_match_around_the_end() {
    let mut b = Bench::investigated(WIDE);
    b.keys("1 / 'api-gateway' enter");
    let at = |b: &Bench| b.desk.place(Panel::Evidence).cursor;
    let first = at(&b);
    b.keys("n");
    assert_eq!(at(&b), first + 1);
    b.keys("n");
    assert_eq!(at(&b), first);
    b.keys("N");
    assert_eq!(at(&b), first + 1);
}

#[test]
fn review_writes_nothing_and_runs_nothing() {
    let mut b = Bench::investigated(WIDE);
    b.desk.mode = Mode::Review;
    let (records, effects) = (b.records.len(), b.effects.len());
    b.keys("3 c 'x' enter 4 r y ctrl-y m 'note' enter I p e 'x' esc t 'x' enter");
    b.paste("more\n");
    b.input(Input::Hangup);
    assert_eq!(b.records.len(), records);
    let allowed = |e: &Effect| {
        matches!(e, Effect::Wake { .. } | Effect::Quit | Effect::Seek(_) | Effect::Copy { .. } | Effect::Export { .. })
    };
    assert!(b.effects[effects..].iter().all(allowed), "{:?}", &b.effects[effects..]);
}

#[test]
fn a_failed_write_is_said_until_one_succeeds_and_quit_asks_once() {
    let mut b = Bench::investigated(WIDE);
    b.input(Input::SaveFailed(Fault::environment("no space left on device", "free some")));
    assert!(b.says("NOT SAVED: no space left on device"), "{}", b.screen());
    b.keys("q");
    assert!(!b.effects.contains(&Effect::Quit));
    b.input(Input::Saved(b.session.seq));
    assert!(!b.says("NOT SAVED: no space left on device · "));
    b.keys("1 q");
    assert!(b.effects.contains(&Effect::Quit));
}

#[test]
fn a_reopened_session_says_what_has_no_end_and_starts_nothing() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 j j j j j j j j r").wait(400).keys("y ctrl-y");
    b.input(Input::RunStarted { run: 1, pid: 9 });
    let effects = b.effects.len();
    b.input(Input::Opened);
    assert!(b.says("1 command has no recorded end"), "{}", b.screen());
    b.keys("u");
    assert!(b.says("OUTCOME UNKNOWN"), "{}", b.screen());
    assert!(!b.effects[effects..].iter().any(|e| matches!(e, Effect::Run { .. })));
}

#[test]
fn a_cancelled_run_says_so_until_what_it_wrote_has_been_read() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 j j j j j j j j r").wait(400).keys("y ctrl-y");
    b.input(Input::RunStarted { run: 1, pid: 9 });
    b.keys("u");
    assert!(b.says("RUNNING"), "{}", b.screen());
    b.keys("c");
    assert!(b.effects.contains(&Effect::Cancel { run: 1 }) && b.says("CANCELLED, ending it"), "{}", b.screen());
    b.input(Input::RunRead { run: 1 });
    assert!(b.says("cancelled, reading what it wrote"), "{}", b.screen());
    let (how, output) = ("cancelled".into(), "y\n".into());
    b.input(Input::RunEnded { run: 1, status: None, how, output, dropped: 0 });
    assert!(!b.says("reading what it wrote") && b.desk.ending.is_empty(), "{}", b.screen());
}

#[test]
fn steps_of_a_stopped_investigation_are_dropped() {
    let mut b = Bench::investigated(WIDE);
    let step = crate::bench::steps(&b.session).remove(0);
    let turn = b.input(Input::Step { run: 1, step });
    assert_eq!(turn.events, vec![]);
}

#[test]
fn the_home_screen_lists_sessions_and_opens_the_one_under_the_cursor() {
    let mut b = Bench::new(WIDE);
    let row = |id: &str, title: &str| HomeRow {
        id: id.into(),
        title: title.into(),
        started: Some(clock()),
        last: Some(clock()),
        severity: "SEV2".into(),
        records: 12,
        ..HomeRow::default()
    };
    b.input(Input::Sessions(vec![row("aaaaaaaa-1", "checkout down"), row("bbbbbbbb-2", "dns")]));
    assert!(b.says("checkout down") && b.says("dns"), "{}", b.screen());
    b.keys("enter");
    assert!(b.effects.contains(&Effect::OpenSession { id: "aaaaaaaa-1".into() }), "Enter goes on with the newest");
    b.keys("G enter");
    assert!(b.effects.contains(&Effect::OpenSession { id: "bbbbbbbb-2".into() }));
}

#[test]
fn the_palette_finds_by_a_few_letters_and_does_it() {
    let mut b = Bench::investigated(WIDE);
    b.keys("ctrl-p 'timel' enter");
    assert_eq!(b.desk.focus, Panel::Timeline);
}

#[test]
fn every_panel_is_one_key_away() {
    let mut b = Bench::investigated(WIDE);
    for panel in Panel::ALL {
        let key = b.desk.keys.key_of(panel.action());
        b.keys(&key);
        assert_eq!(b.desk.focus, *panel, "{key}");
        assert!(b.says(panel.title()), "{}", b.screen());
    }
}

#[test]
fn pastes_reach_no_dialog_and_approve_nothing() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 j j j j j j j j r").wait(400);
    let records = b.records.len();
    for text in ["y", "y\u{19}", "run\r", "\r\ry\u{19}", "order-svc-7\n"] {
        b.paste(text);
    }
    b.keys("ctrl-y");
    assert_eq!(b.records.len(), records);
    assert!(b.runs().is_empty());
}

#[test]
fn the_readmes_keys_are_the_tables() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let Ok(text) = std::fs::read_to_string(readme) else { return };
    let Some((_, rest)) = text.split_once("<!-- keys:begin -->") else { return };
    let (section, end) = rest.split_once("<!-- keys:end -->").expect("the end marker");
    if std::env::var_os("HOTWASH_WRITE_README").is_some() {
        let (begin, _) = text.split_once("<!-- keys:begin -->").unwrap();
        let keys = hotwash::app::action::keys_markdown();
        let whole = format!("{begin}<!-- keys:begin -->\n{keys}\n<!-- keys:end -->{end}");
        return std::fs::write(readme, whole).unwrap();
    }
    assert_eq!(section.trim(), hotwash::app::action::keys_markdown().trim(), "HOTWASH_WRITE_README=1 writes it anew");
}

#[test]
fn an_unclear_output_moves_no_hypothesis() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 j j j j j j j j v");
    b.paste("nothing of note\n");
    let judged = b.session.checks.get("pods").map(|j| j.outcome);
    assert_eq!(judged, Some(Outcome::Unclear));
    assert_eq!(hotwash::app::standing::hypotheses(&b.session)[0].verdict, Verdict::Proposed);
}

#[test]
fn a_blank_offers_what_the_evidence_names() {
    let table = "\
$ kubectl get pods -A
NAMESPACE   NAME                READY   STATUS             RESTARTS   AGE
checkout    cart-5d8f7c-x2x1    0/1     CrashLoopBackOff   9          31m
billing     ledger-77c4-p0p0    1/1     Running            0          4d
";
    let mut b = Bench::investigated(WIDE);
    b.paste(table);
    b.keys("4 r");
    assert!(b.says("tab: "), "{}", b.screen());
    let offers = b.desk.prompt.as_ref().map(|p| p.offers.clone()).unwrap_or_default();
    assert!(offers.iter().any(|o| o == "checkout") && offers.iter().any(|o| o == "billing"), "{offers:?}");
    assert!(!offers.iter().any(|o| o == "NAME" || o == "READY"), "{offers:?}");
    b.keys("tab enter");
    assert!(b.events().iter().any(|e| matches!(e, Event::BlankFilled { name, .. } if name == "namespace")));
}

#[test]
fn a_blank_filled_wrongly_is_changed_before_anything_runs() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 r 'shpo' enter").wait(400).keys("esc e");
    assert_eq!(b.desk.prompt.as_ref().map(|p| p.text.as_str()), Some("shpo"), "{}", b.screen());
    b.keys("ctrl-u 'shop' enter");
    assert!(b.says("kubectl logs -n shop deploy/order-svc --tail 50"), "{}", b.screen());
    assert!(b.runs().is_empty());
}

#[test]
fn the_checklists_label_is_the_approvals() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 r 'shop' enter");
    let Some(Dialog::Approval(a)) = b.desk.dialog.clone() else { panic!("{}", b.screen()) };
    b.wait(400).keys("esc");
    let row = b.screen().lines().find(|l| l.contains(" label ")).map(str::to_owned).unwrap_or_default();
    assert!(row.contains(a.label.name()), "{row} against {}", a.label.name());
}

#[test]
fn what_was_typed_wrongly_in_an_approval_says_how_to_take_it_back() {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 r 'shop' enter").wait(400).keys("4").wait(100);
    assert!(b.says("backspace takes it back"), "{}", b.screen());
    assert!(b.says("leave: nothing runs"), "{}", b.screen());
    b.keys("backspace").wait(100).keys("y").wait(100);
    assert!(b.says("ready: ctrl-y runs it"), "{}", b.screen());
}

#[test]
fn saved_sessions_of_one_day_are_told_apart_on_the_home_screen() {
    let mut b = Bench::new(WIDE);
    let saved = |end: &str| HomeRow { id: format!("01a203e6-808b-76ad-b22f-{end}"), ..HomeRow::default() };
    b.input(Input::Sessions(vec![saved("7732ee529121"), saved("000000000002")]));
    assert!(b.says("ee529121") && b.says("00000002"), "{}", b.screen());
}

#[test]
fn a_command_that_failed_is_not_judged_as_if_it_had_answered() {
    let mut b = Bench::investigated(WIDE);
    let report = b.session.report.as_mut().map(std::sync::Arc::make_mut);
    if let Some(check) = report.and_then(|r| r.checklist.first_mut()) {
        (check.rule, check.expect) = (None, "one application holds most of them".into());
    }
    b.keys("4 r 'shop' enter").wait(400).keys("y ctrl-y");
    b.input(Input::RunStarted { run: 1, pid: 77 });
    b.input(Input::RunEnded { run: 1, status: Some(2), how: "exited".into(), output: String::new(), dropped: 0 });
    let judged = b.session.checks.get("heap").cloned().unwrap();
    assert_eq!(judged.outcome, Outcome::Unclear);
    assert!(judged.because.contains("status 2"), "{}", judged.because);
}

#[test]
fn where_an_export_went_names_the_file_before_the_folder() {
    let mut b = Bench::investigated(WIDE);
    let (format, digest) = ("markdown".to_owned(), "00".to_owned());
    b.input(Input::Exported { format, to: "/very/long/folder/postmortem.md".into(), digest });
    assert!(b.says("wrote postmortem.md in /very/long/folder"), "{}", b.screen());
}
