//! What a lead says of themselves while a session is shared over a wire: that they are there, and where
//! they look. It is signed, counts forward, is no part of the journal, and nothing is ever done because
//! of it but to look at the same place.

use serde::{Deserialize, Serialize};

use super::seal::{PublicKey, Signer, is_signed};

const USE: &str = "hotwash lead 1";
/// The longest, in bytes.
pub const MOST: usize = 512 * 1024;

/// What is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// False when the lead leaves.
    pub there: bool,
    /// Where they look; not said again while it has not changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<serde_json::Value>,
}

/// It, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beacon {
    /// Who says it.
    pub key: PublicKey,
    /// Grows with each; milliseconds since 1970 by the lead's clock, or one more than the last.
    pub count: u64,
    /// [`Said`] as JSON: exactly what was signed.
    pub body: String,
    /// The signature, in hex.
    pub sig: String,
}

impl Beacon {
    /// Signs it.
    pub fn sign(signer: &Signer, session: &str, count: u64, said: &Said) -> Self {
        let body = serde_json::to_string(said).unwrap_or_default();
        let sig = signer.sign(signed(session, count, &body).as_bytes());
        Self { key: signer.public(), count, body, sig }
    }

    /// The bytes to be sent; `None` where they are too many.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(self).ok().filter(|b| b.len() <= MOST)
    }

    /// Reads one: what comes out is signed for this session by the key that it names.
    pub fn read(bytes: &[u8], session: &str) -> Option<(Self, Said)> {
        if bytes.len() > MOST {
            return None;
        }
        let beacon: Self = serde_json::from_slice(bytes).ok()?;
        let signed = signed(session, beacon.count, &beacon.body);
        if !is_signed(&beacon.key, signed.as_bytes(), &beacon.sig) {
            return None;
        }
        let said = serde_json::from_str(&beacon.body).ok()?;
        Some((beacon, said))
    }
}

fn signed(session: &str, count: u64, body: &str) -> String {
    format!("{USE}\0{session}\0{count}\0{body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_or_another_session_makes_it_worthless() {
        let said = Said { there: true, view: Some(serde_json::json!({"person": "kim"})) };
        let bytes = Beacon::sign(&Signer::new(&[7; 32]), "s", 5, &said).bytes().unwrap();
        assert_eq!(Beacon::read(&bytes, "s").unwrap().1, said);
        assert_eq!(Beacon::read(&bytes, "t"), None);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(Beacon::read(&changed, "s"), None, "byte {at}");
        }
    }
}
