//! What is there and what is missing on a server, asked of the server itself: tried out on a stream of
//! its own that is removed again, and told in one line each. It changes nothing about any session.

use std::time::Duration;

use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::StorageType;
use serde_json::Value;

use super::link::{Link, Pace, reason};
use super::names::{Address, Names};
use super::parts::part_of;
use super::place;
use crate::fault::Fault;
use crate::runtime::bridge_settings::BridgeSettings;

/// The oldest version that is advised: those before it have published security advisories against them.
const ADVISED: [u64; 3] = [2, 12, 6];
/// How long an answer is waited for. A server that forbids something does not answer.
const ANSWER: Duration = Duration::from_secs(2);

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// As it has to be.
    Well,
    /// Worth knowing.
    Note,
    /// Missing.
    Missing,
}

/// One line of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How it stands.
    pub stands: Stands,
    /// What.
    pub what: &'static str,
    /// How it is.
    pub how: String,
    /// What to do; empty where nothing is to be done.
    pub hint: &'static str,
}

fn well(what: &'static str, how: impl Into<String>) -> Found {
    Found { stands: Stands::Well, what, how: how.into(), hint: "" }
}

fn note(what: &'static str, how: impl Into<String>, hint: &'static str) -> Found {
    Found { stands: Stands::Note, what, how: how.into(), hint }
}

fn missing(what: &'static str, how: impl Into<String>, hint: &'static str) -> Found {
    Found { stands: Stands::Missing, what, how: how.into(), hint }
}

impl Found {
    /// The line.
    pub fn line(&self) -> String {
        let Self { stands, what, how, hint } = self;
        let mark = match stands {
            Stands::Well => "ok     ",
            Stands::Note => "note   ",
            Stands::Missing => "MISSING",
        };
        let hint = if hint.is_empty() { String::new() } else { format!("\n                     {hint}") };
        format!("{mark} {what:<12} {how}{hint}")
    }
}

/// Checks a server as a lead, or as an observer: then that nothing can be published is what is wanted.
///
/// # Errors
/// When no runtime can be made.
pub fn check(settings: &BridgeSettings, address: &Address, observer: bool) -> Result<Vec<Found>, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Fault::environment(format!("cannot start: {e}"), ""))?;
    Ok(runtime.block_on(all(settings, address, observer)))
}

async fn all(settings: &BridgeSettings, address: &Address, observer: bool) -> Vec<Found> {
    let pace = Pace { answer: ANSWER, ..Pace::default() };
    let link = match Link::connect(settings, std::slice::from_ref(&address.server), pace).await {
        Ok(link) => link,
        Err(why) => {
            let hint = "is it running, is the port open, are credentials and certificates in [bridge] the right ones?";
            return vec![missing("reach", format!("{}: {why}", address.server), hint)];
        }
    };
    let info = link.client.server_info();
    let mut found = vec![well("reach", address.server.clone()), version(&info.version), tls(settings, address)];
    found.push(match part_of(info.max_payload) {
        Some(part) => {
            let how = format!("{} bytes a message; a longer record travels in parts of {part}", info.max_payload);
            well("payload", how)
        }
        None => missing("payload", format!("{} bytes a message", info.max_payload), "set max_payload to 1 MiB"),
    });
    match jetstream(&link).await {
        Ok(how) => found.push(well("jetstream", how)),
        Err(why) => {
            found.push(missing(
                "jetstream",
                why,
                "a `jetstream { store_dir: … }` block on the server, and for the account",
            ));
            return found;
        }
    }
    if let Ok(names) = Names::new(&settings.prefix, &address.session) {
        found.push(session(&link, &names, settings).await);
        if observer {
            found.push(observer_on(&link, &names).await);
        }
    }
    if !observer {
        found.extend(lead(&link, settings).await);
    } else if address.session.is_empty() {
        let how = "name a session (nats://HOST:PORT/ID): whether an observer can publish is tried on its subject";
        found.push(note("publish", how, ""));
    }
    let how = "how often the server syncs its disk can't be asked from here";
    found.push(note("durability", how, "set `sync_interval: always` on one server; see docs/bridge.md"));
    found
}

fn version(version: &str) -> Found {
    let mut numbers = version.split(['.', '-']).map_while(|n| n.parse::<u64>().ok());
    let mut next = || numbers.next().unwrap_or(0);
    let known = [next(), next(), next()];
    if known >= ADVISED {
        return well("version", version);
    }
    note("version", version, "it works; 2.12.6 or newer is advised, for the security advisories that came before it")
}

fn tls(settings: &BridgeSettings, address: &Address) -> Found {
    let is_local = ["nats://127.", "nats://localhost", "nats://[::1]"].iter().any(|l| address.server.starts_with(l));
    match address.server.starts_with("tls://") || settings.ca_file.is_some() {
        true => well("tls", "the line is encrypted"),
        false if is_local => note("tls", "the line is not encrypted; it does not leave this machine", ""),
        false => note("tls", "the line may not be encrypted", "use tls://, and a `tls` block on the server"),
    }
}

/// Asked as JSON: what servers answer grew over the versions.
async fn jetstream(link: &Link) -> Result<String, String> {
    let asked = link.client.request("$JS.API.INFO", Vec::new().into()).await;
    let answer = asked.map_err(|e| link.why(&format!("no answer: {}", reason(&e))))?;
    let value: Value = serde_json::from_slice(&answer.payload).map_err(|_| "its answer is none".to_owned())?;
    if let Some(error) = value.pointer("/error/description").and_then(Value::as_str) {
        return Err(error.to_owned());
    }
    let number = |at: &str| value.pointer(at).and_then(Value::as_i64);
    let streams = number("/streams").unwrap_or(0);
    Ok(match number("/limits/max_storage").filter(|n| *n > 0) {
        Some(bytes) => format!("on; {streams} streams, {} MiB for this account", bytes / 1024 / 1024),
        None => format!("on; {streams} streams"),
    })
}

async fn session(link: &Link, names: &Names, settings: &BridgeSettings) -> Found {
    match link.streams.get_stream(names.stream()).await {
        Ok(stream) => {
            let info = stream.cached_info();
            let (messages, bytes) = (info.state.messages, info.state.bytes);
            let how = format!("{messages} messages, {bytes} bytes, {} copies", info.config.num_replicas);
            match info.config.num_replicas < settings.replicas {
                true => note("session", how, "fewer copies than `replicas` asks for: `nats stream edit` adds them"),
                false => well("session", how),
            }
        }
        Err(e) => missing("session", link.why(&reason(&e)), "its lead shares it with `share = true` in [bridge]"),
    }
}

/// What a lead needs, tried out on a stream of its own.
async fn lead(link: &Link, settings: &BridgeSettings) -> Vec<Found> {
    let Ok(names) = Names::new(&settings.prefix, &format!("check-{}", uuid::Uuid::now_v7())) else { return Vec::new() };
    let mut config = place::config(&names, settings);
    // Should it stay behind, it is small, and goes by itself.
    (config.storage, config.max_bytes, config.max_age) = (StorageType::Memory, 65_536, Duration::from_secs(300));
    if let Err(e) = link.streams.create_stream(config).await {
        let hint = "let a lead publish to $JS.API.> ; `replicas` above 1 needs a cluster of as many servers";
        return vec![missing("create", link.why(&format!("no stream can be made: {}", reason(&e))), hint)];
    }
    let mut found = vec![well("create", format!("a stream with {} copies can be made", settings.replicas))];
    found.push(match publish(link, &names, 0).await {
        Ok(()) => well("publish", "records can be written"),
        Err(why) => missing("publish", why, "let a lead publish to <prefix>.>"),
    });
    found.push(match publish(link, &names, 7).await {
        Err(_) => well("sequence", "a record that does not follow is refused: two leads can't interleave"),
        Ok(()) => missing("sequence", "a record that does not follow was taken", "is this a NATS server?"),
    });
    if let Err(e) = link.streams.delete_stream(names.stream()).await {
        found.push(note("delete", link.why(&reason(&e)), "the stream of this check stays, with nothing in it"));
    }
    found
}

/// One message behind this sequence.
async fn publish(link: &Link, names: &Names, last: u64) -> Result<(), String> {
    let message = PublishMessage::build().payload(b"hotwash".to_vec().into()).expected_last_sequence(last);
    let sent = link.streams.send_publish(names.records(), message).await.map_err(|e| reason(&e))?;
    sent.await.map(drop).map_err(|e| link.why(&reason(&e)))
}

/// Whether an observer could write records: tried with a sequence that no stream expects, so that nothing
/// is written even where they could.
async fn observer_on(link: &Link, names: &Names) -> Found {
    let message = PublishMessage::build().payload(Vec::new().into()).expected_last_sequence(u64::MAX >> 2);
    let tried = match link.streams.send_publish(names.records(), message).await {
        Ok(ack) => ack.await.map(drop).map_err(|e| e.kind()),
        Err(e) => Err(e.kind()),
    };
    use async_nats::jetstream::context::PublishErrorKind::{StreamNotFound, TimedOut};
    let objected = link.seen.borrow().objection.clone().filter(|o| o.to_lowercase().contains("permissions"));
    match (tried, objected) {
        (Err(_), Some(_)) => well("publish", "an observer can't write records: the server refuses it"),
        (Err(TimedOut), None) => note("publish", "no answer: nothing was written, and nobody says why", ""),
        (Err(StreamNotFound), None) => note("publish", "no stream listens there", ""),
        _ => {
            missing("publish", "an observer may write records", "deny it in the account's permissions: docs/bridge.md")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let stands = |v| version(v).stands;
        assert_eq!([stands("2.9.10"), stands("2.12.5"), stands("nonsense")], [Stands::Note; 3]);
        assert_eq!([stands("2.12.6"), stands("2.14.0-RC.1"), stands("3.0.0")], [Stands::Well; 3]);
    }
}
