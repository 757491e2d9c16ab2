//! The questions to the catalog: the list, the search, and what later incidents are compared with.

use std::collections::HashMap;
use std::path::PathBuf;

use aho_corasick::AhoCorasick;
use rusqlite::{Error, params};

use super::cache::Cache;
use super::documents;
use super::entry::of_records;
use super::sync::{Place, bring_up_to_date};
use crate::analyst::likeness::{Alike, Traits, alike};
use crate::analyst::playbook::PastIncident;
use crate::app::{HomeRow, SessionsQuery, Sort};
use crate::fault::Fault;
use crate::runtime::config::Config;
use crate::runtime::history::{self, Row, around};
use crate::runtime::store::Store;

/// The most finds of one search.
const MOST_FOUND: usize = 2_000;
/// So many of the best finds say where the words stand.
const EXCERPTS: usize = 100;
/// The most earlier incidents that one is compared with.
const MOST_PAST: usize = 5_000;
/// Without a catalog so many of the newest sessions are read for comparing.
const READ_WITHOUT: usize = 40;

/// All saved sessions of a store, and a folder of postmortems beside them.
#[derive(Debug, Clone)]
pub struct Catalog {
    store: Store,
    documents: Option<PathBuf>,
}

impl Catalog {
    /// The catalog of a store alone.
    pub fn of(store: Store) -> Self {
        Self { store, documents: None }
    }

    /// The catalog that the settings name.
    pub fn configured(config: &Config) -> Self {
        let documents = config.postmortems.as_deref().map(crate::runtime::exports::typed_path);
        Self { store: Store::at(config.places.data.clone()), documents }
    }

    /// With a folder of postmortems.
    pub fn with_documents(self, folder: impl Into<PathBuf>) -> Self {
        Self { documents: Some(folder.into()), ..self }
    }

    /// The sessions themselves.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What a query asks for, after the cache was brought up to date; `told` hears how far that has come.
    /// Where the cache can't be used at all, the sessions themselves are looked through: slower, and by
    /// the words as they were typed.
    ///
    /// # Errors
    /// When the sessions can't be read.
    pub fn list(&self, query: &SessionsQuery, told: &mut dyn FnMut(usize, usize)) -> Result<Vec<Row>, Fault> {
        let cached = self.fresh(told, |cache| rows(cache, query));
        match cached {
            Ok(rows) => Ok(rows),
            Err(_) if query.binned => Ok(Vec::new()),
            Err(_) => without_cache(&self.store, query),
        }
    }

    /// The incidents that are like this one, and how many it was compared with. `own` is left out.
    ///
    /// # Errors
    /// When the cache can't be used.
    pub fn alike(&self, now: &Traits, own: &str, most: usize) -> Result<(Vec<Alike>, usize), Fault> {
        let mut past = self.fresh(&mut |_, _| {}, known)?;
        past.retain(|p| p.id != own);
        Ok((alike(now, &past, most), past.len()))
    }

    /// The earlier incidents, as far as the catalog has read them: an investigation waits for no index.
    /// Without a catalog the newest sessions themselves are read.
    pub fn past(&self) -> Vec<PastIncident> {
        let home = self.store.home();
        match home.join(super::FILE).is_file().then(|| Cache::with(home, |cache| known(cache))) {
            Some(Ok(past)) => past,
            _ => read_without(&self.store),
        }
    }

    fn fresh<T>(
        &self,
        told: &mut dyn FnMut(usize, usize),
        mut ask: impl FnMut(&Cache) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        Cache::with(self.store.home(), |cache| {
            bring_up_to_date(cache, &self.store, told)?;
            documents::bring_up_to_date(cache, self.documents.as_deref())?;
            ask(cache)
        })
    }
}

fn without_cache(store: &Store, query: &SessionsQuery) -> Result<Vec<Row>, Fault> {
    let mut rows = match query.words.as_slice() {
        [] => history::rows(store)?,
        words => history::search(store, &words.join(" "))?,
    };
    rows.retain(|r| query.lets_through(&HomeRow::from(r.clone())));
    order(&mut rows, query.sort);
    Ok(rows)
}

/// What the cache holds for a query, as it stands.
///
/// # Errors
/// The cache's.
pub fn rows(cache: &Cache, query: &SessionsQuery) -> Result<Vec<Row>, Error> {
    let ranked = match query.words.as_slice() {
        [] => None,
        words => Some(matches(cache, words)?),
    };
    let place = |p: &str| if query.binned { p == Place::Bin.name() } else { p != Place::Bin.name() };
    let mut select = cache.connection.prepare("SELECT no, place, row FROM saved")?;
    let found = select.query_map([], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?)))?;
    let mut out: Vec<(usize, i64, Row)> = Vec::new();
    for item in found {
        let (no, at, json) = item?;
        let Some(rank) = ranked.as_ref().map_or(Some(0), |r| r.get(&no).copied()) else { continue };
        let Ok(row) = serde_json::from_str::<Row>(&json) else { continue };
        if place(&at) && query.lets_through(&HomeRow::from(row.clone())) {
            out.push((rank, no, row));
        }
    }
    out.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| b.2.started.cmp(&a.2.started)).then_with(|| b.2.id.cmp(&a.2.id)));
    if ranked.is_some() {
        excerpts(cache, &mut out, &query.words)?;
    }
    let mut rows: Vec<Row> = out.into_iter().map(|(_, _, row)| row).collect();
    order(&mut rows, query.sort);
    Ok(rows)
}

/// The numbers of the sessions that hold all words, with their place, the best find first.
fn matches(cache: &Cache, words: &[String]) -> Result<HashMap<i64, usize>, Error> {
    let asked: Vec<String> = words.iter().map(|w| format!("\"{}\"*", w.replace('"', "\"\""))).collect();
    let mut select = cache.connection.prepare(
        "SELECT rowid FROM text WHERE text MATCH ?1 ORDER BY bm25(text, 8.0, 4.0, 4.0, 3.0, 2.0, 1.0, 0.5) LIMIT ?2",
    )?;
    let found = select.query_map(params![asked.join(" AND "), MOST_FOUND as i64], |r| r.get(0))?;
    found.enumerate().map(|(rank, no)| no.map(|no| (no, rank))).collect()
}

/// Puts to the first finds where the words stand: the part that holds most of them, and the line.
fn excerpts(cache: &Cache, rows: &mut [(usize, i64, Row)], words: &[String]) -> Result<(), Error> {
    let mut select = cache
        .connection
        .prepare("SELECT title, people, report, postmortem, commands, evidence FROM text WHERE rowid = ?1")?;
    // What a phrase's words have between them may differ; then its first word shows the place.
    let whole = AhoCorasick::builder().ascii_case_insensitive(true).build(words);
    for (_, no, row) in rows.iter_mut().take(EXCERPTS) {
        let parts: [String; 6] =
            select.query_row([*no], |r| Ok([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?]))?;
        let names = ["title", "note", "report", "postmortem", "command", "evidence"];
        let Ok(find) = &whole else { continue };
        row.found = names
            .iter()
            .zip(&parts)
            .find_map(|(name, text)| find.find(text).map(|m| format!("{name}: {}", around(text, m.range()))));
    }
    Ok(())
}

/// Puts rows into the order that is asked for; `Newest` leaves them as they are.
fn order(rows: &mut [Row], sort: Sort) {
    let weight = |severity: Option<&str>| match severity {
        Some("SEV1") => 0,
        Some("SEV2") => 1,
        // Undecided before what is known to be small; what was never investigated last.
        Some("undecided") => 2,
        Some(_) => 3,
        None => 9,
    };
    match sort {
        Sort::Newest => {}
        Sort::Changed => rows.sort_by_key(|r| std::cmp::Reverse(r.last)),
        Sort::Severity => rows.sort_by_key(|r| weight(r.severity.as_deref())),
        Sort::Title => rows.sort_by_key(|r| r.title.to_lowercase()),
    }
}

fn known(cache: &Cache) -> Result<Vec<PastIncident>, Error> {
    let mut select = cache
        .connection
        .prepare("SELECT past FROM saved WHERE past IS NOT NULL AND place != ?1 ORDER BY id DESC LIMIT ?2")?;
    let found = select.query_map(params![Place::Bin.name(), MOST_PAST as i64], |r| r.get::<_, String>(0))?;
    let mut out = Vec::new();
    for json in found {
        // One that an older version wrote otherwise is left out.
        out.extend(serde_json::from_str(&json?).ok());
    }
    Ok(out)
}

fn read_without(store: &Store) -> Vec<PastIncident> {
    let ids = store.ids().unwrap_or_default();
    let loaded = ids.into_iter().rev().take(READ_WITHOUT).filter_map(|id| store.load(&id).ok());
    loaded.filter_map(|l| of_records(Row { id: l.id.clone(), ..Row::default() }, &l.records).past).collect()
}
