//! Asking a telemetry server: which one, which tool, with which arguments; then the approval of the
//! exact call. Each call is a run: approved, recorded, bounded, cancelled and ended like a command,
//! and its result is evidence like a command's output.

use super::runs::present;
use super::{Turn, wanted};
use crate::app::desk::Desk;
use crate::app::dialog::{Approval, Item};
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::Role;
use crate::app::telemetry::{Call, Offered};
use crate::domain::Label;
use crate::intake::secrets::{Masks, mask};
use crate::session::Session;

/// Asks which server and tool.
pub fn ask(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    if wanted::open(session, desk, turn) {
        return;
    }
    if desk.telemetry.servers.is_empty() {
        return desk.say(Role::Dim, "no telemetry server is configured: see [mcp.NAME] in the settings");
    }
    let mut offers = Vec::new();
    for server in &desk.telemetry.servers {
        let tools = desk.telemetry.tools.get(&server.name);
        offers.extend(tools.into_iter().flatten().map(|t| format!("{} {} {}", server.name, t.name, t.template)));
        offers.push(server.name.clone());
    }
    let label = format!("telemetry: SERVER, or SERVER TOOL {{…}} (tab: {}):", offers.len());
    desk.prompt = Some(Prompt::new(Asking::Telemetry, label).offering(offers));
}

/// The call that a typed line asks for.
///
/// # Errors
/// Says what is wrong with it.
pub fn call_of(typed: &str) -> Result<Call, String> {
    let (server, rest) = split(typed);
    let (tool, arguments) = split(rest);
    if tool.is_empty() {
        return Ok(Call { server: server.into(), tool: None, arguments: String::new() });
    }
    let arguments = if arguments.is_empty() { "{}" } else { arguments };
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(arguments) {
        Ok(map) => {
            let arguments = serde_json::Value::Object(map).to_string();
            Ok(Call { server: server.into(), tool: Some(tool.into()), arguments })
        }
        Err(e) => Err(format!("no JSON object (column {})", e.column())),
    }
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(a, b)| (a, b.trim_start()))
}

/// Opens the approval of what was typed.
pub fn asked(session: &Session, desk: &mut Desk, typed: &str, turn: &mut Turn) {
    let again = |desk: &mut Desk, why: &str| {
        // In the question itself: the line for news is covered while something is asked.
        desk.prompt = Some(Prompt::new(Asking::Telemetry, format!("{why}:")).starting(typed));
    };
    let call = match call_of(typed) {
        Ok(call) => call,
        Err(why) => return again(desk, &why),
    };
    if desk.telemetry.server(&call.server).is_none() {
        return again(desk, "no telemetry server is called that");
    }
    if let Some(why) = refusal(desk, &call) {
        return again(desk, &format!("not asked: {why}"));
    }
    present_call(session, desk, call, Asker::Person, turn);
}

/// Who wants a call.
pub enum Asker {
    /// The person at the console.
    Person,
    /// A model, by its name in the settings.
    Model(String),
}

/// Why a call is asked of nobody, whoever wants it.
pub(super) fn refusal(desk: &Desk, call: &Call) -> Option<&'static str> {
    let tool = call.tool.as_deref().and_then(|name| offered(desk, &call.server, name));
    if tool.and_then(|t| t.reads_only) == Some(false) {
        return Some("the tool says that it changes things");
    }
    let secret = !mask(&call.arguments, &mut Masks::new([0; 32])).counts.is_empty();
    secret.then_some("that looks like a secret")
}

/// Opens the approval of a call.
pub(super) fn present_call(session: &Session, desk: &mut Desk, call: Call, asker: Asker, turn: &mut Turn) {
    let Some(server) = desk.telemetry.server(&call.server).cloned() else {
        return desk.say(Role::Warn, "no telemetry server is called that any more");
    };
    let tool = call.tool.as_deref().and_then(|name| offered(desk, &call.server, name)).cloned();
    let command = call.text(&server.start);
    let (label, why, mut notes, phrase) = judged(session, &call, tool.as_ref());
    let asked = match &call.tool {
        Some(tool) => format!("sk the telemetry server {} for {tool}.", call.server),
        None => format!("List the tools of the telemetry server {}.", call.server),
    };
    let what = match asker {
        Asker::Person if call.tool.is_none() => asked,
        Asker::Person => format!("A{asked}"),
        Asker::Model(engine) => {
            notes.insert(0, format!("{engine} chose the tool and the arguments, and is given the answer, masked"));
            format!("{engine} wants to a{asked}")
        }
    };
    let about = Approval::of(Item::Telemetry(call), command, desk.timeout_s, desk.now);
    present(Approval { what, label, why, notes, phrase, ..about }, desk, turn);
}

fn offered<'a>(desk: &'a Desk, server: &str, tool: &str) -> Option<&'a Offered> {
    desk.telemetry.tools.get(server)?.iter().find(|t| t.name == tool)
}

/// What is known of the call: a server's word on itself proves nothing. The first use of a tool in a
/// session wants more than a `y`.
fn judged(session: &Session, call: &Call, tool: Option<&Offered>) -> (Label, String, Vec<String>, String) {
    let head = call.tool.as_deref().map_or_else(|| format!("mcp {} (", call.server), |t| Call::head(&call.server, t));
    let before = session.runs.values().any(|r| r.command.starts_with(&head));
    let mut notes = vec!["the arguments leave this machine as they are shown; the answer becomes evidence".to_owned()];
    if !before {
        notes.push("this tool was not used in this session yet".into());
    }
    if let Some(tool) = tool.filter(|t| !t.what.is_empty()) {
        notes.push(format!("the server says of it: {}", tool.what));
    }
    let why = match tool.and_then(|t| t.reads_only) {
        Some(true) => "the server says that it only reads; that is its word".to_owned(),
        _ if call.tool.is_none() => "a program or a service outside is asked for its tools".to_owned(),
        _ => "the server does not say whether it only reads".to_owned(),
    };
    (Label::CannotTell, why, notes, if before { "y".into() } else { "run".into() })
}

/// A server told its tools.
pub fn told(desk: &mut Desk, server: String, tools: Vec<Offered>) {
    let key = desk.keys.key_of("telemetry");
    desk.say(Role::Good, format!("{server}: {} tools; {key}, then tab, offers them", tools.len()));
    desk.telemetry.tools.insert(server, tools);
}
