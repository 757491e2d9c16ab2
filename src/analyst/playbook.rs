//! Playbooks: what is known about one fault, as data. The files are `playbooks/*.toml`; a person's
//! own files are merged over ours by id.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::domain::FaultKind;
use crate::domain::check::Expectation;
use crate::fault::Fault;

use super::library;
use super::severity::Policy;
use super::signals::Signals;

/// What is known about one fault.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Its id, finer than the kind: `image_pull.wrong_tag`.
    pub id: String,
    /// The kind it belongs to.
    pub kind: FaultKind,
    /// A short name for a list: `wrong image tag`.
    pub title: String,
    /// The names that public taxonomies give this cause.
    #[serde(default)]
    pub known_as: Vec<String>,
    /// The statement: `{subject}` and `{mechanism}` are replaced. One sentence.
    pub statement: String,
    /// The mechanism in general words, where the evidence gave no better one.
    pub mechanism: String,
    /// Signals in free text (logs, alerts, notes).
    #[serde(default)]
    pub signals: Vec<Signal>,
    /// What confirms it, in words.
    pub confirms: String,
    /// What refutes it, in words.
    pub refutes: String,
    /// Checks, the one that settles it first.
    #[serde(default)]
    pub checks: Vec<CheckTemplate>,
    /// Mitigations, the safest that helps first.
    #[serde(default)]
    pub mitigations: Vec<MitigationTemplate>,
    /// Follow-ups.
    #[serde(default)]
    pub follow_ups: Vec<FollowUpTemplate>,
    /// Why the class of failure is possible at all: the systemic cause, worded as a suggestion.
    #[serde(default)]
    pub systemic: String,
    /// What would have prevented it, worded as a suggestion.
    #[serde(default)]
    pub counterfactual: String,
    /// True where the two above look at the manifest alone: where another pod of the same template runs, the
    /// manifest is not what stopped this one.
    #[serde(default)]
    pub of_manifest: bool,
    /// Texts that must raise this playbook; a test runs each.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Texts that must not.
    #[serde(default)]
    pub counter_examples: Vec<String>,
}

/// A pattern in free text that bears on the playbook.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// A regular expression over one line, without regard to case.
    pub pattern: String,
    /// `stated`, `symptom` or `against`.
    #[serde(default = "stated")]
    pub bearing: String,
    /// Log-odds that a hit adds.
    pub weight: f64,
    /// A named group of the pattern that holds the subject; else the line's service.
    #[serde(default)]
    pub subject: Option<String>,
    /// A pattern that, on the same line, voids the hit.
    #[serde(default)]
    pub unless: Option<String>,
}

fn stated() -> String {
    "stated".into()
}

/// A check with `{subject}`, `{namespace}`, `{pod}` … to fill; what is not known becomes a blank.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckTemplate {
    /// Its name within the playbook.
    pub id: String,
    /// What it finds out.
    pub what: String,
    /// The command.
    #[serde(default)]
    pub command: Option<String>,
    /// What is expected if the hypothesis holds, in words.
    pub expect: String,
    /// The same as a rule.
    #[serde(default)]
    pub rule: Option<Expectation>,
    /// True where the rule, once it holds, confirms the playbook's hypothesis.
    #[serde(default)]
    pub confirms: bool,
    /// A pattern of the evidence without which it is not offered: the words of one product, whose command
    /// another does not understand.
    #[serde(default)]
    pub where_said: Option<String>,
    /// The name of an argument without which it is not offered: it would be a form to fill.
    #[serde(default)]
    pub where_known: Option<String>,
    /// The name of an argument with which it is not offered: something surer is.
    #[serde(default)]
    pub unless_known: Option<String>,
    /// As a mitigation's: of which sort of thing it is asked.
    #[serde(default)]
    pub of: Option<String>,
}

/// A mitigation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MitigationTemplate {
    /// Its name within the playbook.
    pub id: String,
    /// What to do.
    pub action: String,
    /// The command.
    #[serde(default)]
    pub command: Option<String>,
    /// What may go wrong.
    pub risk: String,
    /// How to take it back.
    pub rollback: String,
    /// What it should do, in words.
    #[serde(default)]
    pub effect: String,
    /// What tells, after it ran, whether it worked.
    #[serde(default)]
    pub verify: Option<CheckTemplate>,
    /// As a check's.
    #[serde(default)]
    pub where_said: Option<String>,
    /// As a check's.
    #[serde(default)]
    pub where_known: Option<String>,
    /// As a check's.
    #[serde(default)]
    pub unless_known: Option<String>,
    /// A pattern of the evidence with which it is not offered: where it would do harm, or nothing.
    #[serde(default)]
    pub unless_said: Option<String>,
    /// The same two of what the hypothesis itself rests on: of what is quoted for it.
    #[serde(default)]
    pub where_told: Option<String>,
    /// See `where_told`.
    #[serde(default)]
    pub unless_told: Option<String>,
    /// `provider` where it is done to a provider's thing alone, `cluster` where it is not; `node` where it is done
    /// to a node alone, `no_node` where it is not.
    #[serde(default)]
    pub of: Option<String>,
}

/// A follow-up: bounded and checkable.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUpTemplate {
    /// What.
    pub what: String,
    /// `P0`, `P1` or `P2`.
    pub priority: String,
    /// Whose.
    pub owner_role: String,
    /// True where it looks at the manifest alone, as a playbook's.
    #[serde(default)]
    pub of_manifest: bool,
    /// True where it is offered only beside a pod of the same template that runs.
    #[serde(default)]
    pub where_sibling: bool,
}

/// One playbook file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    playbook: Vec<Playbook>,
}

/// An incident of before, as far as it is worth comparing with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PastIncident {
    /// Its session's id, or the path of the document that tells of it.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its day, as it was written.
    pub day: String,
    /// The services it hit.
    pub services: Vec<String>,
    /// The playbook of its first hypothesis.
    pub playbook: String,
    /// One sentence: what it was.
    pub outcome: String,
    /// The kind of fault; empty where none is known.
    pub fault_kind: String,
    /// Its error lines without their values.
    pub signatures: Vec<String>,
    /// Words that tell it apart.
    pub words: Vec<String>,
    /// What set it off; empty where that is not known.
    pub trigger: String,
    /// What was recorded as done about it; empty where nothing was.
    pub fixed: Vec<String>,
}

/// All playbooks by id, and whatever else the analyst knows before it has read anything.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// The playbooks by id.
    pub playbooks: BTreeMap<String, Playbook>,
    /// Incidents of before, given from outside; empty where none were given.
    pub history: Vec<PastIncident>,
    /// The severity policy to use instead of the built-in one.
    pub severity_policy: Option<Policy>,
    /// The postmortem template to use instead of the standard one: its name and its text.
    pub template: Option<(String, String)>,
    /// The language that reports are said in; `None` is English.
    pub language: Option<Arc<super::phrases::Phrasebook>>,
    /// The playbooks' signals, made ready when they are first asked for.
    signals: OnceLock<Arc<Signals>>,
}

impl Knowledge {
    /// What is built in: parsed once, when it is first asked for. A person's own files are merged
    /// into a clone of it.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Knowledge> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            let mut knowledge = Self::default();
            for (name, text) in library::FILES {
                // A file of ours that does not parse fails the tests; at run time the others still serve.
                let _ = knowledge.merge(name, text);
            }
            knowledge
        })
    }

    /// The severity policy: the configured one, else the built-in one.
    pub fn policy(&self) -> &Policy {
        self.severity_policy.as_ref().unwrap_or_else(|| Policy::embedded())
    }

    /// The signals of every playbook, ready to be looked for in text.
    pub fn signals(&self) -> &Signals {
        self.signals.get_or_init(|| Arc::new(Signals::of(self.playbooks.values())))
    }

    /// Merges a playbook file over what is there; a playbook with a known id replaces it.
    ///
    /// # Errors
    /// Names the file, line and reason when the text is not a playbook file.
    pub fn merge(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        let file: File = toml::from_str(text).map_err(|e| {
            Fault::input(format!("playbook file {name} is not valid: {e}"), "mend the file, then run `hotwash check`")
        })?;
        self.signals = OnceLock::new();
        for playbook in file.playbook {
            self.playbooks.insert(playbook.id.clone(), playbook);
        }
        Ok(())
    }
}
