//! What is refused, and that a refusal leaves nothing behind.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Served, is_there};
use crate::terminal::LONGEST;

#[test]
fn a_key_that_nobody_named_gets_nothing() {
    if !is_there() {
        return;
    }
    let served = Served::start("");
    let (code, said) = served.call("stranger", &["-tt"], &[]);
    assert_eq!(code, Some(255));
    assert!(said.contains("Permission denied"), "{said}");
}

#[test]
fn without_a_terminal_there_is_a_sentence_and_no_shell() {
    if !is_there() {
        return;
    }
    let served = Served::start("");
    let (code, said) = served.call("kim", &["-T"], &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("it needs a terminal"), "{said}");
}

#[test]
fn no_command_is_run() {
    if !is_there() {
        return;
    }
    let served = Served::start("");
    for tty in ["-T", "-tt"] {
        let (code, said) = served.call("kim", &[tty], &["id"]);
        assert_ne!(code, Some(0), "{said}");
        assert!(!said.contains("uid="), "{said}");
        println!("exec with {tty}: {code:?} {}", said.trim());
    }
}

#[test]
fn no_files_and_no_display_are_served() {
    if !is_there() {
        return;
    }
    let served = Served::start("");
    let (code, said) = served.call("kim", &["-T", "-s"], &["sftp"]);
    assert_ne!(code, Some(0), "{said}");
    println!("sftp: {code:?} {}", said.trim());
    let before = served.holds();
    let (code, said) = served.call("kim", &["-X", "-A", "-T"], &[]);
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(before.2 + served.holds().2, 0, "no process was ever started");
}

#[test]
fn no_port_is_forwarded_in_either_direction() {
    if !is_there() {
        return;
    }
    let served = Served::start("login_s = 5");
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    target.set_nonblocking(true).unwrap();
    let to = target.local_addr().unwrap();
    let (code, said) = served.call("kim", &["-W", &to.to_string()], &[]);
    assert_eq!(code, Some(255), "{said}");
    assert!(said.contains("prohibited") || said.contains("forwarding failed"), "{said}");
    let (code, said) = served.call("kim", &["-N", "-o", "ExitOnForwardFailure=yes", "-R", &format!("0:{to}")], &[]);
    assert_eq!(code, Some(255), "{said}");
    assert!(said.contains("forward"), "{said}");
    // A port on the client's side opens, and leads nowhere.
    for (option, says) in [("-L", &b"hello"[..]), ("-D", &socks(to)[..])] {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let place = if option == "-L" { format!("{port}:{to}") } else { port.to_string() };
        let mut arguments = served.options("kim");
        arguments.extend(["-N", option, &place, "guest@127.0.0.1"].map(str::to_owned));
        let mut client = Command::new("ssh").args(arguments).stderr(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + LONGEST;
        let mut stream = loop {
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
                break stream;
            }
            assert!(Instant::now() < deadline, "{option}");
            std::thread::sleep(Duration::from_millis(20));
        };
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        let _ = stream.write_all(says);
        let mut answer = Vec::new();
        let _closed = stream.read_to_end(&mut answer);
        assert!(answer.len() < 16, "{option}: {answer:?}");
        client.kill().unwrap();
        client.wait().unwrap();
    }
    assert!(target.accept().is_err(), "nothing ever came through");
}

/// A SOCKS 4 request to connect there.
fn socks(to: SocketAddr) -> Vec<u8> {
    let port = to.port().to_be_bytes();
    [&[4, 1][..], &port, &[127, 0, 0, 1, 0]].concat()
}

#[test]
fn what_cannot_be_used_is_said_before_anything_is_served() {
    let home = tempfile::tempdir().unwrap();
    crate::follow::save(home.path(), &crate::bench::Bench::investigated((80, 24)).records);
    let serve = |address: &str| {
        let output = crate::cli::hotwash(home.path()).args(["serve", crate::follow::ID, "--ssh", address]).output();
        String::from_utf8(output.unwrap().stderr).unwrap()
    };
    assert!(serve("2222").contains("names no one"));
    std::fs::write(home.path().join("serve.toml"), "[[guest]]\nname = \"kim\"\nkey = \"x\"\n").unwrap();
    assert!(serve("2222").contains("no line of a .pub file"));
    assert!(serve("nowhere:22").contains("no address"));
}
