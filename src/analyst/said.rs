//! What a logged line says, as it can be read aloud: the message with the error that it carries, without the
//! escapes of the format it was written in. It invents no word and leaves out only what it marks.

use std::ops::Range;

use super::wording::message;
use crate::intake::logline::fields;

/// The longest sentence that is told of one line, in bytes.
const LONGEST: usize = 240;

/// What a line says, and the part of it that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The words.
    pub text: String,
    /// Where they stand.
    pub at: Range<usize>,
}

/// Keys of the field that says what went wrong, beside the one that says what was done.
const ERRORS: &[&str] = &["error", "err", "exception", "cause", "error.message", "exception.message"];
const MESSAGES: &[&str] = &["message", "msg"];

/// What a line says; `from` is where its message was read to begin. `None` for a line that is all head.
pub fn said(text: &str, from: usize) -> Option<Said> {
    structured(text).or_else(|| nested(text)).or_else(|| {
        let at = message(text, from)?;
        Some(Said { text: plain_at(text, at.clone()), at })
    })
}

/// An object's message, with its error behind it where that says more.
fn structured(text: &str) -> Option<Said> {
    let begin = text.find("{\"")?;
    let all = fields(text, begin)?;
    let value = |keys: &[&str]| {
        let top = |f: &&crate::intake::logline::Field<'_>| f.text && f.parent.is_empty() && f.end > f.start;
        let rank = |key: &str| keys.iter().position(|k| k.eq_ignore_ascii_case(key));
        let field = all.iter().filter(top).filter(|f| rank(f.key).is_some()).min_by_key(|f| rank(f.key))?;
        Some((text.get(field.start..field.end)?, field.start..field.end))
    };
    let plain = |value: &str| unescaped(value, true);
    let (head, at) = value(MESSAGES)?;
    match value(ERRORS) {
        Some((error, _)) if !head.contains(error) => {
            let (head, error) = (plain(head), plain(error));
            let joined = if error.contains(&head) { error } else { format!("{head}: {error}") };
            Some(Said { text: bounded(&joined), at: 0..text.len() })
        }
        _ => Some(Said { text: bounded(&plain(head)), at }),
    }
}

/// `… threw exception [Request processing failed; nested exception is X: why] with root cause`: the innermost
/// says why.
fn nested(text: &str) -> Option<Said> {
    const MARK: &str = "nested exception is ";
    let start = text.rfind(MARK)? + MARK.len();
    let rest = text.get(start..)?;
    let end = rest.find("] with root cause").unwrap_or(rest.len());
    let inner = rest.get(..end)?.trim_end();
    (!inner.is_empty())
        .then(|| Said { text: bounded(&plain_at(text, start..start + inner.len())), at: start..start + inner.len() })
}

/// Words of a line as they can be read: what stands in a string of the format is unescaped, what was never escaped
/// stays as it is.
pub fn plain(text: &str) -> String {
    unescaped(text, false)
}

/// The same for a part of a line, which may lie inside of such a string.
pub fn plain_at(line: &str, at: Range<usize>) -> String {
    let inside = line.get(..at.start).is_some_and(ends_in_string);
    unescaped(line.get(at).unwrap_or(""), inside)
}

/// True where a string that a format escapes is open at the end: the value of a key, or of an object.
fn ends_in_string(before: &str) -> bool {
    let mut open = None;
    let mut escaped = false;
    for (at, c) in before.char_indices() {
        match c {
            '"' if !escaped => open = if open.is_some() { None } else { Some(at) },
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    open.is_some_and(|at| is_value(before.get(..at).unwrap_or("")))
}

/// True where a string that begins behind these words is a format's: `key="…"`, `"key": "…"`, `desc = "…"`.
fn is_value(before: &str) -> bool {
    before.trim_end().ends_with(['=', ':', ',', '{', '['])
}

/// What stands for an escape: words of its own, or a mark for bytes that are no text; and the length of both.
enum Meant {
    Is(char, usize),
    Bytes(usize),
    Colour(usize),
    Itself,
}

fn unescaped(text: &str, mut inside: bool) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    // `\"` within a string is how a quote of its own is written
    inside |= text.starts_with("\\\"");
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut opened) = (false, false);
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|t| t.chars().next()) {
        if c != '\\' {
            if c == '"' {
                let of_format =
                    || is_value(text.get(..at).unwrap_or("")) || has_escapes(text.get(at + 1..).unwrap_or(""));
                quoted = !quoted;
                opened = quoted && of_format();
            }
            out.push(c);
            at += c.len_utf8();
            continue;
        }
        let behind = text.get(at + 1..).unwrap_or("");
        let (word, taken) = match meant(behind, inside || opened) {
            // a drive's path is written with the same sign
            Meant::Is(' ', _) if is_path(&out) => ('\\', 0),
            Meant::Is(c, taken) => (c, taken),
            Meant::Bytes(taken) => ('…', taken),
            Meant::Colour(taken) => {
                at += 1 + taken;
                continue;
            }
            Meant::Itself => ('\\', 0),
        };
        out.push(word);
        at += 1 + taken;
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What an escape means; only in a string do the short ones mean anything.
fn meant(behind: &str, inside: bool) -> Meant {
    if let Some(taken) = colour(behind) {
        return Meant::Colour(taken);
    }
    match behind.chars().next() {
        Some(c @ ('"' | '\\' | '/')) if inside => Meant::Is(c, 1),
        Some('n' | 't' | 'r' | 'f') if inside => Meant::Is(' ', 1),
        Some('u') => coded(behind).map_or(Meant::Itself, |(c, taken)| Meant::Is(c, taken)),
        Some('x') => match bytes_of(behind) {
            // one by itself may be a part of a path
            (count, taken) if count > 1 || inside && count > 0 => Meant::Bytes(taken),
            _ => Meant::Itself,
        },
        _ => Meant::Itself,
    }
}

/// `\u003e` is what it stands for, and so is a pair of two halves; a control or half of a pair is none.
fn coded(behind: &str) -> Option<(char, usize)> {
    let half = |text: &str| {
        let digits = text.strip_prefix('u')?.get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = half(behind)?;
    let (code, taken) = match behind.get(5..).and_then(|t| half(t.strip_prefix('\\')?)) {
        Some(low) if (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&low) => {
            (0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00), 11)
        }
        _ => (first, 5),
    };
    Some((char::from_u32(code).filter(|c| !c.is_control()).unwrap_or('…'), taken))
}

/// The length of what sets a terminal's colour, however its first byte is written: it says nothing.
fn colour(behind: &str) -> Option<usize> {
    let lead = ["x1b[", "x1B[", "u001b[", "u001B[", "033[", "e["].into_iter().find(|l| behind.starts_with(l))?;
    let rest = behind.get(lead.len()..)?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    (rest.get(end..)?.starts_with('m')).then_some(lead.len() + end + 1)
}

/// True where what was written so far ends in a path of a drive or a share: `C:\new`.
fn is_path(out: &str) -> bool {
    let word = out.rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '(' | '=')).next().unwrap_or("");
    let mut chars = word.chars();
    let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':');
    drive && chars.next().is_none_or(|c| c == '\\') || word.starts_with("\\\\")
}

/// True where the string that begins here is escaped beyond doubt, up to its end.
fn has_escapes(rest: &str) -> bool {
    let mut before = ' ';
    for (at, c) in rest.char_indices() {
        match (before, c) {
            ('\\', '"') => return true,
            ('\\', 'x') => return bytes_of(rest.get(at..).unwrap_or("")).0 > 1,
            (_, '"') => return false,
            _ => {}
        }
        before = c;
    }
    false
}

/// How many escaped bytes a run has and how far it goes; what little stands between two of them is as little text
/// as they are.
fn bytes_of(text: &str) -> (usize, usize) {
    const BETWEEN: usize = 2;
    let hex = |t: &str| t.starts_with('x') && t.get(1..3).is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
    // `\b` and its like are bytes as well, between others
    let short = |t: &str| {
        t.starts_with(['a', 'b', 'f', 'n', 'r', 't', 'v']) && t.get(1..).is_some_and(|r| r.starts_with(['\\', '"']))
    };
    let (mut count, mut end) = (0, 0);
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or("");
        let length = if hex(rest) { 3 } else { 1 };
        if !(hex(rest) || count > 0 && short(rest)) {
            break;
        }
        count += 1;
        end = at + length;
        let gap = text.get(end..).and_then(|t| t.char_indices().take(BETWEEN + 1).find(|(_, c)| *c == '\\'));
        let Some((gap, _)) = gap else { break };
        if text.get(end..end + gap).is_some_and(|t| t.contains('"')) {
            break;
        }
        at = end + gap + 1;
    }
    (count, end)
}

/// The words up to a length that can be said, cut between two of them and marked.
pub fn bounded(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or(text);
    let end = head.rfind(' ').unwrap_or(end);
    format!("{} …", head.get(..end).unwrap_or(head).trim_end_matches([',', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        said(line, 0).map(|s| s.text).unwrap_or_default()
    }

    #[test]
    fn a_message_is_told_with_the_error_that_it_carries() {
        let line = r#"2026-01-10T17:16:29.5Z {"error":"could not get the stock: rpc error: desc = \"dial tcp 10.1.2.3:80: connect: connection refused\"","message":"request error","severity":"error"}"#;
        assert_eq!(
            told(line),
            r#"request error: could not get the stock: rpc error: desc = "dial tcp 10.1.2.3:80: connect: connection refused""#
        );
        assert_eq!(told(r#"{"level":"error","msg":"kv get failed","err":"no auth"}"#), "kv get failed: no auth");
        assert_eq!(told(r#"{"level":"error","msg":"kv get failed","code":"7"}"#), "kv get failed");
    }

    #[test]
    fn the_innermost_exception_says_why() {
        let line = "ERROR 1 --- [exec-8] x : Servlet failed [Request processing failed; nested exception is a.b.C: one; nested exception is d.E: no stock left] with root cause";
        assert_eq!(told(line), "d.E: no stock left");
    }

    #[test]
    fn bytes_that_are_no_text_are_left_out() {
        assert_eq!(
            plain(r#"malformed HTTP response "\x00\x00\x1e\x04\x7f@\x00\x05?\x00\x01""#),
            r#"malformed HTTP response "…""#
        );
        assert_eq!(plain(r#"got "\x00\x00\b\a\x00\x00""#), r#"got "…""#);
        assert_eq!(plain("as it is"), "as it is");
    }

    #[test]
    fn only_what_a_format_escaped_is_unescaped() {
        let line = r#"{"msg":"first\n\tsecond \u003e third \\d","path":"a"}"#;
        assert_eq!(told(line), r"first second > third \d");
        assert_eq!(plain_at(line, 8..23), "first second");
        assert_eq!(plain(r#"failed desc = "line\nnext""#), r#"failed desc = "line next""#);
        for verbatim in [
            r"cannot open C:\new\temp: denied",
            r#"cannot open "C:\new\temp": denied"#,
            r#"path="C:\new\temp""#,
            r"login of CORP\nina failed",
            r#"login of "CORP\nina" failed"#,
            r"C:\Windows",
            r"no \x file, \x漢 and \u12",
        ] {
            assert_eq!(plain(verbatim), verbatim);
        }
    }

    #[test]
    fn letters_that_were_coded_are_told_and_colours_are_not() {
        assert_eq!(plain(r"caf\u00e9 \u003d \u6f22 \ud83d\ude00"), "café = 漢 😀");
        assert_eq!(plain(r"a\u0000b \ud83d"), "a…b …");
        assert_eq!(plain(r"\x1b[31mERROR disk full on /data\x1b[0m"), "ERROR disk full on /data");
        assert_eq!(plain(r#"got "\x00\x01" and "\x02\x03" of it"#), r#"got "…" and "…" of it"#);
        assert_eq!(plain(r"\x00\x01 the disk is full \x00\x02"), "… the disk is full …");
    }

    #[test]
    fn a_long_sentence_ends_between_two_words() {
        let long = "word ".repeat(80);
        let told = bounded(&long);
        assert!(told.len() <= LONGEST + 4 && told.ends_with("word …"), "{told}");
    }
}
