//! What each panel says: one file per panel, each a pure function of session and desk.
//!
//! Rows carry roles and citations, no colours and no widths; the painter in `view` wraps them.

mod catch_up;
mod checklist;
mod evidence;
mod forensic;
mod home;
mod hypotheses;
mod listing;
mod mitigation;
mod notes;
mod notices;
mod opinion;
mod postmortem;
mod questions;
mod report;
mod runs;
mod services;
mod summary;
mod telemetry;
mod timeline;
mod trail;

pub use catch_up::rows as catch_up_rows;
pub use evidence::{EvidenceRows, grouped};
pub use forensic::duration;
pub use listing::{Listing, on_home, on_panel};
pub use notes::kind_word;
pub use notices::count as notice_count;
pub use postmortem::{FLAG, THEIRS, outline, piece as markdown_piece, preview, read_row};
