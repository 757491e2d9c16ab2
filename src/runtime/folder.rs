//! A folder held open: everything in it is reached through its descriptor, so that nothing that is
//! renamed or linked meanwhile leads elsewhere. Files are 0600, folders 0700, no symbolic link is
//! followed, and what must last is synced together with its folder.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::fault::Fault;

/// A folder held open.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC);

impl Folder {
    /// Opens the folder at `path`, which the person named; links on the way there are theirs.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let fd = retry_on_intr(|| rustix::fs::openat(CWD, path, flags, Mode::empty()))?;
        Ok(Self { fd, path: path.to_owned() })
    }

    /// Opens the folder at `path` and makes it, durably, with every folder above it that is missing.
    pub fn open_or_make(path: &Path) -> io::Result<Self> {
        match Self::open(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        let above = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let above = if above == path { Self::open(above)? } else { Self::open_or_make(above)? };
        match std::fs::DirBuilder::new().mode(0o700).create(path) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
            _ => above.sync()?,
        }
        Self::open(path)
    }

    /// Where it is, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a folder in this one.
    pub fn child(&self, name: &str) -> io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | FILE;
        let fd = retry_on_intr(|| rustix::fs::openat(&self.fd, name, flags, Mode::empty()))
            .map_err(|e| self.link_or(name, e))?;
        Ok(Self { fd, path: self.path.join(name) })
    }

    /// Opens a folder in this one and makes it, durably, where it is missing.
    pub fn child_or_make(&self, name: &str) -> io::Result<Self> {
        match retry_on_intr(|| rustix::fs::mkdirat(&self.fd, name, Mode::RWXU)) {
            Ok(()) => self.sync()?,
            Err(Errno::EXIST) => {}
            Err(e) => return Err(e.into()),
        }
        self.child(name)
    }

    /// Makes a new file for writing; fails where there is anything of that name.
    pub fn create(&self, name: &str) -> io::Result<File> {
        self.file(name, OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY)
    }

    /// Opens a file for reading. Only an ordinary file is opened: a pipe would block, a device may act.
    pub fn read(&self, name: &str) -> io::Result<File> {
        self.ordinary(self.file(name, OFlags::RDONLY | OFlags::NONBLOCK)?, name)
    }

    /// Opens a file for changing it.
    pub fn write(&self, name: &str) -> io::Result<File> {
        self.ordinary(self.file(name, OFlags::RDWR | OFlags::NONBLOCK)?, name)
    }

    /// Opens a file for changing it and makes it where it is missing.
    pub fn write_or_create(&self, name: &str) -> io::Result<File> {
        self.ordinary(self.file(name, OFlags::RDWR | OFlags::CREATE | OFlags::NONBLOCK)?, name)
    }

    /// Writes a whole file: beside its place, synced, renamed into place, and the folder synced.
    pub fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let beside = format!(".{name}.part");
        self.remove(&beside)?;
        let written = (|| {
            let mut file = self.create(&beside)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            retry_on_intr(|| rustix::fs::renameat(&self.fd, &beside, &self.fd, name))?;
            self.sync()
        })();
        if written.is_err() {
            let _ = self.remove(&beside);
        }
        written
    }

    /// Puts a whole file in its place without waiting for the disk: for what may be lost.
    pub fn put_soon(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let beside = format!(".{name}.part");
        self.remove(&beside)?;
        self.create(&beside)?.write_all(bytes)?;
        self.replace(&beside, name)
    }

    /// Puts a file in the place of another, without waiting for the disk.
    pub fn replace(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(retry_on_intr(|| rustix::fs::renameat(&self.fd, from, &self.fd, to))?)
    }

    /// Renames a file within the folder, durably.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        retry_on_intr(|| rustix::fs::renameat(&self.fd, from, &self.fd, to))?;
        self.sync()
    }

    /// Removes a file; one that is not there is fine.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match retry_on_intr(|| rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// Removes a file, or a folder with everything in it; no link is followed, and nothing below `deepest`
    /// folders is looked at.
    pub fn remove_whole(&self, name: &str, deepest: usize) -> io::Result<()> {
        let stat = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if !FileType::from_raw_mode(stat.st_mode).is_dir() {
            return self.remove(name);
        }
        let Some(deeper) = deepest.checked_sub(1) else {
            let path = self.path.join(name);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} lies too deep", path.display())));
        };
        let inner = self.child(name)?;
        for below in inner.names()? {
            inner.remove_whole(&below, deeper)?;
        }
        Ok(retry_on_intr(|| rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR))?)
    }

    /// The size of an ordinary file of this name.
    pub fn size(&self, name: &str) -> Option<u64> {
        let stat = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        FileType::from_raw_mode(stat.st_mode).is_file().then_some(u64::try_from(stat.st_size).unwrap_or(0))
    }

    /// Size and time of change (nanoseconds since 1970) of what stands at a path below this folder; a
    /// link at its end is looked at itself.
    pub fn look(&self, path: &str) -> Option<(u64, i64)> {
        let stat = rustix::fs::statat(&self.fd, path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let nanos = i64::try_from(stat.st_mtime_nsec).unwrap_or(0);
        let time = stat.st_mtime.checked_mul(1_000_000_000)?.checked_add(nanos)?;
        Some((u64::try_from(stat.st_size).unwrap_or(0), time))
    }

    /// Takes from everybody else what they may do with a file.
    pub fn make_private(&self, name: &str) -> io::Result<()> {
        let file = self.read(name)?;
        let mode = rustix::fs::fstat(&file)?.st_mode;
        if mode & 0o077 != 0 {
            rustix::fs::fchmod(&file, Mode::RUSR | Mode::WUSR)?;
        }
        Ok(())
    }

    /// Moves what has this name into another folder under another name, durably; nothing is replaced.
    pub fn move_to(&self, name: &str, other: &Self, to: &str) -> io::Result<()> {
        let there = rustix::fs::statat(&other.fd, to, AtFlags::SYMLINK_NOFOLLOW).is_ok();
        if there {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        retry_on_intr(|| rustix::fs::renameat(&self.fd, name, &other.fd, to))?;
        other.sync()?;
        self.sync()
    }

    /// The names in it, sorted; those that are no UTF-8 are none of ours.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            if let Ok(name) = entry?.file_name().to_str()
                && name != "."
                && name != ".."
            {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Makes what was created, renamed and removed in it durable.
    pub fn sync(&self) -> io::Result<()> {
        Ok(retry_on_intr(|| rustix::fs::fsync(&self.fd))?)
    }

    fn file(&self, name: &str, flags: OFlags) -> io::Result<File> {
        let mode = Mode::RUSR | Mode::WUSR;
        retry_on_intr(|| rustix::fs::openat(&self.fd, name, flags | FILE, mode))
            .map(File::from)
            .map_err(|e| self.link_or(name, e))
    }

    fn ordinary(&self, file: File, name: &str) -> io::Result<File> {
        if file.metadata()?.is_file() {
            return Ok(file);
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{name} is no ordinary file")))
    }

    /// The kernel's word for a refused link is hard to understand; ours is not.
    fn link_or(&self, name: &str, errno: Errno) -> io::Error {
        let linked = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|s| FileType::from_raw_mode(s.st_mode).is_symlink());
        if linked {
            return io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{name} is a symbolic link, which is not followed"),
            );
        }
        errno.into()
    }
}

/// An I/O error in a person's words: `no space left on device`.
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// The fault of something that could not be done in a folder of ours.
pub fn fault(doing: &str, path: &Path, error: &io::Error) -> Fault {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space, or set HOTWASH_HOME to a folder on another disk"
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            "set HOTWASH_HOME to a folder that you can write to"
        }
        _ => "",
    };
    Fault::environment(format!("cannot {doing} {}: {}", path.display(), words(error)), hint)
}
