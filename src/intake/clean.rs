//! Admission: raw bytes → clean, masked text, before an event exists. What this returns is what the
//! journal keeps. Nothing is read into the text here; it never fails, and says what it did.

use crate::domain::{Notice, NoticeKind};

use super::decode::{Cleaner, Met};

/// The most of an input that is kept, in bytes: its head and its tail.
pub const KEEP_HEAD: usize = 96 << 20;
/// The tail of an input that is too large to be kept whole, in bytes.
pub const KEEP_TAIL: usize = 32 << 20;
/// The most of binary data that is shown with marks, in bytes.
pub const KEEP_BINARY: usize = 64 << 10;
/// How much of an input decides what it is, in bytes.
const SAMPLE: usize = 64 << 10;

/// Text that may become an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Admitted {
    /// UTF-8, `\n` line ends, no control characters but `\n` and `\t`, secrets masked.
    pub text: String,
    /// What cleaning and masking noticed.
    pub notices: Vec<Notice>,
}

/// Cleans and masks one input. `mask` is given the cleaned text and returns it without secrets,
/// with a notice of how many there were.
pub fn admit(raw: &[u8], mask: &mut dyn FnMut(String) -> (String, Vec<Notice>)) -> Admitted {
    let mut notices = Vec::new();
    if raw.is_empty() {
        notices.push(notice(NoticeKind::Empty, "Nothing was given: the input has 0 bytes.", 1));
        return Admitted { text: String::new(), notices };
    }
    let (text, met) = decode(raw, &mut notices);
    tell(&text, met, &mut notices);
    let (text, masked) = mask(text);
    notices.extend(masked);
    Admitted { text, notices }
}

/// Leaves the text as it is: for text that holds no secrets by construction.
pub fn unmasked(text: String) -> (String, Vec<Notice>) {
    (text, Vec::new())
}

fn notice(kind: NoticeKind, what: impl Into<String>, count: u64) -> Notice {
    Notice { kind, what: what.into(), count: count.max(1) }
}

fn decode(raw: &[u8], notices: &mut Vec<Notice>) -> (String, Met) {
    if let Some((name, text, bad)) = utf16(raw) {
        let what = format!("The input is {name} text; it was converted.");
        notices.push(notice(NoticeKind::Utf16, what, 1));
        let (text, mut met) = clean(&[text.as_bytes()]);
        met.invalid += bad;
        return (text, met);
    }
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    if let Some(kind) = binary(raw) {
        let shown = raw.get(..KEEP_BINARY).unwrap_or(raw);
        let left = raw.len() - shown.len();
        let rest =
            if left > 0 { format!("; {left} bytes after the first {KEEP_BINARY} are left out") } else { String::new() };
        let what = format!("The input is {kind}, not text: what can be read is shown with marks{rest}.");
        notices.push(notice(NoticeKind::Binary, what, raw.len() as u64));
        return clean(&[shown]);
    }
    if raw.len() <= KEEP_HEAD + KEEP_TAIL {
        return clean(&[raw]);
    }
    let (head, rest) = raw.split_at(KEEP_HEAD);
    let (middle, tail) = rest.split_at(rest.len() - KEEP_TAIL);
    let left = middle.len();
    let what = format!("The input has {} bytes: {left} bytes in the middle are left out and marked there.", raw.len());
    notices.push(notice(NoticeKind::Truncated, what, left as u64));
    clean(&[head, format!("\n‹… {left} bytes are left out here …›\n").as_bytes(), tail])
}

fn clean(pieces: &[&[u8]]) -> (String, Met) {
    let mut cleaner = Cleaner::default();
    let mut out = String::with_capacity(pieces.iter().map(|p| p.len()).sum());
    for piece in pieces {
        cleaner.push(piece, &mut out);
    }
    cleaner.finish(&mut out);
    (out, cleaner.met())
}

/// UTF-16 by its mark, or by every second byte of the sample being NUL: its name, text, and how
/// many code units were none.
fn utf16(raw: &[u8]) -> Option<(&'static str, String, u64)> {
    let (name, big, body) = match raw {
        [0xff, 0xfe, body @ ..] => ("UTF-16 (little endian)", false, body),
        [0xfe, 0xff, body @ ..] => ("UTF-16 (big endian)", true, body),
        _ => {
            let sample = raw.get(..SAMPLE).unwrap_or(raw);
            let pairs = sample.len() / 2;
            let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
            let (even, odd) = (zeros(0), zeros(1));
            match (pairs, even, odd) {
                (0..4, ..) => return None,
                (_, 0, odd) if odd * 10 >= pairs * 9 => ("UTF-16 (little endian, without a mark)", false, raw),
                (_, even, 0) if even * 10 >= pairs * 9 => ("UTF-16 (big endian, without a mark)", true, raw),
                _ => return None,
            }
        }
    };
    let body = body.get(..KEEP_HEAD).unwrap_or(body);
    let units = body.chunks_exact(2).map(|pair| {
        let pair = [pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)];
        if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    let mut bad = (body.len() % 2) as u64;
    let mut text = String::with_capacity(body.len());
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(c) => text.push(c),
            Err(e) => {
                bad += 1;
                text.push_str(&format!("‹{:04X}›", e.unpaired_surrogate()));
            }
        }
    }
    Some((name, text, bad))
}

/// What sort of binary data this is; `None` for text.
fn binary(raw: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 12] = [
        (b"\x1f\x8b\x08", "gzip data (decompress it first: `gzip -dc FILE | hotwash new -`)"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x28\xb5\x2f\xfd", "zstd data (decompress it first)"),
        (b"\xfd7zXZ\x00", "xz data (decompress it first)"),
        (b"BZh", "bzip2 data (decompress it first)"),
        (b"\x7fELF", "an ELF program or core dump"),
        (b"\x89PNG\r\n", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"%PDF-", "a PDF document"),
        (b"SQLite format 3\x00", "a SQLite database"),
        (b"\xd4\xc3\xb2\xa1", "a packet capture"),
        (b"LPKSHHRH", "a systemd journal (use `journalctl --file FILE`)"),
    ];
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| raw.starts_with(magic)) {
        return Some(name);
    }
    let sample = raw.get(..SAMPLE).unwrap_or(raw);
    let odd = |b: &&u8| matches!(**b, 0..=6 | 0x0e..=0x1a | 0x1c..=0x1f);
    let odd = sample.iter().filter(odd).count();
    let valid = match std::str::from_utf8(sample) {
        Ok(_) => sample.len(),
        Err(_) => sample.utf8_chunks().map(|c| c.valid().len()).sum(),
    };
    let invalid = sample.len() - valid;
    (sample.len() >= 32 && (odd * 10 > sample.len() || invalid * 3 > sample.len())).then_some("binary data")
}

fn tell(text: &str, met: Met, notices: &mut Vec<Notice>) {
    let mut say = |kind, count: u64, what: String| {
        if count > 0 {
            notices.push(notice(kind, what, count));
        }
    };
    let colours = colours(text).min(met.escapes);
    let of_them = if colours > 0 { format!(" ({colours} of them colours)") } else { String::new() };
    say(
        NoticeKind::EscapeRemoved,
        met.escapes,
        format!(
            "{} terminal {}{of_them} are shown as marks like ␛ and not obeyed.",
            met.escapes,
            plural(met.escapes, "escape sequence")
        ),
    );
    let other = met.controls + met.invisible;
    say(
        NoticeKind::EscapeRemoved,
        other,
        format!("{other} {} are shown as visible marks.", plural(other, "control or invisible character")),
    );
    say(
        NoticeKind::InvalidUtf8,
        met.invalid,
        format!(
            "{} {} no UTF-8 and stand in the text as ‹FF›.",
            met.invalid,
            if met.invalid == 1 { "byte is" } else { "bytes are" }
        ),
    );
    let ends = met.crlf + met.lone_cr;
    let what = match (met.crlf, met.lone_cr) {
        (n, 0) => format!("{n} lines end in CRLF; read as line ends."),
        (0, n) => format!("{n} carriage returns alone (progress bars, old line ends); each begins a new line."),
        (a, b) => format!("{a} lines end in CRLF and {b} carriage returns stand alone; each ends a line."),
    };
    say(NoticeKind::LineEnds, ends, what);
    say(
        NoticeKind::Other,
        met.spaces,
        format!("{} no-break or odd-width {} became plain spaces.", met.spaces, plural(met.spaces, "space")),
    );
    if text.trim().is_empty() {
        notices.push(notice(NoticeKind::Empty, "The input holds nothing but blanks.", 1));
    }
}

fn plural(n: u64, word: &str) -> String {
    if n == 1 { word.to_owned() } else { format!("{word}s") }
}

/// How many colour sequences (SGR) the marks in the text stand for.
fn colours(text: &str) -> u64 {
    let is_sgr = |after: &str| {
        let end = after.find(|c: char| !matches!(c, '0'..='9' | ';' | ':')).unwrap_or(after.len());
        after.get(end..).is_some_and(|s| s.starts_with('m'))
    };
    text.split("␛[").skip(1).filter(|after| is_sgr(after)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(admitted: &Admitted) -> Vec<NoticeKind> {
        admitted.notices.iter().map(|n| n.kind).collect()
    }

    fn admitted(raw: &[u8]) -> Admitted {
        admit(raw, &mut unmasked)
    }

    #[test]
    fn plain_text_passes_without_a_notice() {
        let a = admitted("09:12 order-svc ok\n".as_bytes());
        assert_eq!(a, Admitted { text: "09:12 order-svc ok\n".into(), notices: vec![] });
    }

    #[test]
    fn nothing_at_all_is_said() {
        assert_eq!(kinds(&admitted(b"")), [NoticeKind::Empty]);
        assert_eq!(kinds(&admitted(b" \n\n")), [NoticeKind::Empty]);
    }

    #[test]
    fn colours_are_counted_apart_from_other_escapes() {
        let a = admitted(b"\x1b[31mERROR\x1b[0m \x1b[2J");
        assert_eq!(a.text, "␛[31mERROR␛[0m ␛[2J");
        assert_eq!((a.notices[0].count, a.notices[0].what.contains("2 of them colours")), (3, true));
    }

    #[test]
    fn utf16_is_read_with_and_without_a_mark() {
        let units: Vec<u8> = "kubectl get pods\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [&[0xff, 0xfe][..], &units].concat();
        let big: Vec<u8> = "\u{feff}kubectl".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for raw in [&units, &marked, &big] {
            let a = admitted(raw);
            assert!(a.text.starts_with("kubectl"), "{a:?}");
            assert_eq!(kinds(&a), [NoticeKind::Utf16]);
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        assert_eq!(admitted(b"\xef\xbb\xbfhello").text, "hello");
    }

    #[test]
    fn binary_is_named_and_capped() {
        let mut raw = b"\x1f\x8b\x08".to_vec();
        raw.extend(std::iter::repeat_n(0x80, KEEP_BINARY * 2));
        let a = admitted(&raw);
        assert!(a.notices[0].what.contains("gzip"), "{:?}", a.notices[0]);
        assert!(a.text.len() < KEEP_BINARY * 9);
        let nuls: Vec<u8> = (0..4096u32).map(|i| if i % 3 == 0 { 0 } else { (i % 251) as u8 }).collect();
        assert!(kinds(&admitted(&nuls)).contains(&NoticeKind::Binary));
    }

    #[test]
    fn masking_sees_the_cleaned_text_and_adds_its_notices() {
        let mut mask = |text: String| {
            let count = text.matches("hunter2").count() as u64;
            (text.replace("hunter2", "‹password-1›"), vec![notice(NoticeKind::SecretMasked, "one", count)])
        };
        let a = admit(b"pw=hunter2\r\n", &mut mask);
        assert_eq!(a.text, "pw=‹password-1›\n");
        assert_eq!(kinds(&a), [NoticeKind::LineEnds, NoticeKind::SecretMasked]);
    }
}
