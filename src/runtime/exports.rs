//! Documents that leave: written beside their place, synced, and renamed into it, so that a reader
//! never meets half of one.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::files::reason;
use crate::app::input::Input;
use crate::export::FORMATS;
use crate::fault::Fault;

/// Writes a document and says where it went and what its digest is.
///
/// # Errors
/// Names the place and the reason.
pub fn write(format: &str, bytes: &[u8], to: &Path) -> Result<Input, Fault> {
    let failed = |e: io::Error| {
        Fault::environment(
            format!("cannot write {}: {}", to.display(), reason(&e)),
            "choose another file or free some space",
        )
    };
    if to.is_dir() {
        return Err(Fault::environment(format!("cannot write {}: it is a folder", to.display()), "name a file in it"));
    }
    // A device or a pipe is written to, never replaced; a link stays a link to what is renamed into place.
    let real = to.canonicalize().unwrap_or_else(|_| to.to_owned());
    if real.exists() && !real.is_file() {
        let mut open = std::fs::OpenOptions::new().write(true).open(&real).map_err(failed)?;
        open.write_all(bytes).map_err(failed)?;
        return Ok(exported(format, bytes, to));
    }
    let folder = real.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".hotwash-").tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&real).map_err(|e| failed(e.error))?;
    if let Ok(dir) = std::fs::File::open(folder) {
        // The name is there; that it lasts is the most that can be asked for.
        let _ = dir.sync_all();
    }
    Ok(exported(format, bytes, to))
}

fn exported(format: &str, bytes: &[u8], to: &Path) -> Input {
    let digest = blake3::hash(bytes).to_hex().to_string();
    let shown = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
    Input::Exported { format: format.to_owned(), to: shown.display().to_string(), digest }
}

/// A file's name for a document of this format.
pub fn file_name(format: &str) -> &'static str {
    FORMATS.iter().find(|f| f.name == format).map_or("postmortem.md", |f| f.file)
}

/// The path as a person types it: `~/` is their home.
pub fn typed_path(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_replaces_the_old_one_whole_and_is_named_with_its_digest() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("p.md");
        std::fs::write(&to, "old").unwrap();
        let Ok(Input::Exported { to: shown, digest, .. }) = write("markdown", b"# new", &to) else { panic!() };
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "# new");
        assert_eq!(digest, blake3::hash(b"# new").to_hex().to_string());
        assert_eq!(shown, to.display().to_string());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_device_is_written_to_and_a_link_stays_a_link() {
        use std::os::unix::fs::FileTypeExt;
        assert!(write("markdown", b"x", Path::new("/dev/full")).unwrap_err().what.contains("no space"));
        assert!(std::fs::metadata("/dev/full").unwrap().file_type().is_char_device());
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.md"), dir.path().join("link.md"));
        std::fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write("markdown", b"new", &link).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
    }

    #[test]
    fn a_folder_or_a_missing_place_is_named() {
        let dir = tempfile::tempdir().unwrap();
        assert!(write("markdown", b"x", dir.path()).unwrap_err().what.contains("folder"));
        assert!(write("markdown", b"x", &dir.path().join("no/p.md")).unwrap_err().what.contains("no such file"));
    }
}
