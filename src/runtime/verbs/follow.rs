//! `follow`: somebody else's session as it grows.

use std::io::Write;

use crate::fault::Fault;
use crate::journal::attend::Over;
#[cfg(feature = "bridge")]
use crate::runtime::bridge;
use crate::runtime::config::Config;
use crate::runtime::follow::attend::Attending;
use crate::runtime::follow::file::FileInlet;
use crate::runtime::follow::pipe::PipeInlet;
use crate::runtime::follow::voice::Voice;
use crate::runtime::follow::{self, FollowOptions, Inlet, follower, inlet, raw};
use crate::runtime::live::{self, Begin, LiveOptions};
use crate::runtime::places::Places;
use crate::runtime::store::Store;

/// `follow`.
///
/// # Errors
/// There is no such session, nothing to listen with, or no terminal.
pub fn follow(which: &str, raw: bool, once: bool, out: &mut dyn Write) -> Result<u8, Fault> {
    #[cfg(feature = "bridge")]
    if bridge::names::Address::is_meant(which) {
        return follow_server(which, raw, once, out);
    }
    #[cfg(not(feature = "bridge"))]
    if which.starts_with("nats://") || which.starts_with("tls://") {
        return Err(super::absent("bridge"));
    }
    let mut beside_lead = None;
    let inlet: Box<dyn Inlet> = if which == "-" {
        follower::check_pipe()?;
        Box::new(PipeInlet::new(std::io::stdin()))
    } else {
        let store = Store::here()?;
        let (folder, id) = store.folder_of(which)?;
        beside_lead = Some((store.folder_of(which)?.0, id.clone()));
        let inlet = FileInlet::new(folder, id);
        Box::new(if once { inlet.once() } else { inlet })
    };
    let config = Config::load(Places::from_environment()?)?;
    let attending = |over| beside_lead.as_ref().and_then(|(folder, id)| Attending::own(folder, id, &config, over));
    if raw {
        // What is written out once is nobody's presence.
        let _here_while_it_writes = if once { None } else { attending(Over::Pipe) };
        return write(inlet, out);
    }
    let attending = attending(Over::Host);
    let voice = beside_lead.and_then(|(folder, _)| Voice::over(folder, &config));
    if let Some(which) = follow::run(FollowOptions { inlet, voice, attending, told: None, config: config.clone() })? {
        live::run(LiveOptions { begin: Begin::TakeOver { which }, config })?;
    }
    Ok(0)
}

fn write(inlet: Box<dyn Inlet>, out: &mut dyn Write) -> Result<u8, Fault> {
    let failed = |e| Fault::environment(format!("cannot listen: {}", crate::runtime::files::reason(&e)), "");
    raw::write(inlet::listen(inlet).map_err(failed)?, out)?;
    Ok(0)
}

/// `follow nats://HOST:PORT/ID`.
#[cfg(feature = "bridge")]
fn follow_server(which: &str, raw: bool, once: bool, out: &mut dyn Write) -> Result<u8, Fault> {
    let address = bridge::names::Address::parse(which)?;
    if once {
        return Err(Fault::usage("`--once` needs the session's own files", "leave `--once` out"));
    }
    let config = Config::load(Places::from_environment()?)?;
    if raw {
        let (inlet, _here_while_it_writes) = bridge::raw(&address, &config)?;
        return write(inlet, out);
    }
    if let Some((which, config)) = bridge::follow(&address, &config)? {
        // Who leads stands in its journal already.
        live::run(LiveOptions { begin: Begin::Open { which }, config })?;
    }
    Ok(0)
}
