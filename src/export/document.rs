//! Which documents a session can leave, by the name of their format.

use super::{json, markdown, postmortem, transcript, update};
use crate::session::Session;

/// The formats and what each is, in the order they are offered.
pub const FORMATS: &[(&str, &str)] = &[
    ("markdown", "the whole report with the people's judgements, runs and notes"),
    ("json", "the report and the session for programs"),
    ("postmortem", "the postmortem as it stands"),
    ("transcript", "every step of the trail and everything people did, in order"),
    ("update", "stakeholder updates: for the bridge, for inside, for customers"),
];

/// The session's document in a format; `None` for a format that is not in [`FORMATS`].
pub fn document(session: &Session, format: &str) -> Option<String> {
    Some(match format {
        "markdown" => markdown::session(session),
        "json" => json::session(session),
        "postmortem" => postmortem::current(session),
        "transcript" => transcript::session(session),
        "update" => update::session(session),
        _ => return None,
    })
}
