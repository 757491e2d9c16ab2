//! Severity by policy: the rules are data, deciding is a pure function of typed impact facts. A
//! symptom never sets a level, and what is not known stays not known.

pub mod decide;
pub mod policy;

pub use decide::decide;
pub use policy::Policy;
