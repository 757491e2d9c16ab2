//! The postmortem lint: what a reviewer would send back, with the line, the reason and what to do.
//!
//! It works on any Markdown or plain page. With evidence it also runs grounding's rules over every
//! sentence. The rules on wording are grounding's; what is only the lint's is in `rules.toml`; a team may
//! add its own. Where a finding can be mended by itself it carries the edit.

mod actions;
mod check;
mod direction;
mod edit;
mod figures;
mod known;
mod own;
mod page;
mod rules;
mod sarif;
mod timeline;

pub use check::{Finding, json, lint, lint_with, text};
pub use edit::{Edit, apply, mended};
pub use known::lint_session;
pub use own::Own;
pub use rules::broken_examples;
pub use sarif::sarif;
