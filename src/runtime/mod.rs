//! The world: files, clock, processes, terminal. The only layer with async, spawn, files and environment.

pub mod admission;
pub mod approvals;
pub mod book;
pub mod bursts;
pub mod clipboard;
pub mod config;
pub mod decode;
pub mod editor_handoff;
pub mod engine;
/// Labelled cases and the measures over them.
pub mod eval;
pub mod exports;
pub mod files;
pub mod folder;
pub mod frames;
pub mod gather;
pub mod keys;
pub mod knowledge;
pub mod live;
pub mod lock;
pub mod masking;
pub mod persist;
pub mod places;
pub mod review;
pub mod screen;
pub mod scripted;
pub mod segments;
pub mod signals;
pub mod stage;
pub mod store;
pub mod terminal;
pub mod verbs;
