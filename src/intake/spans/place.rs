//! What the exports of traces have in common: how times, durations and outcomes are written.

use super::Side;

/// The words of a column's name in small letters: `StartTimeMs` → start, time, ms.
pub fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut was = ' ';
    for c in name.chars() {
        if !c.is_alphanumeric() {
            was = ' ';
            continue;
        }
        if was == ' ' || (c.is_uppercase() && was.is_lowercase()) {
            out.push(String::new());
        }
        if let Some(word) = out.last_mut() {
            word.extend(c.to_lowercase());
        }
        was = c;
    }
    out
}

/// A name in small letters without marks: `StartTimeMs` → `starttimems`.
pub fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The side of a call that a span's kind names.
pub fn side(kind: &str) -> Side {
    let kind = kind.to_ascii_lowercase();
    if kind.ends_with("server") || kind.ends_with("consumer") || kind == "2" {
        Side::Server
    } else if kind.ends_with("client") || kind.ends_with("producer") || kind == "3" {
        Side::Client
    } else {
        Side::Unstated
    }
}

/// True where a field for errors says that there was one.
pub fn says_error(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "none" | "null" | "-" | "ok" | "unset")
}

/// Words of a status for work that failed; the codes of RPC are those that are the server's failure.
const FAILED: &str =
    "error errors err failed failure fail ko fault unavailable deadlineexceeded internal dataloss unimplemented";

/// True where a status says that the work failed: a word for it, an answer of 5xx, or the code of traces for it.
pub fn is_failed(status: &str) -> bool {
    let words = words(status);
    let negated = words.iter().any(|w| matches!(w.as_str(), "no" | "non" | "not" | "without"));
    let is = |w: &str| FAILED.split_ascii_whitespace().any(|f| f == w);
    let told = words.last().is_some_and(|w| is(w)) || is(&plain(status));
    told && !negated || status == "2" || status.parse::<u16>().is_ok_and(|code| (500..600).contains(&code))
}

/// The id of a parent; a root states none.
pub fn parent(id: &str) -> String {
    let none = matches!(id, "-" | "null" | "None" | "none" | "nil" | "0" | "\\N") || id.bytes().all(|b| b == b'0');
    if none { String::new() } else { id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_failed_work_is_told_in_every_spelling() {
        for status in ["ERROR", "STATUS_CODE_ERROR", "UNAVAILABLE", "DEADLINE_EXCEEDED", "DeadlineExceeded", "2", "503"]
        {
            assert!(is_failed(status), "{status}");
        }
        for status in ["OK", "NO_ERROR", "0", "1", "200", "404", "NOT_FOUND", "unset", ""] {
            assert!(!is_failed(status), "{status}");
        }
    }
}
