//! Where one sentence ends and the next begins, outside quotation marks, parentheses and code.

/// A joint of a text: where it stands, how many bytes it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joint {
    /// First byte of the mark.
    pub at: usize,
    /// Bytes of mark and space.
    pub len: usize,
    /// The mark: `.`, `;`, `:`, `,` or a line's end.
    pub mark: char,
}

/// The joints with one of these marks, in order.
pub fn joints(text: &str, marks: &[char]) -> Vec<Joint> {
    let (mut out, mut deep, mut code) = (Vec::new(), 0_usize, false);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '“' | '(' => deep += 1,
            '”' | ')' => deep = deep.saturating_sub(1),
            '`' => code = !code,
            '\n' if marks.contains(&'\n') => {
                (deep, code) = (0, false);
                out.push(Joint { at, len: 1, mark: '\n' });
            }
            c if deep == 0 && !code && marks.contains(&c) => {
                if let Some((_, ' ')) = chars.peek() {
                    out.push(Joint { at, len: c.len_utf8() + 1, mark: c });
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joints_stand_outside_quotes_parentheses_and_code() {
        let text = "a is “b. c”. d (e. f) `g. h`. i";
        let at: Vec<&str> = joints(text, &['.']).iter().map(|j| &text[j.at + j.len..]).collect();
        assert_eq!(at, ["d (e. f) `g. h`. i", "i"]);
        assert_eq!(joints("3.4 x", &['.']), []);
    }
}
