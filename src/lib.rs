//! Hotwash: a terminal incident console. This file is the map.
//!
//! ```text
//! domain ← intake ← journal ← session ← analyst ← export ← app ← view ← runtime ← main
//!              (command stands beside analyst and uses domain only; fault is open to all)
//! ```
//!
//! A layer imports only what stands to its left; `tests/architecture.rs` holds the arrows.
#![forbid(unsafe_code)]

pub mod fault;

pub mod domain;

pub mod intake;

pub mod journal;

pub mod session;

pub mod command;

pub mod analyst;

pub mod export;

pub mod app;

pub mod view;

pub mod runtime;

pub mod cli;
