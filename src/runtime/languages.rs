//! Languages of the settings and of `--lang`: whether there is such a one, and a session said in it.
//!
//! Only what the embedded engine wrote in English can be said in another language; a person's words, a
//! model's and the evidence stay as they are.

use std::borrow::Cow;
use std::sync::Arc;

use super::config::{Config, own_files};
use super::knowledge;
use super::places::Places;
use crate::analyst::messages::Messages;
use crate::fault::Fault;
use crate::session::Session;

/// Every message there is, ours and the person's own; what is wrong with theirs is `hotwash check`'s to say.
///
/// # Errors
/// The folder or a file can't be read.
pub fn messages(config: &Config) -> Result<Cow<'static, Messages>, Fault> {
    knowledge::messages(config).map(|(messages, _)| messages)
}

/// Puts a person's own message files in force beside ours: documents are then labelled by them, too. A file
/// that is wrong changes nothing, and `hotwash check` names it. Whoever has none pays nothing for it: no
/// settings and no messages are read.
pub fn install(places: &Places) {
    let has_own = own_files(places, "messages", "toml").is_ok_and(|own| !own.is_empty());
    let config = has_own.then(|| Config::load(places.clone()).ok()).flatten();
    if let Some(Ok(Cow::Owned(all))) = config.as_ref().map(messages) {
        all.install();
    }
}

/// That there is the language of the settings.
///
/// # Errors
/// There is none: names those there are and the file that would add it.
pub fn known(config: &Config) -> Result<(), Fault> {
    // English is always there.
    if config.lang == "en" {
        return Ok(());
    }
    let (messages, _) = knowledge::messages(config)?;
    among(&messages, config)
}

/// That the language of the settings is one of these.
///
/// # Errors
/// Those of [`known`].
pub fn among(messages: &Messages, config: &Config) -> Result<(), Fault> {
    let code = config.lang.as_str();
    if messages.codes().any(|known| known == code) {
        return Ok(());
    }
    let known: Vec<&str> = messages.codes().collect();
    let file = config.places.config.join("messages").join(format!("{code}.toml"));
    Err(Fault::usage(
        format!("there is no language `{code}`: there are {}", known.join(", ")),
        format!("say one of them, or add {} (docs/languages.md says how)", file.display()),
    ))
}

/// The language of a session's report.
pub fn of(session: &Session) -> &str {
    session.report.as_ref().map_or("en", |r| r.engine.language.as_str())
}

/// The session with everything that the embedded engine wrote in it said in the language of the settings.
///
/// # Errors
/// There is no such language, a file of it can't be read, or the report is in another language than
/// English and than the one asked for.
pub fn said(config: &Config, session: Session) -> Result<Session, Fault> {
    known(config)?;
    let (from, to) = (of(&session).to_owned(), config.lang.as_str());
    if from == to || session.report.is_none() {
        return Ok(session);
    }
    let translated = knowledge::load(config)?.language.clone().filter(|_| from == "en");
    let Some(book) = translated else {
        let what = format!("the session's report is in `{from}`, and only an English one can be said in `{to}`");
        let hint = format!("`hotwash open {} --lang {to}`, then `I`: it is investigated again in it", session.id);
        return Err(Fault::usage(what, hint));
    };
    let mut s = session;
    if let Some(report) = &mut s.report {
        book.say_report(Arc::make_mut(report));
    }
    s.admitted.iter_mut().for_each(|notices| book.say_notices(notices));
    for step in s.investigations.iter_mut().filter(|i| i.engine == "embedded").flat_map(|i| &mut i.steps) {
        book.say_step(Arc::make_mut(step));
    }
    Ok(s)
}
