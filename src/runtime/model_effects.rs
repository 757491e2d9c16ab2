//! The effects that are about models, performed; in a build without models they say so.

use super::console::Console;
#[cfg(feature = "models")]
use crate::analyst::agent::Outcome;
use crate::app::Effect;
#[cfg(feature = "models")]
use crate::app::effect::Became;
use crate::fault::Fault;

#[cfg(feature = "models")]
impl Console {
    /// Performs an effect that is about models.
    pub(super) fn perform_model(&mut self, effect: Effect) {
        match effect {
            Effect::PrepareModel => self.prepare_model(),
            Effect::AskModel { run } => {
                if let Err(fault) = self.second.begin(run, &self.config, self.to.clone()) {
                    let news = crate::app::input::ModelNews::Ended(fault.what);
                    self.answers.push_back(crate::app::Input::Model { run, news });
                }
            }
            Effect::SteerModel { words } => self.second.steer(words),
            Effect::TellModel { id, what } => self.tell_model(id, what),
            Effect::SendQuestion { question } => {
                if let Err(fault) = self.inquiries.send(question, self.to.clone()) {
                    let news = crate::app::input::ModelNews::Ended(fault.what);
                    self.answers.push_back(crate::app::Input::QuestionNews { question, news });
                }
            }
            Effect::StopQuestion => self.inquiries.stop(),
            _ => self.second.stop(),
        }
    }

    fn tell_model(&self, id: u32, what: Became) {
        match what {
            Became::Begun => self.second.begun(id),
            Became::Nothing(how) => self.second.outcome(Outcome::none(id, how)),
            Became::Source(source, how) => {
                // The session as it stands has the source by now.
                let source = Some((self.session.evidence.clone(), source));
                self.second.outcome(Outcome { id, how, source });
            }
        }
    }

    /// The last call of a model's investigation that ended without a report, where nothing was added since.
    fn broken_off(&self) -> Option<String> {
        // Run 0 is a question's.
        let last = self.session.given.iter().rev().find(|g| g.run != 0)?;
        let of = self.session.investigations.iter().find(|i| i.run == last.run)?;
        let broken = matches!(of.ended.as_deref(), Some("stopped" | "interrupted"));
        let same = self.session.evidence_since(last.at).is_none();
        (broken && same).then(|| last.body.as_str().to_owned())
    }

    /// Makes a question ready for the model of the settings; false where there is none to ask.
    pub(super) fn prepare_question(&mut self, question: u32, text: &str) -> bool {
        if self.config.model.is_none() {
            return false;
        }
        let (evidence, report) = (self.session.evidence.clone(), self.session.report.clone());
        match self.inquiries.prepare(&self.config, (evidence, report.as_deref()), (question, text)) {
            Ok((engine, text)) => {
                self.answers.push_back(crate::app::Input::QuestionPayload { question, engine, text });
                true
            }
            Err(fault) => {
                self.fail(fault);
                false
            }
        }
    }

    fn prepare_model(&mut self) {
        let Some(embedded) = self.session.report.clone() else {
            return self.fail(Fault::usage("there is no report yet", "let the embedded engine finish first"));
        };
        let about = super::models::About {
            evidence: self.session.evidence.clone(),
            request: crate::analyst::Request {
                title: self.session.title.clone(),
                service: self.session.service.clone(),
                session: Some(self.session.id.clone()),
            },
            embedded,
            telemetry: self.desk.telemetry.for_models(),
            broken_off: self.broken_off(),
        };
        match self.second.prepare(&self.config, about) {
            Ok((engine, text)) => self.answers.push_back(crate::app::Input::ModelPayload { engine, text }),
            Err(fault) => self.fail(fault),
        }
    }
}

#[cfg(not(feature = "models"))]
impl Console {
    /// No model answers in this build.
    pub(super) fn prepare_question(&mut self, _: u32, _: &str) -> bool {
        false
    }

    /// Says that this build has no models.
    pub(super) fn perform_model(&mut self, effect: Effect) {
        if effect == Effect::PrepareModel {
            self.fail(Fault::usage("this build has no models", "build it with the feature `models`"));
        }
    }
}
