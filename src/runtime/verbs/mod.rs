//! What each verb does. Everything that is printed goes to the `out` that was given; faults are
//! returned, never printed.

#[cfg(feature = "bridge")]
mod bridge;
mod check;
mod compare;
mod follow;
mod history;
mod identity;
pub(super) mod investigate;
mod lint;
mod mcp;
mod models;
mod serve;
mod sessions;
mod texts;
mod unattended;

use std::io::{self, Write};

use clap::CommandFactory;

#[cfg(feature = "bridge")]
use crate::cli::BridgeVerb;
use crate::cli::{Cli, Verb};
use crate::domain::showable::clean;
use crate::fault::Fault;

/// Runs the verb; the answer is the exit code.
///
/// # Errors
/// What failed, why, and what to do now.
pub fn run(cli: Cli, out: &mut dyn Write) -> Result<u8, Fault> {
    if let Ok(places) = super::places::Places::from_environment() {
        let lenient = matches!(cli.verb, Some(Verb::Check | Verb::Completions { .. } | Verb::Man));
        super::own_rules::install(&places, lenient)?;
        super::languages::install(&places);
    }
    let Some(verb) = cli.verb else { return sessions::home() };
    match verb {
        Verb::New(args) => sessions::new(args, out),
        Verb::Open { session, lang } => sessions::open(session, lang.as_deref()),
        Verb::Review { session, at } => sessions::review(session, at),
        Verb::Identity => identity::identity(out),
        Verb::Follow { session, raw, once } => follow::follow(&session, raw, once, out),
        Verb::Serve { session, ssh } => serve::serve(&session, ssh.as_deref(), out),
        Verb::Export { session, format, out: to, lang } => {
            sessions::export(&session, (format, lang.as_deref()), to.as_deref(), out)
        }
        Verb::List { json, search, bin } => history::list(json, search.as_deref(), bin, out),
        Verb::Tag { session, tags } => history::tag(&session, &tags, out),
        Verb::Similar { session, json } => history::similar(&session, json, out),
        Verb::Archive { session, out: to } => history::archive(&session, &to, out),
        Verb::Import { file } => history::import(&file, out),
        Verb::Delete { session } => history::delete(&session, out),
        Verb::Restore { session } => history::restore(&session, out),
        Verb::EmptyBin { confirm } => history::empty_bin(confirm.as_deref(), out),
        Verb::Verify { session, document } => sessions::verify(&session, document.as_deref(), out),
        Verb::Intake { file, json: _ } => texts::intake(&file, out),
        Verb::Command { json } => texts::command(json, out),
        Verb::Lint { what, json, sarif, fix } => lint::lint(&what, lint::form(json, sarif), fix, out),
        Verb::Redact { file } => texts::redact(file, out),
        Verb::Analyze(args) => investigate::analyze(&args, out),
        Verb::Models { name, yes } => models::models(name.as_deref(), yes, out),
        Verb::Completions { shell } => {
            // Made in memory first: the generator panics where it can't write.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "hotwash", &mut script);
            print(out, &String::from_utf8_lossy(&script)).map(|()| 0)
        }
        Verb::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|e| written(&e))?;
            print(out, &String::from_utf8_lossy(&page)).map(|()| 0)
        }
        Verb::Eval { dirs, calibrate: Some(to), only, .. } => texts::calibrate(&dirs, &only, &to, out),
        Verb::Eval { dirs, json, only, compare: with, .. } if compare::asks_for_more(&with) => {
            compare::eval(&dirs, json, &only, &with, out)
        }
        #[cfg(feature = "bridge")]
        Verb::Bridge { verb: BridgeVerb::Check { server, observer } } => {
            bridge::check(server.as_deref(), observer, out)
        }
        #[cfg(not(feature = "bridge"))]
        Verb::Bridge { .. } => Err(absent("bridge")),
        Verb::Eval { dirs, json, times, only, policy, .. } => {
            texts::eval(&dirs, (json, times), (&only, policy.as_deref()), out)
        }
        Verb::Check => check::check(out),
        Verb::Mcp => mcp::serve(out),
    }
}

/// That this build lacks a feature, by its name.
#[cfg(not(feature = "bridge"))]
fn absent(feature: &str) -> Fault {
    let hint = format!("build it with `--features {feature}`");
    Fault::usage(format!("this build was made without `{feature}`"), hint)
}

/// Prints text; a reader that went away (`| head`) is no fault. What a terminal would obey, in a name
/// or in somebody's words, is a mark by now or becomes one here.
fn print(out: &mut dyn Write, text: &str) -> Result<(), Fault> {
    written_as_it_is(out, clean(text).as_bytes())
}

/// Writes what is ours and no text to be shown: the ends of lines.
fn written_as_it_is(out: &mut dyn Write, bytes: &[u8]) -> Result<(), Fault> {
    PipeSafe(out).write_all(bytes).and_then(|()| PipeSafe(out).flush()).map_err(|e| written(&e))
}

fn written(e: &io::Error) -> Fault {
    Fault::environment(format!("cannot write the output: {}", super::files::reason(e)), "")
}

/// A writer for which a closed pipe is the end of interest, not an error.
struct PipeSafe<'a>(&'a mut dyn Write);

impl Write for PipeSafe<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self.0.write(buf) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(buf.len()),
            other => other,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}
