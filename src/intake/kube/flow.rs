//! YAML's flow style on one line: `{app: shop, tier: "web"}`, `[{port: 80}, {port: 443}]`. People write
//! it by hand; what it says is the same as in lines. A value that is not whole is left as it stands.

use super::tree::Tree;
use crate::domain::Span;

/// How deep one value may stand in another.
const DEPTH: u32 = 16;

/// What stands in a mapping, or in a list that holds mappings; `None` for any other value: a list of
/// plain words stays a value.
pub fn below(value: &str, at: Span) -> Option<Vec<Tree>> {
    let value = value.trim_end();
    let mapping = value.starts_with('{') && value.ends_with('}');
    let list = value.starts_with('[') && value.ends_with(']') && value.contains('{');
    if !mapping && !list {
        return None;
    }
    let mut reader = Flow { text: value, at: 0, span: at };
    let tree = reader.value(String::new(), 0)?;
    (reader.at == value.len() && !tree.below.is_empty()).then_some(tree.below)
}

struct Flow<'a> {
    text: &'a str,
    at: usize,
    span: Span,
}

impl Flow<'_> {
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += rest.iter().position(|b| !b.is_ascii_whitespace())?;
        self.text.as_bytes().get(self.at).copied()
    }

    fn value(&mut self, key: String, depth: u32) -> Option<Tree> {
        if depth > DEPTH {
            return None;
        }
        let (mut value, mut below) = (String::new(), Vec::new());
        match self.peek()? {
            open @ (b'{' | b'[') => {
                self.at += 1;
                let close = if open == b'{' { b'}' } else { b']' };
                loop {
                    match self.peek()? {
                        b if b == close => {
                            self.at += 1;
                            break;
                        }
                        b',' => self.at += 1,
                        _ if open == b'[' => below.push(self.value("-".into(), depth + 1)?),
                        _ => {
                            let key = self.word(&[':'])?;
                            self.at += 1;
                            below.push(self.value(key, depth + 1)?);
                        }
                    }
                }
            }
            b',' | b'}' | b']' => {}
            _ => value = self.word(&[',', '}', ']'])?,
        }
        Some(Tree { key, value, at: self.span, below })
    }

    /// A word up to one of these, quoted or not; the end itself is not taken.
    fn word(&mut self, ends: &[char]) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        if let Some(quote) = quote {
            let inner = rest.get(1..)?;
            let close = inner.find(quote)?;
            self.at += close + 2;
            self.peek()?;
            return inner.get(..close).map(str::to_owned);
        }
        let end = rest.find(ends)?;
        self.at += end;
        rest.get(..end).map(|word| word.trim().to_owned())
    }
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
