//! Where everything is kept: one folder for data, one for settings. Reads the environment once, when asked.

use std::env;
use std::path::PathBuf;

use crate::fault::Fault;

/// The folder that holds the sessions: `HOTWASH_HOME`, or the platform's data folder.
pub fn data() -> Result<PathBuf, Fault> {
    folder("XDG_DATA_HOME", ".local/share")
}

/// The folder that holds settings: `HOTWASH_HOME`, or the platform's config folder.
pub fn config() -> Result<PathBuf, Fault> {
    folder("XDG_CONFIG_HOME", ".config")
}

fn folder(xdg: &str, below_home: &str) -> Result<PathBuf, Fault> {
    // An empty variable counts as unset, and the XDG ones only count when absolute, as that standard has it.
    let named = |name: &str| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    named("HOTWASH_HOME")
        .or_else(|| named(xdg).filter(|p| p.is_absolute()).map(|p| p.join("hotwash")))
        .or_else(|| named("HOME").map(|p| p.join(below_home).join("hotwash")))
        .ok_or_else(|| {
            Fault::environment("cannot tell where to keep sessions: HOME is not set", "set HOTWASH_HOME to a folder")
        })
}
