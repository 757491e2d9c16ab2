//! Guards: what tells a secret from a look-alike once a pattern has matched.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use regex::Captures;
use serde::Deserialize;

/// A further test on what matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// No further test.
    #[default]
    None,
    /// The value of a password-like key (group `key`, separator in group `sep`): no placeholder, no word of prose.
    Password,
    /// The value of a key that is often harmless (`token`, `secret`, `…key`): must look made by a machine.
    Token,
    /// Not a placeholder for a value.
    Real,
    /// Not a placeholder, and mixed enough to be made by a machine.
    Mixed,
    /// Base64 of `user:password`.
    Basic,
    /// The password part of a URL, not a port and path.
    UrlPassword,
    /// A card number: a known issuer's prefix and length, and the check digit.
    Card,
    /// An IBAN with right check digits.
    Iban,
    /// An IPv4 address of the public Internet.
    Ipv4,
    /// An IPv6 address of the public Internet.
    Ipv6,
    /// An e-mail address, not a unit, a version or a login on a host.
    Email,
    /// A telephone number.
    Phone,
}

/// True where the match passes the guard.
pub(super) fn holds(guard: Guard, text: &str, captures: &Captures<'_>, range: Range<usize>) -> bool {
    let value = text.get(range.clone()).unwrap_or("");
    let before = text.get(..range.start).unwrap_or("");
    let after = text.get(range.end..).unwrap_or("");
    let key = captures.name("key").map_or("", |m| m.as_str());
    let sep = captures.name("sep").map_or("", |m| m.as_str());
    match guard {
        Guard::None => true,
        Guard::Real => !is_placeholder(value),
        Guard::Mixed => !is_placeholder(value) && is_mixed(value),
        Guard::Password => password(key, value, sep, before, after),
        Guard::Token => token(key, value, after),
        Guard::Basic => basic(value),
        Guard::UrlPassword => {
            let digits = value.bytes().take_while(u8::is_ascii_digit).count();
            let port = (1..=5).contains(&digits) && value.as_bytes().get(digits).is_none_or(|b| *b == b'/');
            !is_placeholder(value) && (!port || !value.contains('/'))
        }
        Guard::Card => card(value, before, after),
        Guard::Iban => iban(value),
        Guard::Ipv4 => ipv4(value, before, after),
        Guard::Ipv6 => value.parse::<Ipv6Addr>().is_ok_and(|ip| matches!(ip.segments().first(), Some(0x2000..=0x3fff))),
        Guard::Email => email(value, before),
        Guard::Phone => (8..=15).contains(&value.bytes().filter(u8::is_ascii_digit).count()),
    }
}

/// True where the value is a placeholder of ours from end to end.
pub(super) fn is_masked(value: &str) -> bool {
    let body = value.trim_matches(['"', '\'', ' ', '\n', '\r', ';', ',']);
    body.starts_with('‹')
        && body.split_inclusive('›').all(|p| {
            let p = p.trim_start();
            p.starts_with('‹') && p.ends_with('›') && p.chars().filter(|c| *c == '‹').count() == 1
        })
}

/// True for a value that is long and mixed enough to be looked for elsewhere.
pub(super) fn is_distinctive(value: &str) -> bool {
    value.len() >= 8
        && value.bytes().any(|b| b.is_ascii_digit())
        && value.bytes().any(|b| b.is_ascii_alphabetic())
        && !value.contains(['‹', '\n'])
}

/// Shannon entropy in bits a character.
pub(super) fn entropy(value: &str) -> f64 {
    let mut counts = [0u32; 256];
    for b in value.bytes() {
        if let Some(n) = counts.get_mut(usize::from(b)) {
            *n += 1;
        }
    }
    let total = value.len().max(1) as f64;
    counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / total).map(|p| -p * p.log2()).sum()
}

const WORDS: [&str; 70] = [
    "null",
    "none",
    "nil",
    "undefined",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "empty",
    "string",
    "required",
    "missing",
    "invalid",
    "expired",
    "unknown",
    "default",
    "redacted",
    "masked",
    "filtered",
    "hidden",
    "removed",
    "secret",
    "changeme",
    "change-me",
    "placeholder",
    "example",
    "dummy",
    "incorrect",
    "wrong",
    "bad",
    "not",
    "is",
    "was",
    "failed",
    "failure",
    "reset",
    "denied",
    "rejected",
    "strong",
    "weak",
    "set",
    "unset",
    "ok",
    "must",
    "for",
    "and",
    "the",
    "with",
    "bearer",
    "basic",
    "token",
    "password",
    "optional",
    "provided",
    "given",
    "disabled",
    "enabled",
    "revoked",
    "refresh",
    "mismatch",
    "too",
    "cannot",
    "could",
    "error",
    "encrypted",
    "auth",
    "text",
    "plain",
];

fn is_word_of_prose(value: &str) -> bool {
    let bare = value.trim_end_matches(['.', ',', ':', ';', '!', '?', ')']).to_ascii_lowercase();
    WORDS.contains(&bare.as_str())
}

/// True for what stands where a value would: stars, `${NAME}`, `<token>`, `null`, our own marks.
pub(super) fn is_placeholder(value: &str) -> bool {
    let bare = value.trim_matches(['"', '\'', ' ', '\\']);
    let Some(first) = bare.chars().next() else { return true };
    let repeated = bare.chars().all(|c| c == first);
    let code = ["${", "$(", "{{", "%{", "<", "[", "%(", "#{", "@{", "((", "‹"].iter().any(|p| bare.starts_with(p))
        && (!bare.starts_with('‹') || is_masked(bare));
    let variable = bare.strip_prefix('$').is_some_and(|r| {
        r.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && r.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    });
    let dull = bare.chars().all(|c| "*xX•.-_?#…".contains(c));
    let upper = bare.to_ascii_uppercase();
    let said = ["REDACTED", "MASKED", "FILTERED", "YOUR_", "YOUR-", "PLACEHOLDER", "CHANGEME", "<SECRET"]
        .iter()
        .any(|w| upper.contains(w));
    (repeated && bare.len() > 1) || code || variable || dull || said || is_masked(bare) || is_word_of_prose(bare)
}

fn is_mixed(value: &str) -> bool {
    let digit = value.bytes().any(|b| b.is_ascii_digit());
    let lower = value.bytes().any(|b| b.is_ascii_lowercase());
    let upper = value.bytes().any(|b| b.is_ascii_uppercase());
    let letter = lower || upper;
    (digit && letter) || (lower && upper && value.len() >= 16 && entropy(value) > 3.5) || is_long_hex(value)
}

fn is_long_hex(value: &str) -> bool {
    value.len() >= 20 && value.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A reference to where a value is kept, or an expression that fetches it.
fn is_reference(value: &str, after: &str) -> bool {
    const HEADS: [&str; 24] = [
        "os.",
        "process.",
        "env.",
        "config.",
        "self.",
        "this.",
        "settings.",
        "var.",
        "local.",
        "data.",
        "module.",
        ".Values",
        "arn:",
        "ssm:",
        "vault:",
        "file:",
        "secretsmanager",
        "getenv",
        "http://",
        "https://",
        "projects/",
        "/run/",
        "/etc/",
        "/var/",
    ];
    let called =
        after.starts_with(['(', '[']) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"._".contains(&b));
    let path = (value.starts_with('/') || value.starts_with("./") || value.starts_with("~/"))
        && value.matches('/').count() >= 2
        && !value.contains(['+', '=']);
    called || path || HEADS.iter().any(|h| value.starts_with(h))
}

fn password(key: &str, value: &str, sep: &str, before: &str, after: &str) -> bool {
    let value = value.trim();
    if value.len() < 4 || is_placeholder(value) || is_reference(value, after) {
        return false;
    }
    let quoted = before.ends_with(['"', '\'', '`']);
    let loose = sep.contains(':') && sep.ends_with(char::is_whitespace) && !quoted;
    let wordy = value.bytes().all(|b| b.is_ascii_lowercase() || b"-_.,".contains(&b));
    // `PASS: TestName` is what test runners print.
    if loose && key.eq_ignore_ascii_case("pass") && !value.bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    let number = value.bytes().all(|b| b.is_ascii_digit());
    if loose && (wordy || number) {
        // A word behind a colon is prose unless the line holds nothing else.
        let line = before.get(before.rfind('\n').map_or(0, |i| i + 1)..).unwrap_or("");
        let lead = line.trim_start().trim_start_matches("- ");
        let alone = after.lines().next().unwrap_or("").trim().is_empty() && lead.split_whitespace().count() <= 1;
        return alone && value.len() >= 6;
    }
    true
}

fn token(key: &str, value: &str, after: &str) -> bool {
    // A passphrase in a variable of the environment has no digits, and is long.
    let variable = key.ends_with("SECRET") && key.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    if variable && value.len() >= 16 && value.bytes().all(|b| b.is_ascii_lowercase()) {
        return true;
    }
    let key = key.to_ascii_lowercase();
    let harmless = [
        "next",
        "page",
        "contin",
        "cursor",
        "public",
        "cache",
        "primary",
        "foreign",
        "sort",
        "partition",
        "max",
        "min",
        "idempot",
        "resume",
        "sync",
        "unexpected",
        "publishable",
        "order_key",
        "routing",
        "row_key",
        "lock",
        "object",
        "etag",
        "shard",
        "hash_key",
        "range_key",
        "message",
        "dedup",
    ];
    if value.len() < 8
        || is_placeholder(value)
        || is_reference(value, after)
        || harmless.iter().any(|h| key.contains(h))
    {
        return false;
    }
    let number = value.bytes().all(|b| b.is_ascii_digit() || b".:-TZ/".contains(&b));
    let words = value.bytes().all(|b| b.is_ascii_lowercase() || b"-_./:".contains(&b)) && entropy(value) < 4.2;
    let name = is_kube_name(value);
    !number && !words && !name && is_mixed(value)
}

/// A name in the style of Kubernetes objects: words with at most a short number at the end of each.
fn is_kube_name(value: &str) -> bool {
    value.contains('-')
        && value.split('-').all(|part| {
            let digits = part.bytes().filter(u8::is_ascii_digit).count();
            part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) && digits <= 2 && part.len() <= 12
        })
}

fn basic(value: &str) -> bool {
    let mut bits = 0u32;
    let mut held = 0u32;
    let mut bytes = Vec::new();
    for b in value.bytes().take_while(|b| *b != b'=').take(1024) {
        let six = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return false,
        };
        held = (held << 6) | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    bytes.contains(&b':') && bytes.iter().all(|b| !b.is_ascii_control())
}

fn card(value: &str, before: &str, after: &str) -> bool {
    let digits: Vec<u32> = value.chars().filter_map(|c| c.to_digit(10)).collect();
    let lead = |n: usize| digits.iter().take(n).fold(0, |a, d| a * 10 + d);
    let issued = match digits.len() {
        15 => matches!(lead(2), 34 | 37),
        14 => matches!(lead(2), 36 | 38) || (300..=305).contains(&lead(3)),
        16 => {
            lead(1) == 4
                || (51..=55).contains(&lead(2))
                || (2221..=2720).contains(&lead(4))
                || lead(4) == 6011
                || lead(2) == 65
                || (3528..=3589).contains(&lead(4))
                || lead(2) == 62
        }
        _ => false,
    };
    let edge = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    let apart = !before.ends_with(edge) && !after.starts_with(|c: char| edge(c) && c != '.' && c != '-');
    let plain = value.len() == digits.len();
    let lead_in = before.get(before.rfind('\n').map_or(0, |i| i + 1)..).unwrap_or("").to_ascii_lowercase();
    let name = lead_in.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let numbered = [
        "id", "order", "trace", "span", "offset", "seq", "invoice", "lsn", "ms", "ns", "us", "ts", "epoch", "number",
        "account", "job", "xid",
    ];
    let counted = plain && numbered.iter().any(|w| name.ends_with(w));
    issued && apart && !counted && luhn(&digits)
}

fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| match (i % 2, d * 2) {
            (0, _) => *d,
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn iban(value: &str) -> bool {
    let compact: Vec<char> = value.chars().filter(|c| !c.is_whitespace()).collect();
    if !(15..=34).contains(&compact.len()) {
        return false;
    }
    let (head, tail) = compact.split_at(4);
    let rest = tail.iter().chain(head).try_fold(0u32, |rest, c| {
        let n = c.to_digit(36)?;
        Some(if n > 9 { (rest * 100 + n) % 97 } else { (rest * 10 + n) % 97 })
    });
    rest == Some(1)
}

fn ipv4(value: &str, before: &str, after: &str) -> bool {
    let Ok(ip) = value.parse::<Ipv4Addr>() else { return false };
    let [a, b, ..] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let local = ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared || a == 0 || a >= 224;
    let lead = before.get(floor(before, before.len().saturating_sub(12))..).unwrap_or("").to_ascii_lowercase();
    let joined = lead.ends_with(|c: char| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let word = lead.trim_end_matches([' ', '=', ':', '"']);
    let version = word.ends_with("version") || word.ends_with("ver") || word.ends_with("release");
    let product = lead.ends_with('/')
        && lead.trim_end_matches('/').ends_with(|c: char| c.is_ascii_alphanumeric())
        && !lead.contains("//")
        && !after.starts_with(':');
    let mut rest = after.chars();
    let longer = match rest.next() {
        Some('.') => rest.next().is_some_and(|c| c.is_ascii_alphanumeric()),
        Some(c) => c.is_ascii_alphanumeric() || c == '_',
        None => false,
    };
    !local && !joined && !version && !product && !longer
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn email(value: &str, before: &str) -> bool {
    let Some((user, host)) = value.rsplit_once('@') else { return false };
    let units = ["service", "socket", "slice", "scope", "target", "timer", "mount", "path", "device"];
    let top = host.rsplit('.').next().unwrap_or("");
    let line = before.get(before.rfind('\n').map_or(0, |i| i + 1)..).unwrap_or("");
    let word = line.split_whitespace().next_back().unwrap_or("");
    let login = line.ends_with(' ') && ["ssh", "scp", "rsync", "sftp", "mosh"].contains(&word);
    let url = word.contains("://") && !line.ends_with(' ');
    !units.contains(&top) && user != "git" && !login && !url && !before.ends_with('/')
}
