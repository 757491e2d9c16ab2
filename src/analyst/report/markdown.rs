//! Text from evidence inside Markdown: nothing of it may become markup.
//!
//! Also how a claim shows what it rests on. Used by the postmortem templates and by every export; it makes no document itself.

use super::untrusted::{FROM_LOG_TEXT, is_untrusted, repeats_untrusted};
use crate::domain::{Citation, Claim, Support};

/// The text for a paragraph or a list item: one line, every character that Markdown or HTML would
/// obey is escaped, control characters are visible marks. What stands between two backticks is a code
/// span, in which nothing is obeyed; an odd one stays a character.
pub fn escape(text: &str) -> String {
    let clean = crate::domain::showable::clean(text);
    let parts: Vec<&str> = clean.split('`').collect();
    let spans = parts.len() > 1
        && parts.len() % 2 == 1
        && parts.iter().skip(1).step_by(2).all(|p| !p.trim().is_empty() && *p == p.trim());
    if !spans {
        return plain(&clean, true).trim_end().to_owned();
    }
    let mut out = String::with_capacity(clean.len() + 8);
    for (i, part) in parts.iter().enumerate() {
        out.push_str(&if i % 2 == 1 { code(part) } else { plain(part, i == 0) });
    }
    out.trim_end().to_owned()
}

fn plain(clean: &str, mut at_start: bool) -> String {
    let mut out = String::with_capacity(clean.len() + 8);
    let chars = clean.char_indices();
    for (at, c) in chars {
        let rest = clean.get(at + c.len_utf8()..).unwrap_or("");
        match c {
            '\n' | '\r' | '\t' => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
            // `5xx > 5%` is read as it stands: only what opens markup, a quote or an entity is escaped
            '<' if opens_markup(rest) => out.push_str("&lt;"),
            '>' if at_start => out.push_str("&gt;"),
            '&' if is_entity(rest) => out.push_str("&amp;"),
            '\\' | '`' | '*' | '|' | '[' | ']' => {
                out.push('\\');
                out.push(c);
            }
            '_' | '~' => {
                // inside a word (`order_svc`) Markdown leaves it alone; outside it would not
                if !out.ends_with(|p: char| p.is_alphanumeric()) {
                    out.push('\\');
                }
                out.push(c);
            }
            '#' | '+' | '-' | '=' if at_start => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        at_start = false;
    }
    out
}

/// True for what follows a `<` that Markdown or HTML would take for a tag, a comment or a link.
fn opens_markup(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '!' | '?'))
}

/// True for what follows an `&` that would be read as a character.
fn is_entity(rest: &str) -> bool {
    let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '#').unwrap_or(rest.len());
    name > 0 && rest.get(name..).is_some_and(|r| r.starts_with(';'))
}

/// A claim beside the name of what it is about, which it does not say once more.
pub fn beside(name: &str, claim: &Claim) -> String {
    let text = super::wording::without_subject(&claim.text, Some(name));
    marked(&Claim { text: text.to_owned(), ..claim.clone() })
}

/// The text as a code span, with a fence longer than any run of backticks in it.
pub fn code(text: &str) -> String {
    let clean = crate::domain::showable::clean(text);
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\u{2502}");
    let fence = "`".repeat(longest_run(&line) + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// The text as a fenced block; nothing inside can close it.
pub fn block(language: &str, text: &str) -> String {
    let clean = crate::domain::showable::clean(text);
    let fence = "`".repeat((longest_run(&clean) + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}", clean.trim_end())
}

fn longest_run(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A claim's text with its mark.
pub fn marked(claim: &Claim) -> String {
    let mark = mark(claim);
    if mark.is_empty() { escape(&claim.text) } else { format!("{} {mark}", escape(&claim.text)) }
}

/// A quote in a code span, with the mark of text that could pass for an order of ours.
pub fn quote(text: &str) -> String {
    if is_untrusted(text) { format!("{} {FROM_LOG_TEXT}", code(text)) } else { code(text) }
}

/// Places that a mark names; what is left out is counted.
const MOST_PLACES: usize = 6;

/// `[quoted L4]`, `[derived: 99.7 - 96.8 = 2.9; L22]`, `[inferred L4, L9]`, `[unsupported]`.
/// An inference that rests on no line carries no mark: its words say that it is one.
pub fn mark(claim: &Claim) -> String {
    let mut places: Vec<String> = Vec::new();
    for place in claim.citations.iter().map(place) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let more = places.len().saturating_sub(MOST_PLACES);
    places.truncate(MOST_PLACES);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let lines = format!("{}{rest}", places.join(", "));
    let mark = match (claim.support, &claim.formula, places.is_empty()) {
        (Support::Unsupported, _, _) => "[unsupported]".into(),
        (_, Some(formula), true) => format!("[derived: {}]", escape(formula)),
        (_, Some(formula), false) => format!("[derived: {}; {lines}]", escape(formula)),
        (_, None, true) => String::new(),
        (Support::Quoted, None, false) => format!("[quoted {lines}]"),
        (Support::Derived, None, false) => format!("[derived {lines}]"),
        (Support::Inferred, None, false) => format!("[inferred {lines}]"),
    };
    if repeats_untrusted(claim) { format!("{FROM_LOG_TEXT} {mark}") } else { mark }
}

/// `L4`, or `2:L4` for the third source.
pub fn place(citation: &Citation) -> String {
    if citation.source.0 == 0 {
        format!("L{}", citation.line)
    } else {
        format!("{}:L{}", citation.source.0, citation.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_evidence_stays_text() {
        assert_eq!(escape("<ul style=\"x\">a|b`c"), "&lt;ul style=\"x\">a\\|b\\`c");
        assert_eq!(escape("run `rm *|<b>` & `` ` x"), "run \\`rm \\*\\|&lt;b>\\` & \\`\\` \\` x");
        assert_eq!(escape("`kubectl top <b>` has *no* rows"), "`kubectl top <b>` has \\*no\\* rows");
        assert_eq!(escape("5xx 41% > 5% & rising, ->>HEADER<<- a < b"), "5xx 41% > 5% & rising, ->>HEADER<<- a < b");
        assert_eq!(escape("> x &lt;b&#62; </b> <!-- <?x <h"), "&gt; x &amp;lt;b&amp;#62; &lt;/b> &lt;!-- &lt;?x &lt;h");
        assert_eq!(escape("# not a heading\nnext"), "\\# not a heading next");
        assert_eq!(escape("[x](javascript:alert(1))"), "\\[x\\](javascript:alert(1))");
        assert_eq!(escape("order_svc and _this_"), "order_svc and \\_this_");
    }

    #[test]
    fn a_code_span_and_a_block_cannot_be_closed_from_inside() {
        assert_eq!(code("a ``b`` c"), "```a ``b`` c```");
        assert!(block("", "x\n```\n# y").starts_with("````\n"));
    }
}
