//! The verbs over saved sessions, and those that open the console.

use std::io::{IsTerminal, Write};
use std::path::Path;

use crate::cli::{Format, New};
use crate::export;
use crate::fault::Fault;
use crate::runtime::config::Config;
use crate::runtime::identity::{self, People};
use crate::runtime::live::{self, Begin, LiveOptions};
use crate::runtime::places::Places;
use crate::runtime::review::{self, ReviewOptions};
use crate::runtime::store::Store;
use crate::runtime::{documents, exports, files, languages};
use crate::session::Session;

use super::{print, unattended, written_as_it_is as written};

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
    let config = spoken(args.lang.as_deref())?;
    let begin = Begin::New { inputs: args.files, title: args.title, service: args.service };
    live::run(LiveOptions { begin, config }).map(|()| 0)
}

/// `open`.
///
/// # Errors
/// There is no such session or language, somebody else has it open, or there is no terminal.
pub fn open(which: String, lang: Option<&str>) -> Result<u8, Fault> {
    live::run(LiveOptions { begin: Begin::Open { which }, config: spoken(lang)? }).map(|()| 0)
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
/// There is no such session, its report can't be said in that language, or the file can't be written.
pub fn export(
    which: &str,
    (format, lang): (Format, Option<&str>),
    to: Option<&str>,
    out: &mut dyn Write,
) -> Result<u8, Fault> {
    let config = spoken(lang)?;
    let loaded = Store::here()?.load(which)?;
    let session = Session::of(&loaded.records);
    let head = loaded.head.to_string();
    let records = loaded.records;
    let seal = export::Seal { session: loaded.id, record: session.seq, head };
    let session = if lang.is_some() { languages::said(&config, session)? } else { session };
    let bytes = documents::document(&config, &session, || Ok(records), Some(&seal), format.name())?;
    match (to, std::str::from_utf8(&bytes)) {
        (Some(path), _) => {
            exports::write(format.name(), &bytes, Path::new(path))?;
            print(out, &format!("{path}: {} bytes, record {}, chain head {}\n", bytes.len(), seal.record, seal.head))?;
        }
        // The line ends of CSV are two characters, and no mark.
        (None, Ok(text)) => text.split_inclusive("\r\n").try_for_each(|line| match line.strip_suffix("\r\n") {
            Some(line) => print(out, line).and_then(|()| written(out, b"\r\n")),
            None => print(out, line),
        })?,
        (None, Err(_)) => return Err(Fault::usage(format!("{} is not text", format.name()), "name a file with --out")),
    }
    Ok(0)
}

/// `verify`: of the journal, and of a document that left it.
///
/// # Errors
/// There is no such session, or it or the document can't be read at all.
pub fn verify(which: &str, document: Option<&str>, out: &mut dyn Write) -> Result<u8, Fault> {
    let store = Store::here()?;
    let verification = store.verify(which)?;
    let config = config()?;
    let people = People::load(&config)?;
    let signers = verification.signers(&|key| identity::name_of(&config, &people, key));
    print(out, &format!("{signers}{verification}\n"))?;
    let mut holds = verification.holds();
    if let Some(path) = document {
        let raw = files::read_file(path)?;
        let held = documents::held(&config, &store, &store.load(which)?, which, &raw.bytes)?;
        print(out, &format!("{held}\n"))?;
        holds &= held.holds();
    }
    Ok(if holds { 0 } else { 1 })
}

fn console(begin: Begin) -> Result<u8, Fault> {
    live::run(LiveOptions { begin, config: config()? }).map(|()| 0)
}

/// The settings with the language that was asked for, if one was; there is such a one.
fn spoken(lang: Option<&str>) -> Result<Config, Fault> {
    let config = config()?.in_language(lang);
    if lang.is_some() {
        languages::known(&config)?;
    }
    Ok(config)
}

fn config() -> Result<Config, Fault> {
    Config::load(Places::from_environment()?)
}
