//! How a sentence of the evidence is meant: denied, supposed, or written by a stranger; and which
//! part of a long line says it. It reads words only.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// The longest excerpt of a line that is quoted in a sentence of ours.
const EXCERPT: usize = 150;

/// What a sentence may be longer without being cut, in bytes: the last words are worth more than the room.
const SPARED: usize = 40;

static DENIAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:no|not|without|never|rather than|instead of|isn't|wasn't|aren't|ruled out|unrelated to|free of|zero)(?:\s+\w+){0,2}\s*$").ok()
});
static CONJECTURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:debat\w*|suspect\w*|might|maybe|perhaps|could be|would have|should|consider\w*|hypothes\w*|won't help|mis-?diagnosis|guess\w*|not sure|unclear|todo|plan(?:ned|ning) to)\b").ok()
});

static OVER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:recovered|transient|self-?heal(?:s|ed)|back to normal|has been (?:expanded|resolved|restored)|autoscaling (?:completed|triggered|initiated|is in progress)|resolved itself|no longer (?:failing|firing)|since .{0,30}recovery|(?:returned|went back|back) to (?:ok|normal)|alarm (?:is |has |was )?(?:cleared|resolved)|(?:monitor|alert|alarm) (?:has )?(?:recovered|resolved|cleared))\b").ok()
});

static LINK: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"\[([^\]\[]+)\]\(https?://[^)\s]*\)").ok());

/// The text with the words of its links in their place.
pub fn without_links(text: &str) -> std::borrow::Cow<'_, str> {
    LINK.as_ref().map_or(std::borrow::Cow::Borrowed(text), |r| r.replace_all(text, "$1"))
}

/// The fences of three backticks in a text, found once.
#[derive(Debug)]
pub struct Fences(Vec<usize>);

impl Fences {
    /// Those of one text.
    pub fn of(text: &str) -> Self {
        Self(memchr::memmem::find_iter(text.as_bytes(), b"```").collect())
    }

    /// True for a place between two of them.
    pub fn hold(&self, at: usize) -> bool {
        self.0.partition_point(|fence| fence + 3 <= at) % 2 == 1
    }
}

/// A span of time as a person says it: `2.03 s`, `42.9 ms`, `752 µs`.
pub fn span_of(micros: f64) -> String {
    if micros >= 1_000_000.0 {
        format!("{:.2} s", micros / 1_000_000.0)
    } else if micros >= 1_000.0 {
        format!("{:.1} ms", micros / 1_000.0)
    } else {
        format!("{micros} µs")
    }
}

/// True when the sentence says that what it tells of is over.
pub fn is_over(text: &str) -> bool {
    OVER.as_ref().is_some_and(|r| r.is_match(text))
}

static CLIENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)did you specify the right host or port|^unable to connect to the server:|couldn't get current server API group list|\bcommand not found$|^error: (?:you must be logged in to the server|no configuration has been provided|current-context|the server doesn't have a resource type)|cannot connect to the docker daemon|permission denied while trying to connect to the docker|unable to locate credentials|could not find default credentials|you must specify a region").ok()
});

/// True for what a command says of itself or of the machine it ran on: it tells nothing of the services.
pub fn is_clients_own(text: &str) -> bool {
    CLIENT.as_ref().is_some_and(|r| r.is_match(text.trim()))
}

/// True when the words before `at` deny what follows.
pub fn is_denied(text: &str, at: usize) -> bool {
    let mut from = at.saturating_sub(40);
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let before = text.get(from..at).unwrap_or("");
    let clause = before.rsplit([';', '.', ',', ':', '(']).next().unwrap_or(before);
    DENIAL.as_ref().is_some_and(|r| r.is_match(clause))
}

/// True when the sentence supposes or debates instead of stating.
pub fn is_conjecture(text: &str) -> bool {
    CONJECTURE.as_ref().is_some_and(|r| r.is_match(text))
}

static STRANGER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r#"(?i)"(?:GET|POST|PUT|DELETE|HEAD|PATCH|OPTIONS) /[^"]*"|user[-_ ]?agent"?[:=]\s*"?[^"]*|(?:GET|POST|PUT|DELETE|HEAD|PATCH|OPTIONS) /\S*|[?&][\w.-]+=[^\s"&]*|\b(?:q|search|query|term|input|body|referer|user_agent|ua|header)=(?:'[^']*'|"[^"]*"|\S+)|\b(?:query|search|search term|input|user agent)\b[^"'“]{0,16}(?:"[^"]*"|'[^']*'|“[^”]*”)|(?:uri|path|url|query|referer|referrer|username|user_input|comment|search)"?[:=]\s*"[^"]*""#).ok()
});

/// True when the place lies in a part of the line that an outsider chooses: a request line, a user
/// agent, a path or query.
pub fn stranger_wrote(text: &str, at: usize) -> bool {
    let access_log = text.matches('"').count() >= 4 && text.contains("HTTP/");
    let quoted = access_log && text.get(..at).is_some_and(|b| b.matches('"').count() % 2 == 1);
    quoted || STRANGER.iter().flat_map(|r| r.find_iter(text)).any(|m| m.range().contains(&at))
}

static AGAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:retry(?:ing)?|attempt|try)\b[^()]{0,60}\(?\b(\d{1,2}) ?(?:/|of) ?(\d{1,2})\b",
    )
    .ok()
});

/// `retrying the download (1/5)`: it has tries left, and goes on.
pub fn tries_again(text: &str) -> bool {
    let Some(c) = AGAIN.as_ref().and_then(|r| r.captures(text)) else { return false };
    let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
    matches!((number(1), number(2)), (Some(no), Some(all)) if no < all && no <= 2)
}

/// What the ticket asks states nothing; a fact may stand in it, and is told better below.
pub fn is_question(text: &str) -> bool {
    let asked = text.trim_start().get(..8).is_some_and(|t| t.eq_ignore_ascii_case("question"));
    asked && text.contains('?')
}

/// The part of a line to quote for a match at `at`: the message of a JSON line, else the sentence,
/// else a window; trimmed, on character boundaries.
pub fn excerpt(text: &str, at: Range<usize>) -> Range<usize> {
    part(text, at, |_, _, at| at.start)
}

/// The same for a quote that people read: where the whole is too long it begins with what leads to the place.
pub fn quoted(text: &str, at: Range<usize>) -> Range<usize> {
    let said = part(text, at.clone(), clause);
    // the columns before an event's message tell when and of whom; the quote's place shows them
    let columns = columns_of(text);
    if said.start < columns && columns <= at.start { columns..said.end } else { said }
}

/// How many bytes of an event's row stand before its message; 0 for any other line.
fn columns_of(text: &str) -> usize {
    EVENT.as_ref().and_then(|r| r.find(text)).map_or(0, |m| m.end())
}

/// A row of a table as people quote it: an event by its message, another as it stands.
pub fn event_said(row: &str) -> &str {
    row.get(columns_of(row)..).unwrap_or(row).trim()
}

/// An event as kubectl prints it, up to its message: alone, or in a description.
static EVENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const AGE: &str = r"(?:\d+[smhdy]\w*(?: \(x\d+ over \w+\))? {2,})?";
    const OF: &str = r"(?:[a-z][\w-]*(?:, [\w.-]+|/[\w.-]+)? {2,})?";
    crate::domain::pattern::compile(&format!(r"^\s*{AGE}(?:Warning|Normal) +[A-Z][A-Za-z]+ {{2,}}{AGE}{OF}")).ok()
});

/// The part of a line for a match, begun by `begin` where the whole is too long.
fn part(text: &str, at: Range<usize>, begin: fn(&str, &Range<usize>, &Range<usize>) -> usize) -> Range<usize> {
    let json = json_value(text, at.start);
    let message = || {
        let object = text.trim_start().starts_with('{');
        const KEYS: [&str; 4] = ["\"message\": \"", "\"message\":\"", "\"msg\":\"", "\"msg\": \""];
        let start = KEYS.iter().filter(|_| object).find_map(|key| text.find(key).map(|at| at + key.len()))?;
        let end = start + closing(text.get(start..)?)?;
        Some(start..end)
    };
    // a value of one word is a key's, and the message says what it is of
    let one_word = json.clone().filter(|r| text.get(r.clone()).is_some_and(|v| v.contains(' ')));
    let whole = one_word.or_else(message).or(json).unwrap_or_else(|| after_prefix(text)..text.len());
    if !(whole.start <= at.start && at.end <= whole.end) && text.trim_start().starts_with('{') && whole.end < text.len()
    {
        return trimmed(text, whole);
    }
    let sentence = |r: Range<usize>| -> Range<usize> {
        let Some(part) = text.get(r.clone()) else { return r };
        let rel = at.start.saturating_sub(r.start);
        let begin = part.get(..rel).and_then(|b| {
            b.rfind([';', '|']).map(|i| i + 1).max(b.rfind(". ").map(|i| i + 2)).max(b.rfind("\\n").map(|i| i + 2))
        });
        let tail = (at.end.saturating_sub(r.start)).min(part.len());
        let end = part
            .get(tail..)
            .and_then(|e| e.find([';', '|']).into_iter().chain(e.find(". ")).chain(e.find("\\n")).min())
            .map(|i| tail + i);
        r.start + begin.unwrap_or(0)..r.start + end.unwrap_or(part.len())
    };
    let mut part =
        if whole.start <= at.start && at.end <= whole.end { sentence(whole) } else { sentence(0..text.len()) };
    part = unnested(text, part, &at);
    // a line inside a string has a stamp and a level of its own
    let stamp = text.get(part.clone()).map_or(0, after_stamp);
    if part.start + stamp <= at.start {
        part.start += stamp;
    }
    if part.len() > EXCERPT + SPARED {
        let start = if at.end.saturating_sub(part.start) <= EXCERPT { part.start } else { begin(text, &part, &at) };
        let end = (start + EXCERPT).max(at.end.min(start + 2 * EXCERPT)).min(part.end);
        part = start..whole_words(text, start, end, at.end);
    }
    trimmed(text, part)
}

/// A document inside a string inside a document: its marks of quotation are escaped twice, and between
/// two of them stands one value.
fn unnested(text: &str, part: Range<usize>, at: &Range<usize>) -> Range<usize> {
    const MARK: &str = "\\\"";
    let Some(inside) = text.get(part.clone()).filter(|t| t.contains("\\\\\\\"")) else { return part };
    let (from, to) = (at.start.saturating_sub(part.start), at.end.saturating_sub(part.start));
    let begin = inside.get(..from).and_then(|t| t.rfind(MARK)).map_or(0, |i| i + MARK.len());
    let end = inside.get(to..).and_then(|t| t.find(MARK)).map_or(inside.len(), |i| to + i);
    part.start + begin..part.start + end
}

/// Marks and words that a clause ends before.
const CLAUSES: [(&str, usize); 6] =
    [(", ", CLAUSE), (" (", CLAUSE), ("; ", CLAUSE), (": ", MOST_OF_IT), (" - ", MOST_OF_IT), (" — ", MOST_OF_IT)];
/// A clause shorter than this says too little by itself, in bytes.
const CLAUSE: usize = 40;
/// Behind a dash or a colon stands what explains the rest: it is left out of a long quote only.
const MOST_OF_IT: usize = 90;

/// Where the words begin that lead to the place: the first part behind a colon from which on both fit, so that
/// `connection refused` is told with what was dialled.
fn clause(text: &str, part: &Range<usize>, at: &Range<usize>) -> usize {
    let mut from = at.end.saturating_sub(EXCERPT).max(part.start);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let lead = text.get(from..at.start).unwrap_or("");
    let Some(begin) = lead.find(": ").map(|i| i + 2) else { return at.start };
    // `code = Unavailable desc = …`: what is described, and not its number
    let described = lead.get(begin..).filter(|t| t.starts_with("code = ")).and_then(|t| t.find(" desc = "));
    from + begin + described.map_or(0, |i| i + " desc = ".len())
}

/// An end that cuts no clause and no word in two: the last end of a clause before `end`, else the last
/// space, unless that would cut into what is quoted for, or a word is longer than a quote ought to lose.
fn whole_words(text: &str, start: usize, mut end: usize, needed: usize) -> usize {
    const LOST: usize = 48;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if text.get(end..).is_none_or(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        return end;
    }
    let held = text.get(start..end).unwrap_or("");
    let ends = CLAUSES.iter().filter_map(|(mark, least)| held.rfind(mark).filter(|at| at >= least));
    let clause = ends.max().map(|i| start + i);
    if let Some(mut clause) = clause.filter(|at| *at >= needed) {
        // nothing is left open: `the default certificate (PR here`
        let open = text
            .get(start..clause)
            .and_then(|t| t.rfind('(').filter(|at| !t.get(*at..).is_some_and(|r| r.contains(')'))));
        if let Some(open) = open.map(|i| start + i).filter(|at| *at >= needed) {
            clause = open;
        }
        return clause;
    }
    let space = held.rfind(char::is_whitespace).map(|i| start + i);
    let whole = text.get(needed..).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    let least = if whole && needed > start { needed } else { end };
    space.filter(|s| *s >= needed && end - s <= LOST).unwrap_or(least)
}

/// Where a string ends: its first mark of quotation that is not escaped.
fn closing(text: &str) -> Option<usize> {
    text.match_indices('"').map(|(at, _)| at).find(|at| !text.get(..*at).is_some_and(|before| before.ends_with('\\')))
}

/// The string value of a JSON-like line that holds the place.
fn json_value(text: &str, at: usize) -> Option<Range<usize>> {
    let start = text.get(..at)?.rfind(": \"").map(|i| i + 3).or_else(|| text.get(..at)?.rfind(":\"").map(|i| i + 2))?;
    let end = at + closing(text.get(at..)?)?;
    // a mark between the two closes that value: the place is in the next key
    let inside = text.get(start..at).is_some_and(|value| closing(value).is_none());
    (start < end && inside && text.trim_start().starts_with(['{', '"'])).then_some(start..end)
}

static PREFIX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r#"^(?:\s*(?:\*\*\w[\w ]{0,24}\*\*:?|\*\*\w[\w ]{0,24}:\*\*|[-*|>]|\[[^\]\s]+\]|\[\d[^\]]{5,40}\]|(?:\d+ )?---(?: \[[^\]]*\])+ [\w.$\[\]/-]+ +:|\d+:[MSCX] \d{1,2} [A-Z][a-z]{2} \d{4} [\d:.]+ [#*.-]|\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+:|\d+ \[[^\]\s]+\]|<\d+\.\d+\.\d+>|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d \S+ [\w.-]+(?:\[\d+\])?:|[IWEF]\d{4} \d\d:\d\d:\d\d[.\d]* +\d+ [\w.-]+:\d+\]|(?:ts|time|timestamp|level|lvl|severity|caller|logger|thread)=(?:"[^"]*"|\S+)|\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?(?:\s+(?:trace|debug|info|notice|warn|warning|error|fatal|critical)\s)?|\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?|UTC|—|–|(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b(?::(?:[a-z][\w.-]*:)?)?|(?:Symptoms?|Impact|Identified|Summary|Time):|[a-z][\w.-]* +(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b|TraceID: \S+|SpanID: \S+|\w[\w.$\[\]/-]*#\d+|[a-z][\w-]*:)\s*)+"#).ok()
});

/// Where the message begins after stamps, levels, brackets and names.
pub fn after_prefix(text: &str) -> usize {
    let end = PREFIX.as_ref().and_then(|r| r.find(text)).map_or(0, |m| m.end());
    // `02:00 + 7h = 09:00` is a sum that begins with its time
    if text.get(end..).is_some_and(|rest| rest.starts_with("+ ")) {
        return text.len() - text.trim_start_matches([' ', '\t', '-', '*', '•']).len();
    }
    if end < text.len() { end } else { 0 }
}

/// What a logged line says: the part behind its head, bounded as an excerpt is. `None` for a line that
/// is all head: what it says stands on the lines below it. `from` is where its message was read to begin.
pub fn message(text: &str, from: usize) -> Option<Range<usize>> {
    let head = PREFIX.as_ref().and_then(|r| r.find(text)).map_or(0, |m| m.end());
    let begin = from.max(head);
    let first = text.get(begin..)?.chars().next()?;
    let said = excerpt(text, begin..begin + first.len_utf8());
    text.get(said.clone()).is_some_and(|t| t.chars().any(char::is_alphanumeric)).then_some(said)
}

static STAMPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^\s*\[?\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\]?\s*(?:\[?(?i:trace|debug|info|notice|warn|warning|error|fatal)\]?\s+)?").ok()
});

/// Where a line begins after its stamp and its level.
pub fn after_stamp(text: &str) -> usize {
    STAMPED.as_ref().and_then(|r| r.find(text)).map_or(0, |m| m.end())
}

fn trimmed(text: &str, mut part: Range<usize>) -> Range<usize> {
    while part.start < part.end && !text.is_char_boundary(part.start) {
        part.start += 1;
    }
    while part.end > part.start && !text.is_char_boundary(part.end) {
        part.end -= 1;
    }
    let Some(slice) = text.get(part.clone()) else { return part };
    let front = |c: char| c.is_whitespace() || matches!(c, ':' | ',');
    let mut whole = slice.trim_start_matches(front);
    // a break of the line inside a string is written out, and is no word
    while let Some(rest) = ["\\t", "\\n", "\\r"].iter().find_map(|escaped| whole.strip_prefix(escaped)) {
        whole = rest.trim_start_matches(front);
    }
    let lead = slice.len() - whole.len();
    let kept =
        whole.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | '"' | '|' | ';' | ':' | '\\'));
    // a bracket that was opened outside the excerpt
    let kept = if kept.contains('[') { kept } else { kept.trim_end_matches(']') };
    // a mark of quotation that was opened inside the excerpt is closed there
    if let Some(said) = kept.strip_prefix('[').and_then(|t| t.strip_suffix(')')).and_then(|t| t.split_once("]("))
        && !said.1.contains([' ', '('])
    {
        // a link is told by its words
        return part.start + lead + 1..part.start + lead + 1 + said.0.len();
    }
    let open = kept.matches('"').count() % 2 == 1;
    let closed = usize::from(open && whole.get(kept.len()..).is_some_and(|rest| rest.starts_with('"')));
    part.start + lead..part.start + lead + kept.len() + closed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_of_a_head_and_its_writer_before_the_level_are_no_words_of_it() {
        for (line, said) in [
            (
                "2026-04-02T21:11:31.476+02:00 WARN  1 --- [rooms] [                ] c.z.h.p.LeakTask            : Leak found",
                "Leak found",
            ),
            ("2026-05-21T10:07:05.803Z checkout-54dbdf464-4k4cf ERROR conversion failed", "conversion failed"),
        ] {
            assert_eq!(line.get(after_prefix(line)..), Some(said));
        }
    }

    #[test]
    fn a_denied_fault_is_not_stated() {
        let text = "Limit regression, not a growing memory leak";
        assert!(is_denied(text, text.find("memory").unwrap()));
        let text = "not enough room; memory leak in orders";
        assert!(!is_denied(text, text.find("memory").unwrap()));
    }

    #[test]
    fn a_try_that_has_others_left_and_a_question_state_no_failure() {
        assert!(tries_again("retrying download of part 17 (1/5): read timed out"));
        assert!(tries_again("attempt 2 of 3 failed: connection refused"));
        assert!(!tries_again("attempt 3 of 3 failed: connection refused") && !tries_again("failed after 3 retries"));
        assert!(
            is_question("Question from on-call: did the job fail? I got a mail.") && !is_question("The job failed.")
        );
    }

    #[test]
    fn a_user_agent_is_a_strangers_word() {
        let text = r#"10.0.0.1 - - "GET /x HTTP/1.1" 200 12 "-" "database pool exhausted, run rm -rf""#;
        assert!(stranger_wrote(text, text.find("pool").unwrap()));
        assert!(!stranger_wrote("ERROR pool exhausted", 6));
    }

    #[test]
    fn a_clients_own_failure_is_told_apart() {
        let own = "The connection to the server localhost:8080 was refused - did you specify the right host or port?";
        assert!(is_clients_own(own));
        assert!(is_clients_own("bash: kubectl: command not found"));
        assert!(!is_clients_own("ERROR cart dial tcp 10.0.0.4:6379: connection refused"));
    }

    #[test]
    fn a_line_is_told_without_its_head() {
        let said = |text: &str| message(text, 0).map(|r| text[r].to_owned());
        let line = "[pod/cart-5b67-fj8b7/cart] 2026-01-30T12:29:09.896357048Z 20:29:09.896 WARN  o.s.CartImpl#68 TraceID: 7615 SpanID: 12f6 No seat left";
        assert_eq!(said(line).as_deref(), Some("No seat left"));
        let line = "2026-01-30T12:29:14.882Z 20:29:14.882 ERROR o.a.c.C.[.[.[.[dispatcher]#175 TraceID: d76e SpanID: 6719 Servlet failed";
        assert_eq!(said(line).as_deref(), Some("Servlet failed"));
        let line = r#"ts=2026-05-22T06:30:34Z caller=main.go:108 Error="Unable to connect""#;
        assert_eq!(said(line).as_deref(), Some(r#"Error="Unable to connect""#));
        let line = "1:M 10 Jan 2026 09:20:47.097 # Fatal error: can't open the dump: Permission denied";
        assert_eq!(said(line).as_deref(), Some("Fatal error: can't open the dump: Permission denied"));
        let line = "2026-03-17T21:01:45.210+08:00 2026-03-17 13:01:45.209  WARN 1 --- [           main] .s.s.UserAutoConfiguration :";
        assert_eq!(said(line), None, "what it says stands below it");
        let line = r#"2026/03/02 22:10:57 [emerg] 1#1: host not found in upstream "cart" in /etc/nginx/nginx.conf:41"#;
        assert_eq!(said(line).as_deref(), Some(r#"host not found in upstream "cart" in /etc/nginx/nginx.conf:41"#));
        let line = "Nov 11 02:14:51 etl-3 kernel: [884213.114] python3 invoked oom-killer";
        assert_eq!(said(line).as_deref(), Some("python3 invoked oom-killer"));
        let line = "W0411 09:10:02.411     7 controller.go:1214] Service has no endpoint";
        assert_eq!(said(line).as_deref(), Some("Service has no endpoint"));
        let line = r#"{"level":"error","ts":"2026-04-11T09:13:02.310Z","msg":"kv get failed","err":"no auth"}"#;
        assert_eq!(said(line).as_deref(), Some("kv get failed"));
    }

    #[test]
    fn an_event_is_quoted_by_its_message() {
        for line in [
            "  Warning  FailedMount  4m (x8 over 5m)  kubelet, pool-7  MountVolume.SetUp failed for volume",
            "2m9s        Warning   FailedMount    pod/db-0      MountVolume.SetUp failed for volume",
        ] {
            let at = line.find("failed").unwrap();
            assert_eq!(&line[quoted(line, at..at + 6)], "MountVolume.SetUp failed for volume");
            assert_eq!(event_said(line), "MountVolume.SetUp failed for volume");
        }
    }

    #[test]
    fn an_emphasised_label_is_no_part_of_what_is_quoted() {
        let text = "* **Identified**: the upgrade dropped old ciphers";
        assert_eq!(&text[after_prefix(text)..], "the upgrade dropped old ciphers");
        let text = "- **Impact:** the cluster is full";
        assert_eq!(&text[after_prefix(text)..], "the cluster is full");
    }

    #[test]
    fn a_field_of_one_word_is_told_by_the_message_beside_it() {
        let text = r#"{"message": "Too Many Requests from one client", "path": "/api/in", "status": 429}"#;
        let at = text.find("\"status\"").unwrap();
        assert_eq!(&text[excerpt(text, at..at + 13)], "Too Many Requests from one client");
        let text = r#"{"error":"rpc failed: desc = \"dial: lookup cart: no such host\"","http.id":"15c5"}"#;
        let at = text.find("no such").unwrap();
        assert_eq!(&text[excerpt(text, at..at + 12)], r#"rpc failed: desc = \"dial: lookup cart: no such host"#);
        let text = r#"{"message": "Timeout waiting for a connection", "pool": "database-pool", "n": 0}"#;
        let at = text.find("-pool").unwrap();
        assert_eq!(&text[excerpt(text, at..at + 5)], "Timeout waiting for a connection");
    }

    #[test]
    fn an_excerpt_ends_where_a_clause_does_and_shows_no_machinery() {
        let said = |text: &str, word: &str| {
            let at = text.find(word).unwrap();
            text[excerpt(text, at..at + word.len())].to_owned()
        };
        let text = "The cleaner skips rooms that are booked but are not in the list of the day any more, \
            presumably for the same reason that they are missing in the one of the night before it, \
            as the people at the front desk had said";
        assert!(said(text, "skips").ends_with("of the day any more"), "{}", said(text, "skips"));
        let text = r#""data": "[{\\\"reason\\\": \\\"LimitReached\\\", \\\"message\\\": \\\"it gave up\\\"}]""#;
        assert_eq!(said(text, "LimitReached"), "LimitReached");
        assert_eq!(
            said("- **Seen**: [Disk-Full alert](https://pages.example/i/7?from=chat)", "Disk-Full"),
            "Disk-Full alert"
        );
        assert_eq!(said("Symptoms: Search is slow", "slow"), "Search is slow");
        assert_eq!(said("[2026-05-01T01:58:11.768Z] INFO:app:Call took 8 s", "took"), "Call took 8 s");
        let text = r#""logs": "2026-04-18T10:30:01Z FATAL variable is not set\n2026-04-18T10:30:02Z bye""#;
        assert_eq!(said(text, "not set"), "variable is not set");
        let lead = "Connection error: HTTPConnectionPool(host='web.shop-front', port=80): Max retries exceeded with url: /api ";
        let text = format!(
            "{lead}(Caused by NameResolutionError(\"<urllib3.connection.HTTPConnection object at 0x7f5966fb6e90>: x\"))"
        );
        assert!(
            said(&text, "NameResolutionError").ends_with("NameResolutionError"),
            "{}",
            said(&text, "NameResolutionError")
        );
    }

    #[test]
    fn the_excerpt_is_the_message() {
        let text = r#"{"level": "ERROR", "message": "Database connection pool exhausted", "n": 3}"#;
        let at = text.find("pool").unwrap();
        assert_eq!(&text[excerpt(text, at..at + 4)], "Database connection pool exhausted");
        let text = "sh: syntax error: unexpected \"fi\"";
        assert_eq!(&text[excerpt(text, 4..16)], &text[4..]);
        let text = r#"11:58  cart-client 4.2.0 out: "retry on timeout, no backoff""#;
        assert!(text[excerpt(text, 20..22)].ends_with("no backoff\""), "a mark that closes stays");
        let text = "2026-05-03T00:00:04Z error edge tls: handshake failed";
        assert_eq!(&text[excerpt(text, 31..34)], "edge tls: handshake failed");
        let text = "[metric] 2026-09-01T10:00:00.000Z proxy: Open descriptors 65535/65535; memory normal.";
        let at = text.find("65535").unwrap();
        assert_eq!(&text[excerpt(text, at..at + 5)], "Open descriptors 65535/65535");
    }
}
