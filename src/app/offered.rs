//! When an action is offered: one question each, asked of the session and the desk.
//!
//! Must not decide what an action does.

use super::desk::{Desk, Mode, Presence};
use super::update::follow;
use crate::session::Session;

pub(super) fn always(_: &Session, _: &Desk) -> bool {
    true
}

pub(super) fn live(_: &Session, desk: &Desk) -> bool {
    desk.mode == Mode::Live
}

pub(super) fn has_evidence(session: &Session, desk: &Desk) -> bool {
    live(session, desk) && !session.evidence.sources.is_empty()
}

pub(super) fn investigates(_: &Session, desk: &Desk) -> bool {
    desk.investigating.is_some()
}

pub(super) fn asks_model(_: &Session, desk: &Desk) -> bool {
    desk.model.is_some() || desk.inquiry.is_some()
}

pub(super) fn has_postmortem(session: &Session, _: &Desk) -> bool {
    !session.postmortem.text.is_empty()
}

pub(super) fn can_edit(session: &Session, desk: &Desk) -> bool {
    live(session, desk) && session.seq > 0
}

pub(super) fn has_report(session: &Session, _: &Desk) -> bool {
    session.report.is_some()
}

pub(super) fn searched(_: &Session, desk: &Desk) -> bool {
    desk.search.is_some()
}

pub(super) fn can_go_back(_: &Session, desk: &Desk) -> bool {
    !desk.back.is_empty()
}

pub(super) fn reviews(_: &Session, desk: &Desk) -> bool {
    desk.mode == Mode::Review
}

/// Whoever leads, and whoever may say something to the lead.
pub(super) fn speaks(_: &Session, desk: &Desk) -> bool {
    desk.mode == Mode::Live || desk.following.as_ref().is_some_and(|f| f.voice.is_some())
}

pub(super) fn may_lead(session: &Session, desk: &Desk) -> bool {
    desk.following.as_ref().is_some_and(|f| f.voice.is_some() && f.leads && f.lead == Presence::Gone)
        || is_offered(session, desk)
}

pub(super) fn is_offered(session: &Session, desk: &Desk) -> bool {
    follow::is_offered(session, desk)
}

pub(super) fn voices(session: &Session, desk: &Desk) -> bool {
    follows(session, desk) && speaks(session, desk)
}

pub(super) fn follows(_: &Session, desk: &Desk) -> bool {
    desk.mode == Mode::Follow
}
