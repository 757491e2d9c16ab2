//! The tools that read a cluster's state: which there are, and in which order they are asked.

use super::Tool;

/// The cluster tools, in the order of their questions.
pub const TOOLS: &[Tool] = &[];
