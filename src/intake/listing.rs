//! The listing of a source's lines, one JSON object a line: the contract of `hotwash intake --json`.

use serde::Serialize;

use crate::domain::{Level, Reading, Source, Stamp};

/// One line of the listing; key order is the contract's.
#[derive(Debug, Serialize)]
struct Row<'a> {
    line: u32,
    start: usize,
    end: usize,
    stamp: Option<Stamp>,
    level: Option<Level>,
    service: Option<&'a str>,
    template: Option<u32>,
}

/// One JSON object for each line of the source, in order.
pub fn lines_json<'a>(_source: &'a Source, reading: &'a Reading) -> impl Iterator<Item = String> + 'a {
    reading.lines.iter().map(|line| {
        let row = Row {
            line: line.no,
            start: line.start,
            end: line.end,
            stamp: line.stamp,
            level: line.level,
            service: line.service.as_deref(),
            template: line.template,
        };
        serde_json::to_string(&row).unwrap_or_default()
    })
}
