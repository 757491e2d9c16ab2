//! The postmortem lint: what a reviewer would send back, with the line, the reason and what to do.
//!
//! It works on any Markdown or plain page. With evidence it also runs grounding's rules over every
//! sentence. The rules on wording are grounding's; what is only the lint's is in `rules.toml`.

mod actions;
mod check;
mod figures;
mod page;
mod rules;
mod timeline;

pub use check::{Finding, json, lint, text};
pub use rules::broken_examples;
