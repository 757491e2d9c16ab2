//! The writer thread: records go in, acknowledgements come out. It groups what arrives while a sync is
//! under way, lets streamed text wait a little, and decisions never.
//!
//! A failed write is told at once and tried again; nothing that waits is dropped. What waits is bounded:
//! above the bound a record is refused, and whoever asked is told.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::folder::words;
use super::store::OpenSession;
use crate::app::Input;
use crate::fault::Fault;
use crate::journal::event::Event;
use crate::journal::{Chain, Record};

/// How soon a record must be on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// At once.
    Decision,
    /// Within [`STREAM_WAIT`]: a piece of a stream, which more pieces follow.
    Stream,
}

impl Urgency {
    /// What a kind of event asks for.
    pub fn of(event: &Event) -> Self {
        match event {
            Event::StepTaken { .. } | Event::RunOutput { .. } => Self::Stream,
            _ => Self::Decision,
        }
    }
}

/// Streamed records wait this long for company; with the sync it stays under 250 ms.
pub const STREAM_WAIT: Duration = Duration::from_millis(180);
/// What may wait unsaved, in bytes of text. Above it, records are refused.
pub const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;
/// What may wait unsaved, in records.
pub const MAX_WAITING_RECORDS: usize = 100_000;
/// After a failure, the next try comes after this, then after twice as long, up to [`MAX_RETRY`].
const FIRST_RETRY: Duration = Duration::from_millis(100);
const MAX_RETRY: Duration = Duration::from_secs(3);
/// How often closing tries to save what is left.
const CLOSING_TRIES: u32 = 3;

/// Where records go: an open session, or one that could not be made yet.
pub enum Target {
    /// It is open.
    Open(Box<OpenSession>),
    /// It could not be made, for this reason; making it is tried again while records wait.
    Unmade(Fault, Box<dyn FnMut() -> Result<OpenSession, Fault> + Send>),
}

#[derive(Default)]
struct Queue {
    records: VecDeque<Record>,
    bytes: usize,
    urgent: bool,
    oldest: Option<Instant>,
    closing: bool,
    /// What the thread holds beyond the queue.
    held_records: usize,
    held_bytes: usize,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was saved when the writer was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The last record on disk.
    pub seq: u64,
    /// The chain at it.
    pub head: Option<Chain>,
    /// Records that could not be saved, and why.
    pub lost: Option<(usize, Fault)>,
}

/// The writer thread's near end.
pub struct Persist {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Closed>>,
}

impl Persist {
    /// Starts the writer for an open session. `ack` is called on the writer's thread with
    /// [`Input::Saved`] and [`Input::SaveFailed`].
    pub fn spawn(session: OpenSession, ack: impl Fn(Input) + Send + 'static) -> io::Result<Self> {
        Self::spawn_target(Target::Open(Box::new(session)), ack)
    }

    /// The same for a session that may not have a place yet.
    pub fn spawn_target(target: Target, ack: impl Fn(Input) + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let far = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || Saver { target, shared: far, ack, stash: VecDeque::new(), failing: None, acked: 0 }.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Hands a record over; never blocks on the disk. Refused where too much waits unsaved already.
    pub fn append(&self, record: Record, urgency: Urgency) -> Result<(), Fault> {
        if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            return Err(Fault::environment("cannot record any more: the writer has ended", "export what is here"));
        }
        let mut queue = self.shared.lock();
        if !queue.has_room() {
            return Err(Fault::environment(
                format!(
                    "cannot record any more: {} records wait to be saved",
                    queue.records.len() + queue.held_records
                ),
                "free some disk space, or export what is here with the export key",
            ));
        }
        queue.bytes += weight(&record.event);
        queue.urgent |= urgency == Urgency::Decision;
        queue.oldest.get_or_insert_with(Instant::now);
        queue.records.push_back(record);
        drop(queue);
        self.shared.changed.notify_one();
        Ok(())
    }

    /// True while a record would be taken.
    pub fn has_room(&self) -> bool {
        self.shared.lock().has_room()
    }

    /// Saves what waits, ends the thread, lets go of the session.
    pub fn flush_and_close(mut self) -> Closed {
        self.close().unwrap_or(Closed {
            seq: 0,
            head: None,
            lost: Some((0, Fault::environment("the writer ended early", ""))),
        })
    }

    fn close(&mut self) -> Option<Closed> {
        let thread = self.thread.take()?;
        self.shared.lock().closing = true;
        self.shared.changed.notify_one();
        thread.join().ok()
    }
}

impl Drop for Persist {
    fn drop(&mut self) {
        let _ = self.close();
    }
}

impl Queue {
    fn has_room(&self) -> bool {
        self.bytes + self.held_bytes < MAX_WAITING_BYTES && self.records.len() + self.held_records < MAX_WAITING_RECORDS
    }
}

/// About how much memory an event holds; exact where it may be large.
fn weight(event: &Event) -> usize {
    let text = match event {
        Event::RunOutput { text, .. } | Event::NoteTaken { text, .. } | Event::UpdateMade { text, .. } => text.len(),
        Event::StepTaken { step, .. } => step.text.len() + 256 * step.citations.len(),
        Event::PeerSaid { message } => message.body.len(),
        Event::LeadOffered { name, .. } => name.len(),
        Event::ReportReady { .. } | Event::OpinionReady { .. } => 64 * 1024,
        Event::QuestionAnswered { claims, .. } => 512 + 1024 * claims.len(),
        other => other.body().map_or(0, |b| usize::try_from(b.len).unwrap_or(usize::MAX)),
    };
    text.saturating_add(256)
}

struct Saver<A: Fn(Input)> {
    target: Target,
    shared: Arc<Shared>,
    ack: A,
    /// Records that wait for a session to be made.
    stash: VecDeque<Record>,
    /// Since the last failure: its words, and how long to wait before the next try.
    failing: Option<(String, Duration)>,
    acked: u64,
}

impl<A: Fn(Input)> Saver<A> {
    fn run(mut self) -> Closed {
        loop {
            let closing = self.gather();
            let saved = self.save();
            if closing {
                return self.finish(saved);
            }
        }
    }

    /// Waits until something is to be written now, and takes it. True when the session is closing.
    fn gather(&mut self) -> bool {
        let mut queue = self.shared.lock();
        let retry_at = self.failing.as_ref().map(|(_, wait)| Instant::now() + *wait);
        loop {
            let wait_until = match (queue.closing, retry_at, queue.oldest) {
                (true, _, _) => break,
                (_, Some(at), _) => Some(at),
                (_, None, Some(_)) if queue.urgent => break,
                (_, None, Some(oldest)) => Some(oldest + STREAM_WAIT),
                (_, None, None) => None,
            };
            queue = match wait_until.map(|at| at.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => break,
                Some(wait) => self.shared.changed.wait_timeout(queue, wait).unwrap_or_else(PoisonError::into_inner).0,
                None => self.shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
        queue.held_records += queue.records.len();
        queue.held_bytes += std::mem::take(&mut queue.bytes);
        self.stash.append(&mut queue.records);
        queue.urgent = false;
        queue.oldest = None;
        queue.closing
    }

    fn save(&mut self) -> Result<u64, Fault> {
        let saved = self.try_save();
        match &saved {
            Ok(seq) => {
                self.failing = None;
                let mut queue = self.shared.lock();
                (queue.held_bytes, queue.held_records) = (0, 0);
                drop(queue);
                if *seq > self.acked {
                    self.acked = *seq;
                    (self.ack)(Input::Saved(*seq));
                }
            }
            Err(fault) => {
                let wait = self.failing.as_ref().map_or(FIRST_RETRY, |(_, wait)| (*wait * 2).min(MAX_RETRY));
                let told = self.failing.as_ref().is_some_and(|(what, _)| *what == fault.what);
                self.failing = Some((fault.what.clone(), wait));
                if !told {
                    (self.ack)(Input::SaveFailed(fault.clone()));
                }
            }
        }
        saved
    }

    fn try_save(&mut self) -> Result<u64, Fault> {
        if let Target::Unmade(_, make) = &mut self.target {
            self.target = Target::Open(Box::new(make()?));
        }
        let Target::Open(session) = &mut self.target else { return Ok(self.acked) };
        while let Some(record) = self.stash.pop_front() {
            if let Err(refused) = session.writer.push(&record) {
                let what = format!("NOT SAVED: record {} of {} bytes {}", record.seq, refused.bytes, refused.why);
                (self.ack)(Input::SaveFailed(Fault::environment(what, "export it now: it will not be here again")));
            }
        }
        session.writer.commit().map_err(|e| not_saved(&e))
    }

    fn finish(mut self, mut saved: Result<u64, Fault>) -> Closed {
        for _ in 1..CLOSING_TRIES {
            if saved.is_ok() {
                break;
            }
            saved = self.save();
        }
        let (seq, head) = match &self.target {
            Target::Open(session) => session.writer.synced(),
            Target::Unmade(fault, _) => {
                let lost = (!self.stash.is_empty()).then(|| (self.stash.len(), fault.clone()));
                return Closed { seq: 0, head: None, lost };
            }
        };
        let waiting = self.shared.lock().held_records;
        if let Target::Open(session) = &self.target
            && seq > 0
        {
            // A note for a later check; the journal is whole without it.
            let _ = session.writer.media().note_head(seq, head);
        }
        Closed { seq, head: Some(head), lost: saved.err().map(|fault| (waiting, fault)) }
    }
}

fn not_saved(error: &io::Error) -> Fault {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space: it is tried again by itself",
        _ => "it is tried again by itself; export what matters",
    };
    Fault::environment(format!("NOT SAVED: {}", words(error)), hint)
}
