//! Tests: a run is exactly the approved text, is bounded, and leaves nothing behind.

use std::time::{Duration, Instant};

use hotwash::app::Input;
use hotwash::intake::secrets::{Masks, mask};
use hotwash::journal::event::RunContext;
use hotwash::runtime::process::{Start, start};
use tokio::sync::mpsc;

struct Ran {
    live: String,
    status: Option<i32>,
    how: String,
    output: String,
    dropped: u64,
    took: Duration,
}

/// In place of a time: as soon as more came than is kept, however fast the machine is.
const WHEN_IT_FLOODS: u64 = u64::MAX;

fn ran(command: &str, timeout_s: u64, cancel_after: Option<u64>) -> Ran {
    let (to, mut from) = mpsc::channel(16);
    let mut masks = Masks::new([9; 32]);
    let masking = Box::new(move |text: String| (mask(&text, &mut masks).text.into_owned(), Vec::new()));
    let context = RunContext { directory: "/tmp".into(), ..RunContext::default() };
    let began = Instant::now();
    let what = Start { run: 7, command: command.into(), context, timeout: Duration::from_secs(timeout_s) };
    let handle = start(what, masking, to);
    if let Some(ms) = cancel_after.filter(|ms| *ms != WHEN_IT_FLOODS) {
        let handle = handle.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(ms));
            handle.cancel();
        });
    }
    let mut live = String::new();
    loop {
        match from.blocking_recv().unwrap() {
            Input::RunOutput { text, .. } => live.push_str(&text),
            Input::RunFloods { .. } if cancel_after == Some(WHEN_IT_FLOODS) => handle.cancel(),
            Input::RunEnded { status, how, output, dropped, .. } => {
                return Ran { live, status, how, output, dropped, took: began.elapsed() };
            }
            _ => {}
        }
    }
}

#[test]
fn output_and_exit_status_come_back() {
    let ran = ran("pwd; echo to-stderr >&2; echo 'a  b'; exit 3", 10, None);
    assert_eq!((ran.status, ran.how.as_str()), (Some(3), "exited"));
    assert_eq!(ran.output, "/tmp\nto-stderr\na  b\n");
    assert_eq!(ran.dropped, 0);
}

#[test]
fn the_bytes_that_run_are_the_bytes_that_were_approved() {
    let ran = ran("printf '%s|' \"$0\" \"a  b\" '$HOME' ; printf '%s' \"x\ny\"", 10, None);
    assert!(ran.output.contains("a  b|$HOME|x\ny"), "{}", ran.output);
}

#[test]
fn the_environment_is_scrubbed_and_nothing_waits_for_input() {
    let ran = ran("echo pager=$PAGER env=$BASH_ENV; cat; read x; head -c1 /dev/tty; echo done", 60, None);
    assert!(ran.output.contains("pager=cat env=\n") && ran.output.ends_with("done\n"), "{}", ran.output);
    assert!(ran.took < Duration::from_secs(50));
}

#[test]
fn colours_of_output_are_gone_live_and_at_the_end_and_whatever_else_is_obeyed_is_marked() {
    let ran =
        ran("printf '\\033[1;31mERROR\\033[0m \\033[2Jx\\n'; sleep 0.4; printf '\\033[38;5;9mend\\033[m\\n'", 10, None);
    assert_eq!(ran.output, "ERROR ␛[2Jx\nend\n");
    assert!(ran.live.starts_with("ERROR ␛[2Jx\n"), "{}", ran.live);
}

#[test]
fn secrets_in_output_are_masked_live_and_at_the_end() {
    let ran = ran("echo DB_PASSWORD=hun''ter2x; sleep 0.4; echo end", 10, None);
    assert_eq!(ran.output, "DB_PASSWORD=‹password-1›\nend\n");
    assert!(ran.live.starts_with("DB_PASSWORD=‹password-1›\n"), "{}", ran.live);
}

#[test]
fn a_cancel_ends_the_whole_tree_even_one_that_ignores_term_and_one_in_a_session_of_its_own() {
    let marker = format!("{}", 40_000 + std::process::id() % 20_000);
    let script = format!(
        "trap '' TERM; setsid sleep {marker} & (sh -c 'sleep {marker}; true') & sleep {marker}; sleep {marker}"
    );
    let ran = ran(&script, 60, Some(500));
    assert!(ran.how.starts_with("cancelled"), "{}", ran.how);
    assert!(ran.took < Duration::from_secs(50), "{:?}", ran.took);
    assert_eq!(alive(&marker), 0, "{}", ran.how);
}

fn alive(argument: &str) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|e| std::fs::read(e.path().join("cmdline")).ok());
    lines.filter(|l| l.split(|b| *b == 0).any(|a| a == argument.as_bytes())).count()
}

#[test]
fn a_timeout_ends_it() {
    let ran = ran("sleep 600", 1, None);
    assert_eq!((ran.status, ran.how.as_str()), (None, "timed out after 1 s"));
}

#[test]
fn endless_output_is_bounded_and_can_be_cancelled() {
    let ran = ran("yes", 300, Some(WHEN_IT_FLOODS));
    assert!(ran.output.len() < 5 << 20 && ran.dropped > 0, "{} {}", ran.output.len(), ran.dropped);
    assert!(ran.live.len() < 512 << 10, "{}", ran.live.len());
    assert_eq!(ran.how, "cancelled");
    assert!(ran.took < Duration::from_secs(120), "{:?}", ran.took);
}

#[test]
fn what_outlives_a_run_that_ended_by_itself_is_named() {
    let marker = format!("{}", 70_000 + std::process::id() % 20_000);
    let ran = ran(&format!("setsid sleep {marker} & sleep 0.4; echo started"), 60, None);
    assert!(ran.output.contains("started"));
    assert!(ran.how.contains("still running: process"), "{}", ran.how);
    assert!(ran.took < Duration::from_secs(50));
    let pid = ran.how.rsplit(' ').next().unwrap().to_owned();
    std::process::Command::new("kill").arg(pid).status().unwrap();
}

#[test]
fn a_command_that_can_not_be_started_says_so() {
    let (to, mut from) = mpsc::channel(4);
    let context = RunContext { directory: "/no/such/directory".into(), ..RunContext::default() };
    let what = Start { run: 1, command: "true".into(), context, timeout: Duration::from_secs(5) };
    let _handle = start(what, Box::new(|t| (t, Vec::new())), to);
    let ended = from.blocking_recv();
    assert!(
        matches!(&ended, Some(Input::RunEnded { status: None, how, .. }) if how.starts_with("not started")),
        "{ended:?}"
    );
}
