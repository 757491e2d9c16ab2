//! What may run again without being asked, for as long as the session stays open: exact commands, each
//! with the record that allowed it. Opening the session again forgets all of them: another sitting, and
//! perhaps another person.

use chrono::{DateTime, Utc};

use super::Session;
use crate::journal::event::{Author, Event, Record, RunContext};

/// A command that a person let run again in this session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Allowed {
    pub seq: u64,
    pub command: String,
    pub argv: Vec<Vec<String>>,
    pub context: RunContext,
    pub by: Author,
    pub at: DateTime<Utc>,
}

/// What is said of a run beside its approval.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Qualified {
    /// The record that allowed it, where it was not asked for again.
    pub allowed: Option<u64>,
    /// The command whose dry run it is.
    pub dry_run_of: Option<String>,
}

impl Session {
    /// Follows what may run again, and what is said of runs.
    pub(super) fn follow_leave(&mut self, record: &Record) {
        match &record.event {
            Event::CommandAllowed { command, argv, context } => self.allowed.push(Allowed {
                seq: record.seq,
                command: command.clone(),
                argv: argv.clone(),
                context: context.clone(),
                by: record.by.clone(),
                at: record.at,
            }),
            Event::CommandDisallowed { allowed } => self.allowed.retain(|a| a.seq != *allowed),
            Event::RunQualified { run, allowed, dry_run_of } => {
                let said = Qualified { allowed: *allowed, dry_run_of: dry_run_of.clone() };
                self.qualified.insert(*run, said);
            }
            _ => {}
        }
    }

    /// What lets exactly this text, word for word, run here.
    pub fn allows(&self, command: &str, argv: &[Vec<String>], context: &RunContext) -> Option<&Allowed> {
        self.allowed.iter().find(|a| a.command == command && a.argv == argv && a.context == *context)
    }

    /// The last dry run of a command: its number and its text.
    pub fn dry_run(&self, command: &str) -> Option<u64> {
        let of = |q: &Qualified| q.dry_run_of.as_deref() == Some(command);
        self.qualified.iter().rev().find(|(run, q)| of(q) && self.runs.contains_key(run)).map(|(run, _)| *run)
    }
}
