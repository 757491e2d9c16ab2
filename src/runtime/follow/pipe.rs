//! The inlet over a pipe: what `hotwash follow ID --raw` writes elsewhere. It reads bytes, whatever they
//! are, and knows nothing of who wrote them.

use std::io::Read;

use super::inlet::{BATCH, Ears, Ended, Inlet};
use crate::journal::Feed;
use crate::journal::feed::Fed;

/// Bytes that one read takes.
const READ: usize = 64 * 1024;

/// A pipe.
pub struct PipeInlet<R> {
    from: R,
}

impl<R: Read + Send> PipeInlet<R> {
    /// Lines from here.
    pub fn new(from: R) -> Self {
        Self { from }
    }
}

impl<R: Read + Send> Inlet for PipeInlet<R> {
    fn name(&self) -> String {
        "a pipe".into()
    }

    fn run(mut self: Box<Self>, ears: &Ears) -> Ended {
        let mut feed = Feed::default();
        let mut buffer = vec![0; READ];
        loop {
            let n = match self.from.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Ended::Failed(format!("the pipe broke: {}", super::super::folder::words(&e))),
            };
            feed.push(buffer.get(..n).unwrap_or_default());
            loop {
                let lines: Vec<Fed> = feed.by_ref().take(BATCH).collect();
                let done = lines.len() < BATCH;
                if ears.say(lines).is_err() {
                    return Ended::End;
                }
                if done {
                    break;
                }
            }
        }
        match feed.is_within_a_line() {
            true => Ended::Failed("the pipe ended in the middle of a record".into()),
            false => Ended::End,
        }
    }
}
