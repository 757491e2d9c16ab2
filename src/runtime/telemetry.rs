//! The configured telemetry servers: what `[mcp.NAME]` may say, and the exact words in which asking
//! one is shown before approval. It asks nobody; `mcp::client` does.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::app::telemetry::Server;
use crate::fault::Fault;

/// `[mcp.NAME]`: a program that speaks MCP on its standard streams, or an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The program.
    pub command: Option<String>,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// Names of environment variables that it is given besides the few that every program needs.
    #[serde(default)]
    pub env: Vec<String>,
    /// The address of a streamable HTTP server.
    pub url: Option<String>,
    /// The environment variable that holds the key for the address.
    pub key_env: Option<String>,
    /// The tools that a model may ask a person for; without it, those that say they only read.
    pub for_models: Option<Vec<String>>,
    /// The header the key stands in; `Authorization: Bearer KEY` without it.
    pub header: Option<String>,
}

impl Spec {
    /// What asking it does, in exact words. Keys are named by their variable, never shown.
    pub fn start(&self) -> String {
        match (&self.command, &self.url) {
            (Some(command), _) => {
                let words = std::iter::once(command).chain(&self.args).map(String::as_str);
                let env =
                    if self.env.is_empty() { String::new() } else { format!(" (given: {})", self.env.join(", ")) };
                format!("starts: {}{env}", shell_words::join(words))
            }
            (None, Some(url)) => {
                let key = self.key_env.as_deref().map(|k| format!(" (key from {k})")).unwrap_or_default();
                format!("asks: {url}{key}")
            }
            (None, None) => String::new(),
        }
    }

    fn fault(&self) -> Option<&'static str> {
        match (&self.command, &self.url) {
            (Some(_), Some(_)) => Some("has both `command` and `url`"),
            (None, None) => Some("has neither `command` nor `url`"),
            (None, Some(url)) if !(url.starts_with("https://") || url.starts_with("http://")) => {
                Some("has a `url` that is neither https:// nor http://")
            }
            (None, Some(_)) if !self.args.is_empty() || !self.env.is_empty() => {
                Some("has `args` or `env`, which belong to a `command`")
            }
            (Some(_), None) if self.key_env.is_some() || self.header.is_some() => {
                Some("has `key_env` or `header`, which belong to a `url`; a command is given keys by `env`")
            }
            _ => None,
        }
    }
}

/// Checks the servers of a settings file.
///
/// # Errors
/// Names the server and what is wrong with it.
pub fn checked(servers: BTreeMap<String, Spec>, file: &str) -> Result<BTreeMap<String, Spec>, Fault> {
    for (name, spec) in &servers {
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let wrong = if plain { spec.fault() } else { Some("has a name that is not made of letters, digits, - and _") };
        if let Some(wrong) = wrong {
            let hint =
                "a server is `command = \"…\"` with `args` and `env`, or `url = \"…\"` with `key_env` and `header`";
            return Err(Fault::input(format!("{file}: [mcp.{name}] {wrong}"), hint));
        }
    }
    Ok(servers)
}

/// The servers as the console lists them.
pub fn listed(servers: &BTreeMap<String, Spec>) -> Vec<Server> {
    servers
        .iter()
        .map(|(name, spec)| Server { name: name.clone(), start: spec.start(), for_models: spec.for_models.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<BTreeMap<String, Spec>, String> {
        let all: BTreeMap<String, Spec> = toml::from_str(text).map_err(|e| e.to_string())?;
        checked(all, "config.toml").map_err(|f| f.what)
    }

    #[test]
    fn what_asking_a_server_does_is_said_in_exact_words_without_keys() {
        let all = read(
            "[files]\ncommand = \"npx\"\nargs = [\"-y\", \"a server\"]\nenv = [\"TOKEN\"]\n[graf]\nurl = \"https://g.example/mcp\"\nkey_env = \"GRAFANA\"\n",
        )
        .unwrap();
        assert_eq!(all["files"].start(), "starts: npx -y 'a server' (given: TOKEN)");
        assert_eq!(all["graf"].start(), "asks: https://g.example/mcp (key from GRAFANA)");
    }

    #[test]
    fn a_server_that_is_neither_or_both_is_named() {
        for (text, said) in [
            ("[a]\n", "[mcp.a] has neither"),
            ("[a]\ncommand = \"x\"\nurl = \"https://y\"\n", "both"),
            ("[a]\nurl = \"file:///etc\"\n", "neither https"),
            ("[a]\ncommand = \"x\"\nkey_env = \"K\"\n", "belong to a `url`"),
            ("[\"a b\"]\ncommand = \"x\"\n", "a name"),
            ("[a]\ncomand = \"x\"\n", "comand"),
        ] {
            let wrong = read(text).unwrap_err();
            assert!(wrong.contains(said), "{text}: {wrong}");
        }
    }
}
