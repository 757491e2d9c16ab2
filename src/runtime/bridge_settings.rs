//! The `[bridge]` table of `config.toml`: the servers that a session is shared over, and how. Read in
//! every build, so that a build without the bridge can say what it leaves aside.
//!
//! It holds names of files and variables, never a password or a key.

use serde::Deserialize;

use crate::fault::Fault;

/// The table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BridgeSettings {
    /// The servers of one cluster: `nats://HOST:PORT`, or `tls://HOST:PORT`.
    pub servers: Vec<String>,
    /// Whether every session that is led here is shared.
    pub share: bool,
    /// What the subjects begin with.
    pub prefix: String,
    /// Copies of each record in a cluster (1 to 5).
    pub replicas: usize,
    /// Days that the server keeps a record; 0: for ever.
    pub keep_days: u64,
    /// MiB that one session may take on the server; above that it takes no more.
    pub keep_mib: u64,
    /// A file of PEM certificates that are trusted instead of the system's.
    pub ca_file: Option<String>,
    /// This person's certificate, PEM.
    pub client_cert: Option<String>,
    /// The key to it, PEM.
    pub client_key: Option<String>,
    /// A NATS credentials file (`.creds`).
    pub credentials: Option<String>,
    /// A user of the server's own list.
    pub user: Option<String>,
    /// The variable that holds that user's password.
    pub password_env: Option<String>,
}

impl Default for BridgeSettings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            share: false,
            prefix: "hotwash".into(),
            replicas: 1,
            keep_days: 30,
            keep_mib: 1024,
            ca_file: None,
            client_cert: None,
            client_key: None,
            credentials: None,
            user: None,
            password_env: None,
        }
    }
}

impl BridgeSettings {
    /// What does not hold in the table.
    ///
    /// # Errors
    /// Names the file and the setting.
    pub fn checked(self, file: &str) -> Result<Self, Fault> {
        let wrong = |what: String, hint: &str| Err(Fault::input(format!("{file}: bridge: {what}"), hint.to_owned()));
        if let Some(server) = self.servers.iter().find(|s| !is_address(s)) {
            return wrong(format!("`{server}` is no address of a server"), "nats://HOST:PORT, or tls://HOST:PORT");
        }
        if self.servers.iter().any(|s| s.contains('@')) {
            let hint = "take it out, and set `user` and `password_env`, or `credentials`";
            return wrong("a server's address holds a user or a password".into(), hint);
        }
        if self.share && self.servers.is_empty() {
            return wrong("share is set, and there are no servers".into(), "servers = [\"nats://HOST:4222\"]");
        }
        let is_token = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if self.prefix.len() > 64 || !self.prefix.split('.').all(is_token) {
            return wrong(format!("prefix `{}` is no subject", self.prefix), "letters, digits, `-`, `_`, with dots");
        }
        if !(1..=5).contains(&self.replicas) {
            return wrong(format!("replicas is {}, not 1 to 5", self.replicas), "3 for a cluster of three");
        }
        if self.client_cert.is_some() != self.client_key.is_some() {
            return wrong("client_cert and client_key belong together".into(), "set both, or neither");
        }
        if self.user.is_some() != self.password_env.is_some() {
            return wrong("user and password_env belong together".into(), "password_env names a variable");
        }
        Ok(self)
    }
}

/// True for an address of a server.
pub fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("nats://").or_else(|| text.strip_prefix("tls://"));
    rest.is_some_and(|r| !r.is_empty() && !r.contains('/') && !r.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<BridgeSettings, Fault> {
        toml::from_str::<BridgeSettings>(text).unwrap().checked("config.toml")
    }

    #[test]
    fn a_table_without_servers_shares_nothing() {
        let settings = checked("").unwrap();
        assert!(!settings.share && settings.servers.is_empty() && settings.prefix == "hotwash");
    }

    #[test]
    fn what_does_not_hold_is_named() {
        for (text, named) in [
            ("servers = ['http://x']", "`http://x`"),
            ("servers = ['nats://lee:secret@x:4222']", "holds a user or a password"),
            ("share = true", "no servers"),
            ("prefix = 'a.*'", "`a.*`"),
            ("replicas = 9", "9"),
            ("client_cert = 'x'", "client_key"),
            ("user = 'x'", "password_env"),
        ] {
            let fault = checked(text).unwrap_err();
            assert!(fault.what.contains(named), "{text}: {}", fault.what);
        }
    }
}
