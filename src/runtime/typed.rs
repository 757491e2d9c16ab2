//! What a person typed is masked like what was pasted, before it is recorded: notes, titles, reasons,
//! questions, tags, and the lines of the postmortem that changed. The text of a command is not touched: what
//! was approved is recorded byte for byte, and a blank takes no secret in the first place.

use super::admission::Mask;
use crate::app::diff::{same_begin, same_end};
use crate::domain::Notice;
use crate::journal::event::{Body, Event};

/// The event with its typed texts masked, and what was masked. `before` is the postmortem as it stands:
/// only what differs from it is looked at, in whole lines, with a line around.
pub(super) fn masked(mut event: Event, before: &str, mask: &mut Mask) -> (Event, Vec<Notice>) {
    let mut met = Vec::new();
    let mut one = |text: &mut String| {
        if text.trim().is_empty() {
            return;
        }
        let (clean, notices) = mask(std::mem::take(text));
        *text = clean;
        met.extend(notices);
    };
    match &mut event {
        Event::NoteTaken { text, .. } | Event::QuestionAsked { text, .. } => one(text),
        Event::TitleChanged { title } => one(title),
        Event::SessionStarted { title, service, .. } => {
            one(title);
            service.iter_mut().for_each(one);
        }
        Event::Tagged { tags } => tags.iter_mut().for_each(one),
        Event::ModelSteered { words, .. } => one(words),
        Event::HypothesisJudged { reason, .. } | Event::HypothesisRanked { reason, .. } => one(reason),
        Event::HypothesisAdded { hypothesis, subject, statement } => {
            [hypothesis, subject, statement].into_iter().for_each(one);
        }
        Event::PostmortemEdited { body } => {
            if let Some((text, notices)) = body.text.as_deref().and_then(|text| changed(text, before, mask)) {
                *body = Body::new(text);
                met = notices;
            }
        }
        _ => {}
    }
    (event, met)
}

/// The text with what differs from `before` masked; `None` where that holds nothing.
fn changed(text: &str, before: &str, mask: &mut Mask) -> Option<(String, Vec<Notice>)> {
    let (new, old) = (text.as_bytes(), before.as_bytes());
    let begin = same_begin(new, old);
    let end = same_end(new, old, begin);
    // A line end is one byte in UTF-8: both cuts are between characters.
    let line_before = |at: usize| new.get(..at).and_then(|t| memchr::memrchr(b'\n', t));
    let line_behind = |at: usize| new.get(at..).and_then(|t| memchr::memchr(b'\n', t)).map(|n| at + n + 1);
    let from = line_before(begin).and_then(line_before).map_or(0, |n| n + 1);
    let to = line_behind(new.len() - end).and_then(line_behind).unwrap_or(new.len());
    let middle = text.get(from..to)?;
    let (clean, notices) = mask(middle.to_owned());
    (clean != middle).then(|| {
        let (head, tail) = (text.get(..from).unwrap_or(""), text.get(to..).unwrap_or(""));
        ([head, &clean, tail].concat(), notices)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::secrets::Masks;
    use crate::journal::event::NoteKind;
    use crate::runtime::masking::apply;

    fn mask() -> Mask {
        let mut masks = Masks::new([1; 32]);
        Box::new(move |text| apply(text, &mut masks))
    }

    #[test]
    fn a_note_and_a_title_keep_no_secret_and_everything_else() {
        let text = "tried DB_PASSWORD=hunter2x on web".to_owned();
        let (note, met) = masked(Event::NoteTaken { kind: NoteKind::Note, text: text.clone() }, "", &mut mask());
        let wanted = "tried DB_PASSWORD=‹password-1› on web";
        assert_eq!(note, Event::NoteTaken { kind: NoteKind::Note, text: wanted.into() });
        assert_eq!(met.len(), 1);
        let (title, _) = masked(Event::TitleChanged { title: text }, "", &mut mask());
        assert_eq!(title, Event::TitleChanged { title: wanted.into() });
        let plain = Event::NoteTaken { kind: NoteKind::Note, text: "order-svc is back".into() };
        assert_eq!(masked(plain.clone(), "", &mut mask()), (plain, Vec::new()));
    }

    #[test]
    fn of_a_page_what_changed_is_masked_and_the_rest_stays_byte_for_byte() {
        let before = "# Páge\n\nfirst\n\nsecond\n\nthird\n";
        for (typed, wanted) in [
            (
                "# Páge\n\nfirst\n\nsecond\nDB_PASSWORD=hunter2x\n\nthird\n",
                "second\nDB_PASSWORD=‹password-1›\n\nthird\n",
            ),
            ("DB_PASSWORD=hunter2x", "DB_PASSWORD=‹password-1›"),
            ("# Páge\n\nfirst\n\nsecond\n\nthird\nDB_PASSWORD=hunter2x", "third\nDB_PASSWORD=‹password-1›"),
        ] {
            let (event, met) =
                masked(Event::PostmortemEdited { body: Body::new(typed.to_owned()) }, before, &mut mask());
            let Event::PostmortemEdited { body } = event else { panic!("another event") };
            assert!(body.text.as_deref().is_some_and(|t| t.ends_with(wanted)), "{:?}", body.text);
            assert!(!body.text.as_deref().unwrap().contains("hunter2x") && met.len() == 1);
        }
        let same = Event::PostmortemEdited { body: Body::new(before.to_owned()) };
        assert_eq!(masked(same.clone(), before, &mut mask()), (same, Vec::new()));
    }
}
