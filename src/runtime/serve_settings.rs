//! The `[serve]` table of `config.toml`: where a session is served over SSH, and the limits on whoever
//! comes. Read in every build, so that one without serving says what it leaves aside.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

use crate::fault::Fault;

type Row = (&'static str, &'static str, &'static str);

/// The rows of the table of settings.
pub const ADDRESS: Row = (
    "serve.address",
    "`127.0.0.1:2222`",
    "where `hotwash serve` listens when it is not told; an address that others can reach has to be written",
);
#[expect(missing_docs, reason = "the rows say what each is")]
pub const CONNECTIONS: Row =
    ("serve.connections", "`32`", "connections at the same time, in all (1 to 256); the next is turned away");
#[expect(missing_docs, reason = "the rows say what each is")]
pub const PER_ADDRESS: Row = ("serve.per_address", "`8`", "connections at the same time from one address (1 to 256)");
#[expect(missing_docs, reason = "the rows say what each is")]
pub const PER_MINUTE: Row = ("serve.per_minute", "`30`", "new connections a minute from one address (1 to 6000)");
#[expect(missing_docs, reason = "the rows say what each is")]
pub const ATTEMPTS: Row = ("serve.attempts", "`3`", "keys that may be tried on one connection (1 to 20)");
#[expect(missing_docs, reason = "the rows say what each is")]
pub const LOGIN_S: Row = ("serve.login_s", "`20`", "seconds until a connection has proved its key (2 to 120)");
#[expect(missing_docs, reason = "the rows say what each is")]
pub const IDLE_MIN: Row =
    ("serve.idle_min", "`480`", "minutes without a key or a new size after which a guest is let go (1 to 10080)");
#[expect(missing_docs, reason = "the rows say what each is")]
pub const FRAME_S: Row = (
    "serve.frame_s",
    "`60`",
    "seconds that one frame may be on its way before the connection counts as dead (5 to 600)",
);

/// The table as it was written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    address: Option<String>,
    connections: Option<u64>,
    per_address: Option<u64>,
    per_minute: Option<u64>,
    attempts: Option<u64>,
    login_s: Option<u64>,
    idle_min: Option<u64>,
    frame_s: Option<u64>,
}

/// The table with what it leaves out filled in, within its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeSettings {
    /// Where to listen.
    pub address: SocketAddr,
    /// Connections in all.
    pub connections: usize,
    /// Connections from one address.
    pub per_address: usize,
    /// New connections a minute from one address.
    pub per_minute: usize,
    /// Keys that may be tried on one connection.
    pub attempts: usize,
    /// Until a connection has proved its key.
    pub login: Duration,
    /// Without a key or a new size.
    pub idle: Duration,
    /// That one frame may be on its way.
    pub frame: Duration,
}

impl File {
    /// Tells where each value came from.
    pub(super) fn origins(&self, note: &mut impl FnMut(&'static str, bool, &str)) {
        let given = [
            (ADDRESS, self.address.is_some()),
            (CONNECTIONS, self.connections.is_some()),
            (PER_ADDRESS, self.per_address.is_some()),
            (PER_MINUTE, self.per_minute.is_some()),
            (ATTEMPTS, self.attempts.is_some()),
            (LOGIN_S, self.login_s.is_some()),
            (IDLE_MIN, self.idle_min.is_some()),
            (FRAME_S, self.frame_s.is_some()),
        ];
        given.into_iter().for_each(|(row, given)| note(row.0, given, "default"));
    }

    /// The settings.
    ///
    /// # Errors
    /// Names the one that is out of its limits.
    pub(super) fn checked(&self, path: &str) -> Result<ServeSettings, Fault> {
        let within = |row: Row, value: Option<u64>, default: u64, least: u64, most: u64| {
            let value = value.unwrap_or(default);
            (least..=most).contains(&value).then_some(value).ok_or_else(|| {
                Fault::input(
                    format!("{path}: {} is {value}, not between {least} and {most}", row.0),
                    "set it to a number in that range",
                )
            })
        };
        let count = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        Ok(ServeSettings {
            address: self.address.as_deref().map_or(Ok(SocketAddr::from(([127, 0, 0, 1], 2222))), address)?,
            connections: count(within(CONNECTIONS, self.connections, 32, 1, 256)?),
            per_address: count(within(PER_ADDRESS, self.per_address, 8, 1, 256)?),
            per_minute: count(within(PER_MINUTE, self.per_minute, 30, 1, 6000)?),
            attempts: count(within(ATTEMPTS, self.attempts, 3, 1, 20)?),
            login: Duration::from_secs(within(LOGIN_S, self.login_s, 20, 2, 120)?),
            idle: Duration::from_secs(60 * within(IDLE_MIN, self.idle_min, 480, 1, 10_080)?),
            frame: Duration::from_secs(within(FRAME_S, self.frame_s, 60, 5, 600)?),
        })
    }
}

/// An address as a person writes it: `127.0.0.1:2222`, `[::1]:2222`, or a port alone, on loopback. No
/// name is looked up.
///
/// # Errors
/// Where it is none.
pub fn address(text: &str) -> Result<SocketAddr, Fault> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    text.parse().map_err(|_| {
        Fault::usage(
            format!("`{text}` is no address to listen at"),
            "write an IP address and a port (127.0.0.1:2222, [::1]:2222), or a port alone",
        )
    })
}

impl ServeSettings {
    /// Every setting and its value.
    pub fn listing(&self) -> [(&'static str, String); 8] {
        [
            (ADDRESS.0, self.address.to_string()),
            (CONNECTIONS.0, self.connections.to_string()),
            (PER_ADDRESS.0, self.per_address.to_string()),
            (PER_MINUTE.0, self.per_minute.to_string()),
            (ATTEMPTS.0, self.attempts.to_string()),
            (LOGIN_S.0, self.login.as_secs().to_string()),
            (IDLE_MIN.0, (self.idle.as_secs() / 60).to_string()),
            (FRAME_S.0, self.frame.as_secs().to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_listens_on_loopback_unless_another_address_is_written() {
        let defaults = File::default().checked("config.toml").unwrap();
        assert!(defaults.address.ip().is_loopback());
        assert!(address("2200").unwrap().ip().is_loopback());
        assert_eq!(address("0.0.0.0:22").unwrap().port(), 22);
        assert!(address("localhost:22").is_err(), "no name is looked up");
    }

    #[test]
    fn a_limit_out_of_its_range_is_named() {
        let file = File { connections: Some(100_000), ..File::default() };
        assert!(file.checked("config.toml").unwrap_err().what.contains("serve.connections is 100000"));
    }
}
