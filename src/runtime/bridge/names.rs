//! What a session is called on a server: its stream and its subjects, and the address by which somebody
//! follows it.
//!
//! ```text
//! <prefix>.<session>.records          the stream: sealed records, nothing else
//! <prefix>.<session>.packs            a stream beside it: the same records, many to a message
//! <prefix>.<session>.lead             where the lead looks and that they are there; not kept
//! <prefix>.<session>.hello            a follower asks for that at once, and says that they are there; not kept
//! <prefix>.<session>.inbox.<person>   what a person says to the lead, answered; not kept
//! ```

use crate::fault::Fault;
use crate::journal::seal::PublicKey;
use crate::runtime::bridge_settings::is_address;

/// A session's names on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    prefix: String,
    session: String,
}

impl Names {
    /// The names of this session under this prefix.
    ///
    /// # Errors
    /// When the id can't be part of a subject.
    pub fn new(prefix: &str, session: &str) -> Result<Self, String> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if session.is_empty() || session.len() > 64 || !session.bytes().all(fits) {
            return Err("that is no session's id".into());
        }
        Ok(Self { prefix: prefix.to_owned(), session: session.to_owned() })
    }

    /// The session's id.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// The stream.
    pub fn stream(&self) -> String {
        format!("{}-{}", self.prefix.replace('.', "_"), self.session)
    }

    /// The subject of the records.
    pub fn records(&self) -> String {
        format!("{}.{}.records", self.prefix, self.session)
    }

    /// The stream of the packs.
    pub fn packs_stream(&self) -> String {
        format!("{}-packs", self.stream())
    }

    /// The subject of the packs.
    pub fn packs(&self) -> String {
        format!("{}.{}.packs", self.prefix, self.session)
    }

    /// The subject of where the lead looks.
    pub fn lead(&self) -> String {
        format!("{}.{}.lead", self.prefix, self.session)
    }

    /// The subject on which a follower asks for that.
    pub fn hello(&self) -> String {
        format!("{}.{}.hello", self.prefix, self.session)
    }

    /// The subject on which this person speaks to the lead.
    pub fn inbox(&self, key: &PublicKey) -> String {
        format!("{}.{}.inbox.{}", self.prefix, self.session, key.short())
    }

    /// Everybody's.
    pub fn inboxes(&self) -> String {
        format!("{}.{}.inbox.*", self.prefix, self.session)
    }
}

/// Where somebody's session is: `nats://HOST:PORT/ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The server.
    pub server: String,
    /// The session's id; empty where only the server was named.
    pub session: String,
}

impl Address {
    /// True for what is meant to be one.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("nats://") || text.starts_with("tls://")
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it is none, or holds a password.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let hint = "nats://HOST:PORT/ID, or tls://HOST:PORT/ID";
        let wrong = |why: &str| Fault::usage(format!("the address {why}"), hint);
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("names no server"))?;
        let (host, session) = rest.split_once('/').unwrap_or((rest, ""));
        if host.contains('@') {
            let hint = "set `user` and `password_env`, or `credentials`, in [bridge]: arguments are seen by everybody";
            return Err(Fault::usage("the address holds a user or a password", hint));
        }
        let server = format!("{scheme}://{host}");
        if !is_address(&server) {
            return Err(wrong("names no server"));
        }
        let session = session.trim_end_matches('/').to_owned();
        if !session.is_empty() {
            Names::new("x", &session).map_err(|why| wrong(&format!("is wrong: {why}")))?;
        }
        Ok(Self { server, session })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_server_and_session_and_never_a_password() {
        let address = Address::parse("nats://nats1:4222/0197-a").unwrap();
        assert_eq!((address.server.as_str(), address.session.as_str()), ("nats://nats1:4222", "0197-a"));
        assert_eq!(Address::parse("tls://nats1").unwrap().session, "");
        for wrong in ["nats://", "nats:///x", "nats://h/a.b", "nats://h/*", "nats://lee:secret@h:4222/x"] {
            let fault = Address::parse(wrong).unwrap_err();
            assert!(!fault.to_string().contains("secret"), "{fault}");
        }
    }

    #[test]
    fn a_session_has_one_stream_whose_name_holds_no_dot() {
        let names = Names::new("ops.hotwash", "0197-a").unwrap();
        assert_eq!(
            (names.stream().as_str(), names.records().as_str()),
            ("ops_hotwash-0197-a", "ops.hotwash.0197-a.records")
        );
    }
}
