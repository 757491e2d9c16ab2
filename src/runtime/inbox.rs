//! The inbox: where people on the same host leave messages for the lead. A folder in the session's
//! folder, 0700: whoever may write the session's files may leave one. The lead's process reads, checks
//! and removes them, and answers what it does not take; nothing in it is ever run.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::Sender;

use super::answers::Answers;
use super::folder::{Folder, words};
use super::masking::fresh;
use super::tended::{Look, Tended};
use crate::app::Input;
use crate::intake;
use crate::journal::feed::Refusal;
use crate::journal::peer::{self, Message, Refused, Saying};
use crate::journal::seal::PublicKey;

/// The folder in the session's folder.
pub const FOLDER: &str = "inbox";
const ENDING: &str = ".msg";
/// Messages that are read in one go; the others wait for the next.
const MOST_AT_ONCE: usize = 256;
/// Messages that may wait in the folder before whoever writes is told to wait.
const MOST_WAITING: usize = 512;

/// The reader of one session's inbox; dropping it ends its thread.
#[derive(Debug)]
pub struct Inbox {
    _tended: Tended,
    answers: Arc<Answers>,
}

impl Inbox {
    /// Makes the inbox where it is missing, and says what arrives.
    ///
    /// # Errors
    /// When it can't be made or watched, in words.
    pub fn open(session_folder: &Path, session: &str, to: Sender<Input>) -> Result<Self, String> {
        let inbox = Folder::open(session_folder).and_then(|f| f.child_or_make(FOLDER)).map_err(|e| words(&e))?;
        let answers = Arc::new(Answers::begin(session_folder).map_err(|e| words(&e))?);
        let (path, session, given) = (inbox.path().to_owned(), session.to_owned(), Arc::clone(&answers));
        let tended = Tended::start("hotwash-inbox", &path, move || {
            let Taken { more, inputs, answers } = take(&inbox, &session);
            given.give(answers);
            for input in inputs {
                if to.blocking_send(input).is_err() {
                    return Look::End;
                }
            }
            if more { Look::More } else { Look::Done }
        })?;
        Ok(Self { _tended: tended, answers })
    }

    /// Tells whoever sent a message why it was not taken.
    pub fn refuse(&self, refusal: Refusal) {
        self.answers.give(vec![refusal]);
    }
}

/// What lay in an inbox.
#[derive(Debug, Default)]
pub struct Taken {
    /// More of it waits.
    pub more: bool,
    /// What was said, and that something was refused.
    pub inputs: Vec<Input>,
    /// What is answered to whom by the name that they gave their message.
    pub answers: Vec<Refusal>,
}

/// What lies in the inbox, oldest first.
pub fn take(inbox: &Folder, session: &str) -> Taken {
    let Some((names, later)) = listed(inbox) else { return Taken::default() };
    let mut taken = Taken { more: later || names.len() > MOST_AT_ONCE, ..Taken::default() };
    let mut refused = None::<(u64, Refused)>;
    for name in names.iter().take(MOST_AT_ONCE) {
        let read = read(inbox, name, session);
        // A file that can't be removed would come again: nothing of it is taken.
        if inbox.remove(name).is_err() {
            continue;
        }
        match read {
            Ok(message) => taken.inputs.push(Input::PeerSaid(Box::new(message))),
            Err(why) => {
                let sent = named(name).map(|(to, count)| Refusal { to, count, why: why.to_string() });
                taken.answers.extend(sent);
                refused = Some((refused.map_or(1, |(n, _)| n + 1), why));
            }
        }
    }
    taken.inputs.extend(refused.map(|(count, why)| Input::PeersRefused { count, why }));
    taken
}

/// The names of messages of which nobody's earlier one can be missing, and whether there are later ones.
///
/// A folder is not listed in one instant: of two messages that are left meanwhile the list can hold the
/// second alone, and the first would be refused as one that came too late. What the first list holds was
/// left before the second list was begun, and so was everything that its sender left before it.
fn listed(inbox: &Folder) -> Option<(Vec<String>, bool)> {
    let messages = || {
        let mut names = inbox.names().ok()?;
        names.retain(|n| n.ends_with(ENDING) && !n.starts_with('.'));
        Some(names)
    };
    let (first, mut names) = (messages()?, messages()?);
    let all = names.len();
    let newest: BTreeMap<&str, &str> = first.iter().map(|n| (sender(n), n.as_str())).collect();
    names.retain(|n| newest.get(sender(n)).is_some_and(|last| n.as_str() <= *last));
    let later = names.len() < all;
    Some((names, later))
}

fn sender(name: &str) -> &str {
    name.split_once('-').map_or("", |(key, _)| key)
}

/// The beginning of a key and a count, from the name of a message.
fn named(name: &str) -> Option<(String, u64)> {
    let (key, count) = name.strip_suffix(ENDING)?.split_once('-')?;
    let fits = key.len() <= 64 && key.bytes().all(|b| b.is_ascii_hexdigit());
    Some((key.to_owned(), count.parse().ok()?)).filter(|_| fits)
}

fn read(inbox: &Folder, name: &str, session: &str) -> Result<Message, Refused> {
    let mut bytes = Vec::new();
    let file = inbox.read(name).map_err(|_| Refused::NotUnderstood)?;
    file.take(peer::MOST as u64 + 1).read_to_end(&mut bytes).map_err(|_| Refused::NotUnderstood)?;
    checked(&bytes, session)
}

/// A message that somebody sent, whole, signed by its key, for this session and clean. Whether that key
/// may say something is the console's to decide.
///
/// # Errors
/// Why it is not taken.
pub fn checked(bytes: &[u8], session: &str) -> Result<Message, Refused> {
    let message = Message::read(bytes, session)?;
    let clean = message.saying().is_some_and(|s| s == cleaned(s.clone()));
    if clean { Ok(message) } else { Err(Refused::NotClean(message.key)) }
}

/// The saying without what a terminal would obey, and with its secrets masked: what a peer signs, and
/// what the lead takes.
pub fn cleaned(mut saying: Saying) -> Saying {
    let mut mask = fresh();
    let text = intake::admit(saying.text().as_bytes(), &mut mask).text;
    *saying.text_mut() = text.trim_end().to_owned();
    if let Saying::Vote { hypothesis, .. } = &mut saying {
        *hypothesis = intake::admit(hypothesis.as_bytes(), &mut mask).text.trim_end().to_owned();
    }
    saying
}

/// The highest count of this key's messages that still wait.
pub fn waiting(session_folder: &Folder, key: &PublicKey) -> u64 {
    let Ok(names) = session_folder.child(FOLDER).and_then(|f| f.names()) else { return 0 };
    let begin = format!("{}-", key.short());
    let counts = names.iter().filter_map(|n| n.strip_prefix(&begin)?.strip_suffix(ENDING)?.parse().ok());
    counts.max().unwrap_or(0)
}

/// Leaves a message for the lead of the session in this folder.
///
/// # Errors
/// When there is no inbox, it is full, or it can't be written to; in words.
pub fn leave(session_folder: &Folder, message: &Message) -> Result<(), String> {
    let inbox = session_folder.child(FOLDER).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => "the lead takes no messages: nobody has opened the session with this version".into(),
        io::ErrorKind::PermissionDenied => "you may look at this session, not write to its lead".into(),
        _ => words(&e),
    })?;
    if inbox.names().is_ok_and(|n| n.len() >= MOST_WAITING) {
        return Err("too many messages wait for the lead already".into());
    }
    let name = format!("{}-{:012}{ENDING}", message.key.short(), message.count);
    inbox.put_soon(&name, &message.bytes()).map_err(|e| format!("the message could not be left: {}", words(&e)))
}
