//! Words that a terminal cut at its right edge: what is copied out of a narrow window has a line end in the
//! middle of a token. Only long words of letters and digits are joined again, so that no ordinary line is
//! read as going on in the next.

/// The narrowest and the widest terminal that is thought of, in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=1_000;
/// The shortest word that is joined, in characters: shorter ones are no token that is known without its name.
const WORD: usize = 20;

/// Where lines of a text may have been cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    /// The width of the text's longest line.
    width: usize,
    /// Several lines are that wide: it is no chance.
    often: bool,
}

/// The edge of this text; `None` where no line is as wide as a terminal, or none follows it.
pub(super) fn edge(text: &str) -> Option<Edge> {
    let (mut width, mut times) = (0, 0);
    for line in text.lines() {
        let wide = line.chars().count();
        if wide > width {
            (width, times) = (wide, 0);
        }
        times += usize::from(wide == width);
    }
    let cut = WIDTHS.contains(&width) && text.trim_end().contains('\n');
    cut.then_some(Edge { width, often: times > 1 })
}

/// True where the line that ends at `at` is as wide as the terminal and its last word goes on in the next line.
pub(super) fn goes_on(text: &str, at: usize, edge: Edge) -> bool {
    let (Some(head), Some(next)) = (text.get(..at), text.get(at + 1..)) else { return false };
    let line = head.get(head.rfind('\n').map_or(0, |i| i + 1)..).unwrap_or("");
    let first = next.get(..next.find(|c| !part_of_word(c)).unwrap_or(next.len())).unwrap_or("");
    let last = line.get(line.rfind(|c| !part_of_word(c)).map_or(0, |i| after(line, i))..).unwrap_or("");
    let both = || last.chars().chain(first.chars());
    !last.is_empty()
        && !first.is_empty()
        && last.len() + first.len() >= WORD
        && both().any(|c| c.is_ascii_digit())
        && both().any(|c| c.is_ascii_alphabetic())
        && !begins_a_record(next)
        && (edge.often || !is_plain(first) || next.get(first.len()..).is_some_and(|r| r.starts_with(['"', '\''])))
        && line.chars().count() == edge.width
}

/// A word of letters alone, written as words are.
fn is_plain(word: &str) -> bool {
    let tail = word.get(1..).unwrap_or("");
    let one_case = tail.chars().all(|c| c.is_ascii_lowercase()) || word.chars().all(|c| c.is_ascii_uppercase());
    one_case && word.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn after(line: &str, at: usize) -> usize {
    at + line.get(at..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8)
}

fn part_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=_-.~".contains(c)
}

/// A line that begins with a date, a time or a level begins something of its own.
fn begins_a_record(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let behind = line.as_bytes().get(digits).copied().unwrap_or(b'\n');
    let stamp =
        matches!((digits, behind), (4, b'-' | b'/') | (1 | 2, b':' | b'/' | b'.') | (_, b' ' | b'\n')) && digits > 0;
    let word = line.get(..line.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(line.len())).unwrap_or("");
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "PANIC"];
    stamp || levels.iter().any(|level| word.eq_ignore_ascii_case(level))
}

#[cfg(test)]
mod tests {
    use super::super::{Masks, mask};
    use super::*;

    fn masked(text: &str) -> String {
        mask(text, &mut Masks::new([1; 32])).text.into_owned()
    }

    #[test]
    fn a_token_cut_by_the_edge_of_a_terminal_is_masked_in_both_lines() {
        let token = format!("ghp_{}", "q7Rz2LmX9TbK4VcJ8WdN3YfH6GsP1AeU5oIt");
        let line = format!("$ curl -sS -H \"Authorization: token {token}\" https://api.example.net/repos/shop/orders");
        for width in 42..74 {
            let wrapped: Vec<String> =
                line.as_bytes().chunks(width).map(|c| String::from_utf8(c.to_vec()).unwrap()).collect();
            let out = masked(&wrapped.join("\n"));
            let halves = wrapped.iter().flat_map(|l| l.split(['"', ' '])).filter(|w| w.len() > 5 && token.contains(w));
            halves.for_each(|half| assert!(!out.contains(half), "{width}: {half} in\n{out}"));
        }
    }

    #[test]
    fn lines_of_their_own_are_not_joined() {
        let lines = "2026-06-02T09:12:00Z order-svc INFO request done trace=4bf92f3577b34da6a3ce929d0e0e4736\n\
             2026-06-02T09:12:01Z order-svc ERROR failed\norders-7d9f8b6c5d-x2x7k 1/1 Running\n";
        let text = lines.repeat(3);
        assert_eq!(masked(&text), text);
        let edge = edge(&text).unwrap();
        assert!(text.match_indices('\n').all(|(at, _)| !goes_on(&text, at, edge)));
        let one = "aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzKEYab1\nnext step\n";
        assert!(masked(one).ends_with("\nnext step\n"), "{}", masked(one));
    }
}
