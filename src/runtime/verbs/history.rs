//! The verbs over all saved sessions: list, search, tags, the bin.

use std::io::Write;

use super::print;
use crate::app::SessionsQuery;
use crate::fault::Fault;
use crate::runtime::config::Config;
use crate::runtime::places::Places;
use crate::runtime::store::Store;
use crate::runtime::{bin, catalog, history, tags};

/// `list`.
///
/// # Errors
/// The query can't be read, or the folder of sessions can't.
pub fn list(json: bool, search: Option<&str>, bin: bool, out: &mut dyn Write) -> Result<u8, Fault> {
    let mut query = SessionsQuery::parse(search.unwrap_or(""))
        .map_err(|why| Fault::usage(why, "for example: hotwash list --search 'heap tag:cache sev:1'"))?;
    query.binned |= bin;
    let rows = catalog::list(&Store::here()?, &query, &mut |_, _| {})?;
    for row in &rows {
        let line = if json { serde_json::to_string(row).unwrap_or_default() } else { history::line(row) };
        print(out, &format!("{line}\n"))?;
    }
    if rows.is_empty() && !json && search.is_none() {
        print(out, if query.binned { "nothing is in the bin\n" } else { "no saved sessions\n" })?;
    }
    Ok(0)
}

/// `tag`.
///
/// # Errors
/// There is no such session, it is open elsewhere, or a word is no tag.
pub fn tag(which: &str, typed: &[String], out: &mut dyn Write) -> Result<u8, Fault> {
    let config = Config::load(Places::from_environment()?)?;
    let now = tags::tag(&Store::here()?, which, &typed.join(" "), &config.name)?;
    print(out, &if now.is_empty() { "no tags\n".to_owned() } else { format!("{}\n", now.join(" ")) })?;
    Ok(0)
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
