//! A model behind a provider's protocol. The framing is genai's; time limits, retries and the end of
//! an answer that never ends are here.
//!
//! A call is tried again only while nothing of its answer has come.

use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use futures_util::{StreamExt, stream};
use genai::adapter::AdapterKind;
use genai::chat::{ChatOptions, ChatResponseFormat, ChatStream, ChatStreamEvent, JsonSpec, StreamEnd};
use genai::resolver::{AuthData, Endpoint};
use genai::{Client, ModelIden, ServiceTarget};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::tool_calls::Gathering;
use super::translate::{self, Calls};
use super::{Model, Pieces, faults, held, keys, network};
use crate::analyst::agent::{Call, Failure, FailureKind, Piece};
use crate::fault::Fault;
use crate::runtime::model_settings::{Form, ModelSettings, Provider};

/// How often a call is tried, the first time with it.
const TRIES: usize = 4;
/// The first wait between two tries; each further one is twice as long, and a little by chance.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait that is not the provider's own.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// The most bytes of an answer for each token that was allowed: more is no answer any more.
const BYTES_PER_TOKEN: usize = 16;

/// A model behind a provider's protocol.
#[derive(Debug, Clone)]
pub struct Remote(Arc<Inner>);

struct Inner {
    name: String,
    settings: ModelSettings,
    client: Client,
    key: Result<Option<SecretString>, Failure>,
    first_wait: Duration,
    /// The most by which the process may grow while a piece is waited for.
    most: u64,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Inner {
    fn secret(&self) -> Option<&SecretString> {
        self.key.as_ref().ok().and_then(Option::as_ref)
    }
}

impl Remote {
    /// The model of these settings. Its key is fetched now; one that is missing is said when it is asked.
    ///
    /// # Errors
    /// A proxy or a certificate file that can't be read.
    pub fn new(name: &str, settings: &ModelSettings) -> Result<Self, Fault> {
        let client = Client::builder().with_reqwest(network::client(name, settings)?).build();
        let client = client.map_err(|e| Fault::environment(format!("models.{name}: {e}"), ""))?;
        let key = keys::key(name, settings);
        let (name, settings) = (name.to_owned(), settings.clone());
        Ok(Self(Arc::new(Inner { name, settings, client, key, first_wait: FIRST_WAIT, most: held::MOST })))
    }

    /// The same with another first wait between tries: tests don't wait.
    #[must_use]
    pub fn waiting(self, first_wait: Duration) -> Self {
        Self(Arc::new(Inner { first_wait, ..self.parts() }))
    }

    /// The same with another bound of what one piece of an answer may hold.
    #[must_use]
    pub fn holding(self, most: u64) -> Self {
        Self(Arc::new(Inner { most, ..self.parts() }))
    }

    fn parts(&self) -> Inner {
        let Inner { name, settings, client, key, first_wait, most } = &*self.0;
        let key = key
            .as_ref()
            .map(|k| k.as_ref().map(|k| SecretString::from(k.expose_secret().to_owned())))
            .map_err(Clone::clone);
        Inner {
            name: name.clone(),
            settings: settings.clone(),
            client: client.clone(),
            key,
            first_wait: *first_wait,
            most: *most,
        }
    }
}

impl Model for Remote {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn model(&self) -> &str {
        &self.0.settings.model
    }

    fn ask(&self, call: Call) -> Pieces {
        let begin = State::Asking { inner: Arc::clone(&self.0), call: Box::new(call) };
        Box::pin(stream::unfold(begin, next))
    }
}

/// Where an answer stands.
enum State {
    Asking { inner: Arc<Inner>, call: Box<Call> },
    Streaming(Box<Streaming>),
    Over,
}

struct Streaming {
    inner: Arc<Inner>,
    stream: ChatStream,
    /// The first event, which was waited for before the call counted as answered.
    first: Option<ChatStreamEvent>,
    calls: Calls,
    /// The calls of OpenAI's protocol, which we put together ourselves.
    own: Option<Gathering>,
    /// Calls that go out before the end.
    ready: std::collections::VecDeque<Piece>,
    bytes: usize,
    most: usize,
    asked: usize,
}

async fn next(state: State) -> Option<(Result<Piece, Failure>, State)> {
    let mut streaming = match state {
        State::Over => return None,
        State::Streaming(streaming) => streaming,
        State::Asking { inner, call } => match open(&inner, &call).await {
            Ok(streaming) => Box::new(streaming),
            Err(failure) => return Some((Err(failure), State::Over)),
        },
    };
    let piece = streaming.piece().await;
    let over = !matches!(&piece, Ok(p) if !matches!(p, Piece::End { .. }));
    // Dropping the stream closes the connection: an answer is over when we say so.
    Some((piece, if over { State::Over } else { State::Streaming(streaming) }))
}

/// The answer's stream with its first event, tried again while that makes sense.
async fn open(inner: &Arc<Inner>, call: &Call) -> Result<Streaming, Failure> {
    let key = inner.key.clone_key()?;
    let target = target(&inner.settings, key.as_ref());
    let request = translate::request(call, &inner.settings.model);
    let options = options(call, &inner.settings, key.as_ref());
    let most = call.max_tokens as usize * BYTES_PER_TOKEN;
    let host = host(&inner.settings);
    let limit = Duration::from_secs(inner.settings.first_token_timeout_s.max(1));
    let asked = serde_json::to_vec(call).map_or(0, |b| b.len());
    let once = || async {
        let own = speaks_openai(inner.settings.provider).then(|| Gathering::new(most));
        let options = match &own {
            Some(own) => options.clone().with_raw_frame_sink(own.clone()),
            None => options.clone().with_capture_tool_calls(true),
        };
        let mut stream = inner
            .client
            .exec_chat_stream(target.clone(), request.clone(), Some(&options))
            .await
            .map_err(|e| faults::failure(&inner.name, &host, &e, key.as_ref()))?
            .stream;
        let first = held::held(&inner.name, inner.most, timeout(limit, first_event(&mut stream))).await?;
        let first = first.map_err(|_| silent(inner, limit))?;
        let first = first.transpose().map_err(|e| faults::failure(&inner.name, &host, &e, key.as_ref()))?;
        Ok((stream, first, own))
    };
    let waits = ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(inner.first_wait)
        .with_max_delay(LONGEST_WAIT)
        .with_max_times(TRIES - 1);
    let (stream, first, own) = once
        .retry(waits)
        .sleep(tokio::time::sleep)
        .when(|f: &Failure| f.kind.passes())
        .adjust(|f: &Failure, wait| match (wait, f.retry_after_ms) {
            (Some(wait), Some(asked)) => Some(wait.max(Duration::from_millis(asked))),
            (wait, _) => wait,
        })
        .await?;
    let (inner, calls, ready) = (Arc::clone(inner), Calls::default(), Default::default());
    Ok(Streaming { inner, stream, first, calls, own, ready, bytes: 0, most, asked })
}

/// The first event that says something: a stream that only keeps itself open has not answered.
async fn first_event(stream: &mut ChatStream) -> Option<Result<ChatStreamEvent, genai::Error>> {
    loop {
        match stream.next().await {
            Some(Ok(ChatStreamEvent::Start | ChatStreamEvent::Heartbeat)) => {}
            other => return other,
        }
    }
}

fn silent(inner: &Inner, limit: Duration) -> Failure {
    let what = format!("{} sent nothing for {} s: try later, or use another model", inner.name, limit.as_secs());
    Failure::new(FailureKind::Silent, what)
}

impl Streaming {
    /// The next piece; the end or a failure is the last one.
    async fn piece(&mut self) -> Result<Piece, Failure> {
        let idle = Duration::from_secs(self.inner.settings.idle_timeout_s.max(1));
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Ok(piece);
            }
            let event = match self.first.take() {
                Some(event) => Some(Ok(event)),
                None => {
                    let next = timeout(idle, first_event(&mut self.stream));
                    let next = held::held(&self.inner.name, self.inner.most, next).await?;
                    next.map_err(|_| silent(&self.inner, idle))?
                }
            };
            let event = event
                .transpose()
                .map_err(|e| faults::failure(&self.inner.name, &host(&self.inner.settings), &e, self.inner.secret()))?;
            match event {
                Some(ChatStreamEvent::Chunk(chunk)) => {
                    if let Some(piece) = self.text(Piece::Text { text: chunk.content }) {
                        return Ok(piece);
                    }
                }
                Some(ChatStreamEvent::ReasoningChunk(chunk)) => {
                    if let Some(piece) = self.text(Piece::Reasoning { text: chunk.content }) {
                        return Ok(piece);
                    }
                }
                Some(ChatStreamEvent::ToolCallChunk(chunk)) => {
                    self.bytes += 1;
                    if self.own.is_none() {
                        self.calls.take(chunk.tool_call);
                    }
                    if self.bytes > self.most || self.in_calls() > self.most {
                        self.end(None, true);
                    }
                }
                Some(ChatStreamEvent::End(end)) => self.end(Some(end), false),
                Some(_) => {}
                None if self.bytes == 0 && self.has_no_call() => {
                    let what = format!("{} ended its answer before it began", self.inner.name);
                    return Err(Failure::new(FailureKind::Broken, what));
                }
                None => self.end(None, false),
            }
        }
    }

    /// How many bytes of tool calls came.
    fn in_calls(&self) -> usize {
        self.own.as_ref().map_or_else(|| self.calls.bytes(), Gathering::bytes)
    }

    fn has_no_call(&self) -> bool {
        self.own.as_ref().map_or_else(|| self.calls.is_empty(), Gathering::is_empty)
    }

    /// A piece of text, or the end where there is far more than was allowed.
    fn text(&mut self, piece: Piece) -> Option<Piece> {
        let (Piece::Text { text } | Piece::Reasoning { text }) = &piece else { return Some(piece) };
        self.bytes += text.len();
        if self.bytes > self.most {
            self.end(None, true);
            return None;
        }
        (!text.is_empty()).then_some(piece)
    }

    /// Everything that comes at the end: whole tool calls, then the end itself.
    fn end(&mut self, end: Option<StreamEnd>, cut: bool) {
        let model = &self.inner.settings.model;
        let answered = self.bytes + self.in_calls();
        let calls = match &self.own {
            Some(own) => own.take(),
            None => translate::captured(end.as_ref(), std::mem::take(&mut self.calls)),
        };
        let pieces = translate::end(end, calls, model, (self.asked, answered), cut);
        self.ready.extend(pieces);
    }
}

trait CloneKey {
    fn clone_key(&self) -> Result<Option<SecretString>, Failure>;
}

impl CloneKey for Result<Option<SecretString>, Failure> {
    fn clone_key(&self) -> Result<Option<SecretString>, Failure> {
        match self {
            Ok(key) => Ok(key.as_ref().map(|k| SecretString::from(k.expose_secret().to_owned()))),
            Err(failure) => Err(failure.clone()),
        }
    }
}

/// The address as a person knows it.
pub fn host(of: &ModelSettings) -> String {
    let url = base_url(of);
    let after = url.split("://").nth(1).unwrap_or(&url);
    let host = after.split('/').next().unwrap_or(after);
    host.rsplit('@').next().unwrap_or(host).to_owned()
}

fn base_url(of: &ModelSettings) -> String {
    let url = of.base_url.as_deref().or_else(|| of.provider.usual_url()).unwrap_or_default();
    if url.ends_with('/') { url.to_owned() } else { format!("{url}/") }
}

fn adapter(provider: Provider) -> AdapterKind {
    match provider {
        Provider::OpenAi | Provider::OpenRouter | Provider::Azure | Provider::Ollama => AdapterKind::OpenAI,
        Provider::DeepSeek => AdapterKind::DeepSeek,
        Provider::Groq => AdapterKind::Groq,
        Provider::Mistral => AdapterKind::Mistral,
        Provider::Anthropic => AdapterKind::Anthropic,
        Provider::Gemini => AdapterKind::Gemini,
        Provider::Bedrock => AdapterKind::BedrockApi,
    }
}

/// Whether tool calls come in OpenAI's form: then they are put together here (`tool_calls`).
fn speaks_openai(provider: Provider) -> bool {
    !matches!(adapter(provider), AdapterKind::Anthropic | AdapterKind::Gemini | AdapterKind::BedrockApi)
}

fn target(of: &ModelSettings, key: Option<&SecretString>) -> ServiceTarget {
    // A server without keys still gets a header: the protocol has one.
    let key = key.map_or("none", |k| k.expose_secret()).to_owned();
    ServiceTarget {
        endpoint: Endpoint::from_owned(base_url(of)),
        auth: AuthData::Key(key),
        model: ModelIden::new(adapter(of.provider), of.model.as_str()),
    }
}

fn options(call: &Call, of: &ModelSettings, key: Option<&SecretString>) -> ChatOptions {
    let mut options = ChatOptions::default()
        .with_max_tokens(call.max_tokens)
        .with_capture_usage(true)
        .with_capture_content(true)
        .with_capture_reasoning_content(true);
    if of.provider == Provider::Azure
        && let Some(key) = key
    {
        options = options.with_extra_headers(vec![("api-key".to_owned(), key.expose_secret().to_owned())]);
    }
    if let Some(form) = &call.schema {
        options = options.with_response_format(match of.form {
            Form::Schema => ChatResponseFormat::JsonSpec(JsonSpec::new(form.name.clone(), form.schema.clone())),
            Form::Json | Form::Tool => ChatResponseFormat::JsonMode,
        });
    }
    options
}
