//! Who comes and who goes, at the lead's desk, and the page that lists everybody. Nothing is done because
//! of it.

use super::Turn;
use crate::app::desk::{Desk, Mode};
use crate::app::dialog::{Dialog, Page};
use crate::app::present::{self, Attendant, Door, MOST, Present, TITLE};
use crate::app::row::Role;
use crate::session::Session;

/// Opens the page.
pub fn open(session: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.dialog = Some(Dialog::Page(Box::new(Page::new(TITLE, present::rows(session, desk)))));
}

/// Everybody who is there by one door. What changes nothing is not drawn: who stays says so now and then.
pub fn attending(session: &Session, desk: &mut Desk, door: Door, all: Vec<Attendant>, turn: &mut Turn) {
    if desk.mode != Mode::Live {
        return;
    }
    desk.attending.insert(door, all);
    let mut now: Vec<Present> = desk.attending.values().flatten().map(|one| Present::known(desk, one)).collect();
    now.sort_by(|a, b| (a.since, &a.name).cmp(&(b.since, &b.name)));
    now.truncate(MOST);
    turn.redraw = now != desk.present;
    let before = std::mem::replace(&mut desk.present, now);
    let count = |all: &[Present], name: &str| all.iter().filter(|p| p.name == name).count();
    let mut news: Vec<String> = Vec::new();
    let mut names: Vec<&str> = before.iter().chain(&desk.present).map(|p| p.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        match (count(&before, name), count(&desk.present, name)) {
            (0, _) => news.push(format!("{name} follows")),
            (_, 0) => news.push(format!("{name} has left")),
            _ => {}
        }
    }
    match news.len() {
        0 => {}
        1..=3 => desk.say(Role::Info, news.join(" · ")),
        n => desk.say(Role::Info, format!("{n} people came or left")),
    }
    again(session, desk);
}

/// The lead has said who is there.
pub fn heard(session: &Session, desk: &mut Desk, all: Vec<Present>) {
    if desk.present != all {
        desk.present = all;
        again(session, desk);
    }
}

/// The page shows how it stands now.
fn again(session: &Session, desk: &mut Desk) {
    if !matches!(&desk.dialog, Some(Dialog::Page(page)) if page.title == TITLE) {
        return;
    }
    let rows = present::rows(session, desk);
    if let Some(Dialog::Page(page)) = &mut desk.dialog {
        page.rows = rows;
    }
}
