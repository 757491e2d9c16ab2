//! The look and the keys: the theme that was chosen and a person's own themes, as far as this
//! terminal can show them; a person's own keys over ours.

use std::sync::Arc;

use super::config::{Config, own_files, read_optional};
use super::files::reason;
use super::shows::{self, Shows};
use crate::app::Keymap;
use crate::fault::Fault;
use crate::view::{Colours, Look};

/// The look for these settings in this terminal, and what is wrong with the person's own themes.
pub fn of(config: &Config, shows: Shows) -> (Look, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut own = Vec::new();
    for path in own_files(&config.places, "themes", "toml").unwrap_or_else(|fault| {
        faults.push(fault);
        Vec::new()
    }) {
        let name = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => own.push((name, text)),
            Err(e) => faults.push(Fault::input(format!("cannot read {name}: {}", reason(&e)), "")),
        }
    }
    let colours = match shows.colours {
        shows::Colours::None => Colours::None,
        shows::Colours::Sixteen => Colours::Sixteen,
        shows::Colours::Many | shows::Colours::Any => Colours::True,
    };
    let (look, wrong) = Look::new(Some(&config.theme), colours, config.ascii.unwrap_or(shows.ascii), &own);
    faults.extend(wrong);
    (look, faults)
}

/// The theme a desk begins with where it is more than colours: the shared screen's.
pub fn shared(config: &Config) -> Option<String> {
    (config.theme == "bridge").then(|| config.theme.clone())
}

/// Our keys with the person's `keys.toml` over them, and what is wrong in it.
pub fn keys(config: &Config) -> (Arc<Keymap>, Vec<Fault>) {
    let path = config.places.config.join("keys.toml");
    match read_optional(&path) {
        Ok(None) => (Keymap::standard(), Vec::new()),
        Ok(Some(text)) => {
            let mut map = (*Keymap::standard()).clone();
            let faults = map.merge(&path.display().to_string(), &text);
            (Arc::new(map), faults)
        }
        Err(fault) => (Keymap::standard(), vec![fault]),
    }
}
