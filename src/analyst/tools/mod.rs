//! The tools: one file each. A tool answers one sort of question about the evidence and writes what
//! it found into the casebook. The same registry serves the embedded analyst and, later, a model.

use crate::domain::{Citation, Evidence};

use super::{Casebook, Knowledge};

pub mod kube;
pub mod kube_addresses;
pub mod kube_admission;
pub mod kube_alerts;
pub mod kube_calls;
pub mod kube_clocks;
pub mod kube_containers;
pub mod kube_credentials;
pub mod kube_delays;
pub mod kube_demands;
pub mod kube_entrances;
pub mod kube_images;
pub mod kube_ingress;
pub mod kube_listeners;
pub mod kube_lookups;
pub mod kube_names;
pub mod kube_nodes;
pub mod kube_notes;
pub mod kube_objects;
pub mod kube_policies;
pub mod kube_ports;
pub mod kube_probes;
pub mod kube_read;
pub mod kube_replicas;
mod kube_reported;
pub mod kube_room;
pub mod kube_routing;
pub mod kube_scheduling;
pub mod kube_selected;
pub mod kube_settings;
pub mod kube_slow;
pub mod kube_startup;
pub mod kube_statuses;
pub mod kube_storage;
pub mod kube_unplaced;
pub mod kube_usage;
pub mod kube_view;
pub mod kube_workloads;
mod monitor_words;
pub mod texts;
mod unit_zone;

/// What a tool call returned: what is written into the trail.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// One line: `3 of 41 pods are not ready`.
    pub title: String,
    /// The full result.
    pub text: String,
    /// The places it rests on (at most 12 are kept).
    pub citations: Vec<Citation>,
}

/// One tool.
pub struct Tool {
    /// Its name, as it stands in the trail.
    pub name: &'static str,
    /// The question it answers, as it stands on the agenda.
    pub question: &'static str,
    /// True when there is something for it to read; a tool that has nothing to read is not called.
    pub applies: fn(&Evidence, &Casebook) -> bool,
    /// Its arguments for this call, as JSON for the trail.
    pub arguments: fn(&Evidence, &Casebook) -> serde_json::Value,
    /// Does the work.
    pub run: fn(&Evidence, &mut Casebook, &Knowledge) -> Observation,
}

/// The groups of tools, in the order their questions are asked when nothing decides otherwise.
/// Each group lists its own tools, so that a tool is added beside its file.
pub const GROUPS: &[&[Tool]] = &[kube::TOOLS, texts::TOOLS];

/// Every tool.
pub fn all() -> impl Iterator<Item = &'static Tool> {
    GROUPS.iter().flat_map(|group| group.iter())
}
