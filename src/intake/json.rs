//! JSON with the place of every value, and where a value that is written over many lines ends. A value that isn't
//! whole is none. What the values mean is their readers' concern.

use std::borrow::Cow;
use std::ops::Range;

use super::cursor::{Cursor, DEPTH};

/// The longest value that is looked for, in bytes.
pub const LONGEST: usize = 16 << 20;

/// What sort a value is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Keys with values.
    Object,
    /// Values in an order.
    List,
    /// A text in quotes.
    Text,
    /// A number or a truth value.
    Plain,
    /// `null`.
    Nothing,
}

/// A value with its key and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// The key; empty in a list.
    pub key: Cow<'a, str>,
    /// What sort it is of.
    pub sort: Sort,
    /// A text without its escapes, or a plain value as it stands; else empty.
    pub text: Cow<'a, str>,
    /// Where it stands; a text within its quotes.
    pub at: Range<usize>,
    /// The members of a collection.
    pub below: Vec<Node<'a>>,
}

impl<'a> Node<'a> {
    /// The member with that key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.below.iter().find(|n| n.key == key)
    }

    /// What the member with that key says, a text or a plain value.
    pub fn said(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::value)
    }

    /// A text or a plain value; `None` for a collection and for `null`.
    pub fn value(&self) -> Option<&str> {
        matches!(self.sort, Sort::Text | Sort::Plain).then_some(&*self.text)
    }

    /// The members of a list; none of what is no list.
    pub fn items(&self) -> &[Self] {
        if self.sort == Sort::List { &self.below } else { &[] }
    }
}

/// The value that begins at `start` of the text, and where it ends.
pub fn read(text: &str, start: usize) -> Option<(Node<'_>, usize)> {
    let mut cursor = Cursor::new(text, start);
    let node = value(&mut cursor, Cow::Borrowed(""))?;
    Some((node, cursor.at))
}

/// How far the collection reaches that begins at `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// To here.
    Whole(usize),
    /// It has no end, or is no JSON.
    Open,
    /// It is longer than [`LONGEST`].
    TooLong,
}

/// Finds the end of a collection by its brackets alone. A text in quotes never goes over a line's end, and
/// nothing nests deeper than is read, so what is no JSON is given up soon.
pub fn extent(text: &str, start: usize) -> Extent {
    let rest = text.as_bytes().get(start..).unwrap_or(&[]);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (i, b) in rest.iter().enumerate() {
        match b {
            b'\n' if quoted => return Extent::Open,
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => {
                if depth <= 1 {
                    return Extent::Whole(start + i + 1);
                }
                depth -= 1;
            }
            _ => {}
        }
        if depth > DEPTH {
            return Extent::Open;
        }
        if i >= LONGEST {
            return Extent::TooLong;
        }
    }
    Extent::Open
}

/// True where a line may begin a value that goes on below it.
pub fn may_go_on(line: &str) -> bool {
    line.trim_start().starts_with(['{', '[']) && line.trim_end().ends_with(['{', '[', ','])
}

fn value<'a>(c: &mut Cursor<'a>, key: Cow<'a, str>) -> Option<Node<'a>> {
    let (first, start) = (c.peek()?, c.at);
    match first {
        b'{' | b'[' => {
            let below = c.members(Cow::Borrowed(""), string, value)?;
            let sort = if first == b'[' { Sort::List } else { Sort::Object };
            Some(Node { key, sort, text: Cow::Borrowed(""), at: start..c.at, below })
        }
        b'"' => {
            let text = string(c)?;
            Some(Node { key, sort: Sort::Text, text, at: start + 1..c.at - 1, below: Vec::new() })
        }
        _ => {
            let rest = c.rest()?;
            let end = rest.find(|ch: char| matches!(ch, ',' | '}' | ']') || ch.is_whitespace());
            let word = rest.get(..end.unwrap_or(rest.len()))?;
            c.at += word.len();
            let sort = if word == "null" { Sort::Nothing } else { Sort::Plain };
            let known = matches!(word, "true" | "false" | "null") || word.parse::<f64>().is_ok();
            let text = Cow::Borrowed(if sort == Sort::Nothing { "" } else { word });
            known.then(|| Node { key, sort, text, at: start..c.at, below: Vec::new() })
        }
    }
}

/// A text in quotes, without its escapes, to behind its end.
fn string<'a>(c: &mut Cursor<'a>) -> Option<Cow<'a, str>> {
    let body = c.rest()?.strip_prefix('"')?;
    let plain = body.find(['"', '\\'])?;
    if body.as_bytes().get(plain) == Some(&b'"') {
        c.at += plain + 2;
        return body.get(..plain).map(Cow::Borrowed);
    }
    let mut out = body.get(..plain)?.to_owned();
    let mut chars = body.get(plain..)?.char_indices();
    while let Some((i, one)) = chars.next() {
        match one {
            '"' => {
                c.at += plain + i + 2;
                return Some(Cow::Owned(out));
            }
            '\\' => out.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'u' => {
                    let code: String = chars.by_ref().take(4).map(|(_, one)| one).collect();
                    char::from_u32(u32::from_str_radix(&code, 16).ok()?).unwrap_or('\u{fffd}')
                }
                other => other,
            }),
            one => out.push(one),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place() {
        let text = r#"x {"a":{"b":["1",2.5,null]},"c":"say \"no\""} y"#;
        let (node, end) = read(text, 2).unwrap();
        let list = node.get("a").and_then(|a| a.get("b")).unwrap().items();
        assert_eq!(list.iter().map(|n| &text[n.at.clone()]).collect::<Vec<_>>(), ["1", "2.5", "null"]);
        assert_eq!((list[2].value(), node.said("c")), (None, Some("say \"no\"")));
        assert_eq!(&text[end..], " y");
        assert_eq!(extent(text, 2), Extent::Whole(end));
        assert!(read(r#"{"a": "#, 0).is_none());
    }

    #[test]
    fn a_value_without_an_end_is_given_up() {
        assert_eq!(extent("{\"a\": \"x\n\"}", 0), Extent::Open);
        assert_eq!(extent(&"{abc\n".repeat(100_000), 0), Extent::Open);
        assert!(read(&"[".repeat(100_000), 0).is_none());
        assert_eq!(extent(&format!("[{}", "{},".repeat(LONGEST / 2)), 0), Extent::TooLong);
    }
}
