//! A shell line as words, redirections and separators, in the way bash splits it.
//!
//! Literal words come out exactly as bash would pass them. Whatever bash would compute (variables,
//! substitutions, globs, braces, tildes) is marked on its word; what stands inside a substitution is
//! lexed as a script of its own. Nothing is run, nothing is expanded.

use crate::domain::showable::is_hostile;

/// How deep substitutions may nest.
const DEPTH: usize = 8;
/// The longest text that is looked at, in characters.
const LONGEST: usize = 64 << 10;

/// One word of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// What bash passes, as far as it is literal.
    pub text: String,
    /// What bash would compute in it.
    pub dynamic: Option<&'static str>,
    /// True where any of it was quoted.
    pub quoted: bool,
}

/// A redirection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Redirect {
    /// The operator without its number: `>`, `>>`, `<`, `>&`, `<<<` …
    pub op: String,
    /// What stands behind it.
    pub target: Word,
    /// The body of a here-document.
    pub body: Option<String>,
}

/// One simple command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Simple {
    /// Its words, assignments included.
    pub words: Vec<Word>,
    /// Its redirections.
    pub redirects: Vec<Redirect>,
    /// True where a pipe feeds it.
    pub piped: bool,
}

/// A line or several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// The simple commands in order.
    pub commands: Vec<Simple>,
    /// Scripts inside substitutions.
    pub inner: Vec<Script>,
    /// What makes the whole hard to judge, one fragment each.
    pub odd: Vec<&'static str>,
}

/// The script of a text.
pub(super) fn lex(text: &str) -> Script {
    lex_at(text, 0)
}

fn lex_at(text: &str, depth: usize) -> Script {
    let mut lexer = Lexer { chars: text.chars().take(LONGEST + 1).collect(), depth, ..Lexer::default() };
    if depth > DEPTH || lexer.chars.len() > LONGEST {
        lexer.script.odd.push("it is too long or too deep to be read");
        return lexer.script;
    }
    lexer.run();
    lexer.script
}

#[derive(Default)]
struct Lexer {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    script: Script,
    simple: Simple,
    word: Option<Word>,
    globs: bool,
    heredocs: Vec<(String, bool)>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn odd(&mut self, why: &'static str) {
        if !self.script.odd.contains(&why) {
            self.script.odd.push(why);
        }
    }

    fn word(&mut self) -> &mut Word {
        self.word.get_or_insert_with(Word::default)
    }

    fn run(&mut self) {
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                '\\' => self.backslash(),
                '\'' => self.single(),
                '"' => self.double(),
                '$' => self.dollar(),
                '`' => self.backtick(),
                ' ' | '\t' => self.end_word(),
                '\n' => self.newline(),
                '#' if self.word.is_none() => {
                    while let Some(c) = self.peek(0).filter(|c| *c != '\n') {
                        if is_hostile(c) {
                            self.odd("a comment holds characters that do not show");
                        }
                        self.at += 1;
                    }
                }
                ';' => self.end_command(false),
                '|' => self.pipe(),
                '&' => self.ampersand(),
                '<' | '>' => self.redirect(c),
                '(' | ')' => self.parenthesis(c),
                c => self.plain(c),
            }
        }
        self.end_command(false);
        if !self.heredocs.is_empty() {
            self.odd("a here-document has no end");
        }
    }

    fn plain(&mut self, c: char) {
        self.check(c, false);
        if matches!(c, '*' | '?' | '[') {
            self.globs = true;
        }
        let first = self.word.is_none();
        let word = self.word();
        if c == '~' && (first || word.text.ends_with('=')) {
            word.dynamic = Some("`~` is expanded");
        }
        word.text.push(c);
    }

    /// Characters that a reader can't see or would take for others.
    fn check(&mut self, c: char, quoted: bool) {
        let blank = matches!(c, '‹' | '›');
        let letter = quoted && c.is_alphanumeric() && ('\u{a0}'..='\u{24f}').contains(&c);
        if c == '\n' || c == '\t' || c.is_ascii_graphic() || c == ' ' || blank || letter {
            return;
        }
        self.odd(if is_hostile(c) {
            "it holds characters that can't be seen"
        } else {
            "it holds characters that look like others"
        });
    }

    fn backslash(&mut self) {
        match self.peek(0) {
            Some('\n') => self.at += 1,
            Some(c) => {
                self.at += 1;
                self.check(c, false);
                let word = self.word();
                word.quoted = true;
                word.text.push(c);
            }
            None => self.odd("it ends in a backslash"),
        }
    }

    fn single(&mut self) {
        self.word().quoted = true;
        while let Some(c) = self.peek(0) {
            self.at += 1;
            if c == '\'' {
                return;
            }
            self.check(c, true);
            self.word().text.push(c);
        }
        self.odd("a quote is not closed");
    }

    fn double(&mut self) {
        self.word().quoted = true;
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                '"' => return,
                '\\' => match self.peek(0) {
                    Some('\n') => self.at += 1,
                    Some(c @ ('$' | '`' | '"' | '\\')) => {
                        self.at += 1;
                        self.word().text.push(c);
                    }
                    _ => self.word().text.push('\\'),
                },
                '$' => self.dollar(),
                '`' => self.backtick(),
                c => {
                    self.check(c, true);
                    self.word().text.push(c);
                }
            }
        }
        self.odd("a quote is not closed");
    }

    fn dollar(&mut self) {
        match self.peek(0) {
            Some('(') => {
                self.at += 1;
                let inside = self.balanced('(', ')');
                self.substitution(&inside);
            }
            Some('{') => {
                self.at += 1;
                let inside = self.balanced('{', '}');
                self.word().dynamic = Some("a variable is expanded");
                self.nested(&inside);
            }
            Some('\'' | '"') => {
                self.word().dynamic = Some("`$'…'` is decoded by the shell");
            }
            Some(c) if c.is_ascii_alphanumeric() || "_@*#?-$!".contains(c) => {
                self.at += 1;
                while c.is_ascii_alphabetic() && self.peek(0).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                    self.at += 1;
                }
                self.word().dynamic = Some("a variable is expanded");
            }
            _ => self.word().text.push('$'),
        }
    }

    fn backtick(&mut self) {
        let mut inside = String::new();
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                '`' => return self.substitution(&inside),
                '\\' => {
                    if let Some(c) = self.peek(0) {
                        self.at += 1;
                        inside.push(c);
                    }
                }
                c => inside.push(c),
            }
        }
        self.odd("a backtick is not closed");
        self.substitution(&inside);
    }

    fn substitution(&mut self, inside: &str) {
        self.word().dynamic = Some("a command's output is put in");
        let inner = lex_at(inside, self.depth + 1);
        self.script.inner.push(inner);
    }

    /// Substitutions inside `${…}` and other text that is not a script itself.
    fn nested(&mut self, text: &str) {
        if text.contains("$(") || text.contains('`') {
            let inner = lex_at(text, self.depth + 1);
            self.script.inner.push(inner);
        }
    }

    /// The text up to the closing character, quotes respected.
    fn balanced(&mut self, open: char, close: char) -> String {
        let mut inside = String::new();
        let mut depth = 1usize;
        let mut quote = None;
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match (quote, c) {
                (Some('\''), '\'') | (Some('"'), '"') => quote = None,
                (Some(_), '\\') | (None, '\\') if quote != Some('\'') => {
                    inside.push(c);
                    if let Some(next) = self.peek(0) {
                        self.at += 1;
                        inside.push(next);
                    }
                    continue;
                }
                (None, '\'' | '"') => quote = Some(c),
                (None, c) if c == open => depth += 1,
                (None, c) if c == close => {
                    depth -= 1;
                    if depth == 0 {
                        return inside;
                    }
                }
                _ => {}
            }
            inside.push(c);
        }
        self.odd("a bracket is not closed");
        inside
    }

    fn end_word(&mut self) {
        let globs = std::mem::take(&mut self.globs);
        let Some(mut word) = self.word.take() else { return };
        if globs && word.dynamic.is_none() && !is_query(&word.text) && !matches!(word.text.as_str(), "[" | "[[") {
            word.dynamic = Some("a file pattern is expanded");
        }
        if !word.quoted && has_braces(&word.text) {
            word.dynamic = Some("braces are expanded");
        }
        match self.simple.redirects.last_mut() {
            Some(last) if last.target == Word::default() && last.body.is_none() && needs_target(&last.op) => {
                if last.op.starts_with("<<") && last.op != "<<<" {
                    self.heredocs.push((word.text.clone(), last.op == "<<-"));
                    last.body = Some(String::new());
                }
                last.target = word;
            }
            _ => self.simple.words.push(word),
        }
    }

    fn end_command(&mut self, piped: bool) {
        self.end_word();
        let next = Simple { piped, ..Simple::default() };
        let simple = std::mem::replace(&mut self.simple, next);
        if !simple.words.is_empty() || !simple.redirects.is_empty() {
            self.script.commands.push(simple);
        }
    }

    fn newline(&mut self) {
        let waiting = std::mem::take(&mut self.heredocs);
        self.end_command(false);
        for (tag, tabs) in waiting {
            let mut body = String::new();
            let mut closed = false;
            while self.at < self.chars.len() {
                let line: String = self.chars.iter().skip(self.at).take_while(|c| **c != '\n').collect();
                self.at += line.chars().count() + 1;
                let bare = if tabs { line.trim_start_matches('\t') } else { &line };
                if bare == tag {
                    closed = true;
                    break;
                }
                body.push_str(bare);
                body.push('\n');
            }
            if !closed {
                self.odd("a here-document has no end");
            }
            self.nested(&body);
            let open = self.script.commands.iter_mut().rev().flat_map(|s| s.redirects.iter_mut());
            if let Some(redirect) = open.into_iter().find(|r| r.body.as_deref() == Some("") && r.target.text == tag) {
                redirect.body = Some(body);
            }
        }
    }

    fn pipe(&mut self) {
        match self.peek(0) {
            Some('|') => {
                self.at += 1;
                self.end_command(false);
            }
            Some('&') => {
                self.at += 1;
                self.end_command(true);
            }
            _ => self.end_command(true),
        }
    }

    fn ampersand(&mut self) {
        match self.peek(0) {
            Some('&') => {
                self.at += 1;
                self.end_command(false);
            }
            Some('>') => {
                self.at += 1;
                self.end_word();
                self.redirect('>');
            }
            _ => {
                self.odd("it goes on in the background");
                self.end_command(false);
            }
        }
    }

    fn redirect(&mut self, first: char) {
        let number = self.word.as_ref().is_some_and(|w| {
            !w.quoted && w.dynamic.is_none() && !w.text.is_empty() && w.text.bytes().all(|b| b.is_ascii_digit())
        });
        if number {
            self.word = None;
        } else {
            self.end_word();
        }
        if self.peek(0) == Some('(') {
            self.at += 1;
            let inside = self.balanced('(', ')');
            return self.substitution(&inside);
        }
        let mut op = String::from(first);
        while let Some(c) = self.peek(0) {
            let longer = format!("{op}{c}");
            if !matches!(longer.as_str(), ">>" | ">|" | ">&" | "<&" | "<>" | "<<" | "<<<" | "<<-") {
                break;
            }
            self.at += 1;
            op = longer;
        }
        self.simple.redirects.push(Redirect { op, ..Redirect::default() });
    }

    fn parenthesis(&mut self, c: char) {
        let adjacent = self.word.is_some() || !self.simple.words.is_empty();
        if c == '(' && adjacent && self.peek(0) == Some(')') {
            self.odd("it defines a function");
        } else {
            self.odd("it runs a group of commands");
        }
        self.end_command(false);
    }
}

fn needs_target(op: &str) -> bool {
    !op.is_empty()
}

/// `host/path?name=value`: the question mark begins a query; a file of that name is not to be expected.
fn is_query(text: &str) -> bool {
    let Some((head, query)) = text.split_once('?') else { return false };
    let named = query.split('&').all(|p| p.contains('=') || head.contains(':')) && !query.contains(['*', '?', '[']);
    head.contains('/') && named && !head.contains(['*', '['])
}

fn has_braces(text: &str) -> bool {
    let Some((_, rest)) = text.split_once('{') else { return false };
    rest.contains('}') && (rest.contains(',') || rest.contains(".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        lex(text).commands.into_iter().map(|s| s.words.into_iter().map(|w| w.text).collect()).collect()
    }

    #[test]
    fn quotes_and_continuations_come_out_as_bash_passes_them() {
        assert_eq!(words("a 'b c'\\''d' \"e\\\"f\\g\" h\\ i"), [["a", "b c'd", "e\"f\\g", "h i"]]);
        assert_eq!(words("kubectl del\\\nete ns"), [["kubectl", "delete", "ns"]]);
        assert_eq!(words("a # b; c\nd"), [["a"], ["d"]]);
        assert_eq!(words("a;b&&c||d|e"), [["a"], ["b"], ["c"], ["d"], ["e"]]);
    }

    #[test]
    fn redirections_are_no_words() {
        let script = lex("ls 2>/dev/null >out 2>&1 <in");
        let ops: Vec<_> =
            script.commands[0].redirects.iter().map(|r| (r.op.as_str(), r.target.text.as_str())).collect();
        assert_eq!(ops, [(">", "/dev/null"), (">", "out"), (">&", "1"), ("<", "in")]);
        assert_eq!(script.commands[0].words.len(), 1);
    }

    #[test]
    fn what_bash_computes_is_marked() {
        for text in ["a $X", "a \"$X\"", "a `b`", "a *.log", "a {b,c}", "a ~/x", "a \"$(b)\"", "a <(b)", "a $'b'"] {
            assert!(lex(text).commands[0].words.iter().any(|w| w.dynamic.is_some()), "{text}");
        }
        assert!(lex("curl h:1/p?debug=1 '*' \"{a,b}\"").commands[0].words.iter().all(|w| w.dynamic.is_none()));
    }
}
