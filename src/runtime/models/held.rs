//! How much an answer may hold while it is waited for. A frame, or the body of an error, is read whole by the
//! protocol's library before anything of it is seen here; so what is watched is the memory of this process.
//!
//! Linux alone says it; elsewhere the time limits are all there is.

use std::future::Future;
use std::time::Duration;

use crate::analyst::agent::{Failure, FailureKind};

/// From one look to the next.
const LOOK: Duration = Duration::from_millis(100);
/// The most by which this process may grow while one event of an answer is waited for, in bytes: hundreds of times
/// what the longest answer takes, and an eighth of the memory of a small machine.
pub const MOST: u64 = 256 << 20;

/// The work's outcome, or a failure where the process grew by more than `most` bytes meanwhile.
///
/// # Errors
/// The growth, told with the name of the model that was waited for.
pub async fn held<T>(name: &str, most: u64, work: impl Future<Output = T>) -> Result<T, Failure> {
    let before = resident();
    let grown = async {
        loop {
            tokio::time::sleep(LOOK).await;
            let more = before.zip(resident()).map_or(0, |(before, now)| now.saturating_sub(before));
            if more > most {
                return more;
            }
        }
    };
    tokio::select! {
        biased;
        more = grown => {
            let what = format!(
                "{name}: this program grew by {} MB while it waited for one piece of the answer, and gave it up: \
                 is base_url the right address?",
                more >> 20
            );
            Err(Failure::new(FailureKind::Refused, what))
        }
        done = work => Ok(done),
    }
}

/// Resident memory of this process, in bytes; `None` where the system does not say.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib << 10)
}
