//! The postmortem as one web page: no script, nothing loaded from anywhere, readable on a phone and
//! on paper, light and dark. The timeline is drawn, the evidence is folded, and a mark such as
//! `[quoted L4]` leads to the line.
//!
//! It is written from [`super::blocks`], so nothing that stands in a page becomes markup.

mod body;
mod cited;
mod marks;
mod page;
mod strip;

pub use page::page;
