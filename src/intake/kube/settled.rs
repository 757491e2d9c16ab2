//! Which pods are not as they should be and yet in no trouble: a later pod of the same job did its work,
//! or they are only starting beside as many as are wanted. It judges no reason.

use super::model::{Cluster, Pod};

/// Seconds that a pod may take to become ready while others serve: the usual start of a program and
/// the first of its probes (a probe asks every 10 s unless it is told otherwise).
const STARTING: f64 = 60.0;
/// The least figures behind a cron job's name that number one of its runs: minutes since 1970.
const RUN: usize = 7;

impl Cluster {
    /// Marks the pods whose trouble has passed, or has not begun.
    pub fn settle(&mut self) {
        let passing: Vec<bool> = self.pods.iter().map(|p| self.made_good(p) || self.is_starting(p)).collect();
        for (pod, passing) in self.pods.iter_mut().zip(passing) {
            pod.passing = passing;
        }
    }

    /// A failed try of a job that a later try, or a later run of the same schedule, finished.
    fn made_good(&self, pod: &Pod) -> bool {
        let failed = pod.status.as_ref().is_some_and(|s| matches!(s.text.as_str(), "Error" | "OOMKilled" | "Failed"));
        let same = |other: &&Pod| other.namespace == pod.namespace && other.workload() == pod.workload();
        let later = |other: &&Pod| other.age.zip(pod.age).is_some_and(|(later, age)| later < age);
        let next = |other: &&Pod| schedule(other) == schedule(pod) && later(other);
        let done = |p: &&Pod| p.status.as_ref().is_some_and(|s| matches!(s.text.as_str(), "Completed" | "Succeeded"));
        failed && self.pods.iter().filter(done).any(|other| same(&other) || next(&other))
    }

    /// A new pod of a workload that has all the ready pods that it wants.
    fn is_starting(&self, pod: &Pod) -> bool {
        let waits = ["Running", "Pending", "ContainerCreating", "PodInitializing"];
        let young = pod.age.is_some_and(|age| age <= STARTING) && pod.restarts.unwrap_or(0) == 0;
        let served = || {
            let whole = |w: &super::Workload| w.ready.zip(w.desired).is_some_and(|(r, d)| r >= d && d > 0);
            self.workload(pod.workload()).is_some_and(whole)
        };
        !pod.is_well() && young && pod.status.as_ref().is_some_and(|s| waits.contains(&s.text.as_str())) && served()
    }
}

/// The cron job that a pod's job is a run of, by its name; `None` for any other.
fn schedule(pod: &Pod) -> Option<(Option<&str>, &str)> {
    let (name, run) = pod.workload().rsplit_once('-')?;
    (run.len() >= RUN && run.bytes().all(|b| b.is_ascii_digit())).then_some((pod.namespace.as_deref(), name))
}
