//! The prompt line: one line of text that a person types, with what it is for. Decides nothing.

use super::dialog::Item;
use crate::domain::Verdict;
use crate::journal::event::NoteKind;

/// What a prompt's answer is for.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum Asking {
    Search,
    Reason { hypothesis: String, verdict: Verdict },
    RankPlace { hypothesis: String },
    RankReason { hypothesis: String, rank: u32 },
    AddSubject,
    AddStatement { subject: String },
    Note(NoteKind),
    Question,
    Telemetry,
    Title,
    File,
    Blank { item: Item, name: String, after: Vec<String> },
    SeekTime,
    Propose,
    Lead,
    ExportFormat,
    ExportTo { format: String },
    Sessions,
    Steer,
    Find,
    ReplaceWhat,
    ReplaceBy { what: String },
    Tags { id: String },
    Erase { ids: Vec<String> },
}

/// One line being typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// What for.
    pub asking: Asking,
    /// What is asked, in words.
    pub label: String,
    /// What was typed so far.
    pub text: String,
    /// The cursor, as a byte of the text on a character boundary.
    pub cursor: usize,
    /// Answers that the evidence offers.
    pub offers: Vec<String>,
    /// Which offer Tab took last.
    pub taken: Option<usize>,
}

impl Prompt {
    /// The longest answer, in bytes.
    pub const MOST: usize = 4096;

    /// An empty prompt.
    pub fn new(asking: Asking, label: impl Into<String>) -> Self {
        Self { asking, label: label.into(), text: String::new(), cursor: 0, offers: Vec::new(), taken: None }
    }

    /// With a text to begin with.
    pub fn starting(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self.cursor = self.text.len();
        self
    }

    /// With offers.
    pub fn offering(mut self, offers: Vec<String>) -> Self {
        self.offers = offers;
        self
    }

    /// Puts text in at the cursor: one line, without controls, within the limit.
    pub fn insert(&mut self, text: &str) {
        for c in text.chars() {
            let c = if c == '\n' || c == '\r' || c == '\t' { ' ' } else { c };
            if c.is_control() || self.text.len() + c.len_utf8() > Self::MOST {
                continue;
            }
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    /// Takes the character before the cursor away.
    pub fn backspace(&mut self) {
        if let Some(c) = self.before().chars().next_back() {
            self.cursor -= c.len_utf8();
            self.text.remove(self.cursor);
        }
    }

    /// Takes the character under the cursor away.
    pub fn delete(&mut self) {
        if self.cursor < self.text.len() {
            self.text.remove(self.cursor);
        }
    }

    /// Takes everything before the cursor away.
    pub fn clear_before(&mut self) {
        self.text = self.after().to_owned();
        self.cursor = 0;
    }

    /// Takes the word before the cursor away.
    pub fn delete_word(&mut self) {
        let kept = self.before().trim_end();
        let kept = kept.rfind(' ').map_or(0, |at| at + 1);
        self.text = format!("{}{}", self.text.get(..kept).unwrap_or(""), self.after());
        self.cursor = kept;
    }

    /// One character to the left.
    pub fn left(&mut self) {
        self.cursor -= self.before().chars().next_back().map_or(0, char::len_utf8);
    }

    /// One character to the right.
    pub fn right(&mut self) {
        self.cursor += self.after().chars().next().map_or(0, char::len_utf8);
    }

    /// Takes the next offer.
    pub fn take_offer(&mut self) {
        let next = self.taken.map_or(0, |n| n + 1) % self.offers.len().max(1);
        if let Some(offer) = self.offers.get(next) {
            self.text = offer.clone();
            self.cursor = self.text.len();
            self.taken = Some(next);
        }
    }

    /// What stands before the cursor.
    pub fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or("")
    }

    /// What stands behind the cursor.
    pub fn after(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or("")
    }
}
