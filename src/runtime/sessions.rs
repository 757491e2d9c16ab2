//! Beginning, opening and listing sessions from within the console.

use std::time::Duration;

use super::book::Book;
use super::console::Console;
use super::masking::SessionMasks;
use super::store::{Opened, Store};
use super::{history, tags};
use crate::analyst::likeness::Traits;
use crate::app::{HomeRow, Input, SessionsQuery};
use crate::fault::Fault;
use crate::journal::{Author, Event};
use crate::session::Session;

/// The most sessions that are listed, the newest first.
const MOST_LISTED: usize = 2_000;
/// The most earlier incidents that are shown beside this one.
const MOST_ALIKE: usize = 8;
/// More changed sessions than this are told of while they are read.
const MUCH: usize = 50;
/// How long leaving a session for another waits for the disk.
const PATIENCE: Duration = Duration::from_secs(3);

impl Console {
    /// Begins a session. Its folder is made behind the first record.
    pub(super) fn begin(&mut self, title: String, service: Option<String>) {
        let id = uuid::Uuid::now_v7().to_string();
        match Book::begin(&self.store, &id) {
            Ok(book) => self.switch(Session::default(), book, 0),
            Err(fault) => return self.fail(fault),
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.record(Author::Program, Event::SessionStarted { id, title, service, version });
        self.take(Input::Opened);
    }

    /// Goes on with a saved session.
    pub(super) fn open(&mut self, which: &str) {
        match go_on(&self.store, which) {
            Ok((session, book, notices)) => self.resume(session, book, notices),
            Err(fault) => self.fail(fault),
        }
    }

    /// The session that was opened is the one on screen from now on.
    pub(super) fn resume(&mut self, session: Session, book: Book, notices: Vec<String>) {
        let seq = session.seq;
        self.switch(session, book, seq);
        self.record(Author::Program, Event::SessionResumed { version: env!("CARGO_PKG_VERSION").to_owned() });
        self.take(Input::Opened);
        self.take(Input::Saved(seq));
        for notice in notices {
            self.fail(Fault::environment(notice, ""));
        }
    }

    fn switch(&mut self, session: Session, book: Book, saved: u64) {
        self.engine.stop();
        #[cfg(feature = "models")]
        self.second.stop();
        self.desk.model = None;
        self.end_runs();
        self.let_all_leave();
        self.close_ears();
        self.admission = None;
        (self.inbox, self.attendants, self.listens) = (None, None, false);
        #[cfg(feature = "bridge")]
        self.stop_sharing();
        self.masks = SessionMasks::of(&session);
        self.runs.reset(saved);
        self.session = session;
        if let Some(Err(fault)) = self.book.replace(book).map(|old| old.close(PATIENCE)) {
            self.fail(fault);
        }
    }

    /// Lists the saved sessions on a worker. Where the catalog has much to read, the sessions are listed
    /// by their ends first, and how far it has come is told.
    pub(super) fn list(&mut self, query: SessionsQuery) {
        let (catalog, to) = (self.catalog.clone(), self.to.clone());
        self.work("listing", move || {
            let (mut listed, plain) = (false, query.is_plain());
            let mut told = |done: usize, of: usize| {
                if of < MUCH {
                    return;
                }
                // A closed or full channel: nobody waits for it, or the next one is as good.
                if plain
                    && !std::mem::replace(&mut listed, true)
                    && let Ok(rows) = rows(catalog.store())
                {
                    let _ = to.try_send(Input::Sessions(rows));
                }
                let what = "reading the history".to_owned();
                let _ = to.try_send(Input::Progress { what, done: done as u64, of: of as u64 });
            };
            match catalog.list(&query, &mut told) {
                Ok(rows) => {
                    let rows = rows.into_iter().take(MOST_LISTED).map(HomeRow::from).collect();
                    Input::FoundSessions { query, rows }
                }
                Err(fault) => Input::Failed(fault),
            }
        });
    }

    /// Changes something about a saved session on a worker, and lists them again.
    pub(super) fn change_saved(
        &mut self,
        name: &str,
        change: impl FnOnce(&Store) -> Result<(), Fault> + Send + 'static,
    ) {
        let (catalog, query) = (self.catalog.clone(), self.desk.home_query.clone());
        self.work(name, move || {
            if let Err(fault) = change(catalog.store()) {
                return Input::Failed(fault);
            }
            match catalog.list(&query, &mut |_, _| {}) {
                Ok(rows) => {
                    let rows = rows.into_iter().take(MOST_LISTED).map(HomeRow::from).collect();
                    Input::FoundSessions { query, rows }
                }
                Err(fault) => Input::Failed(fault),
            }
        });
    }

    /// Compares with the earlier incidents on a worker.
    pub(super) fn compare(&mut self, traits: Traits) {
        let (catalog, own) = (self.catalog.clone(), self.session.id.clone());
        self.work("comparing", move || match catalog.alike(&traits, &own, MOST_ALIKE) {
            Ok((found, of)) => Input::Similar { found, of },
            Err(fault) => Input::Failed(fault),
        });
    }

    /// Tags a saved session that is not the open one.
    pub(super) fn tag(&mut self, id: String, typed: String) {
        let by = self.desk.person.clone();
        self.change_saved("tagging", move |store| tags::tag(store, &id, &typed, &by).map(drop));
    }
}

/// Opens a session to go on with it: the fold so far, its journal, and what a person should know.
///
/// # Errors
/// When there is no such session, it can't be read, or it can only be looked at.
pub fn go_on(store: &Store, which: &str) -> Result<(Session, Book, Vec<String>), Fault> {
    match store.open(which)? {
        Opened::Writable(open, loaded) => {
            let notices = loaded.notices.clone();
            let mut session = Session::of(&loaded.records);
            session.unknown_events = loaded.unknown;
            Ok((session, Book::go_on(*open)?, notices))
        }
        Opened::ReadOnly(loaded) => {
            let why = loaded.read_only.unwrap_or_else(|| "it is read-only".into());
            Err(Fault::environment(
                format!("session {} can only be looked at: {why}", loaded.id),
                format!("look through it with `hotwash review {which}`"),
            ))
        }
    }
}

/// The saved sessions, the newest first. One that can't be read is listed with the reason.
///
/// # Errors
/// When the folder of sessions can't be read.
pub fn rows(store: &Store) -> Result<Vec<HomeRow>, Fault> {
    let rows = history::rows(store)?;
    Ok(rows.into_iter().take(MOST_LISTED).map(HomeRow::from).collect())
}
