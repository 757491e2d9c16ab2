//! Components that the trade knows by name (`components.txt`): a name that needs no hyphen to be one.
//! It knows names, and nothing of what is wrong with them.

/// One name a line; lines that begin with `#` are remarks.
static NAMES: &str = include_str!("components.txt");

fn names() -> impl Iterator<Item = &'static str> {
    NAMES.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'))
}

/// The places of a name that stands in the text as words of its own, in the text's own spelling.
fn places(text: &str, lower: &str, name: &str) -> Vec<(usize, String)> {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
    // `org.apache.kafka.common.errors`: a part of a class's path
    let in_path = |at: usize, end: usize| {
        let mut before = lower.get(..at).unwrap_or("").chars().rev();
        let mut after = lower.get(end..).unwrap_or("").chars();
        (before.next() == Some('.') && part(before.next())) && (after.next() == Some('.') && part(after.next()))
    };
    lower
        .match_indices(name)
        .filter(|(at, _)| {
            !part(lower.get(..*at).and_then(|b| b.chars().next_back()))
                && !part(lower.get(at + name.len()..).and_then(|a| a.chars().next()))
                && !in_path(*at, at + name.len())
        })
        .filter_map(|(at, _)| Some((at, text.get(at..at + name.len())?.to_owned())))
        .collect()
}

/// The component that a sentence names first.
pub fn component_in(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    names()
        .flat_map(|n| places(text, &lower, n))
        .min_by_key(|(at, name)| (*at, usize::MAX - name.len()))
        .map(|(_, n)| n)
}

/// The component that a text names most often; of several the one that it names first.
pub fn most_named(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    names()
        .filter_map(|n| {
            let all = places(text, &lower, n);
            let (at, first) = all.first().cloned()?;
            Some((all.len(), usize::MAX - at, first))
        })
        .max_by_key(|(count, early, _)| (*count, *early))
        .map(|(_, _, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_known_by_its_name_and_the_first_or_most_named_is_meant() {
        assert_eq!(component_in("then Vault and cert-manager were down").as_deref(), Some("Vault"));
        assert_eq!(component_in("the defaults were kept"), None);
        assert_eq!(component_in("org.apache.kafka.common.errors.TimeoutException"), None);
        assert_eq!(most_named("redis; cert-manager renews, cert-manager waits").as_deref(), Some("cert-manager"));
    }
}
