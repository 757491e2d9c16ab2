//! Keys: from a command or from the environment, kept in memory that does not print itself. None is
//! ever an argument, a record or a log line.

use std::process::{Command, Stdio};

use secrecy::{ExposeSecret, SecretString};

use crate::analyst::agent::{Failure, FailureKind};
use crate::runtime::model_settings::ModelSettings;

/// The longest key that is believed, in bytes.
const LONGEST: usize = 16 * 1024;

/// The key of a model; `None` where it needs none.
///
/// # Errors
/// The command fails or prints nothing, or the variable is not set.
pub fn key(name: &str, of: &ModelSettings) -> Result<Option<SecretString>, Failure> {
    if let Some(command) = &of.key_command {
        return by_command(name, command).map(Some);
    }
    let Some(variable) = of.key_env.as_deref().or_else(|| of.provider.usual_key()) else { return Ok(None) };
    match std::env::var(variable).ok().filter(|v| !v.trim().is_empty()) {
        Some(value) => Ok(Some(SecretString::from(value.trim().to_owned()))),
        // A server of one's own needs no key unless one is asked for by name.
        None if of.key_env.is_none() && of.base_url.as_deref().is_some_and(is_local) => Ok(None),
        None => Err(failure(format!("{name} has no key: {variable} is not set; set it, or name a key_command"))),
    }
}

fn by_command(name: &str, command: &str) -> Result<SecretString, Failure> {
    let out = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|e| failure(format!("{name} has no key: its key_command can't be run: {e}")))?;
    let printed = String::from_utf8(out.stdout).unwrap_or_default();
    let key = printed.lines().next().unwrap_or("").trim();
    if !out.status.success() || key.is_empty() || key.len() > LONGEST {
        return Err(failure(format!("{name} has no key: its key_command printed none; run it by hand to see why")));
    }
    Ok(SecretString::from(key.to_owned()))
}

/// True for an address on this machine.
pub fn is_local(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or(url);
    ["localhost", "127.", "[::1]", "0.0.0.0"].iter().any(|local| host.starts_with(local))
}

fn failure(what: String) -> Failure {
    Failure::new(FailureKind::Key, what)
}

/// The text without the key, wherever a provider repeats it.
pub fn without(text: &str, key: Option<&SecretString>) -> String {
    match key.map(ExposeSecret::expose_secret).filter(|k| k.len() >= 4) {
        Some(key) => text.replace(key, "‹key›"),
        None => text.to_owned(),
    }
}
