//! Answers that are kept in a folder, by what was asked: asked again, the same call gets the same
//! answer without a network. A run is replayed from such a folder alone.
//!
//! A file holds the pieces of one whole answer and how long they took. Answers that broke off are not kept.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::purse::Purse;
use super::{Model, Pieces};
use crate::analyst::agent::{Call, Failure, FailureKind, Piece, Price};
use crate::runtime::folder::{Folder, words};

/// The longest file that is read, in bytes: far more than any answer may have.
const LONGEST: u64 = 64 << 20;

/// One answer as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// The model as the settings name it, and as its provider does.
    engine: String,
    model: String,
    /// Milliseconds from the call to its last piece.
    ms: u64,
    pieces: Vec<Piece>,
}

/// What was heard during one investigation.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Milliseconds that the answers took, those from the folder as they took when they were given.
    pub ms: u64,
    /// Calls that were made.
    pub calls: u32,
    /// How many of them were answered from the folder.
    pub from_folder: u32,
    /// Nothing answers this call in the folder, and nobody may be asked.
    pub missing: bool,
    /// The run's budget forbids the call: why.
    pub refused: Option<String>,
    /// An answer could not be kept: why.
    pub unsaved: Option<String>,
}

/// A model whose answers are kept.
#[derive(Debug, Clone)]
pub struct Saved {
    /// Who is asked; `None` asks nobody.
    pub inner: Option<Arc<dyn Model>>,
    /// Its name in the settings, and its provider's name of it.
    pub names: (String, String),
    /// Where answers are kept.
    pub folder: Arc<Folder>,
    /// The same call in another repeat has another answer.
    pub repeat: u32,
    /// What it costs.
    pub price: Option<Price>,
    /// What the run may take.
    pub purse: Arc<Purse>,
    /// What was heard.
    pub heard: Arc<Mutex<Heard>>,
}

impl Saved {
    fn note(&self, what: impl FnOnce(&mut Heard)) {
        what(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The file of a call: its digest with who is asked and in which repeat.
    fn file(&self, call: &Call) -> String {
        let mut hasher = blake3::Hasher::new();
        for part in [&self.names.0, &self.names.1, &self.repeat.to_string(), &call.digest()] {
            hasher.update(part.as_bytes()).update(&[0]);
        }
        format!("{}.json", hasher.finalize().to_hex())
    }

    fn kept(&self, file: &str) -> Option<Kept> {
        let mut text = String::new();
        self.folder.read(file).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    fn keep(&self, file: &str, ms: u64, pieces: Vec<Piece>) {
        let kept = Kept { engine: self.names.0.clone(), model: self.names.1.clone(), ms, pieces };
        let bytes = serde_json::to_vec_pretty(&kept).unwrap_or_default();
        if let Err(e) = self.folder.put(file, &bytes) {
            let why = format!("an answer can't be kept in {}: {}", self.folder.path().display(), words(&e));
            self.note(|h| h.unsaved = Some(why));
        }
    }
}

fn failing(what: String) -> Pieces {
    Box::pin(stream::iter([Err(Failure::new(FailureKind::Refused, what))]))
}

impl Model for Saved {
    fn name(&self) -> &str {
        &self.names.0
    }

    fn model(&self) -> &str {
        &self.names.1
    }

    fn ask(&self, call: Call) -> Pieces {
        let file = self.file(&call);
        self.note(|h| h.calls += 1);
        if let Some(kept) = self.kept(&file) {
            self.note(|h| (h.ms, h.from_folder) = (h.ms.saturating_add(kept.ms), h.from_folder + 1));
            return Box::pin(stream::iter(kept.pieces.into_iter().map(Ok)));
        }
        let Some(inner) = &self.inner else {
            self.note(|h| h.missing = true);
            return failing("no answer to this call is kept".into());
        };
        let taken = match self.purse.take(&call, self.price) {
            Ok(taken) => taken,
            Err(why) => {
                self.note(|h| h.refused = Some(why.clone()));
                return failing(why);
            }
        };
        let hearing = Hearing {
            of: self.clone(),
            stream: inner.ask(call),
            pieces: Vec::new(),
            began: Instant::now(),
            file,
            taken,
        };
        Box::pin(stream::unfold(hearing, Hearing::next))
    }
}

/// An answer on its way through to the folder.
struct Hearing {
    of: Saved,
    stream: Pieces,
    pieces: Vec<Piece>,
    began: Instant,
    file: String,
    taken: f64,
}

impl Hearing {
    async fn next(mut self) -> Option<(Result<Piece, Failure>, Self)> {
        let piece = self.stream.next().await;
        if let Some(Ok(piece)) = &piece {
            self.pieces.push(piece.clone());
        }
        if matches!(&piece, Some(Ok(Piece::End { .. }) | Err(_))) {
            let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.of.note(|h| h.ms = h.ms.saturating_add(ms));
            if let Some(Ok(Piece::End { usage, .. })) = &piece {
                self.of.purse.settle(self.taken, *usage, self.of.price);
                let pieces = joined(std::mem::take(&mut self.pieces));
                self.of.keep(&self.file, ms, pieces);
            }
        }
        piece.map(|p| (p, self))
    }
}

/// Pieces of text in a row as one: what is kept is the answer, not how its bytes arrived.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (out.last_mut(), &piece) {
            (Some(Piece::Text { text }), Piece::Text { text: more })
            | (Some(Piece::Reasoning { text }), Piece::Reasoning { text: more }) => text.push_str(more),
            _ => out.push(piece),
        }
    }
    out
}
