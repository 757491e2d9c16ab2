//! YAML's flow style on one line: `{app: shop, tier: "web"}`, `[{port: 80}, {port: 443}]`. People write
//! it by hand; what it says is the same as in lines. A value that is not whole is left as it stands.

use super::tree::Tree;
use crate::domain::Span;
use crate::intake::cursor::Cursor;

/// What stands in a mapping, or in a list that holds mappings; `None` for any other value: a list of
/// plain words stays a value.
pub fn below(value: &str, at: Span) -> Option<Vec<Tree>> {
    let value = value.trim_end();
    let mapping = value.starts_with('{') && value.ends_with('}');
    let list = value.starts_with('[') && value.ends_with(']') && value.contains('{');
    if !mapping && !list {
        return None;
    }
    let mut cursor = Cursor::new(value, 0);
    let tree = read(&mut cursor, String::new(), at)?;
    (cursor.at == value.len() && !tree.below.is_empty()).then_some(tree.below)
}

fn read(c: &mut Cursor<'_>, key: String, at: Span) -> Option<Tree> {
    let (mut value, mut below) = (String::new(), Vec::new());
    match c.peek()? {
        b'{' | b'[' => below = c.members("-".to_owned(), |c| word(c, &[':']), |c, key| read(c, key, at))?,
        b',' | b'}' | b']' => {}
        _ => value = word(c, &[',', '}', ']'])?,
    }
    Some(Tree { key, value, at, below })
}

/// A word up to one of these, quoted or not; the end itself is not taken.
fn word(c: &mut Cursor<'_>, ends: &[char]) -> Option<String> {
    let rest = c.rest()?;
    let quote = rest.chars().next().filter(|q| matches!(q, '"' | '\''));
    if let Some(quote) = quote {
        let inner = rest.get(1..)?;
        let close = inner.find(quote)?;
        c.at += close + 2;
        return inner.get(..close).map(str::to_owned);
    }
    let end = rest.find(ends)?;
    c.at += end;
    rest.get(..end).map(|word| word.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SourceId;

    const AT: Span = Span { source: SourceId(0), start: 0, end: 9 };

    #[test]
    fn a_mapping_on_one_line_is_read_like_one_in_lines() {
        let told = |t: &str| below(t, AT).map(|b| b.iter().map(Tree::flat).collect::<Vec<_>>().join("|"));
        let labels = below("{app: shop, tier: \"web\"}", AT).unwrap();
        assert_eq!(labels[0].key, "app");
        assert_eq!(labels[1].value, "web");
        assert_eq!(told("[{protocol: TCP, port: 80}, {port: 443}]").unwrap(), " protocol TCP port 80| port 443");
        assert_eq!(told("{limits: {cpu: 1, memory: 1Gi}, requests: {}}").unwrap(), " cpu 1 memory 1Gi|");
    }

    #[test]
    fn what_is_no_whole_mapping_stays_as_it_stands() {
        for value in ["{}", "[a, b]", "{{ .Values.x }}", "{app: shop", "{a: b} # why", "[{a: b]", "plain"] {
            assert_eq!(below(value, AT), None, "{value}");
        }
    }
}
