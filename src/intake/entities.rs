//! Entities: the names a text gives to things, by their shape alone.
//!
//! Addresses, pods, versions, statuses, URLs, regions, nodes. A service's name has no shape of its
//! own: services come from lines, alerts and resources. Nothing is looked up.

use std::ops::Range;

use super::kube::workload_of;

/// What sort of thing a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum EntityKind {
    Address,
    Pod,
    Node,
    Version,
    HttpStatus,
    Url,
    Region,
    Image,
    Host,
}

/// A name in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// The sort of thing.
    pub kind: EntityKind,
    /// The name.
    pub name: String,
    /// Where it stands, in bytes of the text.
    pub range: Range<usize>,
}

/// Every entity of a text, in order.
pub fn entities(text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut before = "";
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        let lead = rest.find(is_word).unwrap_or(rest.len());
        at += lead;
        let rest = text.get(at..).unwrap_or("");
        let mut len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if rest.get(..len).is_some_and(|t| t.contains("://")) {
            len = rest
                .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | '`'))
                .unwrap_or(rest.len());
        }
        let token = rest.get(..len).unwrap_or("");
        let word = token.trim_end_matches(['.', ',', ':', '-', '/', '@']);
        if let Some(kind) = kind_of(word, before) {
            found.push(Entity { kind, name: word.to_owned(), range: at..at + word.len() });
        }
        before = word;
        if len == 0 {
            break;
        }
        at += len;
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '/' | '@' | '%' | '?' | '&' | '+')
}

fn kind_of(word: &str, before: &str) -> Option<EntityKind> {
    if word.len() < 2 || word.len() > 400 {
        return None;
    }
    if word.contains("://") {
        return Some(EntityKind::Url);
    }
    if is_address(word) {
        return Some(EntityKind::Address);
    }
    if is_version(word, before) {
        return Some(EntityKind::Version);
    }
    if is_status(word, before) {
        return Some(EntityKind::HttpStatus);
    }
    if is_region(word) {
        return Some(EntityKind::Region);
    }
    let host = word.starts_with("ip-") && word.bytes().filter(|b| *b == b'-').count() >= 4;
    if host || word.ends_with(".compute.internal") || word.ends_with(".ec2.internal") {
        return Some(EntityKind::Node);
    }
    if is_image(word) {
        return Some(EntityKind::Image);
    }
    if !word.contains(['/', ':', '@', '.']) && workload_of(word).len() + 5 < word.len() {
        return Some(EntityKind::Pod);
    }
    let dots = word.matches('.').count();
    let last = word.rsplit('.').next().unwrap_or("");
    let domain = matches!(last, "com" | "net" | "org" | "io" | "local" | "internal" | "svc" | "dev" | "cloud");
    (dots >= 1 && domain && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')))
        .then_some(EntityKind::Host)
}

fn is_address(word: &str) -> bool {
    let (host, port) = word.rsplit_once(':').unwrap_or((word, ""));
    let host = host.split('/').next().unwrap_or(host);
    let parts: Vec<&str> = host.split('.').collect();
    let octet = |p: &&str| p.len() <= 3 && p.parse::<u16>().is_ok_and(|n| n <= 255);
    parts.len() == 4 && parts.iter().all(octet) && port.bytes().all(|b| b.is_ascii_digit())
}

/// `v3.7`, `2.14.1`, and a bare `3.7` behind a word that announces one.
fn is_version(word: &str, before: &str) -> bool {
    let number = word.strip_prefix('v').unwrap_or(word);
    let core = number.split(['-', '+']).next().unwrap_or(number);
    let parts: Vec<&str> = core.split('.').collect();
    let numeric = parts.iter().all(|p| !p.is_empty() && p.len() <= 4 && p.bytes().all(|b| b.is_ascii_digit()));
    let announced =
        matches!(before.to_ascii_lowercase().as_str(), "version" | "release" | "revision" | "tag" | "build");
    numeric
        && number.starts_with(|c: char| c.is_ascii_digit())
        && match (word.starts_with('v'), parts.len()) {
            (true, 1..=4) => true,
            (false, 3) => true,
            (false, 2) => announced,
            _ => false,
        }
}

fn is_status(word: &str, before: &str) -> bool {
    let number =
        word.len() == 3 && word.starts_with(['1', '2', '3', '4', '5']) && word.bytes().all(|b| b.is_ascii_digit());
    let before = before.to_ascii_lowercase();
    number
        && (matches!(before.as_str(), "http" | "status" | "code" | "statuscode" | "returned" | "responded")
            || before.starts_with("http/"))
        || matches!(word, "4xx" | "5xx" | "4XX" | "5XX")
}

/// `us-east-1`, `eu-west-2a`, `europe-west1`, `ap-southeast-1`.
fn is_region(word: &str) -> bool {
    const AREAS: [&str; 13] =
        ["us", "eu", "ap", "sa", "ca", "me", "af", "europe", "asia", "australia", "northamerica", "southamerica", "cn"];
    const WINDS: [&str; 10] =
        ["north", "south", "east", "west", "central", "northeast", "southeast", "northwest", "southwest", "gov"];
    let mut parts = word.split('-');
    let (Some(area), Some(wind)) = (parts.next(), parts.next()) else { return false };
    let wind = wind.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = word.bytes().any(|b| b.is_ascii_digit());
    AREAS.contains(&area) && WINDS.contains(&wind) && numbered && word.len() <= 20
}

/// `registry.example.com/team/app:1.2`, `nginx:1.25`.
fn is_image(word: &str) -> bool {
    let Some((name, tag)) = word.rsplit_once(':') else { return word.contains("@sha256") };
    let named = name.starts_with(|c: char| c.is_ascii_lowercase())
        && (name.contains('/') || tag.contains('.') || tag == "latest");
    let lower = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_' | b'/' | b':'));
    let port = tag.bytes().all(|b| b.is_ascii_digit()) && tag.len() >= 4;
    named && lower && !tag.is_empty() && !tag.contains('/') && !port && !tag.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_by_their_shape() {
        for (text, kind, name) in [
            ("dial tcp 10.0.0.12:5432 refused", EntityKind::Address, "10.0.0.12:5432"),
            ("order-svc-7d9f8b6c5-x2x9k restarted", EntityKind::Pod, "order-svc-7d9f8b6c5-x2x9k"),
            ("rolled out v3.7 at noon", EntityKind::Version, "v3.7"),
            ("answers HTTP 503 now", EntityKind::HttpStatus, "503"),
            ("see https://example.com/x?y=1.", EntityKind::Url, "https://example.com/x?y=1"),
            ("all of us-east-1, nothing else", EntityKind::Region, "us-east-1"),
            ("on ip-10-0-1-42.us-east-1.compute.internal", EntityKind::Node, "ip-10-0-1-42.us-east-1.compute.internal"),
            ("pull nginx:1.25-alpine failed", EntityKind::Image, "nginx:1.25-alpine"),
            ("lookup db.prod.internal failed", EntityKind::Host, "db.prod.internal"),
        ] {
            let found: Vec<_> = entities(text).into_iter().map(|e| (e.kind, e.name)).collect();
            assert_eq!(found, [(kind, name.to_owned())], "{text}");
        }
    }

    #[test]
    fn plain_prose_has_no_entities() {
        assert_eq!(entities("The pool was exhausted at 09:12, 3 of 12 pods restarted — naïve retry."), vec![]);
    }
}
