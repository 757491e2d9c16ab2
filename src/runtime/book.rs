//! The open session's journal as the loop sees it: records go in, what is on disk comes back as
//! inputs. Making the folder, writing and syncing happen on the writer's thread.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;

use super::persist::{Closed, Persist, Target, Urgency};
use super::store::{OpenSession, Store};
use crate::app::input::Input;
use crate::fault::Fault;
use crate::journal::Record;

/// The writer's last word: it only grows, so the newest one says all.
#[derive(Debug, Clone, Default)]
struct Ack {
    saved: u64,
    failures: u64,
    fault: Option<Fault>,
    failed_last: bool,
}

/// An open session's journal.
pub struct Book {
    persist: Persist,
    acks: watch::Receiver<Ack>,
    seen: Ack,
    refused: bool,
    /// The session's folder.
    pub path: PathBuf,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Book").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Book {
    /// A new session's journal. Its folder is made by the writer; where that fails it is tried again
    /// while records wait, and the session goes on unsaved.
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn begin(store: &Store, id: &str) -> Result<Self, Fault> {
        let path = store.sessions_path().join(id);
        let (store, id) = (store.clone(), id.to_owned());
        let not_yet = Fault::environment("NOT SAVED: the session's folder is not made yet", "");
        Self::over(Target::Unmade(not_yet, Box::new(move || store.create_as(&id))), path)
    }

    /// A saved session's journal.
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn go_on(session: OpenSession) -> Result<Self, Fault> {
        let path = session.path.clone();
        Self::over(Target::Open(Box::new(session)), path)
    }

    fn over(target: Target, path: PathBuf) -> Result<Self, Fault> {
        let (to, acks) = watch::channel(Ack::default());
        let ack = move |input| {
            to.send_modify(|ack| match input {
                Input::Saved(seq) => {
                    ack.saved = seq;
                    ack.failed_last = false;
                }
                Input::SaveFailed(fault) => {
                    ack.failures += 1;
                    ack.fault = Some(fault);
                    ack.failed_last = true;
                }
                _ => {}
            });
        };
        let persist = Persist::spawn_target(target, ack)
            .map_err(|e| Fault::environment(format!("no thread for the journal: {}", super::files::reason(&e)), ""))?;
        Ok(Self { persist, acks, seen: Ack::default(), refused: false, path })
    }

    /// Hands a record over. After a record was refused none is taken any more: the journal on disk
    /// stays one without gaps.
    pub fn append(&mut self, record: Record) -> Result<(), Fault> {
        if self.refused {
            return Err(Fault::environment("NOT SAVED: the journal takes no more", "export what matters"));
        }
        let urgency = Urgency::of(&record.event);
        let taken = self.persist.append(record, urgency);
        self.refused = taken.is_err();
        taken
    }

    /// Waits for the writer's news and returns them as inputs.
    pub async fn news(&mut self) -> Vec<Input> {
        if self.acks.changed().await.is_err() {
            // The writer has ended; what it could not save is told when the session is closed.
            std::future::pending::<()>().await;
        }
        let now = self.acks.borrow_and_update().clone();
        let saved = (now.saved > self.seen.saved).then_some(Input::Saved(now.saved));
        let failed = (now.failures > self.seen.failures).then(|| now.fault.clone()).flatten().map(Input::SaveFailed);
        let news = if now.failed_last { [saved, failed] } else { [failed, saved] };
        self.seen = now;
        news.into_iter().flatten().collect()
    }

    /// Saves what waits and lets go of the session, within `patience`.
    ///
    /// # Errors
    /// Says how many records are not on disk, and why.
    pub fn close(self, patience: Duration) -> Result<(), Fault> {
        let (to, closed) = std::sync::mpsc::sync_channel::<Closed>(1);
        let persist = self.persist;
        let closing = std::thread::Builder::new().name("hotwash-closing".into()).spawn(move || {
            // Nobody waits any more: then nobody is told.
            let _ = to.send(persist.flush_and_close());
        });
        if closing.is_err() {
            return Err(Fault::environment("the journal could not be closed: no thread", ""));
        }
        match closed.recv_timeout(patience) {
            Ok(Closed { lost: None, .. }) => Ok(()),
            Ok(Closed { lost: Some((records, why)), .. }) => {
                Err(Fault::environment(format!("{records} records are not saved: {}", why.what), why.hint))
            }
            Err(_) => Err(Fault::environment(
                format!(
                    "the disk did not answer within {} ms: the last records may not be saved",
                    patience.as_millis()
                ),
                "check the disk, then `hotwash open` the session: it shows what was saved",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Author, Event};

    fn record(seq: u64) -> Record {
        let event = Event::TitleChanged { title: "t".into() };
        Record { seq, at: chrono::DateTime::UNIX_EPOCH, by: Author::Program, event }
    }

    #[tokio::test]
    async fn what_is_saved_is_told_and_can_be_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path());
        let id = uuid::Uuid::now_v7().to_string();
        let mut book = Book::begin(&store, &id).unwrap();
        book.append(record(1)).unwrap();
        assert_eq!(book.news().await, [Input::Saved(1)]);
        book.close(Duration::from_secs(5)).unwrap();
        assert_eq!(store.load(&id).unwrap().records.len(), 1);
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_written_is_said_and_the_session_goes_on() {
        let mut book = Book::begin(&Store::at("/proc/nowhere"), &uuid::Uuid::now_v7().to_string()).unwrap();
        book.append(record(1)).unwrap();
        let news = book.news().await;
        assert!(matches!(news[..], [Input::SaveFailed(_)]), "{news:?}");
        book.append(record(2)).unwrap();
        assert!(book.close(Duration::from_secs(5)).unwrap_err().what.contains("2 records are not saved"));
    }
}
