//! `mcp`: serves investigations and saved sessions to other programs' models.

use std::io::Write;

use crate::fault::Fault;

/// Serves over standard input and output until the input ends.
///
/// # Errors
/// The settings or the store can't be read, or this build lacks the feature.
#[cfg(feature = "mcp")]
pub fn serve(out: &mut dyn Write) -> Result<u8, Fault> {
    use crate::runtime::config::Config;
    use crate::runtime::knowledge;
    use crate::runtime::mcp::{Desk, serve};
    use crate::runtime::places::Places;
    use crate::runtime::store::Store;

    let config = Config::load(Places::from_environment()?)?;
    let store = Store::at(config.places.data.clone());
    serve::serve(Desk::new(store, knowledge::load(&config)?.into_owned()), out).map(|()| 0)
}

/// Says which feature is missing.
///
/// # Errors
/// Always: this build has no MCP.
#[cfg(not(feature = "mcp"))]
pub fn serve(_: &mut dyn Write) -> Result<u8, Fault> {
    Err(Fault::usage("this build was made without the feature `mcp`", "build it with the default features"))
}
