//! A provider that plays what it was given, cut and delayed as the test wants, and keeps every byte it
//! was sent.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use futures_util::stream;
use hotwash::runtime::model_settings::{Form, ModelSettings, Provider};
use hotwash::runtime::models::Remote;

/// One answer.
#[derive(Debug, Clone)]
pub struct Play {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Bytes of a piece; 0 sends all at once.
    pub chunk: usize,
    pub pause: Duration,
    /// Where the connection breaks.
    pub cut: Option<usize>,
    /// Never ends after its last byte.
    pub hangs: bool,
}

impl Play {
    pub fn of(body: impl Into<Vec<u8>>) -> Self {
        let kind = ("content-type", "text/event-stream".to_owned());
        Self {
            status: 200,
            headers: vec![kind],
            body: body.into(),
            chunk: 0,
            pause: Duration::ZERO,
            cut: None,
            hangs: false,
        }
    }

    pub fn status(status: u16, body: &str) -> Self {
        let kind = ("content-type", "application/json".to_owned());
        Self { status, headers: vec![kind], ..Self::of(body) }
    }

    pub fn cut_into(mut self, chunk: usize) -> Self {
        self.chunk = chunk;
        self
    }
}

/// What was asked: each path with its body.
pub type Requests = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

#[derive(Clone, Default)]
pub struct Memory {
    plays: Arc<Mutex<VecDeque<Play>>>,
    pub requests: Requests,
    /// Answers that are being sent at this moment.
    pub open: Arc<AtomicUsize>,
}

/// Counts an answer while it is being sent.
struct Sending(Arc<AtomicUsize>);

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A server that gives these answers one after the other; its address and its memory.
pub async fn serve(plays: Vec<Play>) -> (String, Memory) {
    let memory = Memory { plays: Arc::new(Mutex::new(plays.into())), ..Memory::default() };
    let app = axum::Router::new().fallback(answer).with_state(memory.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}/v1/"), memory)
}

async fn answer(State(memory): State<Memory>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let shown = format!("{} {:?}", head.uri, head.headers);
    memory.requests.lock().unwrap().push((shown, bytes.to_vec()));
    let none = || Play::status(500, r#"{"error":{"message":"nothing left to play"}}"#);
    let play = memory.plays.lock().unwrap().pop_front().unwrap_or_else(none);
    let mut response = Response::builder().status(play.status);
    for (name, value) in &play.headers {
        response = response.header(*name, value);
    }
    memory.open.fetch_add(1, Ordering::SeqCst);
    response.body(streamed(play, Sending(Arc::clone(&memory.open)))).unwrap()
}

fn streamed(play: Play, sending: Sending) -> Body {
    let size = if play.chunk == 0 { play.body.len().max(1) } else { play.chunk };
    let end = play.cut.unwrap_or(play.body.len());
    Body::from_stream(stream::unfold((0usize, play, sending), move |(at, play, sending)| async move {
        if at >= end {
            if play.cut.is_some() {
                let broken = std::io::Error::other("cut");
                return (at == end).then_some((Err(broken), (at + 1, play, sending)));
            }
            if play.hangs {
                std::future::pending::<()>().await;
            }
            return None;
        }
        if at > 0 && !play.pause.is_zero() {
            tokio::time::sleep(play.pause).await;
        }
        let to = (at + size).min(end);
        let piece = Bytes::copy_from_slice(&play.body[at..to]);
        Some((Ok::<_, std::io::Error>(piece), (to, play, sending)))
    }))
}

/// A server whose every answer is one line without an end.
pub async fn endless(status: u16) -> String {
    let forever = move || async move {
        // No faster than 64 MB a second, so that other tests' memory is left alone.
        let pieces = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 64 << 10])), ()))
        });
        let kind = ("content-type", "text/event-stream");
        Response::builder().status(status).header(kind.0, kind.1).body(Body::from_stream(pieces)).unwrap()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(forever)).await });
    format!("http://{address}/v1/")
}

/// Settings of a model at this address.
pub fn settings(provider: Provider, url: &str) -> ModelSettings {
    ModelSettings {
        provider,
        model: "m".into(),
        base_url: Some(url.into()),
        key_env: None,
        key_command: Some("echo sk-test-4f9b1c77d2".into()),
        form: Form::Tool,
        max_tokens: 4_096,
        steps: 12,
        tokens: 1_000_000,
        seconds: 60,
        usd: 0.0,
        fallback: None,
        proxy: None,
        ca_file: None,
        connect_timeout_s: 2,
        first_token_timeout_s: 2,
        idle_timeout_s: 1,
        sees_embedded: true,
    }
}

/// A model at this address that does not wait long between tries.
pub fn model(provider: Provider, url: &str) -> Remote {
    Remote::new("test", &settings(provider, url)).unwrap().waiting(Duration::from_millis(1))
}
