//! Steps: the entries of the trail. A step is something the program really did.

use serde::{Deserialize, Serialize};

use super::Citation;

/// The four kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StepKind {
    /// What the analyst concludes from what it saw, and which question it opens next.
    Thought,
    /// A tool is called with these arguments.
    ToolCall,
    /// What the tool returned.
    Observation,
    /// Something was kept, ruled out, or ended.
    Decision,
}

impl StepKind {
    /// The kind's name as it is shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Thought => "THOUGHT",
            Self::ToolCall => "TOOL_CALL",
            Self::Observation => "OBSERVATION",
            Self::Decision => "DECISION",
        }
    }
}

/// One entry of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Counts from 1 within its investigation.
    pub no: u32,
    /// Its kind.
    pub kind: StepKind,
    /// The tool, for calls and observations.
    pub tool: Option<String>,
    /// One line.
    pub title: String,
    /// The full content: arguments as JSON for a call, the result for an observation.
    pub text: String,
    /// The places it rests on.
    #[serde(default)]
    pub citations: Vec<Citation>,
}
