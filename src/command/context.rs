//! What a command can rest on: the names, namespaces, labels and runtimes that the evidence contains.

use std::collections::{BTreeSet, HashSet};
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::domain::Evidence;

/// The most words that are kept.
const MOST: usize = 200_000;
/// The most text that is read for words and names, in bytes. What lies beyond is not known to be absent.
const READ: usize = 2 << 20;

/// What the evidence contains. The default knows nothing, and nothing is held against it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Every word of the evidence, in lower case.
    pub words: BTreeSet<String>,
    /// Namespaces that are named as such.
    pub namespaces: BTreeSet<String>,
    /// Labels as `key=value`.
    pub labels: BTreeSet<String>,
    /// Containers that are named as such.
    pub containers: BTreeSet<String>,
    /// The runtimes whose signs the evidence shows: `go`, `node`, `jvm`, `python`, `ruby`, `dotnet`.
    pub runtimes: BTreeSet<String>,
    /// True where a limit on the heap is named.
    pub heap_cap: bool,
    /// True where only the beginning was read: then nothing is held against a name that was not seen.
    pub partial: bool,
}

/// The names at the ends of a pattern's matches; `part` is what stands in a name besides letters and figures.
fn found(cell: &'static OnceLock<Option<Regex>>, pattern: &str, part: &str, text: &str) -> BTreeSet<String> {
    let Some(re) = cell.get_or_init(|| crate::domain::pattern::compile(pattern).ok()) else { return BTreeSet::new() };
    // What is wanted ends the match and what leads to it ends with none of its characters: no captures
    // are needed, and a name that stands a thousand times is copied once.
    let names = re.find_iter(text).take(MOST).map(|m| m.as_str());
    let names = names.filter_map(|m| m.rsplit(|c: char| !(c.is_ascii_alphanumeric() || part.contains(c))).next());
    let once: HashSet<&str> = names.collect();
    once.into_iter().map(str::to_lowercase).collect()
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
        let known = Self::of(&text);
        Self { partial: known.partial || !whole, ..known }
    }

    /// The context of a text of evidence.
    pub fn of(text: &str) -> Self {
        static NAMESPACE: OnceLock<Option<Regex>> = OnceLock::new();
        static LABEL: OnceLock<Option<Regex>> = OnceLock::new();
        static CONTAINER: OnceLock<Option<Regex>> = OnceLock::new();
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')));
        let words = words.map(|w| w.trim_matches(['.', '-', '/'])).filter(|w| !w.is_empty());
        let mut words = words.flat_map(|w| w.split('/').chain([w]));
        Self {
            words: words.by_ref().take(MOST).collect::<HashSet<&str>>().into_iter().map(str::to_owned).collect(),
            partial: words.next().is_some(),
            namespaces: found(
                &NAMESPACE,
                r#"(?i)(?:\s-n\s+|--namespace[ =]|\bnamespaces?["']?\s*[:=/]\s*["']?|\bns[=/]|\bnamespace\s+["'`]?)[a-z0-9][a-z0-9-]*"#,
                "-",
                text,
            ),
            labels: found(&LABEL, r"[A-Za-z0-9][A-Za-z0-9./_-]*=[A-Za-z0-9][A-Za-z0-9._-]*", "=./_-", text),
            containers: found(
                &CONTAINER,
                r#"(?i)(?:\bcontainers?["']?\s*[:=/]\s*["']?|\bcontainer\s+["'`]?|\s-c\s+|- name:\s*|failed container[= ])[a-z0-9][a-z0-9._-]*"#,
                "._-",
                text,
            ),
            runtimes: runtimes(&lower),
            heap_cap: ["-xmx", "max-old-space-size", "heap=", "heap limit", "maxrampercentage"]
                .iter()
                .any(|w| lower.contains(w)),
        }
    }

    /// True where nothing is known.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// True where a name that is not in here is a name that nobody gave.
    pub fn tells_what_is_absent(&self) -> bool {
        !self.is_empty() && !self.partial
    }

    /// True where the evidence has this name as a word or as the beginning of one (a pod of a deployment).
    pub fn has(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let longer = format!("{name}-");
        self.words.contains(&name) || self.words.range(longer.clone()..).next().is_some_and(|w| w.starts_with(&longer))
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
