//! JSON objects → trees, with the place of every value. A value that is not whole is none.

use super::cursor::Cursor;
use super::tree::Tree;
use crate::domain::{SourceId, Span};

/// A JSON value that begins at `start` of the text, as a tree of the same shape as a manifest's; and
/// where it ends. `None` where there is no whole value.
pub fn json(text: &str, start: usize, source: SourceId) -> Option<(Tree, usize)> {
    let mut cursor = Cursor::new(text, start);
    let tree = value(&mut cursor, String::new(), source)?;
    Some((tree, cursor.at))
}

fn value(c: &mut Cursor<'_>, key: String, source: SourceId) -> Option<Tree> {
    let first = c.peek()?;
    let start = c.at;
    let (mut text, mut below) = (String::new(), Vec::new());
    match first {
        b'{' | b'[' => below = c.members(string, |c, key| value(c, key, source))?,
        b'"' => text = string(c)?,
        _ => text = plain(c)?,
    }
    Some(Tree { key, value: text, at: place(c, start, first, source), below })
}

/// A number, a truth value, or nothing (`null`).
fn plain(c: &mut Cursor<'_>) -> Option<String> {
    let rest = c.rest()?;
    let end = rest.find([',', '}', ']', '\n', ' ']).unwrap_or(rest.len());
    let word = rest.get(..end)?.trim();
    let known = matches!(word, "true" | "false" | "null") || word.parse::<f64>().is_ok();
    c.at += end;
    known.then(|| if word == "null" { String::new() } else { word.to_owned() })
}

/// A collection's place is its first line: nobody wants a whole object as a quote.
fn place(c: &Cursor<'_>, start: usize, first: u8, source: SourceId) -> Span {
    let line = || c.since(start)?.find('\n').map(|n| start + n);
    let end = if first == b'{' || first == b'[' { line().unwrap_or(c.at) } else { c.at };
    Span { source, start, end }
}

fn string(c: &mut Cursor<'_>) -> Option<String> {
    let mut out = String::new();
    let body = c.rest()?.strip_prefix('"')?;
    let mut chars = body.char_indices();
    while let Some((i, one)) = chars.next() {
        match one {
            '"' => {
                c.at += i + 2;
                return Some(out);
            }
            '\\' => match chars.next()?.1 {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'u' => {
                    let code: String = (0..4).filter_map(|_| chars.next().map(|(_, c)| c)).collect();
                    let code = u32::from_str_radix(&code, 16).ok()?;
                    out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                }
                other => out.push(other),
            },
            one => out.push(one),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_into_the_same_shape() {
        let text = r#"x {"kind":"Pod","spec":{"ports":[{"p":80}],"q":null}} y"#;
        let (tree, end) = json(text, 2, SourceId(0)).unwrap();
        assert_eq!(tree.text(&["kind"]).unwrap(), "Pod");
        assert_eq!(tree.path(&["spec", "ports"]).unwrap().items()[0].text(&["p"]).unwrap(), "80");
        assert_eq!(&text[end..], " y");
        assert!(json(r#"{"a": "#, 0, SourceId(0)).is_none());
    }
}
