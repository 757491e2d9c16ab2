//! Seals: who wrote a record. A person's key signs session, chain and payload; the seal is the last
//! member of the record's JSON, so that a reader that knows nothing of it reads the rest as before.
//!
//! ```json
//! {"seq":7,…,"event":{…},"seal":"<64 hex: public key><128 hex: signature>"}
//! ```
//!
//! Because a seal covers the chain, it vouches for every record before it as well. What is signed is
//! BLAKE3 over a name of this use, the session, the chain before and the payload without its seal.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::format::Chain;

const USE: &[u8] = b"hotwash record 1\0";
const BEGIN: &[u8] = b",\"seal\":\"";
const END: &[u8] = b"\"}";
/// Bytes that a seal adds to a payload.
pub const SEALED: usize = BEGIN.len() + 64 + 128 + END.len() - 1;

/// A person's public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key from its 64 lower case hex digits.
    pub fn parse(hex: &str) -> Option<Self> {
        unhex(hex.as_bytes()).map(Self)
    }

    /// Enough of it to tell people apart on a screen.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.short())
    }
}

impl TryFrom<String> for PublicKey {
    type Error = &'static str;

    fn try_from(hex: String) -> Result<Self, Self::Error> {
        Self::parse(&hex).ok_or("a key is 64 hex digits")
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

/// A person's secret key. It prints nothing of itself.
pub struct Signer(SigningKey);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key of {:?}", self.public())
    }
}

impl Signer {
    /// The key that these 32 secret bytes are.
    pub fn new(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// A signature, as hex.
    pub fn sign(&self, message: &[u8]) -> String {
        self.0.sign(message).to_bytes().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Seals a record's payload that follows from `before`.
    pub fn seal(&self, session: &str, before: &Chain, payload: &mut Vec<u8>) {
        let signature = self.sign(&digest(session, before, payload));
        if payload.pop() == Some(b'}') {
            payload.extend_from_slice(BEGIN);
            payload.extend_from_slice(format!("{}{signature}", self.public()).as_bytes());
            payload.extend_from_slice(END);
        }
    }
}

/// True where the signature is this key's over this message.
pub fn is_signed(key: &PublicKey, message: &[u8], signature: &str) -> bool {
    let Some(signature) = unhex::<64>(signature.as_bytes()).map(|s| Signature::from_bytes(&s)) else { return false };
    VerifyingKey::from_bytes(&key.0).is_ok_and(|k| k.verify_strict(message, &signature).is_ok())
}

/// A record's seal, taken apart; whether it holds costs a check of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Whose it says it is.
    pub key: PublicKey,
    signature: [u8; 64],
    digest: [u8; 32],
}

impl Seal {
    /// The seal of a payload that follows from `before`; `None` where it has none.
    pub fn of(session: &str, before: &Chain, payload: &[u8]) -> Option<Self> {
        let (head, seal) = payload.split_at_checked(payload.len().checked_sub(SEALED + 1)?)?;
        let hex = seal.strip_prefix(BEGIN)?.strip_suffix(END)?;
        let (key, signature) = hex.split_at_checked(64)?;
        let mut hasher = begun(session, before);
        hasher.update(head);
        hasher.update(b"}");
        let digest = *hasher.finalize().as_bytes();
        Some(Self { key: PublicKey(unhex(key)?), signature: unhex(signature)?, digest })
    }

    /// True where the key that it names made it, over these bytes at this place.
    pub fn holds(&self) -> bool {
        let signature = Signature::from_bytes(&self.signature);
        VerifyingKey::from_bytes(&self.key.0).is_ok_and(|k| k.verify_strict(&self.digest, &signature).is_ok())
    }
}

/// What a record's seal says of who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    /// Nobody signed it.
    Unsigned,
    /// It names this key, which did not sign it.
    Forged(PublicKey),
    /// This key signed it, and so everything before it.
    By(PublicKey),
}

impl Sealed {
    /// Of this payload, which follows from `before`.
    pub fn of(session: &str, before: &Chain, payload: &[u8]) -> Self {
        Self::by(Seal::of(session, before, payload))
    }

    /// What this seal, or that there is none, says once it is checked.
    pub fn by(seal: Option<Seal>) -> Self {
        match seal {
            None => Self::Unsigned,
            Some(seal) if seal.holds() => Self::By(seal.key),
            Some(seal) => Self::Forged(seal.key),
        }
    }
}

fn begun(session: &str, before: &Chain) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new();
    hasher.update(USE);
    hasher.update(session.as_bytes());
    hasher.update(b"\0");
    hasher.update(before.bytes());
    hasher
}

fn digest(session: &str, before: &Chain, payload: &[u8]) -> [u8; 32] {
    let mut hasher = begun(session, before);
    hasher.update(payload);
    *hasher.finalize().as_bytes()
}

fn unhex<const N: usize>(hex: &[u8]) -> Option<[u8; N]> {
    if hex.len() != N * 2 {
        return None;
    }
    let digit = |d: u8| match d {
        b'0'..=b'9' => Some(d - b'0'),
        b'a'..=b'f' => Some(d - b'a' + 10),
        _ => None,
    };
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = pair.iter().try_fold(0u8, |sum, d| Some(sum << 4 | digit(*d)?))?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::event::{Author, Event, NoteKind, Record};
    use crate::journal::format;

    fn sealed() -> (Signer, Chain, Vec<u8>, Record) {
        let signer = Signer::new(&[7; 32]);
        let event = Event::NoteTaken { kind: NoteKind::Note, text: "}\",\"seal\":\"no".into() };
        let record = Record { seq: 1, at: chrono::DateTime::UNIX_EPOCH, by: Author::Program, event };
        let mut payload = format::payload(&record).unwrap();
        let before = Chain::genesis("s");
        signer.seal("s", &before, &mut payload);
        (signer, before, payload, record)
    }

    #[test]
    fn a_sealed_record_reads_as_one_without_and_says_who_wrote_it() {
        let (signer, before, payload, record) = sealed();
        assert_eq!(format::record(&payload), Some(record.clone()));
        assert_eq!(payload.len(), format::payload(&record).unwrap().len() + SEALED);
        let seal = Seal::of("s", &before, &payload).unwrap();
        assert!(seal.holds() && seal.key == signer.public());
        assert_eq!(Seal::of("s", &before, &format::payload(&record).unwrap()), None);
    }

    #[test]
    fn any_changed_byte_another_place_and_another_session_break_it() {
        let (_, before, payload, _) = sealed();
        for at in 0..payload.len() {
            let mut changed = payload.clone();
            changed[at] ^= 1;
            assert!(!Seal::of("s", &before, &changed).is_some_and(|s| s.holds()), "byte {at}");
        }
        assert!(!Seal::of("t", &before, &payload).unwrap().holds(), "another session");
        assert!(!Seal::of("s", &before.next(b"x"), &payload).unwrap().holds(), "another place");
    }

    #[test]
    fn a_secret_key_prints_nothing_of_itself() {
        let signer = Signer::new(&[0xab; 32]);
        assert!(!format!("{signer:?}").contains("abab"));
    }
}
