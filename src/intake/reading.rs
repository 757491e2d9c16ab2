//! The second stage: a source's text → its reading. Total: any text has one.

use crate::domain::{Reading, Source};

use super::{lines, sections};

/// The reading of a source: every line with stamp, level, service and template; typed sections; notices.
pub fn read(source: &Source) -> Reading {
    let text: &str = &source.text;
    let ranges = lines::split(text);
    let heads = lines::heads(text, &ranges);
    let (sections, services) = sections::split(text, &ranges, &heads);
    let lines = lines::settle(text, &ranges, &heads, &sections, &services);
    Reading { lines, sections, notices: Vec::new(), templates: Vec::new() }
}
