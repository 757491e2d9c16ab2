//! sed: a script that only prints, deletes from its output or substitutes reads; everything else does not.

use crate::domain::Label;

use super::programs::{cannot, paths};
use super::raw;
use super::verdict::Verdict;

/// The verdict on a call of sed.
pub(super) fn judge(args: &[&str]) -> Verdict {
    let mut scripts = Vec::new();
    let mut files = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match *arg {
            "-e" | "--expression" => scripts.extend(rest.next().copied()),
            "--quiet" | "--silent" | "--regexp-extended" | "--separate" | "--null-data" | "--posix" | "--" => {}
            a if a.starts_with("--in-place") => return Verdict::new(Label::Mutating, "`sed -i` rewrites the file"),
            a if a.starts_with("--expression=") => scripts.extend(a.split_once('=').map(|(_, s)| s)),
            a if a.starts_with("--") => return cannot(format!("unknown flag {a} for `sed`")),
            a if a.starts_with('-') && a.len() > 1 => {
                let letters = a.get(1..).unwrap_or("");
                if letters.contains('i') && letters.bytes().take_while(|b| *b != b'i').all(|b| b"nErsuz".contains(&b)) {
                    return Verdict::new(Label::Mutating, "`sed -i` rewrites the file");
                }
                if !letters.bytes().all(|b| b"nErsuz".contains(&b)) {
                    return cannot(format!("unknown flag {a} for `sed`"));
                }
            }
            a if scripts.is_empty() => scripts.push(a),
            a => files.push(a),
        }
    }
    if scripts.is_empty() {
        return cannot("`sed` has no script");
    }
    for script in scripts {
        if let Some(verdict) = sed_script(script) {
            return verdict;
        }
    }
    paths(Verdict::new(Label::SafeReadOnly, "`sed` prints"), &files)
}

/// What is wrong with a sed script; `None` where it only prints, deletes from its output or substitutes.
fn sed_script(script: &str) -> Option<Verdict> {
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches([' ', ';', '\n', '\t', '{', '}']);
        if rest.is_empty() {
            return None;
        }
        rest = skip_address(rest)?;
        let Some(verb) = rest.chars().next() else { return Some(cannot("the sed script ends early")) };
        let tail = rest.get(verb.len_utf8()..).unwrap_or("");
        match verb {
            'p' | 'd' | 'D' | 'P' | 'n' | 'N' | 'h' | 'H' | 'g' | 'G' | 'x' | '=' | 'l' => rest = tail,
            'q' | 'Q' => rest = tail.trim_start_matches(|c: char| c.is_ascii_digit()),
            's' | 'y' => {
                let Some(end) = substitution_end(tail) else { return Some(cannot("the sed script is not understood")) };
                let flags_from = tail.get(end..).unwrap_or("");
                let flags =
                    flags_from.find([';', '\n', '}', ' ']).map_or(flags_from, |i| flags_from.get(..i).unwrap_or(""));
                if flags.contains('w') {
                    return Some(Verdict::new(Label::Mutating, "the sed script writes to a file"));
                }
                if !flags.bytes().all(|b| b.is_ascii_digit() || b"gpiIm".contains(&b)) {
                    return Some(cannot("the sed script may run commands"));
                }
                rest = flags_from.get(flags.len()..).unwrap_or("");
            }
            'w' | 'W' => return Some(Verdict::new(Label::Mutating, "the sed script writes to a file")),
            'e' => {
                let label = if raw::destroys(tail) { Label::Destructive } else { Label::CannotTell };
                return Some(Verdict::new(label, "the sed script runs commands"));
            }
            _ => return Some(cannot("the sed script is not understood")),
        }
    }
}

/// The text behind an address such as `1,20`, `$`, `/re/,/re/` or `5!`; as it is where there is none.
fn skip_address(text: &str) -> Option<&str> {
    let mut rest = text;
    for _ in 0..2 {
        rest = rest.trim_start_matches(' ');
        if let Some(tail) = rest.strip_prefix('/') {
            rest = tail.get(closing(tail, '/')?..)?.trim_start_matches('I');
        } else if let Some(tail) = rest.strip_prefix('$') {
            rest = tail;
        } else {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '~' || c == '+');
        }
        match rest.strip_prefix(',') {
            Some(tail) => rest = tail,
            None => break,
        }
    }
    Some(rest.trim_start_matches([' ', '!']))
}

/// One past the next unescaped `mark`.
fn closing(text: &str, mark: char) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == mark => return Some(i + c.len_utf8()),
            _ => {}
        }
    }
    None
}

fn substitution_end(text: &str) -> Option<usize> {
    let mark = text.chars().next().filter(|c| !c.is_alphanumeric() && *c != '\\' && !c.is_whitespace())?;
    let first = mark.len_utf8();
    let second = first + closing(text.get(first..)?, mark)?;
    Some(second + closing(text.get(second..)?, mark)?)
}
