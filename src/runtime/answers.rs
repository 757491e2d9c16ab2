//! What the lead's console answers to messages that it did not take: one small file beside the journal,
//! which whoever follows by those files reads. The last few are kept; what was taken stands in the journal
//! and needs no answer.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::folder::Folder;
use crate::journal::feed::{Beside, Refusal};

/// The file in the session's folder.
pub const FILE: &str = "answers";
/// The most answers that are kept.
const MOST: usize = 64;

/// The answers of one session.
#[derive(Debug)]
pub struct Answers {
    folder: Folder,
    kept: Mutex<VecDeque<Refusal>>,
}

impl Answers {
    /// None yet; what an earlier console answered is nobody's any more.
    ///
    /// # Errors
    /// When the session's folder can't be opened.
    pub fn begin(session_folder: &Path) -> std::io::Result<Self> {
        Ok(Self { folder: Folder::open(session_folder)?, kept: Mutex::default() })
    }

    /// Puts these with the others. That somebody can't be told is no reason to disturb the lead.
    pub fn give(&self, answers: Vec<Refusal>) {
        if answers.is_empty() {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(answers);
        let over = kept.len().saturating_sub(MOST);
        kept.drain(..over);
        if let Some(line) = Beside::Answers(kept.iter().cloned().collect()).line() {
            let _ = self.folder.put_soon(FILE, line.as_bytes());
        }
    }
}
