//! What a client asks for besides a screen, who is let in after how many keys, and who is cut off.

use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Served, is_there, make_key};
use crate::terminal::{Console, LONGEST, Setting};

#[test]
fn an_agent_and_a_display_that_are_offered_are_never_used() {
    if !is_there() {
        return;
    }
    let served = Served::start("");
    let agent = served.home.path().join("agent");
    let listener = UnixListener::bind(&agent).unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut arguments = served.options("kim");
    arguments.extend(["-v", "-A", "-Y", "-tt", "guest@127.0.0.1"].map(str::to_owned));
    let mut client = Command::new("ssh")
        .args(arguments)
        .env("SSH_AUTH_SOCK", &agent)
        .env("DISPLAY", "127.0.0.1:77")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It asked, it was refused, and the screen came all the same.
    let mut said = String::new();
    let mut errors = std::io::BufReader::new(client.stderr.take().unwrap());
    let begin = Instant::now();
    while !said.contains("X11 forwarding request failed") {
        assert!(
            begin.elapsed() < LONGEST && std::io::BufRead::read_line(&mut errors, &mut said).unwrap() > 0,
            "{said}"
        );
    }
    assert!(said.contains("Requesting X11 forwarding") || said.contains("x11-req"), "{said}");
    let mut screen = [0; 64];
    std::io::Read::read_exact(client.stdout.as_mut().unwrap(), &mut screen).unwrap();
    client.kill().unwrap();
    client.wait().unwrap();
    assert!(listener.accept().is_err(), "nobody asked the agent");
    assert_eq!(served.holds().2, 0);
}

#[test]
fn variables_and_a_command_beside_a_terminal_change_nothing() {
    if !is_there() {
        return;
    }
    let served = Served::start("");
    let mut arguments = served.options("kim");
    arguments.extend(["-o", "SetEnv=HOTWASH_HOME=/ LD_PRELOAD=/x", "guest@127.0.0.1"].map(str::to_owned));
    let mut kim = Console::of("ssh", &arguments, (100, 30));
    kim.wait_for_text("LEAD IS GONE");
    let environment = std::fs::read(format!("/proc/{}/environ", served.child.id())).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains("LD_PRELOAD=/x"));
    let (code, said) = served.call("kim", &["-tt"], &["hotwash", "list"]);
    assert!(code != Some(0) && said.contains("request failed") && !said.contains("0197"), "{code:?} {said}");
    let (code, said) = served.call("kim", &["-tt", "-s"], &["hotwash"]);
    assert!(code != Some(0) && said.contains("request failed"), "{code:?} {said}");
}

#[test]
fn so_many_keys_may_be_tried_on_one_connection_and_no_more() {
    if !is_there() {
        return;
    }
    for (attempts, comes_in) in [(2, false), (6, true)] {
        let served = Served::start(&format!("attempts = {attempts}"));
        let mut arguments: Vec<String> = Vec::new();
        for n in 0..3 {
            let key = served.home.path().join(format!("other{n}"));
            make_key(&key);
            arguments.extend(["-i".to_owned(), key.display().to_string()]);
        }
        // The known key comes last.
        arguments.extend(served.options("kim"));
        arguments.extend(["-T", "guest@127.0.0.1"].map(str::to_owned));
        let output = Command::new("ssh").args(arguments).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said.contains("it needs a terminal"), comes_in, "{attempts}: {said}");
        assert_eq!(output.status.code(), Some(if comes_in { 2 } else { 255 }), "{said}");
    }
}

#[test]
fn a_guest_whose_line_takes_nothing_for_frame_s_seconds_is_cut_off_and_the_others_stay() {
    if !is_there() {
        return;
    }
    let mut served = Served::start("frame_s = 5");
    let mut lead = Console::start(&Setting::new(served.home.path(), &["open", crate::follow::ID]));
    lead.wait_for_text("saved");
    let mut kim = served.visit("kim", (100, 30));
    kim.leave_card();
    let mut sam = served.visit("sam", (100, 30));
    sam.leave_card();
    kim.signal(Signal::STOP);
    let begin = Instant::now();
    // The lead looks here and there: frames are drawn, and kim's does not arrive.
    let served_line = std::thread::spawn(move || {
        loop {
            let line = served.line();
            if line.starts_with("kim left") || line.is_empty() {
                return (served, line);
            }
        }
    });
    while !served_line.is_finished() {
        assert!(begin.elapsed() < LONGEST + LONGEST, "kim was never cut off");
        for key in ["4", "5"] {
            lead.type_in(key.as_bytes());
            lead.settle(Duration::from_millis(50));
        }
    }
    let (_served, line) = served_line.join().unwrap();
    assert!(line.starts_with("kim left"), "{line}");
    assert!(begin.elapsed() >= Duration::from_secs(4), "{:?}", begin.elapsed());
    kim.signal(Signal::CONT);
    lead.type_in(b"4");
    sam.wait_for_text("─❯ Checklist");
}

#[test]
fn two_observers_look_at_once_and_what_one_of_them_pastes_goes_nowhere() {
    if !is_there() {
        return;
    }
    let served = Served::start("");
    let mut lead = Console::start(&Setting::new(served.home.path(), &["open", crate::follow::ID]));
    lead.wait_for_text("saved");
    let records = || hotwash::runtime::store::Store::at(served.home.path()).load(crate::follow::ID).unwrap().records;
    let mut first = served.visit("kim", (100, 30));
    let mut second = served.visit("kim", (120, 40));
    for guest in [&mut first, &mut second] {
        guest.wait_for_text("FOLLOW tester");
        guest.leave_card();
    }
    lead.wait_for_text("2 follow");
    let before = records();
    first.type_in(b"\x1b[200~m\rkubectl delete ns shop\ry\r\x1b[201~");
    first.settle(Duration::from_millis(400));
    first.type_in(b"m kubectl delete ns shop\r");
    // What comes as fast as that is a paste, and ends with a pause.
    first.settle(Duration::from_millis(600));
    first.type_in(b"4");
    first.wait_for_text("─❯ Checklist");
    // The other one is not moved by it.
    lead.type_in(b"5");
    second.wait_for_text("─❯ Summary");
    lead.type_in(b"W");
    lead.wait_for_text("follows over SSH since");
    lead.wait_for_text("kim  observer");
    assert_eq!(records(), before, "nothing was said");
    assert_eq!(served.holds().2, 0, "nothing was run");
    drop(first);
    lead.wait_for_text("1 follows");
}

/// The shortest that can be set is a minute; it is waited for where figures are asked for.
#[test]
fn a_guest_who_types_nothing_is_let_go_with_a_sentence() {
    if !is_there() || std::env::var_os("HOTWASH_FIGURES").is_none() {
        println!("skipped: it takes a minute; HOTWASH_FIGURES=1 asks for it");
        return;
    }
    let served = Served::start("idle_min = 1");
    let mut kim = served.visit("kim", (100, 30));
    kim.leave_card();
    let begin = Instant::now();
    kim.wait_for_end(Duration::from_secs(90));
    kim.assert_sane();
    assert!(kim.rows().contains("nothing was typed for a long time"), "{}", kim.rows());
    println!("an idle guest is let go after {:?}", begin.elapsed());
}
