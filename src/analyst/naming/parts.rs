//! Words that stand where a name could and name nothing that runs: classes, codes of messages, fields, pages.
//! It looks at the word alone.

/// True for a class of a framework, also where its logger cut off the beginning:
/// `onfigReactiveWebServerApplicationContext`.
pub(super) fn is_class(name: &str) -> bool {
    const ENDS: &str =
        "Context Processor Configuration Factory Impl Reporter Listener Initializer Interceptor Dispatcher";
    let humps = name.bytes().filter(u8::is_ascii_uppercase).count();
    let joined = name.bytes().all(|b| b.is_ascii_alphanumeric());
    joined && humps >= 3 && ENDS.split_ascii_whitespace().any(|e| name.ends_with(e))
}

/// True for the code of a message: `HHH000342`, `MY-010116`.
pub(super) fn is_code(name: &str) -> bool {
    let letters = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = name.get(letters..).map_or("", |rest| rest.strip_prefix('-').unwrap_or(rest));
    (2..=6).contains(&letters) && (4..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// True for a field of a printed object: `affectedRows`, `insertId`, `protocol41`.
pub(super) fn is_field(name: &str) -> bool {
    const FIELDS: &str = "affectedRows changedRows fieldCount insertId serverStatus warningCount protocol41 \
        creation_date starts_at ends_at updated_at startsAt endsAt";
    FIELDS.split_ascii_whitespace().any(|f| f == name)
}

/// True for a host that a text links to for its readers and that nothing calls: documentation, code,
/// runbooks.
pub(super) fn is_page(host: &str) -> bool {
    const PAGES: [&str; 6] = ["github.com", "gitlab.com", "stackoverflow.com", "pypi.org", "grafana.com", "npmjs.com"];
    const BEGIN: [&str; 4] = ["docs.", "runbooks.", "www.", "wiki."];
    PAGES.contains(&host) || BEGIN.iter().any(|b| host.starts_with(b))
}

/// True where a text offers its reader a page: `see https://…`, `Learn more: https://…`.
pub(super) fn is_offered(before: &str) -> bool {
    const WORDS: &str = "see docs doc documentation more visit refer read reference";
    let Some(words) = before.strip_suffix("://").and_then(|b| b.rsplit_once(|c: char| !c.is_ascii_alphanumeric()))
    else {
        return false;
    };
    let mut last = words.0.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).rev().take(2);
    last.any(|word| WORDS.split_ascii_whitespace().any(|w| word.eq_ignore_ascii_case(w)))
}

#[cfg(test)]
mod tests {
    use super::is_offered;

    #[test]
    fn a_page_that_is_offered_is_told_from_an_address_that_is_called() {
        for before in ["loop detected, see https://", "Learn more: https://", "refer to https://", "Docs: http://"] {
            assert!(is_offered(before), "{before}");
        }
        for before in ["GET https://", "connect to https://", "upstream https://", "https://", "seen at "] {
            assert!(!is_offered(before), "{before}");
        }
    }
}
