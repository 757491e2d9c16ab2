//! Who somebody is: a name, and a secret key in a file of their own, made when it is first needed. And
//! who the others are: `people.toml`, names and roles by public key.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::Arc;

use serde::Deserialize;

use super::config::{Config, parsed_or_default};
use super::folder::{Folder, fault};
use super::guests::{Guest, Guests};
use super::store::Store;
use crate::fault::Fault;
use crate::journal::peer::PeerRole;
use crate::journal::seal::{PublicKey, Signer};

/// The file of the secret key, in the folder of settings.
pub const FILE: &str = "identity";
const MAGIC: &str = "hotwash-identity 1 ";
/// The most people that `people.toml` may name.
const MOST_PEOPLE: usize = 1_000;

/// Somebody who is known by their key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// What they are called here.
    pub name: String,
    /// Their public key.
    pub key: PublicKey,
    /// What they may do.
    #[serde(default = "observer")]
    pub role: PeerRole,
}

fn observer() -> PeerRole {
    PeerRole::Observer
}

/// Everybody who is known here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People(Vec<Person>);

impl People {
    /// Who has this key.
    pub fn of(&self, key: &PublicKey) -> Option<&Person> {
        self.0.iter().find(|p| p.key == *key)
    }

    /// Everybody.
    pub fn all(&self) -> &[Person] {
        &self.0
    }

    /// Reads `people.toml`; without one nobody is known.
    ///
    /// # Errors
    /// Names the file and what is wrong in it.
    pub fn load(config: &Config) -> Result<Self, Fault> {
        let hint = "each [[person]] has a name, a key of 64 hex digits (`hotwash identity` prints it) and a role";
        parsed_or_default(&config.places.config.join("people.toml"), hint, Self::parse)
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
            person: Vec<Person>,
        }
        let File { person } = toml::from_str(text).map_err(|e| e.to_string())?;
        if person.len() > MOST_PEOPLE {
            return Err(format!("{} people, {MOST_PEOPLE} at most", person.len()));
        }
        for (n, one) in person.iter().enumerate() {
            if let Some(other) = person.iter().take(n).find(|p| p.key == one.key || p.name == one.name) {
                return Err(format!("{} and {} have the same name or key", other.name, one.name));
            }
        }
        Ok(Self(person))
    }
}

/// This person's key: read, or made where there is none yet.
///
/// # Errors
/// When the file can't be read or made, or is something else.
pub fn signer(config: &Config) -> Result<Arc<Signer>, Fault> {
    seed(config).map(|seed| Arc::new(Signer::new(&seed)))
}

/// The key that a guest speaks with (see [`super::guests`]): made from this person's own, so that nothing is
/// kept, and only whoever has that one can make it. The same guest always has the same.
///
/// # Errors
/// Where this person's own key can't be read or made.
pub fn guest(config: &Config, guest: &Guest) -> Result<Arc<Signer>, Fault> {
    seed(config).map(|seed| Arc::new(guest_of(&seed, guest)))
}

fn guest_of(seed: &[u8; 32], guest: &Guest) -> Signer {
    let from = [seed.as_slice(), b"\0", guest.key.as_bytes()].concat();
    Signer::new(&blake3::derive_key("hotwash guest 1", &from))
}

fn seed(config: &Config) -> Result<[u8; 32], Fault> {
    let path = config.places.config.join(FILE);
    let at = |e: io::Error| fault("keep your key in", &path, &e);
    let folder = Folder::open_or_make(&config.places.config).map_err(at)?;
    let seed = match folder.read(FILE) {
        Ok(file) => read(file),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            match make(&folder) {
                // Another process was faster: its key is the one.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => folder.read(FILE).map_err(at).map(read)?,
                made => Some(made.map_err(at)?),
            }
        }
        Err(e) => return Err(at(e)),
    };
    seed.ok_or_else(|| {
        Fault::input(format!("{} holds no key", path.display()), "move it away: a new one is made when it is needed")
    })
}

/// The saved sessions, where whatever is written is sealed with this person's key. Without a key the
/// session is written all the same, unsealed, and the fault says why.
pub fn store(config: &Config) -> (Store, Option<Fault>) {
    let store = Store::at(config.places.data.clone());
    match signer(config) {
        Ok(signer) => (store.signed(Some(signer)), None),
        Err(fault) => (store, Some(fault)),
    }
}

/// Who speaks with which key: their name and what they may do.
pub type Speakers = BTreeMap<PublicKey, (String, PeerRole)>;

/// Who may say something here, by key; this person's own key is always among them. And what is wrong
/// with `people.toml`.
pub fn speakers(config: &Config) -> (Arc<Speakers>, Option<Fault>) {
    let (people, wrong) = match People::load(config) {
        Ok(people) => (people, None),
        Err(fault) => (People::default(), Some(fault)),
    };
    let mut all: BTreeMap<_, _> = people.0.into_iter().map(|p| (p.key, (p.name, p.role))).collect();
    let (guests, guests_wrong) = match Guests::load(config) {
        Ok(guests) => (guests, None),
        Err(fault) => (Guests::default(), Some(fault)),
    };
    if let Ok(seed) = seed(config) {
        all.entry(Signer::new(&seed).public()).or_insert((config.name.clone(), PeerRole::Responder));
        for guest in guests.all() {
            all.entry(guest_of(&seed, guest).public()).or_insert((guest.name.clone(), guest.role));
        }
    }
    (Arc::new(all), wrong.or(guests_wrong))
}

/// The keys of everybody who may lead, as `people.toml` has them, and this person's own where there is one
/// and it does not say otherwise. No key is made for the question.
///
/// # Errors
/// When `people.toml` is not valid.
pub fn leads(config: &Config) -> Result<BTreeSet<PublicKey>, Fault> {
    let people = People::load(config)?;
    let own = Folder::open(&config.places.config).and_then(|f| f.read(FILE)).ok().and_then(read);
    let own = own.map(|seed| Signer::new(&seed).public()).filter(|key| people.of(key).is_none());
    let named = people.all().iter().filter(|p| p.role.leads()).map(|p| p.key);
    Ok(named.chain(own).collect())
}

/// What `people.toml` here says of this person's own key; who is not named may respond, as the folder's
/// rights alone decide then. No key is made for the question.
pub fn own_role(config: &Config) -> PeerRole {
    let own = Folder::open(&config.places.config).and_then(|f| f.read(FILE)).ok().and_then(read);
    let people = People::load(config).unwrap_or_default();
    own.and_then(|own| people.of(&Signer::new(&own).public()).map(|p| p.role)).unwrap_or(PeerRole::Responder)
}

/// This person's public key; none is made for the question.
pub fn own_key(config: &Config) -> Option<PublicKey> {
    let own = Folder::open(&config.places.config).and_then(|f| f.read(FILE)).ok().and_then(read)?;
    Some(Signer::new(&own).public())
}

/// Who has a key, with this person's own name for their own.
pub fn name_of(config: &Config, people: &People, key: &PublicKey) -> Option<String> {
    if let Some(person) = people.of(key) {
        return Some(person.name.clone());
    }
    let own = Folder::open(&config.places.config).and_then(|f| f.read(FILE)).ok().and_then(read)?;
    (Signer::new(&own).public() == *key).then(|| format!("{}, you", config.name))
}

fn read(file: std::fs::File) -> Option<[u8; 32]> {
    let mut text = String::new();
    file.take(200).read_to_string(&mut text).ok()?;
    // A public key has the same form: 32 bytes as hex.
    let digits = text.trim_end().strip_prefix(MAGIC)?;
    let bytes: Vec<u8> = (0..64).step_by(2).map_while(|n| u8::from_str_radix(digits.get(n..n + 2)?, 16).ok()).collect();
    (digits.len() == 64).then(|| bytes.try_into().ok()).flatten()
}

fn make(folder: &Folder) -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
    let hex: String = seed.iter().map(|b| format!("{b:02x}")).collect();
    if folder.size(FILE).is_some() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    folder.put(FILE, format!("{MAGIC}{hex}\n").as_bytes())?;
    // Two that make one at the same time: the file that stands in the end is the key.
    Ok(folder.read(FILE).ok().and_then(read).unwrap_or(seed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::places::Places;

    fn config(dir: &std::path::Path) -> Config {
        Config::load(Places { data: dir.to_owned(), config: dir.to_owned() }).unwrap()
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let first = signer(&config(dir.path())).unwrap().public();
        assert_eq!(signer(&config(dir.path())).unwrap().public(), first);
        let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_holds_no_key_is_said_and_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["", "hotwash-identity 1 abc\n", "something else"] {
            std::fs::write(dir.path().join(FILE), text).unwrap();
            assert!(signer(&config(dir.path())).unwrap_err().what.contains("holds no key"));
            assert_eq!(std::fs::read_to_string(dir.path().join(FILE)).unwrap(), text);
        }
    }

    #[test]
    fn people_are_known_by_key_and_nobody_twice() {
        let key = |n: u8| format!("{n:02x}").repeat(32);
        let text = format!("[[person]]\nname = \"lee\"\nkey = \"{}\"\nrole = \"responder\"\n", key(1));
        let people = People::parse(&text).unwrap();
        assert_eq!(people.of(&PublicKey::parse(&key(1)).unwrap()).unwrap().role, PeerRole::Responder);
        assert!(People::parse(&(text.clone() + &text)).unwrap_err().contains("same name or key"));
        assert!(People::parse("[[person]]\nname = \"x\"\nkey = \"12\"\n").is_err());
    }
}
