//! The inlet on the same host: the session's own files, read as they grow. Whoever may read them may
//! follow.

use std::io::Read;

use super::super::folder::{Folder, words};
use super::super::publish::VIEW;
use super::super::{answers, lock};
use super::inlet::{BATCH, Ears, Ended, Inlet};
use super::tail::Tail;
use super::watch::Watch;
use crate::journal::Feed;
use crate::journal::feed::{Beside, Fed, MAX_BESIDE};

/// Somebody's session on this machine.
#[derive(Debug)]
pub struct FileInlet {
    tail: Tail,
    id: String,
    view: Vec<u8>,
    answers: Vec<u8>,
    there: Option<bool>,
    /// Leave when everything there is was read.
    once: bool,
}

impl FileInlet {
    /// The session in this folder.
    pub fn new(folder: Folder, id: impl Into<String>) -> Self {
        let (tail, id) = (Tail::new(folder), id.into());
        Self { tail, id, view: Vec::new(), answers: Vec::new(), there: None, once: false }
    }

    /// Ends once what is there was read, instead of waiting for more.
    #[must_use]
    pub fn once(self) -> Self {
        Self { once: true, ..self }
    }

    fn catch_up(&mut self, ears: &Ears) -> Result<(), Ended> {
        let failed = |e: std::io::Error| Ended::Failed(format!("the session can't be read any more: {}", words(&e)));
        let mut lines = Vec::new();
        loop {
            let more = self.tail.read(&mut lines).map_err(failed)?;
            while lines.len() >= BATCH {
                let rest = lines.split_off(BATCH);
                ears.say(std::mem::replace(&mut lines, rest)).map_err(|_| Ended::End)?;
            }
            if !more {
                break;
            }
        }
        let folder = self.tail.folder();
        let view = changed(folder, VIEW, &mut self.view).filter(|b| matches!(b, Beside::View(_)));
        let answers = changed(folder, answers::FILE, &mut self.answers).filter(|b| matches!(b, Beside::Answers(_)));
        lines.extend(view.into_iter().chain(answers).map(Fed::Beside));
        lines.extend(self.lead().map(Fed::Beside));
        ears.say(lines).map_err(|_| Ended::End)
    }

    /// Whether the lead is there, if that has changed.
    fn lead(&mut self) -> Option<Beside> {
        let there = lock::is_held(self.tail.folder()).unwrap_or(true);
        (self.there.replace(there) != Some(there)).then_some(Beside::Lead { there })
    }
}

/// The line that stands in a small file beside the journal, if it is another than the last.
fn changed(folder: &Folder, name: &str, last: &mut Vec<u8>) -> Option<Beside> {
    let mut bytes = Vec::new();
    folder.read(name).ok()?.take(MAX_BESIDE as u64 + 64).read_to_end(&mut bytes).ok()?;
    if bytes == *last {
        return None;
    }
    let mut feed = Feed::default();
    feed.push(&bytes);
    *last = bytes;
    match feed.next() {
        Some(Fed::Beside(beside)) => Some(beside),
        _ => None,
    }
}

impl Inlet for FileInlet {
    fn name(&self) -> String {
        self.id.get(..8).unwrap_or(&self.id).to_owned()
    }

    fn run(mut self: Box<Self>, ears: &Ears) -> Ended {
        let watch = match Watch::over(self.tail.folder().path()) {
            Ok(watch) => watch,
            Err(why) => return Ended::Failed(format!("cannot watch the session's folder: {why}")),
        };
        loop {
            if let Err(ended) = self.catch_up(ears) {
                return ended;
            }
            if self.once || !watch.wait(None) {
                return Ended::End;
            }
        }
    }
}
