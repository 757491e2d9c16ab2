//! What people say of themselves beside a journal: a lead that they are there and where they look, a
//! follower that they follow ([`super::attend`]). It is signed, counts forward, is no part of the journal,
//! and nothing is ever done because of it but to show it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::seal::{PublicKey, Signer, is_signed};

/// The longest that a lead says, in bytes.
pub const MOST: usize = 512 * 1024;

/// A kind of thing that is said so.
pub trait Spoken: Serialize + DeserializeOwned {
    /// The name of this use: what is signed for one is worth nothing for another.
    const USE: &'static str;
    /// The longest, in bytes.
    const MOST: usize;

    /// False for what is read and makes no sense.
    fn fits(&self) -> bool {
        true
    }
}

impl Spoken for Said {
    const USE: &'static str = "hotwash lead 1";
    const MOST: usize = MOST;
}

/// What a lead says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// False when the lead leaves.
    pub there: bool,
    /// Where they look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<serde_json::Value>,
    /// The last record that is on their disk.
    #[serde(default)]
    pub record: u64,
}

/// It, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beacon {
    /// Who says it.
    pub key: PublicKey,
    /// Grows with each; milliseconds since 1970 by the lead's clock, or one more than the last.
    pub count: u64,
    /// What is said as JSON: exactly what was signed.
    pub body: String,
    /// The signature, in hex.
    pub sig: String,
}

impl Beacon {
    /// Signs it.
    pub fn sign<T: Spoken>(signer: &Signer, session: &str, count: u64, said: &T) -> Self {
        let body = serde_json::to_string(said).unwrap_or_default();
        let sig = signer.sign(signed::<T>(session, count, &body).as_bytes());
        Self { key: signer.public(), count, body, sig }
    }

    /// The bytes to be sent; `None` where they are too many for anybody.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(self).ok().filter(|b| b.len() <= MOST)
    }

    /// Reads one: what comes out is signed for this session by the key that it names.
    pub fn read<T: Spoken>(bytes: &[u8], session: &str) -> Option<(Self, T)> {
        if bytes.len() > T::MOST {
            return None;
        }
        let beacon: Self = serde_json::from_slice(bytes).ok()?;
        let signed = signed::<T>(session, beacon.count, &beacon.body);
        if !is_signed(&beacon.key, signed.as_bytes(), &beacon.sig) {
            return None;
        }
        let said: T = serde_json::from_str(&beacon.body).ok()?;
        said.fits().then_some((beacon, said))
    }
}

fn signed<T: Spoken>(session: &str, count: u64, body: &str) -> String {
    format!("{}\0{session}\0{count}\0{body}", T::USE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_or_another_session_makes_it_worthless() {
        let said = Said { there: true, view: Some(serde_json::json!({"person": "kim"})), record: 3 };
        let bytes = Beacon::sign(&Signer::new(&[7; 32]), "s", 5, &said).bytes().unwrap();
        assert_eq!(Beacon::read::<Said>(&bytes, "s").unwrap().1, said);
        assert_eq!(Beacon::read::<Said>(&bytes, "t"), None);
        assert_eq!(Beacon::read::<super::super::attend::Standing>(&bytes, "s"), None, "another use");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(Beacon::read::<Said>(&changed, "s"), None, "byte {at}");
        }
    }
}
