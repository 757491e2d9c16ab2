//! The mask of one session, or of one investigation without a session: secrets become placeholders,
//! and the count of each kind becomes a notice.

use crate::domain::{Notice, NoticeKind};
use crate::intake::secrets::{Masks, mask};

use super::admission::Mask;

/// A mask with a key of its own, so that what it keeps can't be compared with another session's.
pub fn fresh() -> Mask {
    let mut masks = Masks::new(key());
    Box::new(move |text| apply(text, &mut masks))
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
            what: format!("{count} {kind} masked before anything was saved."),
            count,
        })
        .collect();
    (masked.text.into_owned(), notices)
}

/// 32 bytes that nobody else has: two random UUIDs' worth of the system's randomness, hashed.
pub fn key() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for _ in 0..4 {
        hasher.update(uuid::Uuid::now_v7().as_bytes());
    }
    *hasher.finalize().as_bytes()
}
