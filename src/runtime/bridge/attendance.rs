//! Who follows over a server: the lead's side. A follower says so, signed, on the subject that asks where
//! the lead looks, again every half minute, and when they leave; who has not been heard of for longer is
//! taken from the list. Who they are is the lead's `people.toml` to say.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep_until};

use super::link::Link;
use super::names::Names;
use crate::app::Input;
use crate::app::present::{Attendant, Door};
use crate::journal::attend::{Over, Standing};
use crate::journal::beacon::Beacon;
use crate::journal::seal::PublicKey;
use crate::runtime::identity::Speakers;

/// The most screens that are kept, and of them those of keys that nobody here knows: whoever makes keys
/// takes no place from the people of the incident.
const MOST: (usize, usize) = (256, 128);
/// Between two times that the console is told.
const TELLING: Duration = Duration::from_millis(250);
/// After so many times the pace of a follower's word without one they count as gone.
const SILENT: u32 = 3;

/// Who is listened to, and who is told.
#[derive(Debug)]
pub struct Attendance {
    /// The session's names.
    pub names: Names,
    /// Whom the lead knows.
    pub people: Arc<Speakers>,
    /// The console.
    pub to: Sender<Input>,
}

/// One screen, as it was heard of last.
struct Screen {
    count: u64,
    heard: Instant,
    standing: Standing,
}

/// Everybody who was heard of.
#[derive(Default)]
struct Screens {
    all: BTreeMap<(PublicKey, String), Screen>,
    people: Arc<Speakers>,
}

impl Screens {
    /// Takes a word in; false where it changes nothing that is shown.
    fn hear(&mut self, bytes: &[u8], session: &str, now: Instant) -> bool {
        let Some((said, standing)) = Beacon::read::<Standing>(bytes, session) else { return false };
        let id = (said.key, standing.screen.clone());
        let before = self.all.get(&id);
        // What was said before, or late, is not said again by whoever sends it again.
        if before.is_some_and(|b| b.count >= said.count) || (before.is_none() && self.is_full_for(said.key)) {
            return false;
        }
        let standing = Standing { over: Over::Server, ..standing };
        let changed = before.map(|b| &b.standing) != Some(&standing);
        self.all.insert(id, Screen { count: said.count, heard: now, standing });
        changed
    }

    fn is_full_for(&self, key: PublicKey) -> bool {
        let strangers = || self.all.keys().filter(|(key, _)| !self.people.contains_key(key)).count();
        self.all.len() >= MOST.0 || (!self.people.contains_key(&key) && strangers() >= MOST.1)
    }

    /// Forgets whoever was silent since then; true where that was somebody.
    fn forget(&mut self, since: Instant) -> bool {
        let before = self.all.len();
        self.all.retain(|_, screen| screen.heard > since);
        before != self.all.len()
    }

    fn all(&self) -> Vec<Attendant> {
        let here = self.all.iter().filter(|(_, screen)| screen.standing.here);
        here.map(|((key, _), screen)| Attendant { key: *key, standing: screen.standing.clone() }).collect()
    }
}

impl Attendance {
    /// Listens until the connection or the console is gone.
    pub async fn listen(self, link: Link) {
        let Ok(mut words) = link.client.subscribe(self.names.hello()).await else { return };
        let silence = link.pace.here * SILENT;
        let mut screens = Screens { people: self.people, ..Screens::default() };
        let mut tell_at: Option<Instant> = None;
        loop {
            let expires = screens.all.values().map(|s| s.heard + silence).min();
            tokio::select! {
                word = words.next() => {
                    let Some(word) = word else { return };
                    let now = Instant::now();
                    if screens.hear(&word.payload, self.names.session(), now) {
                        tell_at = tell_at.or(Some(now + TELLING));
                    }
                }
                () = at(expires) => {
                    let Some(since) = Instant::now().checked_sub(silence) else { continue };
                    if screens.forget(since) {
                        tell_at = tell_at.or(Some(Instant::now()));
                    }
                }
                () = at(tell_at) => {
                    tell_at = None;
                    let all = screens.all();
                    if self.to.send(Input::Attending { door: Door::Server, all }).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::peer::PeerRole;
    use crate::journal::seal::Signer;

    fn word(n: u8, count: u64, here: bool) -> Vec<u8> {
        let standing = Standing { here, ..Standing::new("a".into(), chrono::DateTime::UNIX_EPOCH, Over::Host) };
        Beacon::sign(&Signer::new(&[n; 32]), "s", count, &standing).bytes().unwrap()
    }

    #[test]
    fn who_says_so_is_here_until_they_leave_or_are_silent_and_an_old_word_changes_nothing() {
        let (mut screens, now) = (Screens::default(), Instant::now());
        assert!(screens.hear(&word(1, 5, true), "s", now));
        assert!(!screens.hear(&word(1, 6, true), "s", now), "still here: nothing to show");
        assert!(!screens.hear(&word(2, 5, true), "another", now), "another session");
        assert_eq!(screens.all()[0].standing.over, Over::Server);
        assert!(screens.hear(&word(1, 7, false), "s", now));
        assert!(!screens.hear(&word(1, 6, true), "s", now), "a word that was said before they left");
        assert_eq!(screens.all(), []);
        assert!(screens.hear(&word(2, 5, true), "s", now));
        assert!(!screens.forget(now - Duration::from_secs(1)));
        assert!(screens.forget(now));
        assert_eq!(screens.all(), []);
    }

    #[test]
    fn no_more_screens_are_kept_than_are_kept() {
        let known = (0..200).map(|n| (Signer::new(&[n; 32]).public(), ("kim".into(), PeerRole::Lead))).collect();
        let (mut screens, now) = (Screens { people: Arc::new(known), ..Screens::default() }, Instant::now());
        let of = |n: u8, screen: &str| {
            let standing = Standing::new(screen.into(), chrono::DateTime::UNIX_EPOCH, Over::Host);
            Beacon::sign(&Signer::new(&[n; 32]), "s", 1, &standing).bytes().unwrap()
        };
        // Strangers first, each with several screens: they have half of the places.
        for (n, screen) in (200..=255).flat_map(|n| ["a", "b", "c"].map(|screen| (n, screen))) {
            screens.hear(&of(n, screen), "s", now);
        }
        assert_eq!(screens.all().len(), MOST.1);
        for n in 0..200 {
            screens.hear(&of(n, "a"), "s", now);
        }
        assert_eq!(screens.all().len(), MOST.0);
        assert!(!screens.hear(&of(1, "b"), "s", now));
    }
}
