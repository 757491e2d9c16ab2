//! A report of ours in another language.
//!
//! The analyst writes its report once, in English; it is grounded and marked there. Then every sentence
//! is recognised by the English message that made it, and said by the same message in the language that
//! was asked for. What stood in the message's places (names, figures, commands, quoted lines) is put in
//! unchanged, so that no language can say another figure than the English report does. Text that no
//! message of ours made is evidence or a person's own and stays as it is.
//!
//! It must not touch citations, formulas, commands, ids or anything a script reads by name.

mod book;
mod pattern;
mod playbooks;
mod report;
mod sentences;

pub use book::Phrasebook;
pub use playbooks::Translations;
