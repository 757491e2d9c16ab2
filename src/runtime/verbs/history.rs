//! The verbs over all saved sessions: list, search, tags, the bin.

use std::io::{BufRead, Read, Write};
use std::path::Path;

use super::print;
use crate::analyst::likeness::{Alike, Traits};
use crate::app::SessionsQuery;
use crate::fault::Fault;
use crate::runtime::catalog::Catalog;
use crate::runtime::config::Config;
use crate::runtime::places::Places;
use crate::runtime::store::Store;
use crate::runtime::{archive, bin, files, history, tags};
use crate::session::Session;

/// The most earlier incidents that are told.
const MOST_ALIKE: usize = 8;
/// The most bytes that are read as an answer.
const MOST_TYPED: u64 = 1_000;

/// `list`.
///
/// # Errors
/// The query can't be read, or the folder of sessions can't.
pub fn list(json: bool, search: Option<&str>, bin: bool, out: &mut dyn Write) -> Result<u8, Fault> {
    let mut query = SessionsQuery::parse(search.unwrap_or(""))
        .map_err(|why| Fault::usage(why, "for example: hotwash list --search 'heap tag:cache sev:1'"))?;
    query.binned |= bin;
    let rows = Catalog::configured(&config()?).list(&query, &mut |_, _| {})?;
    for row in &rows {
        let line = if json { serde_json::to_string(row).unwrap_or_default() } else { history::line(row) };
        print(out, &format!("{line}\n"))?;
    }
    if rows.is_empty() && !json {
        let said = match (search, query.binned) {
            (Some(_), true) => "nothing in the bin fits\n",
            (Some(_), false) => "no saved session fits\n",
            (None, true) => "nothing is in the bin\n",
            (None, false) => "no saved sessions\n",
        };
        print(out, said)?;
    }
    Ok(0)
}

/// `tag`.
///
/// # Errors
/// There is no such session, it is open elsewhere, or a word is no tag.
pub fn tag(which: &str, typed: &[String], out: &mut dyn Write) -> Result<u8, Fault> {
    let now = tags::tag(&Store::here()?, which, &typed.join(" "), &config()?.name)?;
    print(out, &if now.is_empty() { "no tags\n".to_owned() } else { format!("{}\n", now.join(" ")) })?;
    Ok(0)
}

/// `similar`.
///
/// # Errors
/// There is no such session, or it has no report yet.
pub fn similar(which: &str, json: bool, out: &mut dyn Write) -> Result<u8, Fault> {
    let catalog = Catalog::configured(&config()?);
    let loaded = catalog.store().load(which)?;
    let session = Session::of(&loaded.records);
    let Some(report) = &session.report else {
        return Err(Fault::input(format!("session {} has no report to compare", loaded.id), "investigate it first"));
    };
    let (found, of) = catalog.alike(&Traits::of_report(report), &loaded.id, MOST_ALIKE)?;
    for alike in &found {
        print(out, &if json { object(alike) } else { told(alike) })?;
    }
    if found.is_empty() && !json {
        print(out, &format!("none of {of} earlier incidents is like it\n"))?;
    }
    Ok(0)
}

fn object(a: &Alike) -> String {
    let Alike { past, same, differs, fixed, .. } = a;
    let value = serde_json::json!({
        "id": past.id, "title": past.title, "day": past.day, "outcome": past.outcome,
        "same": same, "differs": differs, "fixed": fixed,
    });
    format!("{value}\n")
}

fn told(a: &Alike) -> String {
    let mut text = format!("{}  {}  {}\n    {}\n", a.past.day, a.past.id, a.past.title, a.past.outcome);
    for (name, parts) in [("the same", &a.same), ("differs", &a.differs), ("what fixed it then", &a.fixed)] {
        let parts = if parts.is_empty() { "nothing that is recorded".to_owned() } else { parts.join("; ") };
        text.push_str(&format!("    {name}: {parts}\n"));
    }
    text
}

/// `archive`.
///
/// # Errors
/// There is no such session, it does not hold, or the file can't be written.
pub fn archive(which: &str, to: &str, out: &mut dyn Write) -> Result<u8, Fault> {
    let verified = archive::archive(&Store::here()?, which, Path::new(to))?;
    print(
        out,
        &format!("{to}: session {}, {} records, chain head {}\n", verified.session, verified.records, verified.head),
    )?;
    Ok(0)
}

/// `import`.
///
/// # Errors
/// It is no archive that holds, or the session is here already.
pub fn import(file: &str, out: &mut dyn Write) -> Result<u8, Fault> {
    let verified = archive::import(&Store::here()?, Path::new(file))?;
    let (id, head) = (&verified.session, verified.head);
    print(
        out,
        &format!("session {id}, {} records, chain head {head}\nlook at it: hotwash review {id}\n", verified.records),
    )?;
    Ok(0)
}

fn config() -> Result<Config, Fault> {
    Config::load(Places::from_environment()?)
}

/// `delete`.
///
/// # Errors
/// There is no such session, or it is open.
pub fn delete(which: &str, out: &mut dyn Write) -> Result<u8, Fault> {
    let id = bin::delete(&Store::here()?, which)?;
    print(out, &format!("{id} is in the bin; hotwash restore {id} takes it back\n"))?;
    Ok(0)
}

/// `restore`.
///
/// # Errors
/// There is no such session in the bin.
pub fn restore(which: &str, out: &mut dyn Write) -> Result<u8, Fault> {
    let id = bin::restore(&Store::here()?, which)?;
    print(out, &format!("{id} is among the sessions again\n"))?;
    Ok(0)
}

/// `empty-bin`: shows what is in the bin, asks for the phrase (or takes it as given) and erases that.
///
/// # Errors
/// The phrase is another one, or something can't be removed.
pub fn empty_bin(confirm: Option<&str>, out: &mut dyn Write) -> Result<u8, Fault> {
    let config = config()?;
    let store = Store::here()?;
    let ids = bin::ids(&store)?;
    if ids.is_empty() {
        // An emptying that was cut off is finished.
        bin::empty(&store, &ids)?;
        return print(out, "nothing is in the bin\n").map(|()| 0);
    }
    let query = SessionsQuery { binned: true, ..SessionsQuery::default() };
    for row in Catalog::configured(&config).list(&query, &mut |_, _| {})? {
        print(out, &format!("{}\n", history::line(&row)))?;
    }
    let wanted = crate::app::erase_phrase(ids.len());
    let typed = match confirm {
        Some(phrase) => phrase.to_owned(),
        None => {
            print(out, &format!("They are erased for good. To do it, type: {wanted}\n> "))?;
            let mut line = String::new();
            let read = std::io::stdin().lock().take(MOST_TYPED).read_line(&mut line);
            read.map_err(|e| Fault::input(format!("cannot read your answer: {}", files::reason(&e)), ""))?;
            line
        }
    };
    if typed.trim() != wanted {
        let hint = format!("nothing was erased; `hotwash empty-bin --confirm '{wanted}'` does it without asking");
        return Err(Fault::usage(format!("that is not the phrase `{wanted}`"), hint));
    }
    let erased = bin::empty(&store, &ids)?;
    print(out, &format!("{}\n", crate::app::erased(erased)))?;
    Ok(0)
}
