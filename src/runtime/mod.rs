//! The world: files, clock, processes, terminal. The only layer with async, spawn, files and environment.

pub mod admission;
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
pub mod frames;
pub mod gather;
pub mod keys;
pub mod knowledge;
pub mod live;
pub mod places;
pub mod review;
pub mod screen;
pub mod signals;
pub mod terminal;
pub mod verbs;
pub mod folder;
pub mod home;
pub mod lock;
pub mod persist;
pub mod scripted;
pub mod segments;
pub mod store;
