//! The host key: by which guests know this server again. Made once, in a file of its own beside the
//! settings that only its owner may read.

use std::io::{self, Read};

use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{HashAlg, PrivateKey};

use super::super::config::Config;
use super::super::folder::{Folder, fault};
use crate::fault::Fault;

/// The file, in the folder of settings.
pub const FILE: &str = "serve-host-key";
/// The most bytes of it that are read.
const MOST: u64 = 16 * 1024;

/// This server's key: read, or made where there is none.
///
/// # Errors
/// When the file can't be read or made, is no key, or others may read it.
pub fn load(config: &Config) -> Result<PrivateKey, Fault> {
    let path = config.places.config.join(FILE);
    let at = |e: io::Error| fault("keep the server's key in", &path, &e);
    let folder = Folder::open_or_make(&config.places.config).map_err(at)?;
    let file = match folder.read(FILE) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            folder.put(FILE, made().map_err(at)?.as_bytes()).map_err(at)?;
            folder.read(FILE).map_err(at)?
        }
        Err(e) => return Err(at(e)),
    };
    use std::os::unix::fs::PermissionsExt;
    if file.metadata().map_err(at)?.permissions().mode() & 0o077 != 0 {
        let hint = format!("chmod 600 {}; if others may have read it, remove it: a new one is made", path.display());
        return Err(Fault::input(format!("{} can be read by others", path.display()), hint));
    }
    let mut text = String::new();
    file.take(MOST).read_to_string(&mut text).map_err(at)?;
    PrivateKey::from_openssh(&text).map_err(|_| {
        Fault::input(format!("{} holds no key", path.display()), "move it away: a new one is made when it is needed")
    })
}

/// The fingerprint, as `ssh` shows it to whoever comes for the first time.
pub fn fingerprint(key: &PrivateKey) -> String {
    key.public_key().fingerprint(HashAlg::Sha256).to_string()
}

fn made() -> io::Result<String> {
    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
    key.to_openssh(LineEnding::LF).map(|text| text.to_string()).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::places::Places;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_for_its_owner_alone_and_refused_once_others_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::load(Places { data: dir.path().to_owned(), config: dir.path().to_owned() }).unwrap();
        let first = fingerprint(&load(&config).unwrap());
        assert!(first.starts_with("SHA256:"));
        assert_eq!(fingerprint(&load(&config).unwrap()), first);
        let path = dir.path().join(FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(load(&config).unwrap_err().what.contains("can be read by others"));
    }
}
