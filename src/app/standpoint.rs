//! A standpoint: where a person looks, as others may share it. It goes beside the journal, never into
//! it: what somebody looked at is no part of what happened.
//!
//! It holds no text of a prompt, a dialog or the editor: what is not said yet is nobody else's.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::desk::{Desk, Place, Screen};
use super::panel::Panel;
use super::present::{self, Present};
use crate::domain::Citation;

/// The most opened or closed rows that are shared.
const MOST_TOGGLED: usize = 1_000;
/// The longest name of such a row, in bytes.
const LONGEST_NAME: usize = 1_000;

/// Where a person looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standpoint {
    /// The person's name.
    pub person: String,
    /// True while they look at the saved sessions instead.
    #[serde(default)]
    pub away: bool,
    /// The panel that has the keys.
    pub focus: Panel,
    /// Where they stand, per panel.
    #[serde(default)]
    pub places: BTreeMap<Panel, Place>,
    /// Rows that were opened or closed against their default.
    #[serde(default)]
    pub toggled: BTreeSet<String>,
    /// The place that the last jump went to.
    #[serde(default)]
    pub cited: Option<Citation>,
    /// What is searched for.
    #[serde(default)]
    pub search: Option<String>,
    /// Whether long evidence lines are wrapped.
    #[serde(default)]
    pub wrapped: bool,
    /// Columns the evidence is moved to the left by.
    #[serde(default)]
    pub shift: usize,
    /// Steps below that they have not seen.
    #[serde(default)]
    pub new_steps: usize,
    /// Who follows, as they know it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub present: Vec<Present>,
    /// Since when they have had the session open.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
}

impl Standpoint {
    /// Where this desk looks.
    pub fn of(desk: &Desk) -> Self {
        Self {
            person: desk.person.clone(),
            away: desk.screen == Screen::Home,
            focus: desk.focus,
            places: desk.places.clone(),
            toggled: desk.toggled.iter().filter(|n| n.len() <= LONGEST_NAME).take(MOST_TOGGLED).cloned().collect(),
            cited: desk.cited.clone(),
            search: desk.search.clone(),
            wrapped: desk.wrapped,
            shift: desk.shift,
            new_steps: desk.new_steps,
            present: desk.present.clone(),
            since: desk.leads_since,
        }
    }

    /// What somebody else sent, as far as it can be understood. What a terminal would obey in it becomes
    /// marks when it is shown, as all text does.
    pub fn read(value: serde_json::Value) -> Option<Self> {
        let at: Self = serde_json::from_value(value).ok()?;
        let fits = at.toggled.len() <= MOST_TOGGLED
            && at.person.len() <= LONGEST_NAME
            && at.present.len() <= present::MOST
            && at.present.iter().all(Present::fits)
            && at.search.as_ref().is_none_or(|s| s.len() <= super::prompt::Prompt::MOST);
        fits.then_some(at)
    }

    /// True where the two look at the same.
    pub fn shows_the_same(&self, other: &Self) -> bool {
        let (person, present, since) = (self.person.clone(), self.present.clone(), self.since);
        *self == Self { person, present, since, away: self.away, ..other.clone() }
    }

    /// Puts another desk at the same place.
    pub fn take(&self, desk: &mut Desk) {
        desk.focus = self.focus;
        desk.places.clone_from(&self.places);
        desk.toggled.clone_from(&self.toggled);
        desk.cited.clone_from(&self.cited);
        desk.search.clone_from(&self.search);
        desk.wrapped = self.wrapped;
        desk.shift = self.shift;
        desk.new_steps = self.new_steps;
    }
}
