//! The words of the trade: plain values that every other layer speaks in.
//!
//! Nothing here parses evidence, decides, draws or reaches the world.

pub mod beside;
pub mod check;
pub mod claim;
pub mod count;
pub mod evidence;
pub mod fault_kind;
pub mod figure;
pub mod hypothesis;
pub mod pattern;
pub mod report;
pub mod severity;
pub mod showable;
pub mod stamp;
pub mod step;

pub use beside::Beside;
pub use check::{Check, Label, Mitigation, Outcome};
pub use claim::{Citation, Claim, Support};
pub use count::counted;
pub use evidence::{
    Evidence, Level, Line, Notice, NoticeKind, Origin, Reading, Section, SectionKind, Source, SourceId, Span,
};
pub use fault_kind::FaultKind;
pub use hypothesis::{Hypothesis, SubjectKind, Verdict};
pub use report::Report;
pub use severity::{Severity, SeveritySheet};
pub use showable::Showable;
pub use stamp::{MonthDay, Stamp};
pub use step::{Step, StepKind};
