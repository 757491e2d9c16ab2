//! `hotwash bridge check`, and what the documented permissions let whom do.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::server::Server;
use super::{ID, Lead, Who, note};
use crate::cli::hotwash;

/// The permissions as docs/bridge.md has them.
pub fn documented() -> String {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bridge.md")).unwrap();
    let (_, rest) = text.split_once("<!-- permissions:begin -->\n```\n").unwrap();
    rest.split_once("```\n<!-- permissions:end -->").unwrap().0.to_owned()
}

const PASSWORDS: [(&str, &str); 3] =
    [("LEAD_PASSWORD", "lead-pw"), ("LEE_PASSWORD", "lee-pw"), ("OBSERVER_PASSWORD", "observer-pw")];

/// A home whose settings are this user's.
fn home(user: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let text = format!("[bridge]\nuser = \"{user}\"\npassword_env = \"PASSWORD\"\n");
    std::fs::write(home.path().join("config.toml"), text).unwrap();
    let key = super::signer(7).public();
    let people = format!("[[person]]\nname = \"kim\"\nkey = \"{key}\"\nrole = \"lead\"\n");
    std::fs::write(home.path().join("people.toml"), people).unwrap();
    home
}

pub fn check(home: &std::path::Path, password: &str, arguments: &[&str]) -> (i32, String) {
    let mut all = vec!["bridge", "check"];
    all.extend(arguments);
    let out = hotwash(home).args(all).env("PASSWORD", password).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap();
    (out.status.code().unwrap(), text)
}

#[test]
fn a_server_that_lacks_nothing_is_told_so_and_what_it_lacks_is_named() {
    let Some(mut server) = Server::start("") else { return };
    let home = tempfile::tempdir().unwrap();
    let (code, text) = check(home.path(), "", &[&server.url()]);
    assert_eq!(code, 0, "{text}");
    for wanted in ["reach", "version", "2.12.6", "jetstream", "create", "publish", "does not follow is refused"] {
        assert!(text.contains(wanted), "{wanted} in\n{text}");
    }
    let (code, text) = check(home.path(), "", &[&format!("{}/{ID}", server.url())]);
    assert!(code == 1 && text.contains("MISSING session"), "{text}");
    let (code, text) = check(home.path(), "", &["nats://lee:secret@127.0.0.1:1"]);
    assert!(code == 2 && !text.contains("secret"), "{text}");
    server.kill();
    let (code, text) = check(home.path(), "", &[&server.url()]);
    assert!(code == 1 && text.contains("MISSING reach"), "{text}");
}

#[test]
fn a_server_without_jetstream_is_named() {
    let Some(server) = Server::without_jetstream() else { return };
    let home = tempfile::tempdir().unwrap();
    let (code, text) = check(home.path(), "", &[&server.url()]);
    assert!(code == 1 && text.contains("MISSING jetstream"), "{text}");
}

#[test]
fn with_the_documented_permissions_a_lead_shares_and_an_observer_reads_and_cannot_write() {
    let Some(server) = Server::with(&documented(), &PASSWORDS) else { return };
    let (code, text) = check(home("lead").path(), "lead-pw", &[&server.url()]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = check(home("observer").path(), "observer-pw", &[&server.url()]);
    assert!(code == 1 && text.contains("MISSING create"), "an observer can't make a stream\n{text}");
    let (code, text) = check(home("lead").path(), "wrong", &[&server.url()]);
    assert!(code == 1 && text.contains("MISSING reach"), "{text}");
    // A lead of the test's own process would need the password in its environment: another server user does.
    let led = home("lead");
    let file = led.path().join("case.txt");
    std::fs::write(&file, "2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space\n")
        .unwrap();
    let mut config = std::fs::read_to_string(led.path().join("config.toml")).unwrap();
    config.push_str(&format!("servers = [\"{}\"]\nshare = true\n", server.url()));
    std::fs::write(led.path().join("config.toml"), config).unwrap();
    let environment = [("PASSWORD", "lead-pw")];
    let arguments = ["new", file.to_str().unwrap(), "--title", "orders"];
    let setting = crate::terminal::Setting {
        environment: &environment,
        size: (120, 36),
        ..crate::terminal::Setting::new(led.path(), &arguments)
    };
    let mut lead = crate::terminal::Console::start(&setting);
    lead.wait_for_text("bridge: even");
    let id = hotwash::runtime::store::Store::at(led.path()).ids().unwrap().remove(0);
    let places = hotwash::runtime::places::Places { data: led.path().into(), config: led.path().into() };
    let key =
        hotwash::runtime::identity::signer(&hotwash::runtime::config::Config::load(places).unwrap()).unwrap().public();
    let observer = home("observer");
    let people = format!("[[person]]\nname = \"kim\"\nkey = \"{key}\"\nrole = \"lead\"\n");
    std::fs::write(observer.path().join("people.toml"), people).unwrap();
    let address = format!("{}/{id}", server.url());
    let (code, text) = check(observer.path(), "observer-pw", &[&address, "--observer"]);
    assert!(code == 0 && text.contains("an observer can't write records"), "{text}");
    let mut follow = Command::new(env!("CARGO_BIN_EXE_hotwash"))
        .args(["follow", &address, "--raw"])
        .env("HOTWASH_HOME", observer.path())
        .env("PASSWORD", "observer-pw")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(follow.stdout.take().unwrap()).lines().map_while(Result::ok);
    let records = lines.filter(|l| l.starts_with("= ")).take(3).count();
    let _ = follow.kill();
    let _ = follow.wait();
    assert_eq!(records, 3, "an observer reads");
}

#[test]
fn an_observer_without_a_fence_is_named() {
    let Some(server) = Server::start("") else { return };
    let led = tempfile::tempdir().unwrap();
    let mut lead = Lead::start(Who::new(led.path(), &server.url()), &[note(1, "x")]);
    lead.until_even();
    let home = tempfile::tempdir().unwrap();
    let (code, text) = check(home.path(), "", &[&format!("{}/{ID}", server.url()), "--observer"]);
    assert!(code == 1 && text.contains("an observer may write records"), "{text}");
    // The try itself wrote nothing.
    lead.append(note(2, "y"));
    lead.until_even();
}

/// Certificates of a test's own; `None`, and said, where there is no openssl.
fn certificates() -> Option<tempfile::TempDir> {
    let dir = tempfile::tempdir().unwrap();
    let script = "set -e
new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $new -keyout ca.key -out ca.pem -days 2 -subj /CN=ca
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > names
for n in server client; do
  openssl req $new -keyout $n.key -out $n.csr -subj /CN=localhost
  openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $n.pem -days 2 -extfile names
done";
    let made = Command::new("bash").args(["-c", script]).current_dir(dir.path()).output().unwrap();
    if !made.status.success() {
        println!("skipped: no openssl on this machine");
        return None;
    }
    Some(dir)
}

#[test]
fn tls_is_checked_both_ways_with_the_files_of_the_settings() {
    let Some(dir) = certificates() else { return };
    let at = |name: &str| dir.path().join(name).display().to_string();
    let tls = format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}",
        at("server.pem"),
        at("server.key"),
        at("ca.pem")
    );
    let Some(server) = Server::start(&tls) else { return };
    let address = format!("tls://localhost:{}", server.port());
    let ca = format!("[bridge]\nca_file = \"{}\"\n", at("ca.pem"));
    let own = format!("{ca}client_cert = \"{}\"\nclient_key = \"{}\"\n", at("client.pem"), at("client.key"));
    for (settings, code) in [(own.as_str(), 0), (ca.as_str(), 1), ("", 1)] {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config.toml"), settings).unwrap();
        let (ended, text) = check(home.path(), "", &[&address]);
        assert_eq!(ended, code, "{settings}\n{text}");
    }
}
