//! Secrets that span lines: private key blocks (whole, cut off, escaped in JSON, or with a log prefix
//! on each line), PuTTY keys, and the data of Kubernetes secrets.

use std::ops::Range;

/// The most lines that one block may have.
const LINES: usize = 400;
/// The most bytes that one block may have.
const BYTES: usize = 64 << 10;

/// The places of all blocks, with what they are called.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    key_blocks(text, &mut found);
    putty(text, &mut found);
    kube_secrets(text, &mut found);
    found
}

fn key_blocks(text: &str, found: &mut Vec<(Range<usize>, &'static str)>) {
    let mut at = 0;
    while let Some(i) = text.get(at..).and_then(|r| memchr::memmem::find(r.as_bytes(), b"-----BEGIN ")) {
        let begin = at + i;
        at = begin + "-----BEGIN ".len();
        let Some(rest) = text.get(at..) else { return };
        let Some(label) = rest.find("-----").filter(|&n| n <= 40).and_then(|n| rest.get(..n)) else { continue };
        if !(label.contains("PRIVATE KEY") || label.contains("SEED") || label == "NATS USER JWT") {
            continue;
        }
        let body = at + label.len() + "-----".len();
        let end = block_end(text, body, label);
        if end > body {
            found.push((begin..end, "private-key"));
            at = end;
        }
    }
}

/// Where the block ends whose body begins at `body`; `body` itself where no body follows.
fn block_end(text: &str, body: usize, label: &str) -> usize {
    let mut limit = text.len().min(body + BYTES);
    while !text.is_char_boundary(limit) {
        limit -= 1;
    }
    let rest = text.get(body..limit).unwrap_or("");
    let closing = format!("-----END {label}-----");
    if let Some(n) = rest.find(&closing)
        && !rest.get(..n).unwrap_or("").contains("-----BEGIN ")
    {
        let after = body + n + closing.len();
        let escaped = text.get(after..).is_some_and(|r| r.starts_with("\\n"));
        return if escaped { after + 2 } else { after };
    }
    let mut end = body;
    for (i, line) in rest.split_inclusive('\n').enumerate().take(LINES) {
        let start = line.as_ptr() as usize - rest.as_ptr() as usize + body;
        let shown = line.trim_end();
        match body_tail(shown) {
            Some(tail) => end = start + tail,
            None if i == 0 && shown.is_empty() => {}
            None if shown.trim().is_empty() || is_header(shown) => {}
            None => break,
        }
    }
    end
}

fn is_header(line: &str) -> bool {
    ["Proc-Type:", "DEK-Info:", "Version:", "Comment:", "Charset:", "Hash:"].iter().any(|h| line.contains(h))
}

/// Where a line's key material ends; `None` where the line has none. Prefixes (a stamp, a pod's
/// name) may stand before it.
fn body_tail(line: &str) -> Option<usize> {
    let is_body = |b: u8| b.is_ascii_alphanumeric() || b"+/=\\".contains(&b);
    let trimmed = line.trim_end_matches(['"', '\'', ',', '}', ']', ')', '>', ';', ' ']);
    let run = trimmed.bytes().rev().take_while(|&b| is_body(b)).count();
    let word = trimmed.get(trimmed.len() - run..)?;
    let whole = word.len() == trimmed.trim_start().len();
    let long = word.len() >= 24;
    let short = whole && word.len() >= 4 && word.bytes().any(|b| b.is_ascii_digit() || b"+/=".contains(&b));
    (long || short).then_some(trimmed.len())
}

fn putty(text: &str, found: &mut Vec<(Range<usize>, &'static str)>) {
    let mut at = 0;
    let tag = "Private-Lines:";
    while let Some(i) = text.get(at..).and_then(|r| memchr::memmem::find(r.as_bytes(), tag.as_bytes())) {
        at += i + tag.len();
        let Some(rest) = text.get(at..) else { return };
        let Some(n) = rest.find('\n') else { return };
        let count: usize = rest.get(..n).and_then(|d| d.trim().parse().ok()).unwrap_or(0);
        let start = at + n + 1;
        let Some(body) = text.get(start..) else { return };
        let size: usize = body.split_inclusive('\n').take(count.min(LINES)).map(str::len).sum();
        let block = body.get(..size).unwrap_or("").trim_end();
        if !block.is_empty() {
            found.push((start..start + block.len(), "private-key"));
        }
    }
}

fn kube_secrets(text: &str, found: &mut Vec<(Range<usize>, &'static str)>) {
    let mut at = 0;
    while let Some(i) = text.get(at..).and_then(|r| memchr::memmem::find(r.as_bytes(), b"Secret")) {
        let here = at + i;
        at = here + "Secret".len();
        let line_start = text.get(..here).and_then(|h| h.rfind('\n')).map_or(0, |n| n + 1);
        let before = text.get(line_start.max(floor(text, here.saturating_sub(24)))..here).unwrap_or("");
        let key = before.trim_end_matches(['"', '\'', '\\']).trim_end();
        if !key.ends_with(':') || !key.contains("kind") {
            continue;
        }
        if text.get(at..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphanumeric())) {
            continue;
        }
        // What one look covered is not looked at again, but for a stretch that its edge may have cut.
        at = floor(text, at.max(document(text, here, found).saturating_sub(BYTES / 16)));
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The `data:` and `stringData:` of the document that a `kind: Secret` at `here` stands in; returns
/// where the document ends.
fn document(text: &str, here: usize, found: &mut Vec<(Range<usize>, &'static str)>) -> usize {
    let from = floor(text, here.saturating_sub(BYTES / 2));
    let to = floor(text, text.len().min(here + BYTES / 2));
    let start = text.get(from..here).and_then(|h| h.rfind("\n---")).map_or(from, |n| from + n + 1);
    let end = text.get(here..to).and_then(|r| r.find("\n---")).map_or(to, |n| here + n);
    let Some(document) = text.get(start..end) else { return here };
    let mut block: Option<usize> = None;
    let mut offset = start;
    for line in document.split_inclusive('\n') {
        let body = line.trim_end();
        let lead = body.len() - body.trim_start().len();
        let bare = body.trim_start().trim_start_matches("- ");
        match block {
            Some(indent) if lead > indent && !body.trim().is_empty() => {
                if let Some(value) = value_of(body) {
                    found.push((offset + value.start..offset + value.end, "kube-secret"));
                }
            }
            _ => block = None,
        }
        if ["data:", "stringData:", "\"data\": {", "\"stringData\": {"].contains(&bare) {
            block = Some(lead);
        }
        offset += line.len();
    }
    one_line(document, start, found);
    end
}

/// The value on a line of a data block: after its key, or the whole line of a folded value.
fn value_of(line: &str) -> Option<Range<usize>> {
    let trimmed = line.trim_end_matches([',', ' ']).trim_end_matches(['"', '\'']);
    let start = match line.find(": ") {
        Some(n) => n + 2,
        None if line.ends_with(':') => return None,
        None => line.len() - line.trim_start().len(),
    };
    let value = trimmed.get(start..)?;
    let lead = value.len() - value.trim_start_matches([' ', '"', '\'']).len();
    let value = value.get(lead..)?;
    let plain = value.is_empty() || matches!(value, "|" | "|-" | ">" | ">-" | "{" | "}" | "}," | "null");
    (!plain).then(|| start + lead..start + lead + value.len())
}

/// `"data":{"key":"value",…}` on one line.
fn one_line(document: &str, start: usize, found: &mut Vec<(Range<usize>, &'static str)>) {
    for tag in ["\"data\":{", "\"data\": {", "\"stringData\":{", "\"stringData\": {"] {
        let mut at = 0;
        while let Some(i) = document.get(at..).and_then(|r| r.find(tag)) {
            at += i + tag.len();
            let Some(object) = document.get(at..).and_then(|r| r.get(..r.find('}')?)) else { continue };
            let mut offset = at;
            for (n, part) in object.split('"').enumerate() {
                if n % 4 == 3 && !part.is_empty() {
                    found.push((start + offset..start + offset + part.len(), "kube-secret"));
                }
                offset += part.len() + 1;
            }
        }
    }
}
