//! The verbs over saved sessions, and those that open the console.

use std::io::{IsTerminal, Write};
use std::path::Path;

use crate::cli::{Format, New};
use crate::export;
use crate::fault::Fault;
use crate::intake;
use crate::runtime::config::Config;
use crate::runtime::identity::{self, People};
use crate::runtime::live::{self, Begin, LiveOptions};
use crate::runtime::places::Places;
use crate::runtime::review::{self, ReviewOptions};
use crate::runtime::store::Store;
use crate::runtime::{documents, exports, files, knowledge};
use crate::session::Session;

use super::{print, unattended};

/// Without a verb: the saved sessions, and a place to paste.
///
/// # Errors
/// Where there is no terminal.
pub fn home() -> Result<u8, Fault> {
    console(Begin::Home)
}

/// `new`. Without a terminal: the session is made, investigated and saved all the same, and the
/// report is printed, so that a script or a pipe can begin what a person goes on with.
///
/// # Errors
/// An input can't be read, the session can't be saved.
pub fn new(args: New, out: &mut dyn Write) -> Result<u8, Fault> {
    if !std::io::stdout().is_terminal() && !args.files.is_empty() {
        return unattended::new(&args, out);
    }
    console(Begin::New { inputs: args.files, title: args.title, service: args.service })
}

/// `open`.
///
/// # Errors
/// There is no such session, somebody else has it open, or there is no terminal.
pub fn open(which: String) -> Result<u8, Fault> {
    console(Begin::Open { which })
}

/// `review`.
///
/// # Errors
/// There is no such session, or there is no terminal.
pub fn review(which: String, at: Option<String>) -> Result<u8, Fault> {
    review::run(ReviewOptions { which, at, config: config()? }).map(|()| 0)
}

/// `export`.
///
/// # Errors
/// There is no such session, or the file can't be written.
pub fn export(which: &str, format: Format, to: Option<&str>, out: &mut dyn Write) -> Result<u8, Fault> {
    let loaded = Store::here()?.load(which)?;
    let session = Session::of(&loaded.records);
    let head = loaded.head.to_string();
    let seal = export::Seal { session: loaded.id, record: session.seq, head };
    let bytes = documents::document(&config()?, &session, Some(&seal), format.name())?;
    match (to, std::str::from_utf8(&bytes)) {
        (Some(path), _) => {
            exports::write(format.name(), &bytes, Path::new(path))?;
            print(out, &format!("{path}: {} bytes, record {}, chain head {}\n", bytes.len(), seal.record, seal.head))?;
        }
        (None, Ok(text)) => print(out, text)?,
        (None, Err(_)) => return Err(Fault::usage(format!("{} is not text", format.name()), "name a file with --out")),
    }
    Ok(0)
}

/// `verify`.
///
/// # Errors
/// There is no such session, or it can't be read at all.
pub fn verify(which: &str, out: &mut dyn Write) -> Result<u8, Fault> {
    let verification = Store::here()?.verify(which)?;
    let config = config()?;
    let people = People::load(&config)?;
    let signers = verification.signers(&|key| identity::name_of(&config, &people, key));
    print(out, &format!("{signers}{verification}\n"))?;
    Ok(if verification.holds() { 0 } else { 1 })
}

/// `lint`: of a Markdown file, or of a session's postmortem against its evidence. 1 on findings.
///
/// # Errors
/// There is neither such a file nor such a session.
pub fn lint(what: &str, json: bool, out: &mut dyn Write) -> Result<u8, Fault> {
    let path = Path::new(what);
    let findings = if path.is_file() {
        let raw = files::read_file(what)?;
        let text = intake::admit(&raw.bytes, &mut intake::clean::unmasked).text;
        export::lint::lint(&text, None)
    } else {
        let loaded = Store::here()?.load(what)?;
        let session = Session::of(&loaded.records);
        let template = knowledge::template(&config()?)?;
        let template = template.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
        export::lint::lint(&export::postmortem::current(&session, template)?, Some(&session.evidence))
    };
    let text = if json { export::lint::json(&findings) } else { export::lint::text(what, &findings) };
    print(out, &text)?;
    Ok(if findings.is_empty() { 0 } else { 1 })
}

fn console(begin: Begin) -> Result<u8, Fault> {
    live::run(LiveOptions { begin, config: config()? }).map(|()| 0)
}

fn config() -> Result<Config, Fault> {
    Config::load(Places::from_environment()?)
}
