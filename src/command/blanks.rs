//! Blanks: arguments that nobody gave stand in a command as `‹name›` until a person fills them.

use std::collections::BTreeMap;

/// The longest name of a blank, in bytes.
const LONGEST: usize = 64;

/// The names of the blanks of a command, in order, each once.
pub fn blanks(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in places(text) {
        if !names.iter().any(|n| n == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn places(text: &str) -> impl Iterator<Item = (&str, std::ops::Range<usize>)> {
    text.match_indices('‹').filter_map(|(at, mark)| {
        let body = text.get(at + mark.len()..)?;
        let len = body.find('›').filter(|n| (1..=LONGEST).contains(n))?;
        let name = body.get(..len)?;
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_- .".contains(c));
        (plain && !name.starts_with("U+")).then_some((name, at..at + mark.len() + len + '›'.len_utf8()))
    })
}

/// How the place of a blank is quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

/// The command with its blanks filled. Values are quoted so that the shell passes them as they are; a
/// blank without a value, or with one that holds control characters, stays.
pub fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let mut quote = Quote::None;
    for (name, range) in places(text) {
        let before = text.get(done..range.start).unwrap_or("");
        quote = after(quote, before);
        out.push_str(before);
        done = range.start;
        let Some(value) = values.get(name).filter(|v| !v.chars().any(char::is_control)) else { continue };
        out.push_str(&quoted(value, quote));
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    out
}

fn after(mut quote: Quote, text: &str) -> Quote {
    let mut escaped = false;
    for c in text.chars() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, c) {
            (Quote::None | Quote::Double, '\\') => escaped = true,
            (Quote::None, '\'') => quote = Quote::Single,
            (Quote::None, '"') => quote = Quote::Double,
            (Quote::Single, '\'') | (Quote::Double, '"') => quote = Quote::None,
            _ => {}
        }
    }
    quote
}

fn quoted(value: &str, quote: Quote) -> String {
    match quote {
        Quote::Single => value.replace('\'', r"'\''"),
        Quote::Double => {
            let mut out = String::with_capacity(value.len());
            for c in value.chars() {
                if "$`\"\\".contains(c) {
                    out.push('\\');
                }
                out.push(c);
            }
            out
        }
        Quote::None => {
            let plain =
                !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "_./:@%+,=-".contains(c));
            if plain { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reaches_the_program_as_it_was_typed() {
        let value = "a b; rm -rf '$(x)' \"`y`\"";
        let values = BTreeMap::from([("pod".to_owned(), value.to_owned())]);
        for text in ["echo ‹pod›", "echo '‹pod›'", "echo \"‹pod›\""] {
            let words = super::super::words(&fill(text, &values)).unwrap();
            assert_eq!(words, [["echo".to_owned(), value.to_owned()]], "{text}");
        }
    }

    #[test]
    fn blanks_are_named_once_and_marks_are_none() {
        assert_eq!(blanks("kubectl logs ‹pod› -n ‹namespace› -c ‹pod› ‹U+200B›"), ["pod", "namespace"]);
        let one = BTreeMap::from([("pod".to_owned(), "web-0".to_owned())]);
        assert_eq!(fill("logs ‹pod› -n ‹namespace›", &one), "logs web-0 -n ‹namespace›");
        let odd = BTreeMap::from([("pod".to_owned(), "a\nb".to_owned())]);
        assert_eq!(fill("logs ‹pod›", &odd), "logs ‹pod›");
    }
}
