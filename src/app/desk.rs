//! The desk: how one person looks at a session right now. Never journaled, never part of a session.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};

use super::dialog::Dialog;
use super::editor::Editor;
use super::flags::Flag;
use super::input::HomeRow;
use super::keymap::Keymap;
use super::layout::{self, Layout};
use super::panel::Panel;
use super::present::{Attendant, Door, Present};
use super::prompt::Prompt;
use super::row::Role;
use super::sessions_query::SessionsQuery;
use super::sharing::Sharing;
use super::standpoint::Standpoint;
use super::telemetry::Telemetry;
use crate::domain::Citation;
use crate::export::lint::Own;
use crate::fault::Fault;
use crate::journal::peer::PeerRole;
use crate::journal::seal::{PublicKey, Sealed};
use crate::session::Session;

/// Whether this console writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Somebody works in the session.
    Live,
    /// Somebody looks through a saved session: nothing is written, nothing can run.
    Review,
    /// Somebody follows another person's session as it grows: nothing is written, nothing can run.
    Follow,
}

/// Which screen is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// The saved sessions, and a place to paste.
    Home,
    /// A session.
    Session,
}

/// Where a reader stands in a panel, in rows of that panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The row the cursor is on.
    pub cursor: usize,
    /// The first row on screen.
    pub top: usize,
    /// How many screen rows of that first row are scrolled away, where it is taller than the panel.
    pub skip: usize,
}

impl Place {
    /// At the end, whatever comes: the cursor follows a growing panel.
    pub const END: Self = Self { cursor: usize::MAX, top: 0, skip: 0 };
}

/// Something said for a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// What.
    pub text: String,
    /// As what.
    pub role: Role,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// What is known of the journal's state on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Saved {
    /// The last record that is on disk.
    pub seq: u64,
    /// Why writing fails, until one write succeeds.
    pub fault: Option<Fault>,
}

impl Saved {
    /// Why nothing is saved, in the few words that fit where it is always seen: what failed is told in full
    /// when it happens.
    pub fn why_not(&self) -> Option<&str> {
        let what = self.fault.as_ref()?.what.as_str();
        Some(what.rsplit_once(": ").map_or(what, |(_, reason)| reason))
    }
}

/// Where review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewPlace {
    /// The last folded record.
    pub seq: u64,
    /// How many there are.
    pub of: u64,
    /// That record's time.
    pub at: Option<DateTime<Utc>>,
}

/// What a follower knows of the lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presence {
    /// Not heard of yet.
    #[default]
    Unknown,
    /// Somebody has the session open and writes.
    There,
    /// Nobody has it open.
    Gone,
}

/// How a follower stands to the lead.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Following {
    /// Where the records come from, for the status line.
    pub from: String,
    /// True while the follower sees what the lead sees.
    pub pinned: bool,
    /// The lead's name; empty until it was heard.
    pub who: String,
    /// Where the lead looks, as of late.
    pub at: Option<Box<Standpoint>>,
    /// Whether the lead is there.
    pub lead: Presence,
    /// The name that this follower speaks to the lead with; `None`: they may only look.
    pub voice: Option<String>,
    /// Their key: what is offered to it is offered to them.
    pub key: Option<PublicKey>,
    /// Who signed the newest record.
    pub sealed: Option<Sealed>,
    /// A signature that did not hold was seen.
    pub forged: bool,
    /// They took the lead that was offered: once it is free they go on as the lead.
    pub takes: bool,
    /// The number of the message that says so, once it has one.
    pub takes_by: Option<u64>,
    /// Whether this person's role lets them take the lead when it is free.
    pub leads: bool,
    /// Messages of this console that the lead may still answer, by their count; the last few.
    pub unanswered: Vec<u64>,
    /// How often something was missing or not taken.
    pub gaps: u64,
    /// What that was the last time.
    pub last_gap: String,
}

/// A run that is on its way to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A person asked for it: TERM was sent, KILL may follow.
    Cancelled,
    /// Its command is gone; what it wrote is being read, cleaned and masked.
    Read {
        /// True where a person asked for the end.
        cancelled: bool,
    },
}

/// How far long work has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What.
    pub what: String,
    /// How much is done.
    pub done: u64,
    /// Of how much; 0 when not known.
    pub of: u64,
}

/// How one person looks at a session.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Live or review.
    pub mode: Mode,
    /// Home or session.
    pub screen: Screen,
    /// The terminal's size: columns, rows.
    pub size: (u16, u16),
    /// The clock, set by the runtime before every input.
    pub now: DateTime<Utc>,
    /// The person's name, for the journal.
    pub person: String,
    /// The panel that has the keys.
    pub focus: Panel,
    /// Where the reader stands, per panel.
    pub places: BTreeMap<Panel, Place>,
    /// Where the reader stands on the home screen.
    pub home_place: Place,
    /// Rows that were opened or closed against their default.
    pub toggled: BTreeSet<String>,
    /// Where jumps came from; at most [`Desk::MOST_BACK`].
    pub back: Vec<(Panel, Place)>,
    /// The place the last jump went to: highlighted in the evidence.
    pub cited: Option<Citation>,
    /// What is searched for.
    pub search: Option<String>,
    /// The open dialog.
    pub dialog: Option<Dialog>,
    /// The open prompt line.
    pub prompt: Option<Prompt>,
    /// Things said for a moment; the last is shown.
    pub toasts: Vec<Toast>,
    /// What is on disk.
    pub saved: Saved,
    /// The investigation that is going on.
    pub investigating: Option<u32>,
    /// The model's investigation that is going on.
    pub model: Option<super::update::model::Asked>,
    /// The question that a model is answering.
    pub inquiry: Option<super::update::questions::Inquiring>,
    /// Steps that came while the reader looked elsewhere in the trail.
    pub new_steps: usize,
    /// Long work.
    pub work: Option<Work>,
    /// The saved sessions.
    pub home: Vec<HomeRow>,
    /// Which of them are asked for.
    pub home_query: SessionsQuery,
    /// Lines of the postmortem that the evidence contradicts by now.
    pub flags: Vec<Flag>,
    /// The lint's finding that was said last: its row, and which of that row's.
    pub finding: Option<(usize, usize)>,
    /// The postmortem while it is edited.
    pub editor: Option<Editor>,
    /// The keys.
    pub keys: Arc<Keymap>,
    /// The telemetry servers and what they offered.
    pub telemetry: Telemetry,
    /// What a person's and a team's policy ask, warn about and refuse.
    pub policies: Arc<crate::command::policy::Policies>,
    /// How long an approved command may take, in seconds.
    pub timeout_s: u64,
    /// Minutes between two updates for stakeholders.
    pub update_every_min: u64,
    /// The team's own rules of the lint.
    pub lint: Arc<Own>,
    /// The theme that was chosen here; `None` is the look's own first.
    pub theme: Option<String>,
    /// Where review stands.
    pub review: Option<ReviewPlace>,
    /// How this follower stands to the lead.
    pub following: Option<Following>,
    /// Who may say something to the lead, by key: name and role.
    pub people: Arc<BTreeMap<PublicKey, (String, PeerRole)>>,
    /// How the sharing over a server stands; `None` where nothing is shared.
    pub sharing: Option<Sharing>,
    /// Who follows, by the door by which the lead knows of them.
    pub attending: BTreeMap<Door, Vec<Attendant>>,
    /// Who follows, by name: at the lead's desk by `attending`, elsewhere as the lead says.
    pub present: Vec<Present>,
    /// Since when the lead has had the session open.
    pub leads_since: Option<DateTime<Utc>>,
    /// Messages of others that were not taken.
    pub refused_messages: u64,
    /// Long evidence lines are wrapped (else cut and marked).
    pub wrapped: bool,
    /// Columns the evidence is moved to the left by, where it is not wrapped.
    pub shift: usize,
    /// Runs of this console that have not ended.
    pub running: BTreeSet<u64>,
    /// Bytes that came of those whose output is over its cap.
    pub flooding: BTreeMap<u64, u64>,
    /// Those of them that are on their way to their end.
    pub ending: BTreeMap<u64, Ending>,
    /// The check whose output the next paste is.
    pub paste_for: Option<String>,
    /// Pastes that were given to the runtime and have not come back yet.
    pub pending_pastes: u32,
    /// Quit was refused once because something would be lost.
    pub quit_asked: bool,
    /// When the last key came: keys that come too fast are no typing.
    pub last_key: Option<DateTime<Utc>>,
    /// When the key that is taken in was read from the terminal; without a terminal there is only now.
    pub key_read: Option<DateTime<Utc>>,
    /// When the oldest change of the postmortem that is not saved was typed.
    pub unsaved_since: Option<DateTime<Utc>>,
    /// When the postmortem is saved next.
    pub save_due: Option<DateTime<Utc>>,
    /// When the times on screen are drawn again while a command runs.
    pub clock_due: Option<DateTime<Utc>>,
    /// What a command's arguments can rest on, and of which session's how many sources that is.
    pub given: Option<(String, usize, Arc<crate::command::Context>)>,
}

impl Desk {
    /// The most places to go back to.
    pub const MOST_BACK: usize = 50;
    /// The most toasts kept.
    const MOST_TOASTS: usize = 8;
    /// How long a toast stands.
    const TOAST_MS: i64 = 4_000;

    /// A desk for a person at a terminal of this size: the home screen.
    pub fn new(person: impl Into<String>, size: (u16, u16), now: DateTime<Utc>) -> Self {
        Self {
            mode: Mode::Live,
            screen: Screen::Home,
            size,
            now,
            person: person.into(),
            focus: Panel::Evidence,
            places: BTreeMap::new(),
            home_place: Place::default(),
            toggled: BTreeSet::new(),
            back: Vec::new(),
            cited: None,
            search: None,
            dialog: None,
            prompt: None,
            toasts: Vec::new(),
            saved: Saved::default(),
            investigating: None,
            model: None,
            inquiry: None,
            new_steps: 0,
            work: None,
            home: Vec::new(),
            home_query: SessionsQuery::default(),
            flags: Vec::new(),
            finding: None,
            editor: None,
            keys: Keymap::standard(),
            telemetry: Telemetry::default(),
            policies: Arc::default(),
            timeout_s: 60,
            update_every_min: 30,
            lint: Arc::default(),
            theme: None,
            review: None,
            following: None,
            people: Arc::default(),
            sharing: None,
            attending: BTreeMap::new(),
            present: Vec::new(),
            leads_since: None,
            refused_messages: 0,
            wrapped: true,
            shift: 0,
            running: BTreeSet::new(),
            flooding: BTreeMap::new(),
            ending: BTreeMap::new(),
            paste_for: None,
            pending_pastes: 0,
            quit_asked: false,
            last_key: None,
            key_read: None,
            save_due: None,
            unsaved_since: None,
            clock_due: None,
            given: None,
        }
    }

    /// A desk for looking through a saved session.
    pub fn review(person: impl Into<String>, size: (u16, u16), now: DateTime<Utc>) -> Self {
        Self { mode: Mode::Review, screen: Screen::Session, ..Self::new(person, size, now) }
    }

    /// A desk for following somebody else's session; `from` says where the records come from.
    pub fn follow(person: impl Into<String>, size: (u16, u16), now: DateTime<Utc>, from: impl Into<String>) -> Self {
        let following = Some(Following { from: from.into(), pinned: true, ..Following::default() });
        Self { mode: Mode::Follow, screen: Screen::Session, following, ..Self::new(person, size, now) }
    }

    /// True while the screen is shared with people on a call: large, calm and covered.
    pub fn is_shared(&self) -> bool {
        self.theme.as_deref() == Some("bridge")
    }

    /// The screen's geometry here.
    pub fn layout(&self) -> Layout {
        self.layout_with(self.focus)
    }

    /// The same where another panel has the keys.
    pub fn layout_with(&self, focus: Panel) -> Layout {
        if self.is_shared() { layout::shared(self.size, focus) } else { layout::layout(self.size, focus) }
    }

    /// Where the reader stands in a panel.
    pub fn place(&self, panel: Panel) -> Place {
        let begin = if panel == Panel::Trail { Place::END } else { Place::default() };
        self.places.get(&panel).copied().unwrap_or(begin)
    }

    /// True when the row of this name is open.
    pub fn is_open(&self, name: &str, by_default: bool) -> bool {
        by_default != self.toggled.contains(name)
    }

    /// The time that durations on screen are counted to: now, or in review that of the last record.
    pub fn clock(&self, session: &Session) -> DateTime<Utc> {
        match self.mode {
            Mode::Live | Mode::Follow => self.now,
            Mode::Review => session.last.unwrap_or(self.now),
        }
    }

    /// Says something for a moment.
    pub fn say(&mut self, role: Role, text: impl Into<String>) {
        let until = self.now + Duration::milliseconds(Self::TOAST_MS);
        self.toasts.push(Toast { text: text.into(), role, until });
        if self.toasts.len() > Self::MOST_TOASTS {
            self.toasts.remove(0);
        }
    }

    /// What a command's arguments can rest on: read once for each state of the evidence.
    pub fn given(&mut self, session: &Session) -> Arc<crate::command::Context> {
        let sources = session.evidence.sources.len();
        match &self.given {
            Some((id, of, known)) if *id == session.id && *of == sources => Arc::clone(known),
            _ => {
                let known = Arc::new(crate::command::Context::of_evidence(&session.evidence));
                self.given = Some((session.id.clone(), sources, Arc::clone(&known)));
                known
            }
        }
    }

    /// The nearest of all deadlines, as milliseconds from now.
    pub fn next_wake(&self) -> Option<u64> {
        let toast = self.toasts.iter().map(|t| t.until).min();
        let dialog = self.dialog.as_ref().and_then(|d| d.alive_at(self.now));
        let nearest = [toast, dialog, self.save_due, self.clock_due].into_iter().flatten().min()?;
        Some((nearest - self.now).num_milliseconds().max(1).unsigned_abs())
    }

    /// Remembers where the reader stands before a jump.
    pub fn remember(&mut self) {
        self.back.push((self.focus, self.place(self.focus)));
        if self.back.len() > Self::MOST_BACK {
            self.back.remove(0);
        }
    }
}
