//! Each seal checked for itself while somebody follows: the newest of a batch vouches for the others, so
//! that a screen waits for one check only; the others are checked here, on a thread of their own, and
//! what does not hold is told. It must not hold up whoever folds: a check costs ten times what folding
//! the record does, so that while records pour in the checks wait, though never for long.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, Sender};

use crate::journal::seal::{PublicKey, Seal};

/// Batches that may wait; one has at most as many seals as an inlet's batch has lines.
const WAITING: usize = 256;
/// Nothing came for so long: records pour in no more.
const QUIET: Duration = Duration::from_millis(150);
/// The longest that a seal waits for that.
const LATEST: Duration = Duration::from_secs(5);
/// Seals that may wait for it, of 128 bytes each.
const HELD: usize = 65_536;
/// Forged seals that may wait to be told: one says it all.
const TELLING: usize = 1;

/// The near end; dropping it ends the thread.
#[derive(Debug)]
pub struct SealChecks {
    to: Option<SyncSender<Vec<Seal>>>,
    found: Sender<PublicKey>,
}

impl SealChecks {
    /// Starts the thread; whose name stood on a seal that did not hold comes out of the other end.
    pub fn start() -> (Self, mpsc::Receiver<PublicKey>) {
        let (found, told) = mpsc::channel(TELLING);
        let (to, from) = sync_channel(WAITING);
        let tell = found.clone();
        let check_all = move || check_all(&from, &tell);
        // Without a thread they are checked where they are handed in.
        let thread = std::thread::Builder::new().name("hotwash-seals".into()).spawn(check_all);
        (Self { to: thread.is_ok().then_some(to), found }, told)
    }

    /// Checks these, soon. Where more waits than is kept it is done here and now: none is passed over.
    pub fn check(&self, seals: Vec<Seal>) {
        if seals.is_empty() {
            return;
        }
        let left = match &self.to {
            None => seals,
            Some(to) => match to.try_send(seals) {
                Ok(()) => return,
                Err(TrySendError::Full(seals) | TrySendError::Disconnected(seals)) => seals,
            },
        };
        check(&left, &self.found);
    }
}

fn check_all(from: &Receiver<Vec<Seal>>, found: &Sender<PublicKey>) {
    while let Ok(first) = from.recv() {
        let latest = Instant::now() + LATEST;
        let (mut count, mut held) = (first.len(), vec![first]);
        while count < HELD {
            let left = latest.saturating_duration_since(Instant::now());
            let Ok(more) = from.recv_timeout(QUIET.min(left)) else { break };
            count += more.len();
            held.push(more);
        }
        held.drain(..).for_each(|seals| check(&seals, found));
    }
}

fn check(seals: &[Seal], found: &Sender<PublicKey>) {
    for forged in seals.iter().filter(|seal| !seal.holds()) {
        // Full: one is told already, and it stays on the screen.
        let _ = found.try_send(forged.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::format::Chain;
    use crate::journal::seal::Signer;

    #[test]
    fn one_forged_seal_among_a_thousand_is_found() {
        let (signer, other) = (Signer::new(&[7; 32]), Signer::new(&[8; 32]).public());
        let chain = Chain::genesis("s");
        let seal = |forged: bool| {
            let mut payload = b"{\"seq\":1}".to_vec();
            signer.seal("s", &chain, &mut payload);
            let text = String::from_utf8(payload).unwrap();
            let text = if forged { text.replace(&signer.public().to_string(), &other.to_string()) } else { text };
            Seal::of("s", &chain, text.as_bytes()).unwrap()
        };
        let (checks, mut told) = SealChecks::start();
        for n in 0..10 {
            checks.check((0..100).map(|m| seal((n, m) == (6, 42))).collect());
        }
        assert_eq!(told.blocking_recv(), Some(other));
        drop(checks);
        assert_eq!(told.blocking_recv(), None);
    }
}
