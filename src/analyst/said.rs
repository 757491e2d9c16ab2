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
        Some(Said { text: plain(text.get(at.clone())?), at })
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
    (!inner.is_empty()).then(|| Said { text: bounded(&plain(inner)), at: start..start + inner.len() })
}

/// Words without the escapes of a string, in one line; bytes that are no text are left out, marked.
pub fn plain(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or(""));
        let behind = rest.get(at + 1..).unwrap_or("");
        let (word, taken) = match behind.chars().next() {
            Some('"') => ("\"", 1),
            Some('n' | 't' | 'r') => (" ", 1),
            // what stands between bytes is as little text as they are
            Some('x') => ("…", bytes_of(behind)),
            Some('u') if behind.get(1..5).is_some_and(|h| h.bytes().all(|b| b.is_ascii_hexdigit())) => {
                (angle(behind.get(1..5).unwrap_or("")), 5)
            }
            _ => ("\\", 0),
        };
        out.push_str(word);
        rest = behind.get(taken..).unwrap_or("");
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What an escaped character most often is in a log: an arrow's or a tag's end.
fn angle(code: &str) -> &'static str {
    match code.to_ascii_lowercase().as_str() {
        "003e" => ">",
        "003c" => "<",
        "0026" => "&",
        "0027" => "'",
        _ => "…",
    }
}

/// How far a run of escaped bytes goes: up to the mark that closes its string, or up to where words begin.
fn bytes_of(text: &str) -> usize {
    let end = text.find('"').unwrap_or(text.len());
    let run = text.get(..end).unwrap_or("");
    // the last escape of the run, with its two digits
    run.rfind("\\x").map_or(3, |at| at + 4).min(end).max(3.min(text.len()))
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
        assert_eq!(plain(r"first\n\tsecond \u003e third"), "first second > third");
        assert_eq!(plain(r"C:\Windows"), r"C:\Windows");
        assert_eq!(plain("as it is"), "as it is");
    }

    #[test]
    fn a_long_sentence_ends_between_two_words() {
        let long = "word ".repeat(80);
        let told = bounded(&long);
        assert!(told.len() <= LONGEST + 4 && told.ends_with("word …"), "{told}");
    }
}
