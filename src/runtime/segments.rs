//! The files of one session: what the journal's writer writes to.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::folder::Folder;
use crate::journal::{Chain, Media, Medium};

/// The folder of blobs in a session's folder.
pub(super) const BLOBS: &str = "blobs";

/// The file name of a segment.
pub fn segment_name(segment: u32) -> String {
    format!("journal-{segment:04}.hw")
}

/// The number of the segment with this file name.
pub fn segment_number(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("journal-")?.strip_suffix(".hw")?;
    let number = digits.parse().ok()?;
    (segment_name(number) == name).then_some(number)
}

/// One segment's file, open for appending.
#[derive(Debug)]
pub struct SegmentFile(File);

impl SegmentFile {
    /// Goes on at `len`; what stands behind that is repaired by the writer before it is overwritten.
    pub fn at(mut file: File, len: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(len))?;
        Ok(Self(file))
    }
}

impl Write for SegmentFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Medium for SegmentFile {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)?;
        self.0.seek(SeekFrom::Start(len)).map(|_| ())
    }
}

/// A session's folder as the place of its segments and blobs.
#[derive(Debug)]
pub struct SessionFiles {
    folder: Folder,
    blobs: Option<Folder>,
}

impl SessionFiles {
    /// The files in this folder.
    pub fn new(folder: Folder) -> Self {
        Self { folder, blobs: None }
    }
}

/// The file that keeps the last record's sequence and chain from the last orderly close.
pub(super) const HEAD: &str = "head";

impl SessionFiles {
    /// Notes how far the journal stood when it was closed, so that a check finds whole records missing
    /// at its end, which nothing in the journal itself can tell.
    pub fn note_head(&self, seq: u64, chain: Chain) -> io::Result<()> {
        self.folder.put(HEAD, format!("{seq} {chain}\n").as_bytes())
    }
}

/// What [`SessionFiles::note_head`] noted last: sequence and chain, as they stand there.
pub fn noted_head(folder: &Folder) -> Option<(u64, String)> {
    let mut text = String::new();
    folder.read(HEAD).ok()?.take(200).read_to_string(&mut text).ok()?;
    let (seq, chain) = text.trim_end().split_once(' ')?;
    Some((seq.parse().ok()?, chain.to_owned()))
}

impl Media for SessionFiles {
    type Segment = SegmentFile;

    fn create(&mut self, segment: u32) -> io::Result<SegmentFile> {
        let name = segment_name(segment);
        let file = self.folder.create(&name)?;
        if let Err(e) = self.folder.sync() {
            let _ = self.folder.remove(&name);
            return Err(e);
        }
        Ok(SegmentFile(file))
    }

    fn discard(&mut self, segment: u32) -> io::Result<()> {
        self.folder.remove(&segment_name(segment))
    }

    fn blob(&mut self, digest: &str, bytes: &[u8]) -> io::Result<()> {
        let blobs = match self.blobs.take() {
            Some(blobs) => blobs,
            None => self.folder.child_or_make(BLOBS)?,
        };
        // A blob is renamed into place after its sync: one of the right size is whole.
        let there = blobs.size(digest) == Some(bytes.len() as u64);
        let put = if there { Ok(()) } else { blobs.put(digest, bytes) };
        self.blobs = Some(blobs);
        put
    }

    fn set_aside(&mut self, segment: u32, torn: &[u8]) -> io::Result<()> {
        let name = free_name(&self.folder, &format!("{}.torn", segment_name(segment)));
        self.folder.put(&name, torn)
    }
}

/// `base-1`, `base-2` …: the first that is not there.
pub fn free_name(folder: &Folder, base: &str) -> String {
    (1u32..10_000).map(|n| format!("{base}-{n}")).find(|n| folder.size(n).is_none()).unwrap_or_else(|| base.to_owned())
}

/// The text of a blob, proven by its digest.
pub fn read_blob(folder: &Folder, digest: &str, len: u64) -> Result<String, String> {
    let plain = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    if !plain {
        return Err(format!("`{digest}` is no digest"));
    }
    let short = digest.get(..12).unwrap_or(digest);
    let read = || -> io::Result<Vec<u8>> {
        let file = folder.child(BLOBS)?.read(digest)?;
        let mut bytes = Vec::new();
        file.take(len.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|e| format!("blob {short}: {}", super::folder::words(&e)))?;
    if blake3::hash(&bytes).to_hex().as_str() != digest {
        return Err(format!("blob {short} was changed"));
    }
    String::from_utf8(bytes).map_err(|_| format!("blob {short} is no text"))
}
