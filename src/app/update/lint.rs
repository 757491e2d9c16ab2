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

/// Goes to the next finding: that of the cursor's own line first, and of a line with several each once; from
/// the begin behind the last. Says it.
pub fn next_finding(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let mut found = findings(session, desk);
    found.sort_by_key(row);
    let mut place = desk.place(Panel::Postmortem);
    // The last that was said, while the cursor stands where it was left.
    let said = desk.finding.filter(|(at, _)| *at == place.cursor);
    let first = found.partition_point(|f| row(f) < place.cursor);
    let n = said.map_or(first, |(_, nth)| first + nth + 1);
    let n = if n < found.len() { n } else { 0 };
    let Some(f) = found.get(n) else { return desk.say(Role::Good, "the lint finds nothing") };
    let at = row(f);
    desk.finding = Some((at, n - found.partition_point(|f| row(f) < at)));
    (place.cursor, place.top, place.skip) = (at, at.saturating_sub(3), 0);
    desk.places.insert(Panel::Postmortem, place);
    let key = desk.keys.key_of("apply-fix");
    let fix = match (&f.edit, &f.fix) {
        (Some(_), Some(fix)) => format!(" ({key}: {fix})"),
        (None, Some(fix)) => format!(" ({fix})"),
        _ => String::new(),
    };
    desk.say(Role::Warn, format!("{} of {}: {}: {}{fix}", n + 1, found.len(), f.rule, f.reason));
}

/// Makes the edit of the finding under the cursor; of several that of the one that was said.
pub fn apply_fix(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let cursor = desk.place(Panel::Postmortem).cursor;
    let found = findings(session, desk);
    let here: Vec<&Finding> = found.iter().filter(|f| row(f) == cursor).collect();
    let said = desk.finding.filter(|(at, _)| *at == cursor).and_then(|(_, nth)| here.get(nth).copied());
    let Some((f, edit)) = said.into_iter().chain(here.iter().copied()).find_map(|f| f.edit.as_ref().map(|e| (f, e)))
    else {
        let key = desk.keys.key_of("next-finding");
        return match said.into_iter().chain(here).find_map(|f| f.fix.as_ref()) {
            Some(fix) => desk.say(Role::Warn, format!("by hand: {fix}")),
            None => desk.say(Role::Dim, format!("nothing is found here; {key} goes to the next finding")),
        };
    };
    let text = apply(&session.postmortem.text, edit);
    desk.say(Role::Good, format!("mended: {}", f.rule));
    // What else is found on this line is said next.
    desk.finding = None;
    turn.did(desk, Event::PostmortemEdited { body: Body::new(text) });
}
