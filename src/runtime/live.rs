//! The console: takes the terminal, runs the loop, gives the terminal back.

use super::config::Config;
use super::terminal::Terminal;
use crate::fault::Fault;

/// What the console begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// The saved sessions, and a place to paste.
    Home,
    /// A new session over these inputs (`-` is standard input); none: a place to paste.
    New {
        /// Files, or `-`.
        inputs: Vec<String>,
        /// The title, possibly empty.
        title: String,
        /// The service the caller named.
        service: Option<String>,
    },
    /// A saved session goes on: an id, the beginning of one, or a file.
    Open {
        /// Which.
        which: String,
    },
}

/// How the console runs.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveOptions {
    /// What it begins with.
    pub begin: Begin,
    /// The settings in effect.
    pub config: Config,
}

/// Runs the console until the person leaves it or the terminal goes away.
///
/// # Errors
/// Where there is no terminal, or the session can't be opened.
pub fn run(options: LiveOptions) -> Result<(), Fault> {
    let terminal = Terminal::take(options.config.mouse)?;
    drop(terminal);
    Ok(())
}
