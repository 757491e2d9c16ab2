//! The world: files, clock, processes, terminal. The only layer with async, spawn, files and environment.

pub mod config;
pub mod files;
pub mod gather;
pub mod live;
pub mod places;
pub mod review;
pub mod terminal;
/// Labelled cases and the measures over them.
pub mod eval;
pub mod verbs;
