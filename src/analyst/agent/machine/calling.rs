//! The calls of one answer, in order: tools of ours at once, one of a telemetry server after a person's
//! approval, for which the rest waits.

use super::asking::seen;
use super::{Agent, CALLS, Phase, Wish};
use crate::analyst::Knowledge;
use crate::analyst::agent::call::{Message, ToolCall};
use crate::analyst::agent::outside::{self, Outcome};
use crate::analyst::agent::tools;
use crate::domain::showable::clean;
use crate::domain::{Evidence, StepKind};

/// A call that waits for somebody outside.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) id: u32,
    call: ToolCall,
    since_ms: u64,
}

impl Agent {
    /// Does the calls that are left; where one has to wait, its answer goes on from there.
    pub(super) fn do_calls(&mut self, now_ms: u64, knowledge: &Knowledge, out: &mut Vec<Wish>) {
        while let Some((n, call)) = self.queue.pop_front() {
            let name = shortened(&call.name);
            let text = if n >= CALLS {
                "too many calls at once: this one was not done".to_owned()
            } else {
                let shown = clean(&self.outgoing.back(&call.arguments.to_string())).into_owned();
                self.push(out, StepKind::ToolCall, Some(&name), "asked by the model", shown, Vec::new());
                match self.outside(&call) {
                    Some(Ok(asked)) => {
                        self.waiting = Some(Waiting { id: asked.id, call, since_ms: now_ms });
                        return out.push(Wish::Outside(asked));
                    }
                    Some(Err(why)) => {
                        self.push(out, StepKind::Observation, Some(&name), "not asked", why.clone(), Vec::new());
                        why
                    }
                    None => {
                        let done = tools::run(
                            (&call.name, &call.arguments),
                            &self.setup.evidence,
                            &mut self.outgoing,
                            &mut self.book,
                            knowledge,
                        );
                        self.observed(&name, done, out)
                    }
                }
            };
            self.messages.push(Message::Tool { call: call.id, name: call.name, text });
        }
        self.calls_done(now_ms, out);
    }

    /// The call of a telemetry server that is asked for, if it is one.
    fn outside(&mut self, call: &ToolCall) -> Option<Result<outside::OutsideCall, String>> {
        let all = outside::named(&self.setup.telemetry);
        let tool = all.iter().find(|(name, _)| *name == call.name).map(|(_, tool)| *tool)?;
        self.asked_outside += 1;
        Some(outside::call(self.asked_outside, tool, &call.arguments, &self.outgoing))
    }

    /// What came of the call that waited; one that nobody waits for is left aside.
    pub(super) fn outside_ended(&mut self, o: Outcome, now_ms: u64, knowledge: &Knowledge, out: &mut Vec<Wish>) {
        let Some(waiting) = self.waiting.take_if(|w| w.id == o.id) else { return };
        // A person's time is not the model's.
        let waited = now_ms.saturating_sub(waiting.since_ms);
        self.spent.since_ms = self.spent.since_ms.saturating_add(waited);
        let mut done = self.outside_told(o);
        let name = shortened(&waiting.call.name);
        done.shown = self.outgoing.back(&done.text);
        let text = self.observed(&name, done, out);
        self.messages.push(Message::Tool { call: waiting.call.id, name: waiting.call.name, text });
        self.do_calls(now_ms, knowledge, out);
    }

    /// Takes in the source that an outcome brought; what the model is told of it.
    fn outside_told(&mut self, o: Outcome) -> tools::Result {
        if let Some((evidence, _)) = &o.source {
            self.outgoing.extend(evidence);
        }
        let mut done = outside::told(&o, &mut self.outgoing);
        if let Some((evidence, source)) = o.source {
            self.setup.evidence = evidence;
            done.citations.extend(seen(&self.setup.evidence, source));
        }
        done
    }

    /// Puts what a call led to into the trail; what the model is told of it.
    fn observed(&mut self, name: &str, done: tools::Result, out: &mut Vec<Wish>) -> String {
        self.cuts.extend(done.cut.iter().map(|c| format!("{name}: {c}")));
        let title = clean(&done.title).into_owned();
        match done.decision {
            Some(what) => {
                let what = clean(&what).into_owned();
                self.push(out, StepKind::Decision, Some(name), &title, what, Vec::new());
            }
            None => {
                let shown = clean(&done.shown).into_owned();
                self.push(out, StepKind::Observation, Some(name), &title, shown, done.citations);
            }
        }
        done.text
    }

    /// After the last call of an answer: a limit, the request to write, or the next turn.
    fn calls_done(&mut self, now_ms: u64, out: &mut Vec<Wish>) {
        if let Some(why) = self.limits().reached(&self.spent, now_ms) {
            return self.descend(&why, now_ms, out);
        }
        if matches!(self.phase, Phase::Looking) && self.limits().nearly(&self.spent, now_ms) {
            return self.write("most of what may be used is used", now_ms, out);
        }
        self.ask(now_ms, out);
    }

    /// The evidence as it stands, with the answers of telemetry servers.
    pub fn evidence(&self) -> &Evidence {
        &self.setup.evidence
    }
}

fn shortened(name: &str) -> String {
    clean(name).chars().take(64).collect()
}
