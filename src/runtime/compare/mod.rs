//! `eval --engine …`: engines, models and prompts on the same labelled cases, repeated, each answer
//! kept. What is right is `analyst::measure`'s to say; here cases are walked and figures gathered.

mod contest;
mod print;

pub use contest::{Contest, Contestant, Standing, Trial, held, payload};
pub use print::{json, table};
