//! Review: standing at another record of a saved session.

use chrono::{DateTime, Utc};

use super::Turn;
use crate::app::desk::{Desk, ReviewPlace};
use crate::app::effect::{Effect, Seek};
use crate::session::{RunState, Session};

/// How many records a long step goes.
const FAR: i64 = 10;

fn seek(session: &Session, desk: &Desk, by: i64, turn: &mut Turn) {
    let at = desk.review.map_or(session.seq, |r| r.seq);
    let of = desk.review.map_or(u64::MAX, |r| r.of);
    turn.effect(Effect::Seek(Seek::Seq(at.saturating_add_signed(by).clamp(1, of.max(1)))));
}

/// One record further.
pub fn forward(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    seek(session, desk, 1, turn);
}

/// One record back.
pub fn back(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    seek(session, desk, -1, turn);
}

/// Ten records further.
pub fn far_forward(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    seek(session, desk, FAR, turn);
}

/// Ten records back.
pub fn far_back(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    seek(session, desk, -FAR, turn);
}

/// To the begin.
pub fn first(_: &Session, _: &mut Desk, turn: &mut Turn) {
    turn.effect(Effect::Seek(Seek::Seq(1)));
}

/// To the end.
pub fn last(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    turn.effect(Effect::Seek(Seek::Seq(desk.review.map_or(u64::MAX, |r| r.of))));
}

/// Review stands at another place. What had begun there and ended later was going on at that time.
pub fn at(session: &Session, desk: &mut Desk, seq: u64, of: u64, at: Option<DateTime<Utc>>) {
    desk.review = Some(ReviewPlace { seq, of, at });
    let later = seq < of;
    let going_on = session.investigations.last().filter(|i| later && i.ended.is_none());
    desk.investigating = going_on.map(|i| i.run);
    let open = session.runs.values().filter(|r| later && r.state != RunState::Ended);
    desk.running = open.map(|r| r.run).collect();
}
