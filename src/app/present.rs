//! Who follows now, as the lead's desk knows it and whoever follows hears from the lead: names, roles,
//! since when, by what, in step or behind. No part of the journal: who looked is no part of what happened.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::row::{Role, Row};
use super::veil::Veil;
use crate::journal::attend::{Over, Standing};
use crate::journal::peer::PeerRole;
use crate::journal::seal::PublicKey;
use crate::session::Session;

/// The most who are listed; the others are counted.
pub const MOST: usize = 100;
/// The longest name that is shown, in characters.
const LONGEST_NAME: usize = 64;
/// What the page is called.
pub const TITLE: &str = "Who is here";

/// By which door the news of somebody comes to the lead: each tells its own people anew every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// The session's folder.
    Folder,
    /// A server.
    Server,
}

/// Somebody who follows, by their key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendant {
    /// Whose signature it bears.
    pub key: PublicKey,
    /// How they follow.
    pub standing: Standing,
}

/// Somebody who follows, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// What they are called where the session is led; the beginning of the key of whoever is not known.
    pub name: String,
    /// What they may do; `None` for whoever is not known.
    #[serde(default)]
    pub role: Option<PeerRole>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// By what.
    pub over: Over,
    /// In step or behind; `None` where that is not known.
    #[serde(default)]
    pub in_step: Option<bool>,
}

impl Present {
    /// The attendant, as the lead knows them. Their own word counts for nothing but how they follow.
    pub fn known(desk: &Desk, one: &Attendant) -> Self {
        let Standing { since, over, in_step, .. } = one.standing;
        let (name, role) = match desk.people.get(&one.key) {
            Some((name, role)) => (name.chars().take(LONGEST_NAME).collect(), Some(*role)),
            None => (one.key.short(), None),
        };
        // A clock that goes ahead elsewhere makes nobody come in the future.
        Self { name, role, since: since.min(desk.now), over, in_step }
    }

    /// True for what somebody else's console may have sent.
    pub fn fits(&self) -> bool {
        self.name.chars().count() <= LONGEST_NAME
    }
}

/// The part of the status line; `None` while nobody follows.
pub fn told(all: &[Present]) -> Option<(Role, String)> {
    let behind = all.iter().filter(|p| p.in_step == Some(false)).count();
    match (all.len(), behind) {
        (0, _) => None,
        (n, 0) => Some((Role::Status, format!("{n} follow{}", if n == 1 { "s" } else { "" }))),
        (n, behind) => Some((Role::Info, format!("{n} follow{}, {behind} behind", if n == 1 { "s" } else { "" }))),
    }
}

/// The page.
pub fn rows(session: &Session, desk: &Desk) -> Vec<Row> {
    let at = |t: DateTime<Utc>| t.format("%H:%M:%SZ").to_string();
    let lead = match &desk.following {
        None => desk.person.clone(),
        Some(f) if f.who.is_empty() => "somebody".into(),
        Some(f) => f.who.clone(),
    };
    let since = desk.leads_since.map(|t| format!(" since {}", at(t))).unwrap_or_default();
    let mut out = vec![Row::of(Role::Heading, lead).bit(Role::Text, format!("  leads{since}"))];
    for one in &desk.present {
        let role = one.role.map_or("not in people.toml", PeerRole::name);
        let over = match one.over {
            Over::Host => "on this host",
            Over::Pipe => "through a pipe",
            Over::Ssh => "over SSH",
            Over::Server => "over the server",
        };
        let row = Row::of(Role::Heading, one.name.clone());
        let row = row.bit(Role::Text, format!("  {role}, follows {over} since {}", at(one.since)));
        out.push(match one.in_step {
            Some(true) => row.bit(Role::Good, "  in step"),
            Some(false) => row.bit(Role::Warn, "  behind"),
            None => row,
        });
    }
    if desk.present.is_empty() {
        out.push(Row::of(Role::Dim, "nobody who says so follows"));
    }
    match Veil::of(session, desk) {
        Some(veil) => out.into_iter().map(|row| veil.row(row)).collect(),
        None => out,
    }
}
