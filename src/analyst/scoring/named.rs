//! Whether a subject is a name at all. A sentence can put any word where a service could stand
//! (*"the script was given the wrong age"*); a cause that is pinned on such a word is no sure one. It says
//! nothing about whether the subject is the right one.

use crate::domain::Evidence;
use crate::domain::pattern::compile_any_case;

/// What changes are made with: names that are written like words.
const TOOLS: &str = "terraform helm ansible pulumi cloudformation kustomize argocd flux spinnaker jenkins puppet chef \
    salt packer nomad consul vault";

/// True where the evidence calls something by this name: it has a name's form (`cart-api`, `db01`, `EKS`),
/// a line states it as its service, it stands on several lines, or in a place that no plain word has.
/// A subject that is nowhere written was told by a form of line and is a name.
pub fn is_named(evidence: &Evidence, subject: &str) -> bool {
    let formed = |c: char| c.is_ascii_digit() || "-_./:@".contains(c);
    if subject.contains(formed) || subject.chars().skip(1).any(char::is_uppercase) {
        return true;
    }
    if TOOLS.split_ascii_whitespace().any(|tool| subject.eq_ignore_ascii_case(tool)) {
        return true;
    }
    if evidence.lines().any(|(_, line)| line.service.as_deref() == Some(subject)) {
        return true;
    }
    let Ok(word) = compile_any_case(&format!(r"\b{}\b", regex::escape(subject))) else { return true };
    let mut once = None;
    for source in &evidence.sources {
        let text: &str = &source.text;
        for found in word.find_iter(text) {
            let line = text.get(..found.start()).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
            if once.replace((source.id, line)).is_some_and(|at| at != (source.id, line)) {
                return true;
            }
            if is_set_off(text, found.start(), found.end()) {
                return true;
            }
        }
    }
    once.is_none()
}

/// True where the place marks the word as a name: a capital within a sentence, quotes, a path, a label.
fn is_set_off(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).unwrap_or("");
    let marked = before.ends_with(['`', '"', '\'', '/', '=', '<', '[']);
    let within =
        before.ends_with(' ') && before.trim_end_matches(' ').ends_with(|c: char| c.is_alphanumeric() || c == ',');
    let capital = text.get(start..end).is_some_and(|word| word.starts_with(char::is_uppercase));
    // A time, a heading's sign or an initial before it is no sentence.
    let sentence =
        before.rsplit(['\n', '.']).next().is_some_and(|part| part.split(' ').filter(|w| is_plain(w)).count() > 1);
    marked || (capital && within && sentence)
}

fn is_plain(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source, SourceId};

    fn named(text: &str, subject: &str) -> bool {
        let source = Source { id: SourceId(0), name: "log".into(), origin: Origin::Paste, text: text.into() };
        is_named(&Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] }, subject)
    }

    #[test]
    fn a_word_of_one_sentence_is_no_name() {
        assert!(!named("The clean-up was given the wrong age in yesterday's change of the script.", "script"));
        assert!(!named("09:12 First team reports that upgrades fail.", "First"));
        assert!(!named("Ticket: Loans cannot be booked since the release", "Loans"));
    }

    #[test]
    fn a_form_a_label_a_capital_within_a_sentence_and_a_second_line_make_a_name() {
        assert!(named("cart-api fails", "cart-api"));
        assert!(named("since the update of Traefik the routes are gone", "Traefik"));
        assert!(named("change of `script` at 09:00", "script"));
        assert!(named("the hub is slow\nwe restarted the hub", "hub"));
        assert!(named("12:20 Terraform changes applied", "Terraform"), "what changes are made with");
        assert!(named("nothing of it", "nginx"), "told by the form of its lines");
    }
}
