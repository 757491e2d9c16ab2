//! The lint in the console: the next finding under the cursor, and its fix by one key. Each fix is an
//! edit of the postmortem like any other: in the journal, and taken back by taking an older text.

use super::Turn;
use crate::app::desk::Desk;
use crate::app::panel::Panel;
use crate::app::row::Role;
use crate::export::lint::{Finding, apply, lint_session};
use crate::journal::event::{Body, Event};
use crate::session::Session;

/// The row that a finding's line is.
fn row(f: &Finding) -> usize {
    (f.line as usize).saturating_sub(1)
}

fn findings(session: &Session, desk: &Desk) -> Vec<Finding> {
    lint_session(session, &session.postmortem.text, &desk.lint)
}

/// Goes to the next finding after the cursor, from the begin behind the last, and says it.
pub fn next_finding(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let found = findings(session, desk);
    let mut place = desk.place(Panel::Postmortem);
    let n = found.iter().position(|f| row(f) > place.cursor).unwrap_or(0);
    let Some(f) = found.get(n) else { return desk.say(Role::Good, "the lint finds nothing") };
    (place.cursor, place.top, place.skip) = (row(f), row(f).saturating_sub(3), 0);
    desk.places.insert(Panel::Postmortem, place);
    let key = desk.keys.key_of("apply-fix");
    let fix = match (&f.edit, &f.fix) {
        (Some(_), Some(fix)) => format!(" ({key}: {fix})"),
        (None, Some(fix)) => format!(" ({fix})"),
        _ => String::new(),
    };
    // What a narrow screen cuts off is the number.
    desk.say(Role::Warn, format!("{}: {}{fix} · {} of {}", f.rule, f.reason, n + 1, found.len()));
}

/// Makes the edit of the finding under the cursor.
pub fn apply_fix(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let cursor = desk.place(Panel::Postmortem).cursor;
    let found = findings(session, desk);
    let here = || found.iter().filter(|f| row(f) == cursor);
    let Some((f, edit)) = here().find_map(|f| f.edit.as_ref().map(|edit| (f, edit))) else {
        // A narrow screen may have cut off what there is to do.
        let by_hand = here().find_map(|f| f.fix.as_ref());
        let key = desk.keys.key_of("next-finding");
        return match by_hand {
            Some(fix) => desk.say(Role::Warn, format!("by hand: {fix}")),
            None => desk.say(Role::Dim, format!("nothing is found here; {key} goes to the next finding")),
        };
    };
    let text = apply(&session.postmortem.text, edit);
    desk.say(Role::Good, format!("mended: {}", f.rule));
    turn.did(desk, Event::PostmortemEdited { body: Body::new(text) });
}
