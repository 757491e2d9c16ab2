//! What peers say, at the lead's desk: who may say what, and that nothing counts twice. What is taken
//! becomes one event by that person; nothing here starts or approves anything.

use super::Turn;
use crate::app::desk::Desk;
use crate::app::effect::Effect;
use crate::app::row::Role;
use crate::app::rows::kind_word;
use crate::journal::event::{Author, Event};
use crate::journal::feed::Refusal;
use crate::journal::peer::{Message, Refused, Saying};
use crate::session::Session;

/// A message whose signature holds has arrived.
pub fn said(session: &Session, desk: &mut Desk, message: Message, turn: &mut Turn) {
    match allowed(session, desk, &message) {
        Ok((name, saying)) => {
            desk.say(Role::Info, told(&name, &saying));
            if matches!(saying, Saying::AnswerLead { takes: true, .. }) {
                super::postmortem::save(desk, turn);
                turn.effect(Effect::PassLead);
            }
            turn.events.push((Author::Person(name), Event::PeerSaid { message: Box::new(message) }));
        }
        Err(why) => {
            refused(desk, 1, &why);
            let (to, count) = (message.key.short(), message.count);
            turn.effect(Effect::AnswerPeer(Refusal { to, count, why: why.to_string() }));
        }
    }
}

fn allowed(session: &Session, desk: &Desk, message: &Message) -> Result<(String, Saying), Refused> {
    if message.session != session.id {
        return Err(Refused::Elsewhere);
    }
    let Some((name, role)) = desk.people.get(&message.key) else { return Err(Refused::Unknown(message.key)) };
    if !role.speaks() {
        return Err(Refused::MayOnlyLook(name.clone()));
    }
    if !session.is_new(message) {
        return Err(Refused::CameAgain(name.clone()));
    }
    let saying = message.saying().ok_or(Refused::NotUnderstood)?;
    if let Saying::AnswerLead { takes, .. } = &saying {
        // Asked again here: a role may have changed since the offer.
        if !role.leads() || session.offered.as_ref().is_none_or(|offer| offer.to != message.key) {
            return Err(Refused::NotOffered(name.clone()));
        }
        if *takes && !desk.running.is_empty() {
            return Err(Refused::NotNow);
        }
    }
    Ok((name.clone(), saying))
}

fn told(name: &str, saying: &Saying) -> String {
    match saying {
        Saying::Note { kind, text } => format!("{name}: {} {text}", kind_word(*kind)),
        Saying::Vote { hypothesis, verdict, .. } => format!("{name} votes {}: {hypothesis}", verdict.name()),
        Saying::AnswerLead { text, .. } => format!("{name} {text}"),
        Saying::ProposeCheck { text } => format!("{name} proposes a check: {text}"),
    }
}

/// Messages were not taken.
pub fn refused(desk: &mut Desk, count: u64, why: &Refused) {
    desk.refused_messages += count;
    let many = if count > 1 {
        format!("{count} messages were not taken; the last: ")
    } else {
        "a message was not taken: ".into()
    };
    desk.say(Role::Warn, format!("{many}{why}"));
}
