//! One call of a telemetry server, from its start to its end: a program is started (or an address
//! asked), says its tools or answers one call, and is ended with everything it started. What it says
//! is bounded, cleaned and masked here. Nothing outlives its call.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rmcp::model::{CallToolRequestParams, CallToolResponse, PaginatedRequestParams};
use rmcp::service::{Peer, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{RoleClient, ServiceExt};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};

use super::bounded::Bounded;
use super::said;
use crate::app::Input;
use crate::app::telemetry::{Call, Offered};
use crate::intake;
use crate::runtime::admission::Mask;
use crate::runtime::certificates;
use crate::runtime::files::reason;
use crate::runtime::process::Handle;
use crate::runtime::telemetry::Spec;

/// The longest message of a server, in bytes.
const LONGEST_MESSAGE: usize = 4 << 20;
/// All that a server may say during one call, in bytes; then it is not listened to any more.
const MOST_SAID: u64 = 32 << 20;
/// Pages of tools that are asked for, and tools that are kept, at most.
const PAGES: usize = 10;
const TOOLS: usize = 256;
/// How long an address may take to be connected to.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may take to end by itself before it is killed.
const ENDING: Duration = Duration::from_millis(500);

/// The variables that a server gets from ours, where they are set; more by name in its settings.
const KEPT: [&str; 16] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// An approved call.
pub struct Start {
    /// The run.
    pub run: u64,
    /// The server.
    pub spec: Spec,
    /// What is asked of it.
    pub call: Call,
    /// When it is ended.
    pub timeout: Duration,
}

/// What a call came to.
enum Outcome {
    Tools(Vec<Offered>, usize),
    Text { text: String, dropped: u64, error: bool },
}

/// Starts a call. Its inputs (`RunStarted`, `Tools`, one `RunEnded`) go to `to`.
pub fn start(what: Start, mask: Mask, to: mpsc::Sender<Input>) -> Handle {
    let (cancel, cancelled) = watch::channel(false);
    let (run, on_failure) = (what.run, to.clone());
    let thread = std::thread::Builder::new().name(format!("telemetry-{run}")).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let inputs = match runtime {
            Ok(runtime) => {
                let inputs = runtime.block_on(follow(what, mask, cancelled, &to));
                runtime.shutdown_background();
                inputs
            }
            Err(e) => vec![ended(run, format!("not started: {}", reason(&e)), String::new(), 0)],
        };
        for input in inputs {
            // A console that has gone needs no answer.
            let _ = to.blocking_send(input);
        }
    });
    if let Err(e) = thread {
        let _ = on_failure.try_send(ended(run, format!("not started: {}", reason(&e)), String::new(), 0));
    }
    Handle::over(cancel)
}

fn ended(run: u64, how: String, output: String, dropped: u64) -> Input {
    Input::RunEnded { run, status: None, how, output, dropped }
}

async fn follow(
    what: Start,
    mut mask: Mask,
    mut cancelled: watch::Receiver<bool>,
    to: &mpsc::Sender<Input>,
) -> Vec<Input> {
    let Start { run, spec, call, timeout } = what;
    let mut child = None;
    let over = Arc::new(AtomicBool::new(false));
    let asked = async {
        let service = connect(&spec, (&mut child, &over), run, to).await?;
        let answer = ask(service.peer(), &call).await;
        // Ended in order where it listens; killed below where it does not.
        let _ = tokio::time::timeout(ENDING, service.cancel()).await;
        answer
    };
    let outcome = tokio::select! {
        outcome = tokio::time::timeout(timeout, asked) => match outcome {
            Ok(outcome) => outcome,
            Err(_) => Err(format!("timed out after {} s", timeout.as_secs())),
        },
        _ = cancelled.wait_for(|c| *c) => Err("cancelled".into()),
    };
    if let Some(child) = child {
        end(child).await;
    }
    let outcome = match outcome {
        Err(_) if over.load(Ordering::Relaxed) => {
            Err(format!("ended: it said more than {} MiB during one call", MOST_SAID >> 20))
        }
        outcome => outcome,
    };
    match outcome {
        Ok(Outcome::Tools(tools, left_out)) => {
            let more = if left_out > 0 { format!("; {left_out} more are not offered") } else { String::new() };
            let word = if tools.len() == 1 { "tool" } else { "tools" };
            let how = format!("answered: {} {word}{more}", tools.len());
            vec![Input::Tools { server: call.server, tools }, ended(run, how, String::new(), 0)]
        }
        Ok(Outcome::Text { text, dropped, error }) => {
            let admitted = intake::admit(text.as_bytes(), &mut mask);
            let how = if error { "answered with an error" } else { "answered" };
            vec![ended(run, how.into(), admitted.text, dropped)]
        }
        Err(why) => {
            let admitted = intake::admit(why.as_bytes(), &mut mask);
            vec![ended(run, said::one_line(&admitted.text, said::WHY), String::new(), 0)]
        }
    }
}

type Service = RunningService<RoleClient, ()>;

async fn connect(
    spec: &Spec,
    (child, over): (&mut Option<Child>, &Arc<AtomicBool>),
    run: u64,
    to: &mpsc::Sender<Input>,
) -> Result<Service, String> {
    let failed = |e: &(dyn std::error::Error + 'static)| {
        let why = certificates::wrong(e, "the server", "add it to the system's, or name its file in SSL_CERT_FILE");
        format!("the server did not begin: {}", why.map_or_else(|| e.to_string(), |(_, what)| what))
    };
    if let Some(url) = &spec.url {
        let bounded = Bounded::new(transport(spec, url)?, MOST_SAID as usize, Arc::clone(over));
        return ().serve(bounded).await.map_err(|e| failed(&e));
    }
    let program = spec.command.as_deref().unwrap_or_default();
    let mut started = command(spec, program).spawn().map_err(|e| format!("not started: {program}: {}", reason(&e)))?;
    let streams = started.stdout.take().zip(started.stdin.take());
    if let Some(pid) = started.id() {
        let _ = to.send(Input::RunStarted { run, pid }).await;
    }
    *child = Some(started);
    let Some((stdout, stdin)) = streams else { return Err("not started: it has no streams".into()) };
    let transport = AsyncRwTransport::new_client(stdout.take(MOST_SAID), stdin).with_max_line_length(LONGEST_MESSAGE);
    ().serve(transport).await.map_err(|e| failed(&e))
}

/// The server's program: its own process group, few variables, nothing of it on our terminal.
fn command(spec: &Spec, program: &str) -> Command {
    let mut command = Command::new(program);
    command.args(&spec.args).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    for name in KEPT.into_iter().chain(spec.env.iter().map(String::as_str)) {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("NO_COLOR", "1").process_group(0).kill_on_drop(true);
    command
}

fn transport(spec: &Spec, url: &str) -> Result<StreamableHttpClientTransport<reqwest::Client>, String> {
    // Whoever comes first installs it; a second time is no fault.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = StreamableHttpClientTransportConfig::with_uri(url.to_owned())
        .max_sse_event_size(LONGEST_MESSAGE)
        .max_json_response_size(LONGEST_MESSAGE);
    let mut headers = reqwest::header::HeaderMap::new();
    if let Some(name) = &spec.key_env {
        let key = std::env::var(name).map_err(|_| format!("not started: the variable {name} is not set"))?;
        match &spec.header {
            None => config = config.auth_header(key),
            Some(header) => {
                let bad = || format!("not started: `{header}` or the value of {name} is no header");
                let name = reqwest::header::HeaderName::from_bytes(header.as_bytes()).map_err(|_| bad())?;
                let mut value = reqwest::header::HeaderValue::from_str(&key).map_err(|_| bad())?;
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
    }
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .redirect(reqwest::redirect::Policy::none())
        .default_headers(headers)
        .build()
        .map_err(|e| format!("not started: {e}"))?;
    Ok(StreamableHttpClientTransport::with_client(client, config))
}

async fn ask(peer: &Peer<RoleClient>, call: &Call) -> Result<Outcome, String> {
    let failed = |e: rmcp::ServiceError| format!("the server did not answer: {e}");
    let Some(tool) = &call.tool else { return tools(peer).await };
    let arguments = serde_json::from_str(&call.arguments).map_err(|e| format!("the arguments are no object: {e}"))?;
    let request = CallToolRequestParams::new(tool.clone()).with_arguments(arguments);
    match peer.call_tool_once(request).await.map_err(failed)? {
        CallToolResponse::Complete(result) => {
            let (text, dropped) = said::text(&result);
            Ok(Outcome::Text { text, dropped, error: result.is_error == Some(true) })
        }
        _ => Err("the server asks for more than the call: that is not answered".into()),
    }
}

async fn tools(peer: &Peer<RoleClient>) -> Result<Outcome, String> {
    let (mut kept, mut left_out, mut cursor) = (Vec::new(), 0, None);
    for _ in 0..PAGES {
        let mut page = PaginatedRequestParams::default();
        page.cursor = cursor;
        let page = peer.list_tools(Some(page)).await.map_err(|e| format!("the server did not list its tools: {e}"))?;
        for tool in &page.tools {
            match said::offered(tool).filter(|_| kept.len() < TOOLS) {
                Some(tool) => kept.push(tool),
                None => left_out += 1,
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(Outcome::Tools(kept, left_out))
}

/// Ends the program with everything in its group.
async fn end(mut child: Child) {
    let group = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw);
    let waited = tokio::time::timeout(ENDING, child.wait()).await;
    if let Some(group) = group {
        // What it started may still be there when it has ended itself.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    if waited.is_err() {
        let _ = tokio::time::timeout(ENDING, child.wait()).await;
    }
}
