//! Processes of a run that are still there: found by the mark in their environment, so that neither a
//! session of their own nor closed descriptors hide them.

use rustix::process::{Pid, Signal, kill_process};

use super::environment::MARK;

/// The most processes that are looked for.
const MOST: usize = 256;

/// The process ids that carry the mark.
pub(super) fn marked(mark: &str) -> Vec<u32> {
    let wanted = format!("{MARK}={mark}").into_bytes();
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|b| *b == 0).any(|v| v == wanted)
        })
        .take(MOST)
        .collect()
}

/// Sends a signal to each.
pub(super) fn signal(pids: &[u32], signal: Signal) {
    for pid in pids {
        if let Some(pid) = i32::try_from(*pid).ok().and_then(Pid::from_raw) {
            // One that has ended meanwhile is no failure.
            let _ = kill_process(pid, signal);
        }
    }
}
