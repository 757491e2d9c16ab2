//! Many connections, many sizes, slow lines and lines that break: the server stays up, bounded and clean.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Served, is_there};
use crate::terminal::{Console, LONGEST};

#[test]
fn of_200_connections_so_many_as_are_allowed_come_in_and_none_is_left_behind() {
    if !is_there() {
        return;
    }
    let mut served = Served::start("connections = 16\nper_address = 16\nper_minute = 6000\nlogin_s = 3");
    // Once in and out: whatever is made only once is there now.
    let mut first = served.visit("kim", (80, 24));
    first.wait_for_text("Catching up");
    first.signal(Signal::KILL);
    while !served.line().contains("left") {}
    std::thread::sleep(Duration::from_millis(100));
    let before = served.holds();
    let mut greeted = 0;
    let mut all: Vec<TcpStream> = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(served.address).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        let mut greeting = [0; 12];
        if stream.read_exact(&mut greeting).is_ok() && greeting.starts_with(b"SSH-2.0") {
            greeted += 1;
        }
        all.push(stream);
    }
    let most = served.holds();
    println!(
        "200 connections: {greeted} let in; files {} to {}, resident {} to {} KiB",
        before.0, most.0, before.3, most.3
    );
    assert_eq!(greeted, 16);
    assert!(most.0 <= before.0 + 2 * 16 + 2, "{before:?} {most:?}");
    assert!(most.3 < before.3 + 32 * 1024, "{before:?} {most:?}");
    // They prove nothing: their time is over without a word of theirs.
    served.wait_for_files(before.0);
    drop(all);
    let mut kim = served.visit("kim", (80, 24));
    kim.wait_for_text("Catching up");
    let after = served.holds();
    assert_eq!((after.1, after.2), (before.1, 0), "{before:?} {after:?}");
}

#[test]
fn a_thousand_sizes_leave_the_right_screen() {
    if !is_there() {
        return;
    }
    let served = Served::start("");
    let mut kim = served.visit("kim", (100, 30));
    kim.leave_card();
    let before = served.holds();
    for n in 0..1_000u16 {
        kim.resize(1 + n * 7 % 500, 1 + n * 3 % 200);
        if n % 10 == 0 {
            kim.swallow(Duration::from_millis(5));
        }
    }
    kim.swallow(Duration::from_millis(500));
    kim.resize(120, 36);
    kim.type_in(b"4");
    kim.wait_for_text("─❯ Checklist");
    let after = served.holds();
    println!("1,000 sizes: resident {} to {} KiB", before.3, after.3);
    assert_eq!((after.0, after.1, after.2), (before.0, before.1, 0));
    assert!(after.3 < before.3 + 64 * 1024, "{before:?} {after:?}");
}

#[test]
fn a_connection_that_breaks_leaves_no_task_no_file_and_no_process() {
    if !is_there() {
        return;
    }
    let mut served = Served::start("");
    let mut before = None;
    for n in 0..6 {
        let mut kim = served.visit("kim", (80, 24));
        kim.wait_for_text("Catching up");
        if n % 2 == 0 {
            kim.signal(Signal::KILL);
        } else {
            drop(kim);
        }
        while !served.line().contains("left") {}
        match before {
            // The first made what is made only once.
            None => {
                std::thread::sleep(Duration::from_millis(200));
                before = Some(served.holds());
            }
            Some(before) => served.wait_for_files(before.0),
        }
    }
    let (before, after) = (before.unwrap(), served.holds());
    assert_eq!((after.0, after.1, after.2), (before.0, before.1, 0));
}

#[test]
fn a_guest_who_only_looks_costs_nothing_while_nothing_happens() {
    if !is_there() {
        return;
    }
    let served = Served::start("");
    let mut kim = served.visit("kim", (80, 24));
    kim.wait_for_text("Catching up");
    kim.settle(Duration::from_millis(5_000));
    crate::terminal::wait_until_idle(served.child.id(), Duration::from_secs(1));
    let (bytes, ticks) = (kim.written.len(), crate::terminal::cpu_ticks(served.child.id()));
    kim.swallow_into_screen(Duration::from_secs(2));
    assert_eq!(kim.written.len() - bytes, 0);
    assert!(crate::terminal::cpu_ticks(served.child.id()) - ticks <= 1);
}

#[test]
fn when_the_server_ends_everybodys_terminal_is_given_back() {
    if !is_there() {
        return;
    }
    let mut served = Served::start("");
    let mut kim = served.visit("kim", (80, 24));
    kim.wait_for_text("Catching up");
    served.signal(Signal::TERM);
    kim.wait_for_end(LONGEST);
    kim.assert_sane();
    assert!(kim.rows().contains("the server has ended"), "{}", kim.rows());
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
}

/// A line from the server to a client at so many bytes a second; the other way is fast.
fn slow_line(to: std::net::SocketAddr, bytes_a_second: usize) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let passed = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&passed);
    std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(to).unwrap();
        let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
        let (mut from, mut to) = (server, client);
        let mut piece = [0; 128];
        while let Ok(n) = from.read(&mut piece) {
            if n == 0 || to.write_all(&piece[..n]).is_err() {
                return;
            }
            counted.fetch_add(n, Ordering::Relaxed);
            std::thread::sleep(Duration::from_secs_f64(n as f64 / bytes_a_second as f64));
        }
    });
    (at, passed)
}

#[test]
fn at_1200_bytes_a_second_a_guest_stays_in_step_by_dropping_frames() {
    if !is_there() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("case.txt");
    std::fs::write(&file, "2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space\n")
        .unwrap();
    let (file, path) = (file.display().to_string(), home.path().to_owned());
    let mut lead = Console::start(&crate::terminal::Setting::new(&path, &["new", &file, "--title", "orders"]));
    lead.wait_for_text("embedded finished");
    let id = hotwash::runtime::store::Store::at(&path).ids().unwrap().remove(0);
    let mut served = Served::of(home, &id, "login_s = 60");
    let (at, passed) = slow_line(served.address, 1_200);
    served.address = at;
    let mut kim = served.visit("kim", (80, 24));
    kim.leave_card();
    kim.settle(Duration::from_millis(3_000));
    let before = passed.load(Ordering::Relaxed);
    let begin = Instant::now();
    for key in ["4", "5", "9", "u"].repeat(40) {
        lead.type_in(key.as_bytes());
        lead.settle(Duration::from_millis(30));
    }
    lead.type_in(b"5");
    lead.wait_for_text("─❯ Summary");
    let (typed, last) = (begin.elapsed(), Instant::now());
    kim.wait_for_text("─❯ Summary");
    let (behind, bytes) = (last.elapsed(), passed.load(Ordering::Relaxed) - before);
    println!("160 views in {typed:?} over 1,200 bytes/s: {bytes} bytes, the last is seen after {behind:?}");
    assert!(bytes < 1_200 * (typed + behind).as_secs() as usize + 4_096, "{bytes}");
    assert!(!kim.rows().contains("GAPS"), "{}", kim.rows());
}
