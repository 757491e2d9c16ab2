//! The mask of one session, or of one investigation without a session: secrets become placeholders,
//! and the count of each kind becomes a notice.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{Notice, NoticeKind};
use crate::intake::secrets::{Masks, mask};

use super::admission::Mask;
use crate::session::Session;

/// A mask with a key of its own, so that what it keeps can't be compared with another session's.
pub fn fresh() -> Mask {
    let mut masks = Masks::new(key());
    Box::new(move |text| apply(text, &mut masks))
}

/// A word or two that a person gave on the command line, masked.
pub fn plain(text: &str) -> String {
    if text.trim().is_empty() { text.to_owned() } else { fresh()(text.to_owned()).0 }
}

/// The masks of an open session, shared by whoever reads text for it: the same value gets the same
/// name, whether it was pasted or printed by a command.
#[derive(Debug, Clone)]
pub struct SessionMasks(Arc<Mutex<Masks>>);

impl SessionMasks {
    /// Masks for a session as it stands: names that its texts bear already are not given again.
    pub fn of(session: &Session) -> Self {
        let mut masks = Masks::new(key());
        for source in &session.evidence.sources {
            masks.number_after(&source.text);
        }
        for run in session.runs.values() {
            masks.number_after(&run.output);
        }
        Self(Arc::new(Mutex::new(masks)))
    }

    /// A mask over them.
    pub fn mask(&self) -> Mask {
        let masks = Arc::clone(&self.0);
        Box::new(move |text| apply(text, &mut masks.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The text with its secrets masked, and a notice per kind.
pub fn apply(text: String, masks: &mut Masks) -> (String, Vec<Notice>) {
    let masked = mask(&text, masks);
    if masked.counts.is_empty() {
        return (text, Vec::new());
    }
    let notices = masked
        .counts
        .iter()
        .map(|(kind, &count)| Notice {
            kind: NoticeKind::SecretMasked,
            what: format!("{count} {} masked before anything was saved.", spoken(kind, count)),
            count,
        })
        .collect();
    (masked.text.into_owned(), notices)
}

/// A kind of secret in words, of so many: `135 values of Kubernetes secrets`, `8 JWTs`, `1 password`.
fn spoken(kind: &str, count: u64) -> String {
    let many = if count == 1 { "" } else { "s" };
    match kind {
        "kube-secret" => format!("value{many} of Kubernetes secrets"),
        "jwt" => format!("JWT{many}"),
        other => format!("{}{many}", other.replace('-', " ")),
    }
}

/// 32 bytes that nobody else has: two random UUIDs' worth of the system's randomness, hashed.
pub fn key() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for _ in 0..4 {
        hasher.update(uuid::Uuid::now_v7().as_bytes());
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source, SourceId};

    #[test]
    fn two_sessions_have_two_keys() {
        assert_ne!(key(), key());
    }

    #[test]
    fn a_session_that_goes_on_gives_no_name_twice() {
        let mut session = Session::default();
        let text = "AWS_ACCESS_KEY_ID=‹aws-key-7›";
        session.evidence.sources.push(Source {
            id: SourceId(0),
            name: "paste 1".into(),
            origin: Origin::Paste,
            text: text.into(),
        });
        let mut mask = SessionMasks::of(&session).mask();
        let key = ["AKIA", "Q3EGRZ7X5NHW2TVB"].concat();
        let (masked, notices) = mask(format!("aws_access_key_id = {key}"));
        assert!(masked.contains("‹aws-key-8›"), "{masked}");
        assert_eq!(notices.len(), 1);
    }
}
