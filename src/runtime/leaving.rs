//! Documents on their way out of the live console. Each waits until the records it rests on are saved,
//! so that it can name its place in the journal; while saving fails it leaves without one.

use std::path::PathBuf;

use super::console::Console;
use super::{documents, exports};
use crate::app::Input;
use crate::fault::Fault;

/// Documents that may wait at once.
const MOST: usize = 16;

/// A document that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaving {
    /// The record it was asked for at.
    seq: u64,
    format: String,
    to: PathBuf,
}

impl Console {
    /// Makes and writes a document once what it rests on is saved; without a path, in the session's folder.
    pub(super) fn export(&mut self, format: String, path: Option<String>) {
        let to = match (path, &self.book) {
            (Some(path), _) => exports::typed_path(&path),
            (None, Some(book)) => book.path.join(exports::file_name(&format)),
            (None, None) => exports::file_name(&format).into(),
        };
        if self.leaving.len() >= MOST {
            return self.fail(Fault::environment(format!("{MOST} documents wait to be written"), "ask again later"));
        }
        self.leaving.push(Leaving { seq: self.session.seq, format, to });
        self.let_leave();
    }

    /// Writes what waits no more.
    pub(super) fn let_leave(&mut self) {
        let saved = if self.book.is_some() { self.desk.saved.seq } else { 0 };
        let failing = self.book.is_none() || self.desk.saved.fault.is_some();
        for Leaving { seq, format, to } in std::mem::take(&mut self.leaving) {
            if saved < seq && !failing {
                self.leaving.push(Leaving { seq, format, to });
                continue;
            }
            let make = self.making(format, to);
            self.work("export", make);
        }
    }

    /// Writes what still waits, here and now: the journal is closed, or another session comes on screen.
    pub(super) fn let_all_leave(&mut self) {
        for Leaving { format, to, .. } in std::mem::take(&mut self.leaving) {
            let made = self.making(format, to)();
            self.answers.push_back(made);
        }
    }

    /// The work of a document. What was added since it was asked for stands in it too, and its place in
    /// the journal is told for all of it.
    fn making(&self, format: String, to: PathBuf) -> impl FnOnce() -> Input + Send + 'static {
        let (config, store, session) = (self.config.clone(), self.store.clone(), self.session.clone());
        move || {
            let seal = documents::seal(&store, &session.id, session.seq);
            let records = || store.load(&session.id).map(|loaded| loaded.records);
            documents::document(&config, &session, records, seal.as_ref(), &format)
                .and_then(|bytes| exports::write(&format, &bytes, &to))
                .unwrap_or_else(Input::Failed)
        }
    }
}
