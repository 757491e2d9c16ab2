//! What others on the bridge say to the lead: a closed set of things, each signed by whoever says it.
//! There is no kind among them that starts a command or approves one, and no way to send another kind.
//!
//! A message counts only once: each person counts theirs, and the journal keeps the count. What came
//! late, twice, from elsewhere or from nobody known is refused.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::event::{Event, NoteKind};
use super::seal::{PublicKey, Signer, is_signed};
use crate::domain::Verdict;

/// The longest message, in bytes.
pub const MOST: usize = 16 * 1024;
/// The longest text of one saying, in bytes.
pub const MOST_TEXT: usize = 4 * 1024;
const USE: &str = "hotwash message 1";

/// What somebody may do on the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerRole {
    /// May say everything, and take the lead.
    Lead,
    /// May note, ask, vote and propose, and take the lead.
    Responder,
    /// May note, ask, vote and propose.
    Scribe,
    /// May look.
    Observer,
}

impl PeerRole {
    /// True for whoever may say something to the lead.
    pub fn speaks(self) -> bool {
        self != Self::Observer
    }

    /// The role's name, as `people.toml` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Responder => "responder",
            Self::Scribe => "scribe",
            Self::Observer => "observer",
        }
    }

    /// True for whoever may take the lead.
    pub fn leads(self) -> bool {
        matches!(self, Self::Lead | Self::Responder)
    }
}

/// One thing that somebody says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case", deny_unknown_fields)]
pub enum Saying {
    /// A scribe's line, a question among them.
    Note {
        /// Its kind.
        kind: NoteKind,
        /// The line.
        text: String,
    },
    /// A vote on a hypothesis; the judgement stays the lead's.
    Vote {
        /// The hypothesis.
        hypothesis: String,
        /// How they would judge it.
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// A check that should be made; a text, which nobody runs as it is.
    ProposeCheck {
        /// What it is.
        text: String,
    },
    /// The answer to the offer of the lead: it counts only for whom it was made to.
    AnswerLead {
        /// Whether they take it.
        takes: bool,
        /// The answer in words.
        text: String,
    },
}

impl Saying {
    /// What a follower's own act would say; `None` for what is no peer's to do.
    pub fn of(event: Event) -> Option<Self> {
        match event {
            Event::NoteTaken { kind, text } => Some(Self::Note { kind, text }),
            Event::HypothesisJudged { hypothesis, verdict, reason } => Some(Self::Vote { hypothesis, verdict, reason }),
            _ => None,
        }
    }

    /// The words that a person wrote.
    pub fn text(&self) -> &str {
        match self {
            Self::Note { text, .. }
            | Self::ProposeCheck { text }
            | Self::AnswerLead { text, .. }
            | Self::Vote { reason: text, .. } => text,
        }
    }

    /// The same, for whoever cleans and masks it.
    pub fn text_mut(&mut self) -> &mut String {
        match self {
            Self::Note { text, .. }
            | Self::ProposeCheck { text }
            | Self::AnswerLead { text, .. }
            | Self::Vote { reason: text, .. } => text,
        }
    }
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It is longer than a message may be.
    TooLong,
    /// It is no message, or says something that is no peer's to say.
    NotUnderstood,
    /// The signature is not by the key that it names, over these words.
    Forged,
    /// It is for another session.
    Elsewhere,
    /// Nobody here knows the key.
    Unknown(PublicKey),
    /// Whoever has the key may only look.
    MayOnlyLook(String),
    /// It came before, or a later one of theirs did.
    CameAgain(String),
    /// It answers an offer of the lead that does not stand, or not to them.
    NotOffered(String),
    /// It takes the lead while commands run that would end with it.
    NotNow,
    /// It holds what would have been masked, or what a terminal would obey.
    NotClean(PublicKey),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "it is longer than {MOST} bytes"),
            Self::NotUnderstood => write!(f, "it is nothing that a peer can say"),
            Self::Forged => write!(f, "its signature is not by the key it names"),
            Self::Elsewhere => write!(f, "it is for another session"),
            Self::Unknown(key) => write!(f, "the key {} is not in people.toml", key.short()),
            Self::MayOnlyLook(name) => write!(f, "{name} is an observer"),
            Self::CameAgain(name) => write!(f, "it came before, or late ({name})"),
            Self::NotOffered(name) => write!(f, "no lead was offered to {name}"),
            Self::NotNow => write!(f, "the lead can't be passed while commands are running"),
            Self::NotClean(key) => write!(f, "it holds a secret or a control character ({})", key.short()),
        }
    }
}

/// A signed saying on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The session it is for.
    pub session: String,
    /// Who says it.
    pub key: PublicKey,
    /// Counts from 1 for each person within the session.
    pub count: u64,
    /// When, by the clock of whoever says it.
    pub at: DateTime<Utc>,
    /// The saying as JSON: exactly what was signed.
    pub body: String,
    /// The signature, in hex.
    pub sig: String,
}

impl Message {
    /// Signs a saying.
    pub fn sign(signer: &Signer, session: &str, count: u64, at: DateTime<Utc>, saying: &Saying) -> Self {
        let body = serde_json::to_string(saying).unwrap_or_default();
        let key = signer.public();
        let sig = signer.sign(signed(session, count, at, &body).as_bytes());
        Self { session: session.to_owned(), key, count, at, body, sig }
    }

    /// Reads bytes that somebody sent; what comes out is signed by its key and meant for this session.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn read(bytes: &[u8], session: &str) -> Result<Self, Refused> {
        if bytes.len() > MOST {
            return Err(Refused::TooLong);
        }
        let message: Self = serde_json::from_slice(bytes).map_err(|_| Refused::NotUnderstood)?;
        if message.session != session {
            return Err(Refused::Elsewhere);
        }
        if !message.is_genuine() {
            return Err(Refused::Forged);
        }
        message.saying().map(|_| message).ok_or(Refused::NotUnderstood)
    }

    /// True where the key that it names signed exactly this.
    pub fn is_genuine(&self) -> bool {
        is_signed(&self.key, signed(&self.session, self.count, self.at, &self.body).as_bytes(), &self.sig)
    }

    /// What is said; `None` for what is no peer's to say.
    pub fn saying(&self) -> Option<Saying> {
        let saying: Saying = serde_json::from_str(&self.body).ok()?;
        (saying.text().len() <= MOST_TEXT && !saying.text().trim().is_empty()).then_some(saying)
    }

    /// The message as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

fn signed(session: &str, count: u64, at: DateTime<Utc>, body: &str) -> String {
    format!("{USE}\0{session}\0{count}\0{}\0{body}", at.to_rfc3339())
}
