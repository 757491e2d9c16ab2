//! The tar format (POSIX ustar), as far as an archive needs it: plain files with a path and a size. Any
//! other kind of entry is refused, so that nothing in an archive can lead elsewhere.

use std::io::{self, Read, Write};

const BLOCK: usize = 512;

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path: folders with `/` between.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Writes one file.
///
/// # Errors
/// The path does not fit, the reader has another size, or the writer's.
pub fn put(out: &mut impl Write, path: &str, size: u64, from: &mut impl Read) -> io::Result<()> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name.len() > 100 || folder.len() > 155 || size > 0o77_777_777_777 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{path} does not fit into a tar header")));
    }
    let mut head = [0u8; BLOCK];
    let mut field = |at: usize, text: &str| {
        if let Some(to) = head.get_mut(at..at + text.len()) {
            to.copy_from_slice(text.as_bytes());
        }
    };
    field(0, name);
    field(100, "0000600\0");
    field(108, "0000000\0");
    field(116, "0000000\0");
    field(124, &format!("{size:011o}\0"));
    field(136, "00000000000\0");
    // While the checksum is computed its own place holds blanks.
    field(148, "        ");
    field(156, "0");
    field(257, "ustar\x0000");
    field(345, folder);
    let sum: u32 = head.iter().map(|b| u32::from(*b)).sum();
    if let Some(to) = head.get_mut(148..156) {
        to.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    out.write_all(&head)?;
    let copied = io::copy(&mut from.take(size), out)?;
    if copied != size {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{path} became shorter meanwhile")));
    }
    out.write_all(&vec![0; padding(size)])
}

/// Writes the end.
///
/// # Errors
/// The writer's.
pub fn end(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0; 2 * BLOCK])
}

fn padding(size: u64) -> usize {
    (BLOCK - (size % BLOCK as u64) as usize) % BLOCK
}

/// The next file's header; `None` at the end. Its bytes have to be taken before the next one.
///
/// # Errors
/// It is no tar, cut off, or holds what is no plain file.
pub fn next(from: &mut impl Read) -> io::Result<Option<Entry>> {
    let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let mut head = [0u8; BLOCK];
    from.read_exact(&mut head).map_err(|_| bad("it is cut off"))?;
    if head.iter().all(|b| *b == 0) {
        return Ok(None);
    }
    let text = |from: usize, to: usize| {
        let bytes = head.get(from..to).unwrap_or_default();
        let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
        std::str::from_utf8(bytes.get(..end).unwrap_or_default()).map_err(|_| bad("a name is no text"))
    };
    let number = |from: usize, to: usize| {
        let digits = text(from, to)?.trim();
        u64::from_str_radix(digits, 8).map_err(|_| bad("it is no tar file"))
    };
    let blanked = head.iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u64::from(*b) });
    if blanked.sum::<u64>() != number(148, 156)? {
        return Err(bad("a header's checksum is wrong"));
    }
    if !matches!(head.get(156), Some(b'0' | 0)) {
        return Err(bad("it holds what is no plain file"));
    }
    let (name, folder) = (text(0, 100)?, text(345, 500)?);
    let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    Ok(Some(Entry { path, size: number(124, 136)? }))
}

/// Takes a file's bytes.
///
/// # Errors
/// It is cut off, or the writer's.
pub fn take(from: &mut impl Read, size: u64, to: &mut impl Write) -> io::Result<()> {
    let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, "it is cut off");
    if io::copy(&mut from.take(size), to)? != size {
        return Err(cut());
    }
    let mut rest = vec![0; padding(size)];
    from.read_exact(&mut rest).map_err(|_| cut())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_taken_again_and_the_system_s_tar_reads_it() {
        let mut bytes = Vec::new();
        put(&mut bytes, "a/b/c", 5, &mut &b"hello"[..]).unwrap();
        put(&mut bytes, "empty", 0, &mut &b""[..]).unwrap();
        end(&mut bytes).unwrap();
        let mut from = bytes.as_slice();
        assert_eq!(next(&mut from).unwrap(), Some(Entry { path: "a/b/c".into(), size: 5 }));
        let mut out = Vec::new();
        take(&mut from, 5, &mut out).unwrap();
        assert_eq!(out, b"hello");
        assert_eq!(next(&mut from).unwrap().map(|e| e.path).as_deref(), Some("empty"));
        take(&mut from, 0, &mut out).unwrap();
        assert_eq!(next(&mut from).unwrap(), None);
        for cut in 0..bytes.len() - 1024 {
            let mut from = &bytes[..cut];
            let mut seen = Vec::new();
            while let Ok(Some(e)) = next(&mut from) {
                if take(&mut from, e.size, &mut seen).is_err() {
                    break;
                }
            }
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x.tar"), &bytes).unwrap();
        if let Ok(listed) = std::process::Command::new("tar").arg("tf").arg(dir.path().join("x.tar")).output() {
            assert_eq!(String::from_utf8_lossy(&listed.stdout), "a/b/c\nempty\n");
        }
    }

    #[test]
    fn links_and_folders_are_refused() {
        let mut bytes = Vec::new();
        put(&mut bytes, "x", 0, &mut &b""[..]).unwrap();
        bytes[156] = b'2';
        // '2' for '0' makes the sum larger by two.
        let sum: u32 = bytes[..512]
            .iter()
            .enumerate()
            .map(|(i, b)| if (148..156).contains(&i) { 32 } else { u32::from(*b) })
            .sum();
        bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert!(next(&mut bytes.as_slice()).unwrap_err().to_string().contains("no plain file"));
    }
}
