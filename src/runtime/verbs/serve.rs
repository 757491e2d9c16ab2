//! `serve`: a session's screen over SSH.

use std::io::Write;

use crate::fault::Fault;

/// Serves until the process is asked to end.
///
/// # Errors
/// There is no such session, nobody may come in, the address can't be listened at, or this build lacks
/// the feature.
#[cfg(feature = "serve")]
pub fn serve(which: &str, ssh: Option<&str>, out: &mut dyn Write) -> Result<u8, Fault> {
    use crate::runtime::config::Config;
    use crate::runtime::follow::file::FileInlet;
    use crate::runtime::places::Places;
    use crate::runtime::serve::{ServeOptions, run};
    use crate::runtime::serve_settings;
    use crate::runtime::store::Store;

    let config = Config::load(Places::from_environment()?)?;
    let address = ssh.map_or(Ok(config.serve.address), serve_settings::address)?;
    let store = Store::here()?;
    let (folder, id) = store.folder_of(which)?;
    let inlet = Box::new(FileInlet::new(store.folder_of(which)?.0, id));
    let options = ServeOptions { inlet, folder, address, config };
    run(options, &mut |line| super::print(out, &format!("{line}\n"))).map(|()| 0)
}

/// Says which feature is missing.
///
/// # Errors
/// Always: this build can't serve.
#[cfg(not(feature = "serve"))]
pub fn serve(_: &str, _: Option<&str>, _: &mut dyn Write) -> Result<u8, Fault> {
    Err(Fault::usage(
        "this build was made without the feature `serve`",
        "build it with `--features serve`; `hotwash follow` needs none",
    ))
}
