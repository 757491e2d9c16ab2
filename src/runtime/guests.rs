//! Guests: people who come in over SSH to look at a session (`serve.toml`), each known by their SSH key
//! alone, each with a name and a role. Read in every build: what a guest says is checked by the lead's
//! console, which may have been built without serving.

use serde::Deserialize;

use super::config::{Config, parsed_or_default};
use crate::fault::Fault;
use crate::journal::peer::PeerRole;

/// The file, in the folder of settings.
pub const FILE: &str = "serve.toml";
/// The most guests that the file may name.
const MOST: usize = 1_000;
/// The longest name of a guest, in bytes.
const LONGEST_NAME: usize = 64;
/// The longest key, in bytes: an RSA key of 16,384 bits has 2,800.
const LONGEST_KEY: usize = 4_096;

/// Somebody who may come in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guest {
    /// What they are called here.
    pub name: String,
    /// Their SSH public key as one line of `authorized_keys` without options: kind and base64, the
    /// comment left out.
    pub key: String,
    /// What they may do; who has none may look.
    #[serde(default = "observer")]
    pub role: PeerRole,
}

fn observer() -> PeerRole {
    PeerRole::Observer
}

/// Everybody who may come in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guests(Vec<Guest>);

impl Guests {
    /// Everybody.
    pub fn all(&self) -> &[Guest] {
        &self.0
    }

    /// Reads `serve.toml`; without one nobody may come in.
    ///
    /// # Errors
    /// Names the file and what is wrong in it.
    pub fn load(config: &Config) -> Result<Self, Fault> {
        let hint = "each [[guest]] has a name, a key (the line of their .pub file) and a role";
        parsed_or_default(&config.places.config.join(FILE), hint, Self::parse)
    }

    /// The same from its text.
    ///
    /// # Errors
    /// What is wrong in it, with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            guest: Vec<Guest>,
        }
        let File { mut guest } = toml::from_str(text).map_err(|e| e.to_string())?;
        if guest.len() > MOST {
            return Err(format!("{} guests, {MOST} at most", guest.len()));
        }
        for one in &mut guest {
            one.key = bare(&one.key).ok_or_else(|| format!("the key of {} is no line of a .pub file", one.name))?;
            let plain = one.name.chars().all(|c| !c.is_control());
            if one.name.trim().is_empty() || one.name.len() > LONGEST_NAME || !plain {
                return Err(format!("a name has 1 to {LONGEST_NAME} bytes and no control characters"));
            }
        }
        for (n, one) in guest.iter().enumerate() {
            if let Some(other) = guest.iter().take(n).find(|g| g.key == one.key || g.name == one.name) {
                return Err(format!("{} and {} have the same name or key", other.name, one.name));
            }
        }
        Ok(Self(guest))
    }
}

/// Kind and base64 of a key's line.
fn bare(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let (kind, base64) = (words.next()?, words.next()?);
    let kind_fits = kind.starts_with("ssh-") || kind.starts_with("ecdsa-") || kind.starts_with("sk-");
    let base64_fits = base64.len() >= 64 && base64.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    (line.len() <= LONGEST_KEY && kind_fits && base64_fits).then(|| format!("{kind} {base64}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    #[test]
    fn a_guest_has_a_name_a_key_and_looks_unless_more_is_said() {
        let guests = Guests::parse(&format!("[[guest]]\nname = \"kim\"\nkey = \"{KEY} kim@laptop\"\n")).unwrap();
        let [kim] = guests.all() else { panic!("one") };
        assert_eq!((kim.name.as_str(), kim.key.as_str(), kim.role), ("kim", KEY, PeerRole::Observer));
    }

    #[test]
    fn what_is_no_key_no_name_or_comes_twice_is_refused() {
        let one = |name: &str, key: &str| format!("[[guest]]\nname = {name:?}\nkey = {key:?}\n");
        assert!(Guests::parse(&one("kim", "ssh-ed25519")).is_err());
        assert!(Guests::parse(&one("kim", "no-pty ssh-ed25519 AAAA")).is_err(), "options are not supported");
        assert!(Guests::parse(&one("", KEY)).is_err());
        assert!(Guests::parse("[[guest]]\nname = \"a\\u001bb\"\nkey = \"ssh-ed25519 A\"\n").is_err());
        assert!(Guests::parse(&(one("kim", KEY) + &one("lee", KEY))).unwrap_err().contains("same name or key"));
        assert!(Guests::parse(&(one("kim", KEY) + "rights = 1\n")).is_err());
    }
}
