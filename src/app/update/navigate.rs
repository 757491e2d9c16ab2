//! Moving about: panels, rows, jumps to cited lines and back, search.

use super::{Turn, postmortem};
use crate::app::desk::{Desk, Place, Screen};
use crate::app::effect::Effect;
use crate::app::layout::Area;
use crate::app::panel::Panel;
use crate::app::row::{Role, Row, Subject};
use crate::app::rows::{EvidenceRows, Listing, on_home, on_panel};
use crate::app::scroll::{self, Window};
use crate::domain::{Citation, Origin};
use crate::session::Session;

/// The rows that have the keys.
pub fn listing<'a>(session: &'a Session, desk: &Desk) -> Listing<'a> {
    match desk.screen {
        Screen::Home => on_home(desk),
        Screen::Session => on_panel(session, desk, desk.focus),
    }
}

/// Where the rows of the panel that has the keys stand.
pub fn body(desk: &Desk) -> Area {
    desk.layout().panes.first().map(|p| p.body()).unwrap_or_default()
}

/// The window that the rows of a panel are shown in.
pub fn window(desk: &Desk, panel: Panel, body: Area) -> Window {
    let wrapped = desk.wrapped || panel != Panel::Evidence || desk.screen == Screen::Home;
    Window { columns: usize::from(body.width).max(1), rows: usize::from(body.height).max(1), wrapped }
}

/// Where the reader stands.
pub fn place(desk: &Desk) -> Place {
    match desk.screen {
        Screen::Home => desk.home_place,
        Screen::Session => desk.place(desk.focus),
    }
}

/// Puts the reader somewhere.
pub fn put(desk: &mut Desk, place: Place) {
    match desk.screen {
        Screen::Home => desk.home_place = place,
        Screen::Session => drop(desk.places.insert(desk.focus, place)),
    }
}

type Move = fn(Place, &Listing<'_>, Window) -> Place;

/// Moves the cursor; at the end of the trail it follows what comes.
pub fn go_by(session: &Session, desk: &mut Desk, by: Move) {
    let rows = listing(session, desk);
    let mut at = by(place(desk), &rows, window(desk, desk.focus, body(desk)));
    if desk.screen == Screen::Session && desk.focus == Panel::Trail && at.cursor + 1 >= rows.len() {
        at.cursor = usize::MAX;
        desk.new_steps = 0;
    }
    put(desk, at);
}

/// The row under the cursor.
pub fn current(session: &Session, desk: &Desk) -> Row {
    let rows = listing(session, desk);
    let at = place(desk).cursor.min(rows.len().saturating_sub(1));
    rows.row(at).into_owned()
}

/// One row down.
pub fn down(session: &Session, desk: &mut Desk, _: &mut Turn) {
    go_by(session, desk, scroll::down);
}

/// One row up.
pub fn up(session: &Session, desk: &mut Desk, _: &mut Turn) {
    go_by(session, desk, scroll::up);
}

/// One page down.
pub fn page_down(session: &Session, desk: &mut Desk, _: &mut Turn) {
    go_by(session, desk, scroll::page_down);
}

/// One page up.
pub fn page_up(session: &Session, desk: &mut Desk, _: &mut Turn) {
    go_by(session, desk, scroll::page_up);
}

/// To the first row.
pub fn top(session: &Session, desk: &mut Desk, _: &mut Turn) {
    go_by(session, desk, |_, rows, window| scroll::settled(Place::default(), rows, window));
}

/// To the last row.
pub fn bottom(session: &Session, desk: &mut Desk, _: &mut Turn) {
    go_by(session, desk, |at, rows, window| scroll::settled(Place { cursor: usize::MAX, ..at }, rows, window));
}

/// Shows a panel.
pub fn show(desk: &mut Desk, panel: Panel) {
    desk.focus = panel;
    desk.screen = Screen::Session;
}

macro_rules! panels {
    ($($name:ident => $panel:ident),* $(,)?) => {
        $(#[doc = concat!("Shows the panel `", stringify!($panel), "`.")]
        pub fn $name(_: &Session, desk: &mut Desk, _: &mut Turn) {
            show(desk, Panel::$panel);
        })*
    };
}

panels! {
    evidence => Evidence, trail => Trail, hypotheses => Hypotheses, checklist => Checklist, summary => Summary,
    mitigation => Mitigation, impact => Impact, services => Services, timeline => Timeline, forensic => Forensic,
    whys => Whys, follow_ups => FollowUps, postmortem => Postmortem, notes => Notes, notices => Notices, runs => Runs,
}

/// Shows the next panel.
pub fn next_panel(_: &Session, desk: &mut Desk, _: &mut Turn) {
    show(desk, desk.focus.step(1));
}

/// Shows the previous panel.
pub fn previous_panel(_: &Session, desk: &mut Desk, _: &mut Turn) {
    show(desk, desk.focus.step(-1));
}

/// Goes back to where the last jump came from.
pub fn back(_: &Session, desk: &mut Desk, _: &mut Turn) {
    if let Some((panel, place)) = desk.back.pop() {
        show(desk, panel);
        put(desk, place);
    }
}

/// Jumps to the cited line; opens and closes a row that cites none.
pub fn enter(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let row = current(session, desk);
    if let Some(cite) = row.cite {
        return jump(session, desk, cite);
    }
    let source = match row.subject {
        Subject::Source(n) if desk.focus != Panel::Evidence => Some(n),
        Subject::Run(n) if row.fold.is_none() => output_of(session, n),
        _ => None,
    };
    match source {
        Some(n) => jump_to_line(session, desk, n, 1),
        None => toggle(session, desk, turn),
    }
}

fn output_of(session: &Session, run: u64) -> Option<u32> {
    let of_run = |o: &Origin| matches!(o, Origin::Output { run: r, .. } if *r == run);
    session.evidence.sources.iter().find(|s| of_run(&s.origin)).map(|s| s.id.0)
}

/// Jumps to a cited place.
pub fn jump(session: &Session, desk: &mut Desk, cite: Citation) {
    let (source, line) = (cite.source.0, cite.line);
    jump_to_line(session, desk, source, line);
    desk.cited = Some(cite);
}

fn jump_to_line(session: &Session, desk: &mut Desk, source: u32, line: u32) {
    desk.remember();
    let row = EvidenceRows::new(session, None).row_of(source, line);
    show(desk, Panel::Evidence);
    let third = usize::from(body(desk).height) / 3;
    let place = Place { cursor: row, top: row.saturating_sub(third), skip: 0 };
    put(desk, place);
    go_by(session, desk, scroll::settled);
}

/// Opens and closes what the row belongs to: the nearest row above that folds.
pub fn toggle(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let rows = listing(session, desk);
    let mut at = place(desk).cursor.min(rows.len().saturating_sub(1));
    let subject = rows.row(at).subject.clone();
    while rows.row(at).fold.is_none() {
        if at == 0 || subject == Subject::None || rows.row(at - 1).subject != subject {
            return;
        }
        at -= 1;
    }
    let Some(name) = rows.row(at).fold.clone() else { return };
    if !desk.toggled.remove(&name) {
        desk.toggled.insert(name);
    }
    // Reading on from an opened last step must not be torn to the end.
    let here = place(desk);
    put(desk, Place { cursor: at, ..here });
    let rows = listing(session, desk);
    let settled = scroll::settled(place(desk), &rows, window(desk, desk.focus, body(desk)));
    put(desk, settled);
}

/// To the next match.
pub fn search_next(session: &Session, desk: &mut Desk, _: &mut Turn) {
    find(session, desk, false);
}

/// To the previous match.
pub fn search_previous(session: &Session, desk: &mut Desk, _: &mut Turn) {
    find(session, desk, true);
}

/// To the next or the previous match of what is searched for.
pub fn find(session: &Session, desk: &mut Desk, back: bool) {
    let Some(text) = desk.search.clone() else { return };
    let rows = listing(session, desk);
    let from = place(desk).cursor.min(rows.len().saturating_sub(1));
    match rows.find(&text, from, back) {
        Some(at) => {
            let around = if back { at > from } else { at < from };
            let here = place(desk);
            put(desk, Place { cursor: at, ..here });
            go_by(session, desk, scroll::settled);
            if around {
                desk.say(Role::Dim, "search went around the end");
            }
        }
        None => desk.say(Role::Warn, format!("no match for `{text}` in {}", desk.focus.title())),
    }
}

/// Wraps long evidence lines, or cuts and marks them.
pub fn wrap(_: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.wrapped = !desk.wrapped;
    desk.shift = 0;
}

/// Moves cut lines to the right.
pub fn left(_: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.shift = desk.shift.saturating_sub(20);
}

/// Moves cut lines to the left.
pub fn right(_: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.wrapped = false;
    desk.shift = (desk.shift + 20).min(8_000);
}

/// To the next source.
pub fn next_source(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let rows = EvidenceRows::new(session, None);
    let at = place(desk).cursor;
    if let Some(head) = rows.heads().iter().find(|h| **h > at) {
        put(desk, Place { cursor: *head, top: *head, skip: 0 });
    }
}

/// To the previous source.
pub fn previous_source(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let rows = EvidenceRows::new(session, None);
    let at = place(desk).cursor;
    if let Some(head) = rows.heads().iter().rev().find(|h| **h < at) {
        put(desk, Place { cursor: *head, top: *head, skip: 0 });
    }
}

/// Sends the row under the cursor to the terminal's clipboard; in the postmortem, all of it.
pub fn copy(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let row = current(session, desk);
    let text = match (&row.subject, desk.focus) {
        (_, Panel::Postmortem) => session.postmortem.text.to_string(),
        (Subject::Line { source, line }, _) => {
            let reading = session.evidence.readings.get(*source as usize);
            let found = reading.and_then(|r| r.lines.get(line.saturating_sub(1) as usize));
            let text = session.evidence.sources.get(*source as usize).map(|s| &s.text);
            found.zip(text).and_then(|(l, t)| t.get(l.range())).unwrap_or("").to_owned()
        }
        _ => row.text().trim().to_owned(),
    };
    if text.is_empty() {
        desk.say(Role::Dim, "nothing to copy here");
    } else {
        turn.effect(Effect::Copy { text });
    }
}

/// Leaves whatever has the keys so that a panel has them.
pub fn leave_everything(desk: &mut Desk, turn: &mut Turn) {
    desk.dialog = None;
    desk.prompt = None;
    postmortem::save(desk, turn);
    desk.editor = None;
}
