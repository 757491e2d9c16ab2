//! `bridge check`: what is there and what is missing on a server.

use std::io::Write;

use super::print;
use crate::fault::Fault;
use crate::runtime::bridge::check::{self, Stands};
use crate::runtime::bridge::names::Address;
use crate::runtime::config::Config;
use crate::runtime::places::Places;

/// Runs the verb: exit code 1 when something is missing.
///
/// # Errors
/// The address is none, or there is none.
pub fn check(server: Option<&str>, observer: bool, out: &mut dyn Write) -> Result<u8, Fault> {
    let config = Config::load(Places::from_environment()?)?;
    let server = server.or_else(|| config.bridge.servers.first().map(String::as_str));
    let Some(server) = server else {
        return Err(Fault::usage(
            "no server is named",
            "hotwash bridge check nats://HOST:PORT, or `servers` in [bridge]",
        ));
    };
    let found = check::check(&config.bridge, &Address::parse(server)?, observer)?;
    let text: String = found.iter().map(|f| f.line() + "\n").collect();
    let missing = found.iter().filter(|f| f.stands == Stands::Missing).count();
    let end = match missing {
        0 => "nothing is missing\n".to_owned(),
        n => format!("{n} missing: see above\n"),
    };
    print(out, &(text + &end))?;
    Ok(u8::from(missing > 0))
}
