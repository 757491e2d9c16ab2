//! Where words begin, for moving and erasing by words: letters and digits, signs, and blanks are three kinds.

#[derive(PartialEq, Eq, Clone, Copy)]
enum Kind {
    Blank,
    Sign,
    Word,
}

fn kind(c: char) -> Kind {
    match c {
        c if c.is_whitespace() => Kind::Blank,
        '_' => Kind::Word,
        c if c.is_ascii_punctuation() => Kind::Sign,
        _ => Kind::Word,
    }
}

/// The byte at which the last word of a text begins; blanks behind it belong to it.
pub fn word_begin(before: &str) -> usize {
    let text = before.trim_end();
    let Some(last) = text.chars().next_back().map(kind) else { return 0 };
    text.char_indices().rev().take_while(|(_, c)| kind(*c) == last).last().map_or(0, |(at, _)| at)
}

/// The byte at which the second word of a text begins; its length where there is one word only.
pub fn word_behind(behind: &str) -> usize {
    let first = behind.chars().next().map_or(Kind::Blank, kind);
    let mut rest = behind.char_indices().skip_while(|(_, c)| kind(*c) == first && first != Kind::Blank);
    rest.find(|(_, c)| kind(*c) != Kind::Blank).map_or(behind.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_signs_and_blanks_are_kinds_of_their_own() {
        let text = "order-svc  was (down) ";
        let mut begins = vec![text.len()];
        while let Some(at) = begins.last().copied().filter(|at| *at > 0) {
            begins.push(word_begin(&text[..at]));
        }
        assert_eq!(begins, [22, 20, 16, 15, 11, 6, 5, 0]);
        let mut at = 0;
        let mut behind = Vec::new();
        while at < text.len() {
            at += word_behind(&text[at..]);
            behind.push(at);
        }
        assert_eq!(behind, [5, 6, 11, 15, 16, 20, 22]);
        assert_eq!((word_begin(""), word_behind("")), (0, 0));
    }
}
