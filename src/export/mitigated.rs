//! Mitigations for exports: told as done only once they ran and their own check passed after that; until
//! then a run is told as a run, with what is not known about it.

use super::people::{outcome, when};
use crate::analyst::report::postmortem::Done;
use crate::session::standing::author_name;
use crate::session::{Progress, Run, Session};

/// The mitigations that are known to have worked, in the order of their runs.
pub fn done(s: &Session) -> Vec<Done> {
    let of = |m| match s.progress(m) {
        Progress::Worked(run, v) => Some(Done {
            at: run.started.unwrap_or(run.approved),
            by: author_name(&run.by).to_owned(),
            action: m.action.clone(),
            command: words(&run.command),
            checked_at: v.at,
            check: v.check.what.clone(),
            because: v.judgement.because.clone(),
        }),
        _ => None,
    };
    let mut all: Vec<Done> = s.tried().into_iter().filter_map(of).collect();
    all.sort_by_key(|d| d.at);
    all
}

/// A run as a sentence; that of a mitigation says whether it worked, as far as that is known.
pub fn run(s: &Session, r: &Run) -> String {
    let said = super::people::run(r);
    let Some(m) = s.tried.get(&r.run) else { return said };
    let worked = match s.progress(m) {
        // Only its last run is what the check was made after.
        Progress::Worked(last, v) if last.run == r.run => format!(
            "its check `{}` passed at {}: {}",
            v.check.what.trim_end_matches('.'),
            when(v.at),
            v.judgement.because
        ),
        Progress::DidNotWork(last, v) if last.run == r.run => format!(
            "its check `{}` came out as {} at {}: {}",
            v.check.what.trim_end_matches('.'),
            outcome(v.judgement.outcome),
            when(v.at),
            v.judgement.because
        ),
        _ => "whether it worked is not known".to_owned(),
    };
    format!("{said}; mitigation `{}`: {worked}", m.action.trim_end_matches('.'))
}

fn words(command: &str) -> String {
    command.split_whitespace().collect::<Vec<_>>().join(" ")
}
