//! Admission's thread: what was pasted, piped or named is read, cleaned and masked in the order in
//! which it was given, away from the keys. It makes no events: it answers with inputs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};

use tokio::sync::mpsc::Sender;

use super::files::{self, Raw};
use super::terminal::{WORKER, words_of};
use crate::app::input::Input;
use crate::domain::{Notice, Origin, showable};
use crate::fault::Fault;
use crate::intake;

/// How many texts may wait at once.
const WAITING: usize = 64;

/// Masks one text: the text without its secrets, and a notice of how many there were.
pub type Mask = Box<dyn FnMut(String) -> (String, Vec<Notice>) + Send>;

/// One thing to admit.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// A text that is here already.
    Text {
        /// What a person calls it.
        name: String,
        /// Where it came from.
        origin: Origin,
        /// The raw text.
        raw: String,
    },
    /// A file.
    File {
        /// The path as typed.
        path: String,
    },
    /// Standard input, to its end. It is read on a thread of its own: a pipe that never ends holds
    /// nothing else up.
    Pipe,
    /// Bytes that were read already.
    Bytes(Raw),
}

/// The thread's near end.
#[derive(Debug)]
pub struct Admission {
    asks: SyncSender<Ask>,
    to: Sender<Input>,
}

impl Admission {
    /// Starts the thread; `mask` serves one session.
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn start(mut mask: Mask, to: Sender<Input>) -> std::io::Result<Self> {
        let (asks, work) = sync_channel::<Ask>(WAITING);
        let answers = to.clone();
        std::thread::Builder::new().name(format!("{WORKER}-admission")).spawn(move || {
            while let Ok(ask) = work.recv() {
                let answer = match catch_unwind(AssertUnwindSafe(|| admit(ask, &mut mask))) {
                    Ok(Ok(input)) => input,
                    Ok(Err(fault)) => Input::Failed(fault),
                    Err(payload) => Input::Failed(Fault::environment(
                        format!("a fault in reading it: {}", showable::clean(&words_of(payload.as_ref()))),
                        "the text was not taken; please report this",
                    )),
                };
                if to.blocking_send(answer).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { asks, to: answers })
    }

    /// Queues one thing.
    ///
    /// # Errors
    /// When too much waits already, or the thread has ended.
    pub fn ask(&self, ask: Ask) -> Result<(), Fault> {
        if ask == Ask::Pipe {
            return self.read_pipe();
        }
        self.asks.try_send(ask).map_err(|_| {
            Fault::environment(format!("{WAITING} texts wait to be read already"), "wait a moment, then give it again")
        })
    }
}

impl Admission {
    fn read_pipe(&self) -> Result<(), Fault> {
        let (asks, to) = (self.asks.clone(), self.to.clone());
        let read = move || {
            let raw = files::read_stdin_telling(&mut |done| {
                // Only news: when the console is busy the next one will do.
                let _ = to.try_send(Input::Progress { what: "reading standard input".into(), done, of: 0 });
            });
            match raw {
                // Closed: another session is on screen.
                Ok(raw) => drop(asks.send(Ask::Bytes(raw))),
                Err(fault) => drop(to.blocking_send(Input::Failed(fault))),
            }
        };
        let began = std::thread::Builder::new().name("hotwash-pipe".into()).spawn(read);
        began
            .map(|_| ())
            .map_err(|e| Fault::environment(format!("no thread to read standard input: {}", files::reason(&e)), ""))
    }
}

fn admit(ask: Ask, mask: &mut Mask) -> Result<Input, Fault> {
    let Raw { name, origin, bytes } = match ask {
        Ask::Text { name, origin, raw } => Raw { name, origin, bytes: raw.into_bytes() },
        Ask::File { path } => files::read_file(&path)?,
        Ask::Bytes(raw) => raw,
        Ask::Pipe => files::read_stdin()?,
    };
    let admitted = intake::admit(&bytes, mask);
    Ok(Input::Admitted { name, origin, text: admitted.text, notices: admitted.notices })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::channel;

    #[test]
    fn texts_are_admitted_in_order_and_a_missing_file_is_said() {
        let (to, mut from) = channel(8);
        let admission = Admission::start(Box::new(intake::clean::unmasked), to).unwrap();
        admission.ask(Ask::Text { name: "one".into(), origin: Origin::Paste, raw: "a\r\nb".into() }).unwrap();
        admission.ask(Ask::File { path: "/no/such".into() }).unwrap();
        admission.ask(Ask::Text { name: "two".into(), origin: Origin::Paste, raw: "c".into() }).unwrap();
        drop(admission);
        let all: Vec<Input> = std::iter::from_fn(|| from.blocking_recv()).collect();
        assert!(matches!(&all[0], Input::Admitted { name, text, .. } if name == "one" && text == "a\nb"), "{all:?}");
        assert!(matches!(&all[1], Input::Failed(f) if f.what.contains("/no/such")));
        assert!(matches!(&all[2], Input::Admitted { name, .. } if name == "two"));
    }
}
