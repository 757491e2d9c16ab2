//! Approved commands that wait: none starts before its approval is on disk, none whose approval
//! could not be saved, and none so late that the person no longer expects it. Pure: the clock's
//! reading comes in.

use std::time::{Duration, Instant};

use crate::fault::Fault;
use crate::journal::event::RunContext;

/// How long an approved command may wait for its record to be saved.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How many may wait at once.
const MOST: usize = 16;

/// An approved command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The run.
    pub run: u64,
    /// The sequence of the approval's record.
    pub seq: u64,
    /// The exact text.
    pub command: String,
    /// The context that was shown.
    pub context: RunContext,
    /// Seconds after its start at which it is ended.
    pub timeout_s: u64,
    /// When it was approved.
    pub since: Instant,
}

/// What became of an approved command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// Its approval is on disk: it may start, if the context is still the one that was shown.
    Start(Approved),
    /// It will not start, for this reason.
    Refuse(u64, Fault),
}

/// The commands that wait for their approval to be saved.
#[derive(Debug, Default)]
pub struct Approvals {
    held: Vec<Approved>,
    saved: u64,
}

impl Approvals {
    /// Another session is open: what is on disk of it, and nothing waits.
    pub fn reset(&mut self, saved: u64) {
        *self = Self { held: Vec::new(), saved };
    }

    /// Holds an approved command.
    pub fn hold(&mut self, approved: Approved) -> Vec<Released> {
        if self.held.len() >= MOST {
            let fault =
                Fault::environment(format!("{MOST} approved commands wait already"), "wait until they are saved");
            return vec![Released::Refuse(approved.run, fault)];
        }
        let now = approved.since;
        self.held.push(approved);
        self.release(now)
    }

    /// Records up to `seq` are on disk.
    pub fn saved(&mut self, seq: u64, now: Instant) -> Vec<Released> {
        self.saved = self.saved.max(seq);
        self.release(now)
    }

    /// Saving failed: what waits is refused, not kept for later.
    pub fn failed(&mut self, why: &Fault) -> Vec<Released> {
        let refuse = |a: Approved| {
            let what = format!("its approval could not be saved ({})", why.what);
            Released::Refuse(a.run, Fault::environment(what, "nothing ran; approve it again when saving works"))
        };
        self.held.drain(..).map(refuse).collect()
    }

    /// Takes an approved command back; true when it was waiting here.
    pub fn withdraw(&mut self, run: u64) -> bool {
        let before = self.held.len();
        self.held.retain(|a| a.run != run);
        self.held.len() < before
    }

    fn release(&mut self, now: Instant) -> Vec<Released> {
        let saved = self.saved;
        let ready = self.held.extract_if(.., |a| a.seq <= saved);
        ready
            .map(|a| {
                if now.saturating_duration_since(a.since) <= LONGEST_WAIT {
                    return Released::Start(a);
                }
                let what = "saving its approval took too long";
                Released::Refuse(a.run, Fault::environment(what, "nothing ran; approve it again"))
            })
            .collect()
    }
}

/// Why an approved command does not start after all: the world is not the one that was shown.
pub fn changed(shown: &RunContext, now: &RunContext) -> Option<Fault> {
    let or_none = |v: &Option<String>| v.clone().unwrap_or_else(|| "none".into());
    let parts = [
        ("the directory", shown.directory.clone(), now.directory.clone()),
        ("the host", shown.host.clone(), now.host.clone()),
        ("the user", shown.user.clone(), now.user.clone()),
        ("the kube context", or_none(&shown.kube), or_none(&now.kube)),
        ("the cloud profile", or_none(&shown.cloud), or_none(&now.cloud)),
    ];
    let (what, was, is) = parts.into_iter().find(|(_, was, is)| was != is)?;
    Some(Fault::environment(
        format!("{what} changed from {was} to {is} since it was approved"),
        "nothing ran; look at the context, then approve it again",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approved(run: u64, seq: u64) -> Approved {
        Approved {
            run,
            seq,
            command: "kubectl get pods".into(),
            context: RunContext::default(),
            timeout_s: 60,
            since: Instant::now(),
        }
    }

    #[test]
    fn a_command_starts_only_when_its_approval_is_on_disk() {
        let mut approvals = Approvals::default();
        let a = approved(1, 5);
        assert_eq!(approvals.hold(a.clone()), []);
        assert_eq!(approvals.saved(4, a.since), []);
        assert_eq!(approvals.saved(5, a.since), [Released::Start(a.clone())]);
        assert_eq!(approvals.saved(6, a.since), [], "once");
    }

    #[test]
    fn an_approval_that_could_not_be_saved_never_starts_later() {
        let mut approvals = Approvals::default();
        let a = approved(1, 5);
        approvals.hold(a.clone());
        let refused = approvals.failed(&Fault::environment("no space left on device", ""));
        assert!(matches!(&refused[..], [Released::Refuse(1, f)] if f.what.contains("no space left")), "{refused:?}");
        assert_eq!(approvals.saved(9, a.since), []);
    }

    #[test]
    fn an_approval_saved_too_late_is_refused() {
        let mut approvals = Approvals::default();
        let a = approved(1, 5);
        approvals.hold(a.clone());
        let late = approvals.saved(5, a.since + LONGEST_WAIT + Duration::from_secs(1));
        assert!(matches!(late[..], [Released::Refuse(1, _)]));
    }

    #[test]
    fn another_context_is_named() {
        let shown = RunContext { kube: Some("prod/shop".into()), ..RunContext::default() };
        let now = RunContext { kube: Some("prod/default".into()), ..RunContext::default() };
        assert!(changed(&shown, &now).unwrap().what.contains("from prod/shop to prod/default"));
        assert_eq!(changed(&shown, &shown.clone()), None);
    }
}
