//! What a fault's own sentence names as the thing it is of: the table that is locked, the role that is
//! denied, the database whose log is full. It reads the form of that one naming, and no grammar.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::naming;

/// One form: the families of faults that it is read for, a word that it needs, the pattern with one group.
type Form = (&'static [&'static str], &'static str, LazyLock<Option<Regex>>);

macro_rules! form {
    ($families:expr, $word:literal, $pattern:literal) => {
        ($families, $word, LazyLock::new(|| crate::domain::pattern::compile($pattern).ok()))
    };
}

static FORMS: [Form; 6] = [
    form!(&["lock_contention."], "lock", r"\block(?:s|ed)? on (?:the )?(?:table |row of )?[`\x22]?([A-Za-z][\w.]+)"),
    form!(&["permission_denied."], "assumed-role/", r"assumed-role/([\w+=.@-]+)"),
    form!(&["permission_denied."], "serviceaccount:", r"serviceaccount:[\w-]+:([\w-]+)"),
    form!(&["disk_full."], "database '", r"database '([A-Za-z][\w-]*)'"),
    form!(
        &["dependency_unavailable."],
        "the ",
        r"\bthe ((?:[a-z][\w-]+ ){1,2}(?:system|service|site|shop|app|portal|website|server|database|api)) (?:is|was|went) (?:down|unavailable|unreachable)"
    ),
    form!(&["disk_full.", "capacity_limit."], ") on ", r"\(\w:\) on ([A-Za-z][\w-]+)"),
];

/// The thing that the sentence names as what the fault is of.
pub fn blamed(playbook: &str, sentence: &str) -> Option<String> {
    let forms = FORMS
        .iter()
        .filter(|(families, word, _)| families.iter().any(|f| playbook.starts_with(f)) && sentence.contains(word));
    forms.filter_map(|(_, _, pattern)| pattern.as_ref()?.captures(sentence)?.get(1)).find_map(|m| {
        let name = m.as_str().trim_end_matches(['.', '-']);
        let article = matches!(name, "the" | "a" | "an" | "this" | "that" | "its" | "our");
        (!article && naming::is_name(&name.replace(' ', "-")) && !naming::names_nothing(name)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_of_what_its_own_sentence_names() {
        let told = |playbook, text| blamed(playbook, text);
        assert_eq!(
            told("lock_contention.waits", "it keeps a lock on the table stock.item").as_deref(),
            Some("stock.item")
        );
        assert_eq!(
            told("permission_denied.access", "User: arn:aws:sts::1:assumed-role/dunning/x is not authorized")
                .as_deref(),
            Some("dunning")
        );
        assert_eq!(told("disk_full.retained_log", "the log for database 'CLAIMS' is full").as_deref(), Some("CLAIMS"));
        let text = "We are told that the the ticket booking system is down";
        assert_eq!(told("dependency_unavailable.down", text).as_deref(), Some("ticket booking system"));
        assert_eq!(told("slow_query.general", "a lock on stock"), None);
    }
}
