//! Tags: what a person types, and what the tags are then.

use super::{Turn, navigate};
use crate::app::desk::Desk;
use crate::app::effect::Effect;
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::{Role, Subject};
use crate::journal::event::Event;
use crate::session::Session;

/// The most tags of a session.
const MOST: usize = 20;
/// The longest tag, in characters.
const LONGEST: usize = 40;

/// The tags after what was typed: `word` and `+word` add, `-word` takes away. Sorted, each once.
///
/// # Errors
/// Says which word is no tag, or that there are too many.
pub fn changed(before: &[String], typed: &str) -> Result<Vec<String>, String> {
    let mut tags: Vec<String> = before.to_vec();
    for word in typed.split([' ', ',', '\t']).filter(|w| !w.is_empty()) {
        let (away, name) = match word.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, word.trim_start_matches(['+', '#'])),
        };
        let name = name.trim_start_matches('#').to_lowercase();
        let fine = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
        if name.is_empty() || !fine || name.chars().count() > LONGEST {
            return Err(format!("`{word}` is no tag: letters, figures and - _ . / only, at most {LONGEST}"));
        }
        tags.retain(|t| *t != name);
        if !away {
            tags.push(name);
        }
    }
    tags.sort();
    if tags.len() > MOST { Err(format!("more than {MOST} tags")) } else { Ok(tags) }
}

/// Asks for this session's tags; on the home screen for those of the session under the cursor.
pub fn ask(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let on_home = desk.screen == crate::app::desk::Screen::Home;
    let (id, has) = match navigate::current(session, desk).subject {
        Subject::Saved(id) if on_home => {
            let has = desk.home.iter().find(|r| r.id == id).map(|r| r.tags.join(" ")).unwrap_or_default();
            (id, has)
        }
        _ if on_home => return desk.say(Role::Dim, "move to a session first"),
        _ => (session.id.clone(), session.tags.join(" ")),
    };
    let has = if has.is_empty() { String::new() } else { format!(" (has {has})") };
    desk.prompt = Some(Prompt::new(Asking::Tags { id }, format!("tags{has}, -tag takes one away:")));
}

/// What was typed for a session's tags.
pub fn answered(session: &Session, desk: &mut Desk, id: String, typed: String, turn: &mut Turn) {
    if id != session.id {
        return match changed(&[], &typed) {
            Ok(_) => turn.effect(Effect::Tag { id, typed }),
            Err(why) => desk.say(Role::Warn, why),
        };
    }
    match changed(&session.tags, &typed) {
        Ok(tags) if tags == session.tags => desk.say(Role::Dim, "the tags are these already"),
        Ok(tags) => turn.did(desk, Event::Tagged { tags }),
        Err(why) => desk.say(Role::Warn, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_add_and_a_minus_takes_away() {
        let tags = changed(&["old".into()], "Disk, +urgent -old #team/db").unwrap();
        assert_eq!(tags, ["disk", "team/db", "urgent"]);
        assert_eq!(changed(&tags, "disk").unwrap(), tags);
        assert!(changed(&[], "a;rm").unwrap_err().contains("a;rm"));
        assert!(changed(&[], &"x".repeat(50)).is_err());
    }
}
