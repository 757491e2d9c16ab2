//! The one integration binary: no network, no real clock, no sleep (but in `pty`).
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
#![expect(clippy::print_stdout, reason = "a test prints its figures, and says when it was skipped")]

mod aloud;
mod analyst;
mod approvals;
mod architecture;
mod bench;
mod cases;
mod cli;
mod cluster_words;
mod command;
mod corpora;
mod drafts;
mod editing;
mod exports;
mod first_night;
mod follow;
mod grounding;
mod history;
mod in_sight;
mod intake;
mod journal;
mod journeys;
mod kills;
mod languages;
mod lasted;
mod leave;
mod lint_foreign;
mod lint_rows;
mod log_text;
mod mcp;
mod models;
#[cfg(feature = "bridge")]
mod nats;
mod own_rules;
mod pasted;
mod planted;
mod policy;
mod process;
mod pty;
mod remedies;
mod replay;
mod screens;
mod secrets;
mod seeds;
#[cfg(feature = "serve")]
mod serve;
mod shared_checks;
mod subjects;
mod supply;
mod terminal;
mod texts;
mod told;
mod trust;
mod typed;
mod updates;
mod walk;
