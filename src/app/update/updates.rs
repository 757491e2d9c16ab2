//! An update for stakeholders during the incident: made with one key, kept in the journal, shown to be
//! read aloud or sent on. It says what is known; it invents nothing and promises nothing.

use chrono::{Duration, Timelike};

use super::Turn;
use crate::app::desk::{Desk, Mode};
use crate::app::dialog::{Dialog, Page};
use crate::app::row::{Role, Row};
use crate::export::update::{at, facts};
use crate::journal::event::Event;
use crate::session::Session;

/// Makes one for all three audiences. The next is due one interval later, on a whole minute.
pub fn make(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let every = i64::try_from(desk.update_every_min).unwrap_or(30);
    let due = desk.now + Duration::minutes(every);
    let due = due.with_second(0).and_then(|t| t.with_nanosecond(0)).unwrap_or(due);
    let text = at(session, (desk.mode == Mode::Live).then_some(due));
    if desk.mode == Mode::Live {
        turn.did(desk, Event::UpdateMade { text: text.clone(), facts: facts(session), due });
    }
    let mut rows: Vec<Row> = text.lines().map(crate::app::rows::read_row).collect();
    rows.insert(0, Row::blank());
    rows.insert(0, Row::of(Role::Dim, "From what is known now. The palette's `export-update` writes it to a file."));
    desk.dialog = Some(Dialog::Page(Box::new(Page::new("Update", rows))));
}
