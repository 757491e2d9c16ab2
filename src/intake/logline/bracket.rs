//! Bracketed tokens of a head: stamps, levels, ids, threads, pods, names.

use super::date::stamp_at;
use super::head::{NameKind, Scan};
use super::level::{is_strong, letter, level_of};

/// The longest bracket that is taken as part of a head, in bytes.
const LONGEST: usize = 200;

impl Scan<'_> {
    /// Takes one bracketed token, if it belongs to a head.
    pub(super) fn bracket(&mut self) -> bool {
        let rest = self.rest();
        let close = match rest.as_bytes().first() {
            Some(b'[') => ']',
            Some(b'(') => ')',
            Some(b'<') => '>',
            _ => return false,
        };
        if stamp_at(self.line, self.at + 1).is_some() {
            self.at += 1;
            return self.stamp_here();
        }
        let Some(len) = closing(rest, close).filter(|len| *len <= LONGEST) else { return false };
        let inside = rest.get(1..len).unwrap_or("").trim();
        if let Some(level) = bracketed_level(inside).filter(|_| self.levels.len() < 2) {
            self.levels.push(level);
            self.take(len + 1);
            return true;
        }
        if self.lettered_stamp(inside) {
            return true;
        }
        if let Some(name) = emitter(inside).or_else(|| self.application(inside, len)) {
            self.service = Some((NameKind::Stated, name));
            self.take(len + 1);
            return true;
        }
        self.passed_over(inside, len)
    }

    fn stamp_here(&mut self) -> bool {
        let Some(found) = stamp_at(self.line, self.at) else { return false };
        if self.stamps.len() < 4 {
            self.stamps.push(found);
        }
        self.take(found.end - self.at);
        true
    }

    /// `[I 2026-06-02 09:12:00.000 ServerApp]`: a level's letter and a stamp share the bracket.
    fn lettered_stamp(&mut self, inside: &str) -> bool {
        let level = inside.as_bytes().first().and_then(|l| letter(*l));
        let (Some(level), true) = (level, inside.get(1..2) == Some(" ")) else { return false };
        if stamp_at(self.line, self.at + 3).is_none() {
            return false;
        }
        self.levels.push(level);
        self.at += 3;
        self.stamp_here()
    }

    /// `--- [room-inventory] [9f2d58f7] c.a.Search`: of two brackets behind a Spring line's dashes, the first
    /// names the application, the second a thread or trace.
    fn application(&self, inside: &str, len: usize) -> Option<String> {
        let ruled = self.line.get(..self.at).is_some_and(|b| b.ends_with("--- "));
        let second = self.rest().get(len + 1..).is_some_and(|r| r.starts_with(" ["));
        let plain = inside.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        let named = inside.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_thread(inside);
        (ruled && second && plain && named).then(|| inside.to_owned())
    }

    /// Ids, threads and unknown brackets: part of the head only if something sure follows, but for
    /// those right behind a stamp or level.
    fn passed_over(&mut self, inside: &str, len: usize) -> bool {
        let known = self.stamped() || !self.levels.is_empty();
        if !known {
            // `[pid: 1|app: 0] … [stamp]`: what comes first is not the head's end
            return false;
        }
        if is_id(inside) {
            self.take(len + 1);
            return true;
        }
        let plain = inside
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b':' | b'$' | b'@' | b'#'));
        if !plain || inside.is_empty() || inside.len() > 80 {
            return false;
        }
        // `<nagbot>` speaks in a chat
        let speaker = self.rest().starts_with('<');
        let named = inside.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_thread(inside) && !speaker;
        if named && self.service.is_none() {
            self.service = Some((NameKind::Logger, inside.to_owned()));
        }
        self.take(len + 1);
        true
    }
}

/// Where the bracket at the text's start closes; brackets inside it are counted.
fn closing(text: &str, close: char) -> Option<usize> {
    let open = text.chars().next()?;
    let mut depth = 0;
    for (at, c) in text.char_indices().take(LONGEST + 1) {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// `ERROR`, `error`, `core:error`: a level, alone or behind a module's name.
fn bracketed_level(inside: &str) -> Option<crate::domain::Level> {
    let word = inside.rsplit(':').next()?.trim_end_matches('.');
    let plain = !inside.contains(' ') && inside.matches(':').count() <= 1;
    let level = level_of(word).filter(|_| plain)?;
    let known = is_strong(&word.to_ascii_uppercase()) || word.chars().next().is_some_and(char::is_uppercase);
    (known || matches!(word, "crit" | "alert" | "emerg" | "note" | "panic")).then_some(level)
}

/// The program behind `[pod/NAME/CONTAINER]` and `[thread:Logger@12]`.
fn emitter(inside: &str) -> Option<String> {
    if let Some(rest) = inside.strip_prefix("pod/") {
        let pod = rest.split('/').next().unwrap_or(rest);
        return Some(crate::intake::kube::workload_of(pod).to_owned());
    }
    // a pod's own name ends in two parts that nobody would choose
    let workload = crate::intake::kube::workload_of(inside);
    let plain = inside.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if plain && workload.len() + 10 < inside.len() && inside.contains('-') {
        return Some(workload.to_owned());
    }
    let (before, number) = inside.rsplit_once('@')?;
    let numbered = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let (_, name) = before.split_once(':').filter(|_| numbered)?;
    let name = if name.contains(' ') { name.rsplit(':').next().unwrap_or(name) } else { name };
    let named = !name.is_empty() && name.bytes().any(|b| b.is_ascii_alphabetic()) && !name.contains(' ');
    named.then(|| name.to_owned())
}

/// Process ids, request ids, UUIDs, `pid 1:tid 2`, empty brackets.
fn is_id(inside: &str) -> bool {
    let digits = inside.bytes().filter(u8::is_ascii_digit).count();
    let hex = |s: &str| s.len() >= 8 && s.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let first = inside.split(' ').next().unwrap_or("");
    inside.is_empty()
        || inside.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':' | b' ' | b'#' | b'*' | b'.' | b','))
        || inside.starts_with("pid")
        || inside.starts_with("req-")
        || inside.starts_with("client ")
        || hex(first)
        || (digits * 2 > inside.len() && !inside.contains(' '))
        || (inside.starts_with("MY-") && digits == 6)
}

/// Names that threads go by: numbered, and of words for threads. `domain-service` is a program's.
fn is_thread(name: &str) -> bool {
    const WORDS: [&str; 10] = ["thread", "exec", "pool", "worker", "nio", "http", "qtp", "task", "scheduling", "async"];
    let lower = name.to_ascii_lowercase();
    let numbered = lower.ends_with(|c: char| c.is_ascii_digit()) || lower.ends_with("thread");
    let of_threads = |part: &str| {
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let ends = ["pool", "executor", "group", "thread"].iter().any(|end| word.ends_with(end));
        ends || WORDS.contains(&word) || word.starts_with("nio")
    };
    lower == "main" || (numbered && !lower.contains('.') && lower.split(|c: char| !c.is_alphanumeric()).any(of_threads))
}

#[cfg(test)]
mod tests {
    use super::is_thread;

    #[test]
    fn a_thread_is_told_from_a_program() {
        for name in ["main", "http-nio-8080-exec-1", "pool-2-thread-1", "qtp1234-15", "nioEventLoopGroup-2-1", "task-7"]
        {
            assert!(is_thread(name), "{name}");
        }
        for name in ["domain-service", "union-api", "carpool-api", "http-gateway", "orders", "task-board"] {
            assert!(!is_thread(name), "{name}");
        }
    }
}
