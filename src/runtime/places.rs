//! Where the program writes and reads: one data folder and one config folder. Creates neither.

use std::env;
use std::path::PathBuf;

use crate::fault::Fault;

/// The two folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Sessions and blobs.
    pub data: PathBuf,
    /// `config.toml`, `keys.toml`, `themes/`, `playbooks/`, `policies/`.
    pub config: PathBuf,
}

impl Places {
    /// From the environment: `HOTWASH_HOME` is both; else the XDG folders; else `~/.local/share`
    /// and `~/.config`.
    ///
    /// # Errors
    /// When neither `HOTWASH_HOME` nor `HOME` is set.
    pub fn from_environment() -> Result<Self, Fault> {
        Self::from_lookup(|name| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from))
    }

    /// The same over any lookup, for tests.
    ///
    /// # Errors
    /// When neither `HOTWASH_HOME` nor `HOME` is there.
    pub fn from_lookup(get: impl Fn(&str) -> Option<PathBuf>) -> Result<Self, Fault> {
        if let Some(home) = get("HOTWASH_HOME") {
            return Ok(Self { data: home.clone(), config: home });
        }
        // The XDG variables count only when they are absolute, as that standard has it.
        let under = |name: &str, rest: &str| {
            get(name).filter(|p| p.is_absolute()).or_else(|| get("HOME").map(|h| h.join(rest)))
        };
        match (under("XDG_DATA_HOME", ".local/share"), under("XDG_CONFIG_HOME", ".config")) {
            (Some(data), Some(config)) => Ok(Self { data: data.join("hotwash"), config: config.join("hotwash") }),
            _ => Err(Fault::environment(
                "no folder to keep sessions in: neither HOTWASH_HOME nor HOME is set",
                "set HOTWASH_HOME to a folder that you can write to",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hotwash_home_is_both_folders() {
        let p = Places::from_lookup(|n| (n == "HOTWASH_HOME").then(|| "/h".into())).unwrap();
        assert_eq!((p.data, p.config), ("/h".into(), "/h".into()));
    }

    #[test]
    fn without_any_home_it_says_what_to_set() {
        assert!(Places::from_lookup(|_| None).unwrap_err().hint.contains("HOTWASH_HOME"));
    }
}
