//! Reading what the caller named: files and standard input, with a limit and a clear message.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::domain::Origin;
use crate::fault::Fault;

/// The largest input that is read at once. Above it memory for the view of the lines would be
/// several times this; the message says how to cut.
pub const LARGEST_INPUT: u64 = 128 * 1024 * 1024;

/// One raw input.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// What a person calls it.
    pub name: String,
    /// Where it came from.
    pub origin: Origin,
    /// The bytes as they were.
    pub bytes: Vec<u8>,
}

/// Reads every named input; `-` is standard input, and so is an empty list.
///
/// # Errors
/// Names the input and the reason: missing, a directory, not permitted, too large.
pub fn read_inputs(names: &[String]) -> Result<Vec<Raw>, Fault> {
    if names.is_empty() {
        return Ok(vec![read_stdin()?]);
    }
    if names.iter().filter(|n| *n == "-").count() > 1 {
        return Err(Fault::usage("`-` stands twice: standard input can be read once", "name it once"));
    }
    names.iter().map(|n| if n == "-" { read_stdin() } else { read_file(n) }).collect()
}

/// Whether a file can be read, without reading it.
///
/// # Errors
/// Names the file and the reason.
pub fn check(name: &str) -> Result<(), Fault> {
    open(name).map(|_| ())
}

/// Reads one file.
///
/// # Errors
/// Names the file and the reason.
pub fn read_file(name: &str) -> Result<Raw, Fault> {
    let file = open(name)?;
    let bytes = read_bounded(file, name)?;
    let short = Path::new(name).file_name().map_or_else(|| name.to_owned(), |n| n.to_string_lossy().into_owned());
    Ok(Raw { name: short, origin: Origin::File { path: name.to_owned() }, bytes })
}

fn open(name: &str) -> Result<File, Fault> {
    let failed = |e: io::Error| {
        let hint = match e.kind() {
            io::ErrorKind::NotFound => "check the path; `-` reads standard input",
            io::ErrorKind::PermissionDenied => "the file is there, but this user may not read it",
            _ => "",
        };
        Fault::input(format!("cannot read {name}: {}", reason(&e)), hint)
    };
    let file = File::open(name).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    if meta.is_dir() {
        return Err(Fault::input(
            format!("cannot read {name}: it is a directory"),
            "name the files in it, or pipe them: cat DIR/*.log | hotwash new -",
        ));
    }
    Ok(file)
}

/// Reads standard input to its end.
///
/// # Errors
/// When it is closed, fails, or is too large.
pub fn read_stdin() -> Result<Raw, Fault> {
    read_stdin_telling(&mut |_| {})
}

/// Reads standard input to its end and tells from time to time how many bytes there are.
///
/// # Errors
/// When it is closed, fails, or is too large.
pub fn read_stdin_telling(tell: &mut dyn FnMut(u64)) -> Result<Raw, Fault> {
    let counted = Counted { from: io::stdin().lock(), tell, bytes: 0, told: 0 };
    let bytes = read_bounded(counted, "standard input")?;
    Ok(Raw { name: "standard input".into(), origin: Origin::Pipe, bytes })
}

/// How many bytes may come in before that is told again.
const TELL_EVERY: u64 = 256 * 1024;

struct Counted<'a, R> {
    from: R,
    tell: &'a mut dyn FnMut(u64),
    bytes: u64,
    told: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buffer)?;
        self.bytes += n as u64;
        if self.bytes >= self.told + TELL_EVERY {
            self.told = self.bytes;
            (self.tell)(self.bytes);
        }
        Ok(n)
    }
}

fn read_bounded(from: impl Read, name: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    from.take(LARGEST_INPUT + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Fault::input(format!("cannot read {name}: {}", reason(&e)), ""))?;
    if bytes.len() as u64 > LARGEST_INPUT {
        return Err(Fault::input(
            format!("{name} is larger than {} MiB, the most that is read at once", LARGEST_INPUT / 1024 / 1024),
            format!("give the part around the incident, for example: tail -c {}M FILE | hotwash new -", 100),
        ));
    }
    Ok(bytes)
}

/// An I/O error's reason as a fragment, without Rust's `(os error N)`.
pub fn reason(e: &io::Error) -> String {
    let text = e.to_string();
    let cut = text.find(" (os error").unwrap_or(text.len());
    text.get(..cut).unwrap_or(&text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_and_a_missing_file_say_so() {
        assert!(read_file("/").unwrap_err().what.contains("directory"));
        let missing = read_file("/no/such/file.txt").unwrap_err();
        assert_eq!(missing.what, "cannot read /no/such/file.txt: no such file or directory");
    }
}
