//! An inlet: where a follower's records come from. One trait for every transport; each runs on a thread
//! of its own and says lines of the feed into ears that hold a bounded number of them. A listener that
//! is slow makes the inlet wait: records are never dropped, and what is transient (where the lead
//! looks) is read anew when there is room again.

use std::cell::RefCell;
use std::time::Instant;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::rest::Rests;
use crate::journal::feed::Fed;
use crate::journal::seal::PublicKey;

/// Lines that travel together at most.
pub const BATCH: usize = 256;
/// Batches that may wait for the listener.
const WAITING: usize = 4;

/// How an inlet ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// There is nothing more to come.
    End,
    /// It failed, in words.
    Failed(String),
}

/// What an inlet says.
#[derive(Debug, PartialEq)]
pub enum Said {
    /// Lines, in order.
    Lines(Vec<Fed>),
    /// Something a person should know, in words: no part of the session.
    Told(String),
    /// It has ended; nothing follows.
    Ended(Ended),
}

/// Where records come from.
pub trait Inlet: Send {
    /// In a few words, for the status line.
    fn name(&self) -> String;

    /// Whose records alone are taken; `None`: whoever wrote them (the source is the lead's own file).
    fn trusts(&self) -> Option<Vec<PublicKey>> {
        None
    }

    /// Says what arrives until there is nothing more, or nobody listens any more.
    fn run(self: Box<Self>, ears: &Ears) -> Ended;
}

/// The far end of a listener.
#[derive(Debug)]
pub struct Ears {
    to: Sender<Said>,
    rests: RefCell<Rests>,
}

/// Nobody listens any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NobodyListens;

impl Ears {
    /// Says lines; waits for room, and, where records pour in, until some more will have come.
    ///
    /// # Errors
    /// When nobody listens any more.
    pub fn say(&self, lines: Vec<Fed>) -> Result<(), NobodyListens> {
        if lines.is_empty() {
            return Ok(());
        }
        let rest = self.rests.borrow_mut().after(&lines, Instant::now());
        self.to.blocking_send(Said::Lines(lines)).map_err(|_| NobodyListens)?;
        if !rest.is_zero() {
            std::thread::sleep(rest);
        }
        Ok(())
    }

    /// Says something that is no part of the session; waits for room.
    ///
    /// # Errors
    /// When nobody listens any more.
    pub fn tell(&self, what: String) -> Result<(), NobodyListens> {
        self.to.blocking_send(Said::Told(what)).map_err(|_| NobodyListens)
    }
}

/// Starts an inlet on a thread of its own.
///
/// # Errors
/// When no thread can be made.
pub fn listen(inlet: Box<dyn Inlet>) -> std::io::Result<Receiver<Said>> {
    let (to, said) = channel(WAITING);
    std::thread::Builder::new().name("hotwash-inlet".into()).spawn(move || {
        let ears = Ears { to, rests: RefCell::default() };
        let ended = inlet.run(&ears);
        // Nobody listens any more: then nobody is told.
        let _ = ears.to.blocking_send(Said::Ended(ended));
    })?;
    Ok(said)
}
