//! `hotwash mcp` as a child process, asked by the protocol's own client.

use std::path::Path;
use std::time::Duration;

use rmcp::model::{CallToolRequestParams, JsonObject};
use rmcp::service::RunningService;
use rmcp::transport::TokioChildProcess;
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Value, json};

use crate::cli::hotwash;

/// How long one call may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client over a server of ours with this home.
async fn client(home: &Path) -> RunningService<RoleClient, ()> {
    let mut command = tokio::process::Command::new(assert_cmd::cargo::cargo_bin("hotwash"));
    command.arg("mcp").env_clear().env("HOTWASH_HOME", home);
    ().serve(TokioChildProcess::new(command).unwrap()).await.unwrap()
}

async fn call(client: &RunningService<RoleClient, ()>, name: &'static str, arguments: Value) -> (bool, Value) {
    let arguments: JsonObject = serde_json::from_value(arguments).unwrap();
    let request = CallToolRequestParams::new(name).with_arguments(arguments);
    let result = tokio::time::timeout(PATIENCE, client.call_tool(request)).await.unwrap().unwrap();
    let text = result.content[0].as_text().unwrap().text.clone();
    (result.is_error == Some(true), serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn saved(home: &Path) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents/cascading-pool-exhaustion.txt");
    assert!(hotwash(home).arg("new").arg(file).args(["--title", "pool"]).output().unwrap().status.success());
    let row = hotwash(home).args(["list", "--json"]).output().unwrap().stdout;
    serde_json::from_slice::<Value>(&row).unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_lists_four_read_only_tools_and_analyzes_a_text() {
    let home = tempfile::tempdir().unwrap();
    let client = client(home.path()).await;
    let tools = client.list_all_tools().await.unwrap();
    let names: Vec<&str> = tools.iter().map(|t| t.name.as_ref()).collect();
    assert_eq!(names, ["analyze", "search", "report", "list"]);
    assert!(tools.iter().all(|t| t.annotations.as_ref().unwrap().read_only_hint == Some(true)));
    let text = include_str!("../../fixtures/incidents/cascading-pool-exhaustion.txt");
    let (wrong, report) = call(&client, "analyze", json!({"text": text})).await;
    assert!(!wrong && report["hypotheses"][0]["statement"].is_string(), "{report}");
    // nothing was saved by it
    let (_, list) = call(&client, "list", json!({})).await;
    assert_eq!(list["of"], 0);
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn saved_sessions_are_listed_searched_and_reported_with_citations() {
    let home = tempfile::tempdir().unwrap();
    let id = saved(home.path());
    let client = client(home.path()).await;
    let (_, list) = call(&client, "list", json!({})).await;
    assert_eq!(list["sessions"][0]["id"], id.as_str());
    let (_, found) = call(&client, "search", json!({"query": "why is the pool exhausted?", "limit": 5})).await;
    let hits = found["hits"].as_array().unwrap();
    assert!(!hits.is_empty() && hits.len() <= 5, "{found}");
    assert!(hits.iter().any(|h| h["citations"][0]["quote"].as_str().is_some_and(|q| q.contains("pool"))), "{found}");
    let (_, report) = call(&client, "report", json!({"session": id})).await;
    assert_eq!(report["session"]["id"], id.as_str());
    let (_, page) = call(&client, "report", json!({"session": id, "format": "postmortem"})).await;
    assert!(page["text"].as_str().unwrap().starts_with('#'), "{page}");
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_wrong_question_is_answered_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let client = client(home.path()).await;
    for (name, arguments) in [
        ("report", json!({"session": "nosuch"})),
        ("report", json!({"session": "/etc"})),
        ("search", json!({"query": "why is it"})),
    ] {
        let (wrong, text) = call(&client, name, arguments).await;
        assert!(wrong && text.as_str().unwrap().contains('\n'), "{name}: {text}");
    }
    let unknown = client.call_tool(CallToolRequestParams::new("delete")).await;
    assert!(unknown.unwrap_err().to_string().contains("no such tool"));
    client.cancel().await.unwrap();
}
