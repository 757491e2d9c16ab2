//! A session on a server, followed: its screen, its lead where that is free and this person may have it,
//! and its lines for a pipe.

use super::inlet::NatsInlet;
use super::link::Pace;
use super::names::Address;
use super::takeover::{Taking, take};
use crate::fault::Fault;
use crate::runtime::config::Config;
use crate::runtime::follow::attend::Attending;
use crate::runtime::follow::voice::Voice;
use crate::runtime::follow::{self, FollowOptions, Inlet};
use crate::runtime::identity;
use crate::runtime::store::Store;

/// The inlet of this address, for whoever only wants its lines; they are here as long as the other value
/// is kept.
///
/// # Errors
/// Nobody is known who may lead, or the session is not there.
pub fn raw(address: &Address, config: &Config) -> Result<(Box<dyn Inlet>, Option<Attending>), Fault> {
    let (mut inlet, _) = NatsInlet::connect(&config.bridge, address, identity::leads(config)?, Pace::default())?;
    let here = identity::signer(config).ok().map(|signer| inlet.attending(signer));
    Ok((Box::new(inlet), here))
}

/// Follows until the person leaves. Where they take the lead, the session's id, which stands on this
/// machine from then on, and the settings to lead it with: it is shared as before.
///
/// # Errors
/// Nobody is known who may lead, the session is not there, or there is no terminal.
pub fn follow(address: &Address, config: &Config) -> Result<Option<(String, Config)>, Fault> {
    let mut told = None;
    loop {
        let trusted = identity::leads(config)?;
        let (mut inlet, to) = NatsInlet::connect(&config.bridge, address, trusted.clone(), Pace::default())?;
        let voice = Voice::over_wire(to, config);
        // Without a key of their own nobody can be told who is here.
        let signer = identity::signer(config);
        let attending = signer.as_ref().ok().map(|signer| inlet.attending(std::sync::Arc::clone(signer)));
        let options =
            FollowOptions { inlet: Box::new(inlet), voice, attending, told: told.take(), config: config.clone() };
        if follow::run(options)?.is_none() {
            return Ok(None);
        }
        let taking = Taking {
            store: &Store::at(config.places.data.clone()),
            settings: &config.bridge,
            address,
            trusted: &trusted,
            signer: signer?,
            name: &config.name,
            pace: Pace::default(),
        };
        match take(&taking) {
            Ok(id) => return Ok(Some((id, sharing(address, config)))),
            // Somebody else leads: they are followed, and the reason is on screen.
            Err(why) => told = Some(why),
        }
    }
}

/// The settings with which a session is led that came from there.
fn sharing(address: &Address, config: &Config) -> Config {
    let mut config = config.clone();
    config.bridge.share = true;
    if !config.bridge.servers.contains(&address.server) {
        config.bridge.servers.insert(0, address.server.clone());
    }
    config
}
