//! `eval --engine …`: engines on the same cases, kept answers, replays, spreads and the run's budget.

use std::path::Path;

use serde_json::Value;

use super::provider::{Memory, Play, serve};
use super::streams::fixture;
use super::*;
use crate::cli::hotwash;

/// A home with a model at an address, and what it costs.
fn home(url: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let config = format!(
        "[models.main]\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{url}\"\nmax_tokens = 4096\n\
         key_command = \"echo sk-test-4f9b1c77d2\"\nfirst_token_timeout_s = 5\nfallback = \"other\"\n\
         [models.other]\nprovider = \"openai\"\nmodel = \"n\"\nbase_url = \"{url}\"\nkey_command = \"echo x\"\n"
    );
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    std::fs::write(home.path().join("prices.toml"), "as_of = \"2026-01-01\"\n[openai.m]\ninput = 1.0\noutput = 2.0\n")
        .unwrap();
    home
}

/// The verb on two of our cases, over a server that answers so many investigations.
fn compared(investigations: usize, more: &[&str]) -> (tempfile::TempDir, Memory, std::process::Output) {
    block_on(async {
        let plays = (0..investigations).flat_map(|_| [Play::of(fixture("openai", 1)), Play::of(fixture("openai", 2))]);
        let (url, memory) = serve(plays.collect()).await;
        let home = home(&url);
        let more: Vec<String> = more.iter().map(|s| (*s).to_owned()).collect();
        let path = home.path().to_owned();
        let output = tokio::task::spawn_blocking(move || eval(&path, &more)).await.unwrap();
        (home, memory, output)
    })
}

fn eval(home: &Path, more: &[String]) -> std::process::Output {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/eval");
    let mut command = hotwash(home);
    command.args(["eval", cases, "--only", "own-disk-pressure,own-etcd-slow"]).args(more);
    command.output().unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn engines_are_compared_on_the_same_cases_and_a_replay_needs_no_network() {
    let asked = ["--engine", "embedded,main", "--repeats", "2", "--send", "--json"];
    let (home, memory, first) = compared(4, &asked);
    assert!(first.status.success(), "{}", words(&first.stderr));
    assert_eq!(memory.requests.lock().unwrap().len(), 8, "two cases, two repeats, two calls each");
    let all: Value = serde_json::from_slice(&first.stdout).unwrap();
    let engines = all["engines"].as_array().unwrap();
    assert_eq!(engines[0]["engine"], "embedded");
    assert_eq!(engines[0]["measures"]["$/case"]["mean"], 0.0);
    let main = &engines[1];
    assert_eq!(main["model"], "m");
    assert_eq!(main["measures"]["tokens in/case"]["mean"], 2700.0);
    let usd = main["measures"]["$/case"]["mean"].as_f64().unwrap();
    assert!((usd - (2700.0 + 2.0 * 460.0) / 1e6).abs() < 1e-9, "{usd}");
    let solved = &main["measures"]["solved"];
    assert_eq!((&solved["n"], &solved["sd"]), (&Value::from(2), &Value::from(0.0)), "{solved}");
    assert_eq!(main["trials"].as_array().unwrap().len(), 4);
    // The server is gone by now.
    let replay = |repeats: &str| {
        let more = ["--engine", "main", "--repeats", repeats, "--replay", "--json"].map(str::to_owned);
        eval(home.path(), &more)
    };
    let again = replay("2");
    assert!(again.status.success(), "{}", words(&again.stderr));
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["engines"][0]["measures"], main["measures"], "latency and all");
    let lacking = replay("3");
    let said = words(&lacking.stderr);
    assert_eq!(lacking.status.code(), Some(2));
    assert!(said.contains("own-disk-pressure") && said.contains("repeat 3") && said.contains("main"), "{said}");
}

#[test]
fn a_run_ends_before_its_budget_is_exceeded_and_goes_on_from_there() {
    let (home, memory, calls) = compared(4, &["--engine", "main,main:n", "--calls", "5", "--send"]);
    assert_eq!(memory.requests.lock().unwrap().len(), 5, "not one more");
    let (table, said) = (words(&calls.stdout), words(&calls.stderr));
    assert!(said.contains("the run's 5 calls are used up") && said.contains("(5 calls made)"), "{said}");
    assert!(table.contains("main (m)") && table.contains("1 cases, 1 repeats"), "{table}");
    assert!(table.contains("$/solved case") && table.contains("ended early"), "{table}");
    drop(home);
    let (_, memory, money) = compared(4, &["--engine", "main", "--usd", "0.0001", "--send"]);
    assert_eq!(memory.requests.lock().unwrap().len(), 0, "the first call alone could cost more");
    assert!(words(&money.stderr).contains("of the run's $0.00"), "{}", words(&money.stderr));
    let (_, memory, least) = compared(4, &["--engine", "main", "--repeats", "9", "--calls", "5", "--send"]);
    assert_eq!(memory.requests.lock().unwrap().len(), 0);
    assert!(words(&least.stderr).contains("18 investigations need a call each"), "{}", words(&least.stderr));
}

#[test]
fn nothing_is_sent_before_somebody_agreed_and_what_would_be_is_shown() {
    let (_, memory, silent) = compared(2, &["--engine", "main"]);
    assert_eq!((memory.requests.lock().unwrap().len(), silent.status.code()), (0, Some(2)));
    assert!(words(&silent.stderr).contains("nobody agreed"), "{}", words(&silent.stderr));
    let (_, memory, shown) = compared(2, &["--engine", "main", "--show-payload"]);
    assert_eq!(memory.requests.lock().unwrap().len(), 0);
    assert!(words(&shown.stdout).contains("\"system\""), "{}", words(&shown.stdout));
    let (_, _, unknown) = compared(0, &["--engine", "nobody", "--send"]);
    assert!(words(&unknown.stderr).contains("no engine `nobody`"), "{}", words(&unknown.stderr));
    let (_, _, prompts) = compared(0, &["--engine", "main", "--prompts", "/nowhere", "--send"]);
    assert!(words(&prompts.stderr).contains("no prompts in `/nowhere`"), "{}", words(&prompts.stderr));
}

#[test]
fn prompts_are_compared_like_engines_and_a_failure_is_no_merit() {
    let own = tempfile::tempdir().unwrap();
    std::fs::write(own.path().join("system.md"), "Be brief.").unwrap();
    let prompts = format!("v1,{}", own.path().display());
    let (_, memory, both) = compared(3, &["--engine", "main", "--prompts", &prompts, "--send", "--json"]);
    let all: Value = serde_json::from_slice(&both.stdout).unwrap();
    let engines = all["engines"].as_array().unwrap();
    assert_eq!(engines.len(), 2);
    assert_ne!(engines[0]["prompts_hash"], engines[1]["prompts_hash"]);
    let sent = memory.requests.lock().unwrap();
    assert!(sent.iter().any(|(_, body)| words(body).contains("Be brief.")));
    // Six answers for eight calls: the last investigation has none, and counts as such.
    assert_eq!(engines[1]["measures"]["no report"]["mean"], 0.5, "{}", engines[1]["measures"]);
    assert!(engines[1]["trials"][1]["failed"].as_str().unwrap().contains("failed (500)"));
}

#[test]
fn languages_are_compared_like_engines_and_the_embedded_measures_do_not_depend_on_them() {
    let (_, memory, both) = compared(4, &["--engine", "embedded,main", "--lang", "en,zh", "--send", "--json"]);
    assert!(both.status.success(), "{}", words(&both.stderr));
    let all: Value = serde_json::from_slice(&both.stdout).unwrap();
    let engines = all["engines"].as_array().unwrap();
    let who: Vec<_> =
        engines.iter().map(|e| (e["engine"].as_str().unwrap(), e["language"].as_str().unwrap())).collect();
    assert_eq!(who, [("embedded", "en"), ("main", "en"), ("embedded", "zh"), ("main", "zh")]);
    let (en, zh) = (&engines[0]["measures"], &engines[2]["measures"]);
    for measure in ["solved", "svc@1", "kind@1", "joint@1", "strict@1", "calm", "severity", "grounded"] {
        assert_eq!(en[measure], zh[measure], "{measure}");
    }
    let sent = memory.requests.lock().unwrap();
    let told = sent.iter().filter(|(_, body)| words(body).contains("whose code is `zh`")).count();
    assert_eq!((sent.len(), told), (8, 4));
    let (_, _, unknown) = compared(0, &["--lang", "xx"]);
    assert!(words(&unknown.stderr).contains("there is no language `xx`"), "{}", words(&unknown.stderr));
}
