//! What a command can rest on: the names, namespaces, labels and runtimes that the evidence contains.

use std::collections::{BTreeSet, HashSet};
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::domain::Evidence;

/// The most names of one sort that are kept.
const MOST: usize = 200_000;
/// The most text that is read for words and names, in bytes. What lies beyond is not known to be absent.
const READ: usize = 2 << 20;

/// What the evidence contains. The default knows nothing, and nothing is held against it. A command
/// asks for few names: the text is searched for those, and is never cut into all of its words.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// What was read, in lower case.
    lower: String,
    /// True where only the beginning was read: then nothing is held against a name that was not seen.
    pub partial: bool,
    namespaces: OnceLock<BTreeSet<String>>,
    labels: OnceLock<BTreeSet<String>>,
    containers: OnceLock<BTreeSet<String>>,
    runtimes: OnceLock<BTreeSet<String>>,
}

/// The names at the ends of a pattern's matches; `part` is what stands in a name besides letters and figures.
fn found(cell: &'static OnceLock<Option<Regex>>, pattern: &str, part: &str, text: &str) -> BTreeSet<String> {
    let Some(re) = cell.get_or_init(|| crate::domain::pattern::compile(pattern).ok()) else { return BTreeSet::new() };
    // What is wanted ends the match and what leads to it ends with none of its characters: no captures
    // are needed, and a name that stands a thousand times is copied once.
    let names = re.find_iter(text).take(MOST).map(|m| m.as_str());
    let names = names.filter_map(|m| m.rsplit(|c: char| !(c.is_ascii_alphanumeric() || part.contains(c))).next());
    let once: HashSet<&str> = names.collect();
    once.into_iter().map(str::to_owned).collect()
}

/// What words are made of; the signs among it stand inside words, not at their ends.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')
}

impl Context {
    /// The context of everything that was given.
    pub fn of_evidence(evidence: &Evidence) -> Self {
        let mut text = String::new();
        let mut whole = true;
        for source in &evidence.sources {
            let room = READ.saturating_sub(text.len());
            let mut end = room.min(source.text.len());
            while !source.text.is_char_boundary(end) {
                end -= 1;
            }
            whole &= end == source.text.len();
            text.push_str(source.text.get(..end).unwrap_or(""));
            text.push('\n');
        }
        Self { partial: !whole, ..Self::of(&text) }
    }

    /// The context of a text of evidence.
    pub fn of(text: &str) -> Self {
        Self { lower: text.to_lowercase(), ..Self::default() }
    }

    /// Namespaces that are named as such.
    pub fn namespaces(&self) -> &BTreeSet<String> {
        static NAMESPACE: OnceLock<Option<Regex>> = OnceLock::new();
        const PATTERN: &str = r#"(?:\s-n\s+|--namespace[ =]|\bnamespaces?["']?\s*[:=/]\s*["']?|\bns[=/]|\bnamespace\s+["'`]?)[a-z0-9][a-z0-9-]*|\bin namespace-[a-z0-9-]*[a-z0-9]"#;
        self.namespaces.get_or_init(|| found(&NAMESPACE, PATTERN, "-", &self.lower))
    }

    /// Labels as `key=value`.
    pub fn labels(&self) -> &BTreeSet<String> {
        static LABEL: OnceLock<Option<Regex>> = OnceLock::new();
        const PATTERN: &str = r"[a-z0-9][a-z0-9./_-]*=[a-z0-9][a-z0-9._-]*";
        self.labels.get_or_init(|| found(&LABEL, PATTERN, "=./_-", &self.lower))
    }

    /// Containers that are named as such.
    pub fn containers(&self) -> &BTreeSet<String> {
        static CONTAINER: OnceLock<Option<Regex>> = OnceLock::new();
        const PATTERN: &str = r#"(?:\bcontainers?["']?\s*[:=/]\s*["']?|\bcontainer\s+["'`]?|\s-c\s+|- name:\s*|failed container[= ])[a-z0-9][a-z0-9._-]*"#;
        self.containers.get_or_init(|| found(&CONTAINER, PATTERN, "._-", &self.lower))
    }

    /// The runtimes whose signs the evidence shows: `go`, `node`, `jvm`, `python`, `ruby`, `dotnet`.
    pub fn runtimes(&self) -> &BTreeSet<String> {
        self.runtimes.get_or_init(|| runtimes(&self.lower))
    }

    /// True where a limit on the heap is named.
    pub fn heap_cap(&self) -> bool {
        ["-xmx", "max-old-space-size", "heap=", "heap limit", "maxrampercentage"].iter().any(|w| self.lower.contains(w))
    }

    /// True where nothing is known.
    pub fn is_empty(&self) -> bool {
        !self.lower.contains(|c: char| c.is_alphanumeric() || c == '_')
    }

    /// True where a name that is not in here is a name that nobody gave.
    pub fn tells_what_is_absent(&self) -> bool {
        !self.is_empty() && !self.partial
    }

    /// True where the evidence has this name as a word or as the beginning of one (a pod of a deployment).
    pub fn has(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.some_word(&name, |w| w.strip_prefix(name.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('-')))
    }

    /// True where the evidence has this as a word, whatever its case.
    pub fn has_word(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        self.some_word(&word, |w| w == word)
    }

    /// True where a word that holds `part` is such: the run of [`in_word`] around it without the signs
    /// at its ends, or what stands between two slashes of it.
    fn some_word(&self, part: &str, such: impl Fn(&str) -> bool) -> bool {
        if part.is_empty() {
            return false;
        }
        let finder = memchr::memmem::Finder::new(part);
        let mut from = 0;
        while let Some(at) = self.lower.get(from..).and_then(|rest| finder.find(rest.as_bytes())) {
            let at = from + at;
            let (before, after) = self.lower.split_at(at);
            let start = before.trim_end_matches(in_word).len();
            let end = at + after.find(|c| !in_word(c)).unwrap_or(after.len());
            let word = self.lower.get(start..end).unwrap_or("").trim_matches(['.', '-', '/']);
            if such(word) || word.split('/').any(&such) {
                return true;
            }
            // The whole run was looked at; what is no part of a word is passed by a character.
            from = end.max(at + part.chars().next().map_or(1, char::len_utf8));
        }
        false
    }
}

/// The signs of each runtime.
const SIGNS: [(&str, &[&str]); 6] = [
    ("go", &["goroutine", "panic: runtime", ".go:", "golang", "gomaxprocs", "gomemlimit"]),
    (
        "node",
        &[
            "node_modules",
            ".js:",
            "npm",
            "nodejs",
            "node.js",
            "v8",
            "fast-json",
            "express",
            "simdjson",
            "heap out of memory",
            "javascript",
            "max-old-space",
            "`map`",
            "map-based",
            "event loop",
        ],
    ),
    (
        "jvm",
        &[
            ".java:",
            "outofmemoryerror",
            "jvm",
            "hikari",
            "springframework",
            "exception in thread",
            "java heap",
            "gc overhead",
            "-xmx",
        ],
    ),
    ("python", &["traceback (most recent", ".py\"", "django", "gunicorn", "celery", "uvicorn", "asyncio", "python"]),
    ("ruby", &[".rb:", "rails", "puma", "sidekiq"]),
    ("dotnet", &["system.nullreference", ".cs:line", "dotnet", "kestrel", "asp.net"]),
];

/// The runtimes whose signs a text in lower case holds: all signs are looked for in one pass.
fn runtimes(lower: &str) -> BTreeSet<String> {
    static ALL: OnceLock<Option<(AhoCorasick, Vec<&str>)>> = OnceLock::new();
    let build = || {
        let signs = SIGNS.iter().flat_map(|(name, signs)| signs.iter().map(move |s| (*s, *name)));
        let (signs, names): (Vec<&str>, Vec<&str>) = signs.unzip();
        Some((AhoCorasick::new(signs).ok()?, names))
    };
    let Some((all, names)) = ALL.get_or_init(build) else { return BTreeSet::new() };
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for hit in all.find_overlapping_iter(lower) {
        found.extend(names.get(hit.pattern().as_usize()));
        if found.len() == SIGNS.len() {
            break;
        }
    }
    found.into_iter().map(str::to_owned).collect()
}
