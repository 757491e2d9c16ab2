//! Names of persons in what people write: who signs, who is put down as author or in the column of who did it,
//! who speaks in a chat. A fault is nobody's; a row is told by a person and is of a thing. It knows places in
//! a text, and no list of names.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

static LABELLED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?m)(?:^|[·|,;(]\s*)\W{0,4}(?i:authors?|written by|owner|reporter|reported by|incident (?:commander|lead)|ic|scribe|on[- ]call|from|prepared by|reviewer)\W{0,4}:\W{0,4}(\p{Lu}\p{Ll}+)(?: (\p{Lu}\p{Ll}+))?",
    )
    .ok()
});
static SIGNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?m)(?:(?:--|—|–) ?|, by |^by )(\p{Lu}\p{Ll}+)(?: (\p{Lu}\p{Ll}+))?\W{0,3}$|^(\p{Lu}\p{Ll}{2,11})\s*\z|, by (\p{Lu}\p{Ll}+)\. ",
    )
    .ok()
});
/// What only a person does.
static ACTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"\b(\p{Lu}\p{Ll}{2,11})(?: and (\p{Lu}\p{Ll}{2,11}))? (?:acks?\b|acked|acknowledged the page|joins?\b|joined|logs? in\b|logged in|suspects?\b|suspected|asks?\b|asked|remembers|remembered|wonders|looks at|looked at|compares|compared|calls the|called the|apologi[sz]\w+|is paged|was paged|takes over\b|opens a (?:ticket|P1|case)|(?:changed|edited|withdrew|pulled|reverted|saw|tried|found|put|raised) (?:(?:a|an|the) (\w+)|it\b|his\b|her\b))|\b[Pp]age[sd] (\p{Lu}\p{Ll}{2,11})\b|\bPaged \((\p{Lu}\p{Ll}+)\)",
    )
    .ok()
});
/// What programs raise, put and find as people do.
const OF_PROGRAMS: &str = "exception error errors alert alarm warning event lock locks signal timeout fault load strain \
    message messages request requests record row rows limit node leader peer broker host deadlock mismatch";
/// What only people say to each other.
static TALK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)(?:^|[^\w'’-])(?:i|i['’](?:m|ll|ve|d)|we|we['’](?:re|ll|ve|d)|my|our|let['’]s|ok|okay|thanks|thx|hmm+|yes|yep|yeah|nope|anyone|somebody|someone|pls|fyi|btw|guys|folks|@\p{L}[\w.-]+)(?:[^\w'’-]|$)|\?\s*$",
    )
    .ok()
});
/// The author of a message in a chat, alone on its line or before what was said.
static SPOKE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?m)^@?(\p{L}[\w.-]{1,24})(?: \([^)\n]{1,24}\))?\s{1,4}\[?\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?\]?(?::|\s*$)|^\[\d{1,2}:\d\d(?::\d\d)?\] <?@?(\p{L}[\w.-]{1,24})>?(?: \([^)\n]{1,24}\))?: ",
    )
    .ok()
});

/// `09:10 <nagbot> …`: a chat's layout, and of no log's.
static CHATTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?m)^\[?\d{1,2}:\d\d(?::\d\d)?\]? <[@+%~&]?(\p{L}[\w.|-]{1,24})> ").ok()
});

/// Headings of a column that holds persons.
const WHO: &str = "who owner author person people by reporter responder engineer assignee speaker";

/// True for a line of a chat in the layout `09:10 <nick> …`.
pub fn is_remark(line: &str) -> bool {
    CHATTED.as_ref().is_some_and(|r| r.is_match(line))
}

/// The persons that a text names, in lower case.
pub fn persons_in(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for pattern in [&LABELLED, &SIGNED] {
        for c in pattern.iter().flat_map(|r| r.captures_iter(text)) {
            all.extend(c.iter().skip(1).flatten().map(|m| m.as_str().to_lowercase()));
        }
    }
    for c in ACTS.iter().flat_map(|r| r.captures_iter(text)) {
        // `Checkout raised an exception`
        let object = c.get(OBJECT).map_or("", |m| m.as_str());
        if OF_PROGRAMS.split_ascii_whitespace().any(|w| w.eq_ignore_ascii_case(object)) {
            continue;
        }
        let names = c.iter().enumerate().filter(|(i, _)| *i > 0 && *i != OBJECT);
        all.extend(names.filter_map(|(_, m)| m).map(|m| m.as_str().to_lowercase()));
    }
    in_columns(text, &mut all);
    speakers(text, &mut all);
    all.retain(|name| !is_thing(name));
    // whoever is in angle brackets speaks, also a program that was given a voice
    let chatted = CHATTED.iter().flat_map(|r| r.captures_iter(text)).filter_map(|c| c.get(1));
    all.extend(chatted.map(|m| m.as_str().to_lowercase()));
    all
}

/// Which group of the pattern of acts is what was acted on.
const OBJECT: usize = 3;

/// Who speaks in a chat. A log without levels has the same shape: so the layout must be a chat's, with half days
/// or the name alone on its line, or what is said must be what people say.
fn speakers(text: &str, all: &mut BTreeSet<String>) {
    let mut talk: BTreeSet<String> = BTreeSet::new();
    for c in SPOKE.iter().flat_map(|r| r.captures_iter(text)) {
        let Some((whole, name)) = c.get(0).zip(c.get(1).or_else(|| c.get(2))) else { continue };
        let head = whole.as_str().trim_end();
        let said = text.get(whole.end()..).and_then(|t| t.lines().next()).unwrap_or("");
        let chat = head.ends_with(|c: char| c.is_alphabetic()) || whole.as_str().starts_with('@') || head.contains('<');
        let alone = !head.ends_with(':');
        let name = name.as_str().to_lowercase();
        if chat || alone || TALK.as_ref().is_some_and(|r| r.is_match(said)) || text.contains(&format!("@{name}")) {
            talk.insert(name);
        }
    }
    all.extend(talk);
}

/// The cells of a table's column that says who.
fn in_columns(text: &str, all: &mut BTreeSet<String>) {
    let mut column: Option<usize> = None;
    for line in text.lines() {
        let Some(inner) = line.trim().strip_prefix('|') else {
            column = None;
            continue;
        };
        let cells = || inner.split('|').map(str::trim);
        match column {
            None => {
                let is_who = |cell: &str| WHO.split_ascii_whitespace().any(|w| cell.eq_ignore_ascii_case(w));
                column = cells().position(is_who);
            }
            Some(at) => {
                let cell = cells().nth(at).unwrap_or_default();
                for name in cell.split([',', '&', '/']).flat_map(|part| part.split(" and ")).map(str::trim) {
                    let one = name.split_whitespace().count() <= 2 && name.starts_with(char::is_uppercase);
                    if one && name.chars().all(|c| c.is_alphabetic() || c == ' ' || c == '.') {
                        all.insert(name.to_lowercase());
                        all.extend(name.split(' ').filter(|w| w.len() > 2).map(str::to_lowercase));
                    }
                }
            }
        }
    }
}

/// A name that the trade knows, or that is of a program or a group: nobody's.
fn is_thing(name: &str) -> bool {
    const NOT: &str = "the this that they all and error warning info note update alert alerts pager bot platform \
        aws azure google gcp microsoft amazon oracle github vendor provider carrier supplier registrar marketing sales \
        growth finance kubernetes terraform puppet ansible dispatch team support customer service queue monitoring network database security infra storage ops sre on-call";
    NOT.split_ascii_whitespace().any(|word| word == name)
        || name.contains(['-', '_'])
        || ["bot", "alert", "monitor"].iter().any(|part| name.contains(part))
        || crate::analyst::story::components::component_in(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_logs_without_levels_or_raises_an_exception_is_no_person() {
        let log = "[10:05:12] checkout: connection refused\n[10:05:14] billing: timeout after 3 s\n\
            orders 10:05:15: pool exhausted\nCheckout raised an exception. Billing put a lock on orders.\n";
        assert!(persons_in(log).is_empty(), "{:?}", persons_in(log));
        let chat = "[10:05:12] ilse: I see timeouts\n[10:05:14] emre: anyone on it?\nlina 10:05:15: my pager rang\n\
            Maud changed the rule\n";
        let all: Vec<String> = persons_in(chat).into_iter().collect();
        assert_eq!(all, ["emre", "ilse", "lina", "maud"]);
    }

    #[test]
    fn who_stands_in_angle_brackets_behind_a_time_speaks() {
        let chat = "09:10 <nagbot> CRIT: till-db-r1 lags\n09:10 <@mo> there we go\n";
        assert_eq!(persons_in(chat).into_iter().collect::<Vec<_>>(), ["mo", "nagbot"]);
        assert!(chat.lines().all(is_remark) && !is_remark("09:10 till-db-r1 lags"));
    }

    #[test]
    fn whoever_signs_speaks_or_is_put_down_is_a_person_and_a_program_is_none() {
        let text = "**Author:** Ragna Holt (Platform)\n\n| When | Who | What |\n| :-- | :-- | :-- |\n\
            | 05:34 | pager | pages Emre |\n| 07:48 | Svea, Emre | New one issued |\n\nilse  9:16 AM\nit hangs\n\n\
            pagerbot  9:17 AM\n5xx\n\nat noon Lina logged in on nat-4, Patroni noticed it\n\nMaud\n";
        let all = persons_in(text);
        for name in ["ragna", "emre", "svea", "ilse", "lina", "maud"] {
            assert!(all.contains(name), "{name} in {all:?}");
        }
        for name in ["pager", "pagerbot", "patroni", "platform"] {
            assert!(!all.contains(name), "{name} in {all:?}");
        }
    }
}
