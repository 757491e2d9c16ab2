//! Following: somebody else's session as it grows. The follower is pinned to where the lead looks until
//! a key of their own takes them elsewhere; nothing here writes or runs anything.

use chrono::Duration;

use super::Turn;
use crate::app::desk::{Desk, Following, Mode, Presence};
use crate::app::effect::Effect;
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::Role;
use crate::app::standpoint::Standpoint;
use crate::journal::event::Event;
use crate::journal::feed::Refusal;
use crate::journal::peer::Saying;
use crate::journal::seal::Sealed;
use crate::session::{RunState, Session};

/// Messages that the lead may still answer, the last ones.
const MOST_UNANSWERED: usize = 64;
/// The longest text of an answer that is shown, in characters.
const LONGEST_ANSWER: usize = 200;

/// What follows from the session's state: what is going on over there.
pub fn look_again(session: &Session, desk: &mut Desk) {
    let there = desk.following.as_ref().is_some_and(|f| f.lead == Presence::There);
    let going_on = session.investigations.last().filter(|i| there && i.ended.is_none());
    desk.investigating = going_on.map(|i| i.run);
    let open = session.runs.values().filter(|r| there && r.state == RunState::Started);
    desk.running = open.map(|r| r.run).collect();
    if !desk.running.is_empty() && desk.clock_due.is_none() {
        desk.clock_due = Some(desk.now + Duration::seconds(1));
    }
}

/// The lead looks elsewhere.
pub fn lead_stands(session: &Session, desk: &mut Desk, mut at: Standpoint, turn: &mut Turn) {
    let Some(following) = &mut desk.following else { return };
    let pinned = following.pinned;
    following.who.clone_from(&at.person);
    let (present, since) = (std::mem::take(&mut at.present), at.since.take());
    let changed = desk.present != present || desk.leads_since != since;
    desk.leads_since = since;
    super::present::heard(session, desk, present);
    if pinned && !at.away {
        at.take(desk);
    } else {
        turn.redraw = changed;
    }
    if let Some(following) = &mut desk.following {
        following.at = Some(Box::new(at));
    }
}

/// The lead is there, or gone.
pub fn lead(session: &Session, desk: &mut Desk, there: bool) {
    let before = desk.following.as_ref().map(|f| f.lead);
    if let Some(following) = &mut desk.following {
        following.lead = if there { Presence::There } else { Presence::Gone };
    }
    if !there {
        // Nobody says any more who is here.
        desk.leads_since = None;
        super::present::heard(session, desk, Vec::new());
    }
    if before == Some(Presence::There) && !there {
        desk.say(Role::Warn, "the lead has closed the session, or is gone: this is what it holds so far");
    }
    look_again(session, desk);
    // Everything that was there is folded by now: whoever joins late reads the card first.
    if before == Some(Presence::Unknown) && session.report.is_some() {
        super::overlay::open_catch_up(session, desk, &mut Turn::default());
    }
}

/// Who signed the newest record, or that nobody did.
pub fn sealed(desk: &mut Desk, by: Sealed) {
    let Some(following) = &mut desk.following else { return };
    following.forged |= matches!(by, Sealed::Forged(_));
    following.sealed = Some(by);
}

/// A message of this person is with the lead: what is answered to it is for them.
pub fn said_to_lead(desk: &mut Desk, count: u64) {
    let Some(following) = &mut desk.following else { return };
    // The first message after the lead was taken is the one that says so.
    following.takes_by = following.takes_by.or_else(|| following.takes.then_some(count));
    following.unanswered.push(count);
    let over = following.unanswered.len().saturating_sub(MOST_UNANSWERED);
    following.unanswered.drain(..over);
}

/// The lead's console has answered messages that it did not take, this person's or others'.
pub fn not_taken(session: &Session, desk: &mut Desk, answers: Vec<Refusal>) {
    let Some(following) = &mut desk.following else { return };
    // What stands in the journal was taken: an answer with its number is an older console's.
    let taken = following.key.and_then(|key| session.peers.get(&key)).copied().unwrap_or(0);
    following.unanswered.retain(|count| *count > taken);
    for answer in answers {
        let Some(following) = &mut desk.following else { return };
        let own = following.key.is_some_and(|key| key.short() == answer.to);
        let Some(at) = following.unanswered.iter().position(|count| own && *count == answer.count) else { continue };
        following.unanswered.remove(at);
        // Nobody took the answer to an offer: it may be given again.
        following.takes &= following.takes_by != Some(answer.count);
        let why: String = answer.why.chars().take(LONGEST_ANSWER).collect();
        desk.say(Role::Warn, format!("not taken by the lead: {why}"));
    }
}

/// Something is missing, or was not taken.
pub fn odd(desk: &mut Desk, what: String) {
    if let Some(following) = &mut desk.following {
        following.gaps += 1;
        following.last_gap.clone_from(&what);
    }
    desk.say(Role::Bad, what);
}

/// After a key: whoever went elsewhere by themselves is not moved any more.
pub fn moved(desk: &mut Desk, before: Option<Standpoint>) {
    let Some(before) = before.filter(|b| !Standpoint::of(desk).shows_the_same(b)) else { return };
    let key = desk.keys.key_of("pin");
    let Some(following) = desk.following.as_mut().filter(|f| f.pinned) else { return };
    following.pinned = false;
    if before.focus != desk.focus || before.places != desk.places {
        desk.say(Role::Info, format!("you look around by yourself now; {key} goes back to where the lead looks"));
    }
}

/// Where the desk looked before a key, while it is pinned.
pub fn before_key(desk: &Desk) -> Option<Standpoint> {
    let pinned = desk.mode == Mode::Follow && desk.following.as_ref().is_some_and(|f| f.pinned);
    pinned.then(|| Standpoint::of(desk))
}

/// Pins the follower to where the lead looks, or lets them go.
pub fn pin(_: &Session, desk: &mut Desk, _: &mut Turn) {
    let Some(Following { pinned, at, .. }) = &mut desk.following else { return };
    *pinned = !*pinned;
    let (pinned, at) = (*pinned, at.clone());
    match (pinned, at) {
        (true, Some(at)) => {
            at.take(desk);
            desk.say(Role::Info, format!("you see what {} sees", at.person));
        }
        (true, None) => desk.say(Role::Dim, "the lead has not said yet where they look"),
        (false, _) => desk.say(Role::Info, "you look around by yourself now"),
    }
}

/// What of a turn a follower may want: nothing that writes, nothing that runs. What they did becomes
/// something they say to the lead, where it is a peer's to say.
pub fn only_says(desk: &mut Desk, turn: &mut Turn) {
    let voice = desk.following.as_ref().is_some_and(|f| f.voice.is_some());
    let gone = desk.following.as_ref().is_some_and(|f| f.lead == Presence::Gone);
    let leads = desk.following.as_ref().is_some_and(|f| f.leads);
    let did = turn.events.drain(..).filter_map(|(_, event)| Saying::of(event));
    let said: Vec<Effect> = did.filter(|_| voice).map(Effect::Say).collect();
    turn.effects.retain(|effect| match effect {
        Effect::Copy { .. } | Effect::Wake { .. } | Effect::Suspend | Effect::Quit => true,
        Effect::Say(_) => voice,
        // The lead's place is free: the kernel's lock decides who gets it.
        Effect::OpenSession { .. } => voice && leads && gone,
        _ => false,
    });
    turn.effects.extend(said);
}

/// True where the lead was offered to whoever looks from this desk.
pub fn is_offered(session: &Session, desk: &Desk) -> bool {
    let Some(f) = desk.following.as_ref().filter(|f| f.leads && f.voice.is_some()) else { return false };
    f.key.is_some() && f.key == session.offered.as_ref().map(|o| o.to)
}

/// Goes on as the lead where it was passed on to whoever looks from here, once the one before has let go.
pub fn take_what_was_passed(session: &Session, desk: &Desk, turn: &mut Turn) {
    let Some(f) = desk.following.as_ref().filter(|f| f.lead == Presence::Gone) else { return };
    if f.takes && f.key.is_some() && f.key == session.passed {
        turn.effect(Effect::OpenSession { id: session.id.clone() });
    }
}

fn answer_lead(desk: &mut Desk, takes: bool, text: &str, turn: &mut Turn) {
    if let Some(following) = &mut desk.following {
        (following.takes, following.takes_by) = (takes, None);
    }
    desk.say(Role::Info, "your answer is with the lead");
    turn.effect(Effect::Say(Saying::AnswerLead { takes, text: text.into() }));
}

/// Declines the lead that was offered.
pub fn decline_lead(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    answer_lead(desk, false, "declines the lead", turn);
}

/// Asks to whom the lead is offered.
pub fn offer_lead(_: &Session, desk: &mut Desk, _: &mut Turn) {
    let names: Vec<String> = desk.people.values().filter(|(_, r)| r.leads()).map(|(name, _)| name.clone()).collect();
    desk.prompt = Some(Prompt::new(Asking::Lead, "hand the lead over to (tab names people):").offering(names));
}

/// Offers the lead to somebody who may lead.
pub fn offer_to(desk: &mut Desk, name: &str, turn: &mut Turn) {
    let known = desk.people.iter().find(|(_, (n, role))| n == name && role.leads());
    let Some((to, name)) = known.map(|(key, (name, _))| (*key, name.clone())) else {
        return desk.say(Role::Warn, format!("`{name}` is nobody here who may lead"));
    };
    desk.say(Role::Info, format!("the lead is offered to {name}: it is yours until they take it"));
    turn.did(desk, Event::LeadOffered { to, name });
}

/// Takes the lead that was offered, or that of a session that nobody has open; the latter asks once more.
pub fn take_lead(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    if is_offered(session, desk) && desk.following.as_ref().is_some_and(|f| f.lead != Presence::Gone) {
        return answer_lead(desk, true, "takes the lead that was offered", turn);
    }
    if std::mem::replace(&mut desk.quit_asked, true) {
        return turn.effect(Effect::OpenSession { id: session.id.clone() });
    }
    desk.say(Role::Warn, format!("{} again takes the lead: you write from then on", desk.keys.key_of("take-lead")));
}

/// Asks for a check to propose to the lead.
pub fn propose(_: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.prompt = Some(Prompt::new(Asking::Propose, "check to propose to the lead:"));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of the wish to take the lead.
    fn takes(voice: bool, leads: bool, lead: Presence) -> bool {
        let mut desk = Desk::follow("lee", (80, 24), chrono::DateTime::default(), "here");
        if let Some(f) = &mut desk.following {
            (f.voice, f.leads, f.lead) = (voice.then(|| "lee".to_owned()), leads, lead);
        }
        let mut turn = Turn::default();
        turn.effects.push(Effect::OpenSession { id: "0197".into() });
        only_says(&mut desk, &mut turn);
        !turn.effects.is_empty()
    }

    #[test]
    fn only_a_role_that_leads_takes_a_lead_that_is_gone() {
        assert!(takes(true, true, Presence::Gone));
        assert!(!takes(true, false, Presence::Gone), "a scribe");
        assert!(!takes(false, true, Presence::Gone), "who may not write the folder");
        assert!(!takes(true, true, Presence::There), "the lead is there");
    }
}
