//! A place in a text that is written with brackets, and what stands between two of them, as in JSON and in YAML's
//! flow style. It reads no word and no value.

/// How deep one value may stand in another before the whole is given up.
pub const DEPTH: usize = 48;

/// A place in a text.
pub struct Cursor<'a> {
    text: &'a str,
    /// The byte that is read next.
    pub at: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    /// At a byte of the text.
    pub fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, depth: 0 }
    }

    /// What follows the place; `None` inside a character or behind the end.
    pub fn rest(&self) -> Option<&'a str> {
        self.text.get(self.at..)
    }

    /// The next byte that is no blank; the place moves there. `None` at the end.
    pub fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += rest.iter().position(|b| !b.is_ascii_whitespace())?;
        self.text.as_bytes().get(self.at).copied()
    }

    /// The members of the mapping or list whose bracket stands here, to behind its end. A member of a list is
    /// called `item`; the key of another is read by `key`, which stops before its colon. A comma too many or too
    /// few is of no account: people cut and join what they paste. `None` where the end or a colon is missing, or
    /// where it nests too deep.
    pub fn members<K: Clone, T>(
        &mut self,
        item: K,
        key: impl Fn(&mut Self) -> Option<K>,
        value: impl Fn(&mut Self, K) -> Option<T>,
    ) -> Option<Vec<T>> {
        let list = self.peek()? == b'[';
        let close = if list { b']' } else { b'}' };
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        self.at += 1;
        let mut members = Vec::new();
        loop {
            match self.peek()? {
                b if b == close => break,
                b',' => self.at += 1,
                _ => {
                    let key = if list { item.clone() } else { self.keyed(&key)? };
                    members.push(value(self, key)?);
                }
            }
        }
        self.at += 1;
        self.depth -= 1;
        Some(members)
    }

    fn keyed<K>(&mut self, key: impl Fn(&mut Self) -> Option<K>) -> Option<K> {
        let key = key(self)?;
        let colon = self.peek()? == b':';
        self.at += 1;
        colon.then_some(key)
    }
}
