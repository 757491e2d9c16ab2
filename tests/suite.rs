//! The one integration binary: no network, no real clock, no sleep (but in `pty`).
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod analyst;
mod architecture;
mod cases;
mod cli;
mod command;
mod corpora;
mod grounding;
mod intake;
mod journal;
mod journeys;
mod pty;
mod replay;
mod screens;
mod secrets;
mod seeds;
