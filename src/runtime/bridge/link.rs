//! A connection to the servers of one cluster: made with what the settings name, kept by the client
//! library, and watched. A password, a key or a credential is read here and goes nowhere else.

use std::time::Duration;

use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::{Context, ContextBuilder};
use async_nats::{Client, ConnectOptions, Event};
use tokio::sync::watch;

use super::names::Address;
use crate::fault::Fault;
use crate::runtime::bridge_settings::BridgeSettings;

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(5);
/// The longest wait between two tries to get a lost connection back.
const LONGEST_RETRY: Duration = Duration::from_secs(4);
/// Commands to the server that may wait in the client.
const WAITING: usize = 512;
/// Messages of one subscription that may wait for whoever reads them.
const UNREAD: usize = 1024;

/// How soon things are noticed. Tests hurry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two signs of life; after three without an answer the connection counts as lost.
    pub ping: Duration,
    /// How long an answer of the server is waited for.
    pub answer: Duration,
    /// Between two times that a lead says that they are there.
    pub beacon: Duration,
    /// Between two times that a follower says that they are here.
    pub here: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let (ping, answer) = (Duration::from_secs(5), Duration::from_secs(5));
        Self { ping, answer, beacon: Duration::from_secs(2), here: Duration::from_secs(30) }
    }
}

/// What was seen of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// How often it stood.
    pub connects: u64,
    /// Whether it stands.
    pub up: bool,
    /// The last thing that the server objected to.
    pub objection: Option<String>,
}

/// A connection.
#[derive(Debug, Clone)]
pub struct Link {
    /// The client.
    pub client: Client,
    /// Its streams.
    pub streams: Context,
    /// What was seen of it.
    pub seen: watch::Receiver<Seen>,
    /// How soon things are noticed.
    pub pace: Pace,
}

impl Link {
    /// Connects once.
    ///
    /// # Errors
    /// Why not, in words.
    pub async fn connect(settings: &BridgeSettings, servers: &[String], pace: Pace) -> Result<Self, String> {
        let (to, seen) = watch::channel(Seen::default());
        let watched = move |event: Event| {
            match event {
                Event::Connected => to.send_modify(|s| (s.connects, s.up) = (s.connects + 1, true)),
                Event::Disconnected | Event::Closed => to.send_modify(|s| s.up = false),
                Event::ServerError(e) => to.send_modify(|s| s.objection = Some(e.to_string())),
                Event::ClientError(_) | Event::LameDuckMode | Event::Draining | Event::SlowConsumer(_) => {}
            }
            std::future::ready(())
        };
        let mut options = ConnectOptions::new()
            .name("hotwash")
            .connection_timeout(CONNECT)
            .request_timeout(Some(pace.answer))
            .ping_interval(pace.ping)
            .client_capacity(WAITING)
            .subscription_capacity(UNREAD)
            .reconnect_delay_callback(|tries| {
                Duration::from_millis(100).saturating_mul(1 << tries.min(6)).min(LONGEST_RETRY)
            })
            .event_callback(watched);
        if let Some(file) = &settings.credentials {
            let text = std::fs::read_to_string(file).map_err(|e| unread(file, &e))?;
            options = options.credentials(&text).map_err(|_| format!("{file} holds no NATS credentials"))?;
        }
        if let (Some(user), Some(variable)) = (&settings.user, &settings.password_env) {
            let password = std::env::var(variable).map_err(|_| format!("the variable {variable} holds no password"))?;
            options = options.user_and_password(user.clone(), password);
        }
        if let Some(file) = &settings.ca_file {
            std::fs::metadata(file).map_err(|e| unread(file, &e))?;
            options = options.add_root_certificates(file.into()).require_tls(true);
        }
        if let (Some(cert), Some(key)) = (&settings.client_cert, &settings.client_key) {
            options = options.add_client_certificate(cert.into(), key.into());
        }
        let within = tokio::time::timeout(CONNECT + CONNECT, options.connect(servers)).await;
        let client = within.map_err(|_| "it does not answer".to_owned())?.map_err(|e| reason(&e))?;
        let streams = ContextBuilder::new().timeout(pace.answer).ack_timeout(pace.answer).build(client.clone());
        Ok(Self { client, streams, seen, pace })
    }

    /// Whether the connection stands.
    pub fn is_up(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }

    /// What went wrong, with the server's own objection where there was one of late.
    pub fn why(&self, what: &str) -> String {
        match &self.seen.borrow().objection {
            Some(objection) => format!("{what} ({objection})"),
            None => what.to_owned(),
        }
    }

    /// A session that the server does not have, or did not tell of.
    pub fn absent(&self, address: &Address, e: &GetStreamError) -> Fault {
        let Address { session, server } = address;
        match e.kind() {
            GetStreamErrorKind::JetStream(_) => Fault::input(
                self.why(&format!("no session {session} on {server}: {}", reason(e))),
                "the lead shares it with `share = true` in [bridge]; `hotwash bridge check` says more",
            ),
            _ => Fault::environment(
                self.why(&format!("{server} does not say whether it has session {session}: {}", reason(e))),
                "try again; `hotwash bridge check` says more",
            ),
        }
    }
}

fn unread(file: &str, e: &std::io::Error) -> String {
    format!("cannot read {file}: {}", crate::runtime::files::reason(e))
}

/// An error with what caused it, in one line.
pub fn reason(e: &dyn std::error::Error) -> String {
    let mut text = e.to_string();
    let mut cause = e.source();
    // Causes nest a few deep; a chain that never ends is no cause.
    for _ in 0..4 {
        let Some(e) = cause else { break };
        let more = e.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = e.source();
    }
    text
}
