//! The second stage: a source's text → its reading. Total: any text has one.

use crate::domain::{Beside, Line, Reading, Source};

use super::forensics::{self, Exhibit};
use super::template::Miner;
use super::{lines, sections, written_out};

/// The reading of a source: every line with stamp, level, service and template; typed sections; notices.
pub fn read(source: &Source) -> Reading {
    read_with(source, Beside::ALONE)
}

/// The same, with a way of doing two things at a time.
pub fn read_with(source: &Source, beside: Beside) -> Reading {
    let text: &str = &source.text;
    let beside = beside.of_size(text.len());
    let ranges = lines::split(text);
    let heads = lines::heads(text, &ranges, beside);
    let (sections, services) = sections::split(text, &ranges, &heads);
    let mut lines = lines::settle(text, &ranges, &heads, &sections, &services);
    written_out::settle(text, &mut lines);
    let exhibit = Exhibit { text, heads: &heads, sections: &sections };
    let ((numbers, templates), orders) =
        beside.both(|| templates(exhibit, &lines), || forensics::orders(text, &ranges));
    for (line, number) in lines.iter_mut().zip(numbers) {
        line.template = number;
    }
    let mut notices = forensics::notices(exhibit, &mut lines);
    notices.extend(orders);
    Reading { lines, sections, notices, templates }
}

/// How much of a message counts for its template, in bytes.
const LONGEST: usize = 2048;

/// The number of each line's template, where it is a log's, and the templates.
fn templates(exhibit: Exhibit<'_>, lines: &[Line]) -> (Vec<Option<u32>>, Vec<String>) {
    let mut miner = Miner::default();
    let mut groups: Vec<Option<u32>> = vec![None; lines.len()];
    for index in exhibit.logs().flatten() {
        let (Some(line), Some(head)) = (lines.get(index), exhibit.heads.get(index)) else { continue };
        if line.stamp.is_none() && line.level.is_none() {
            continue;
        }
        let mut end = head.message_end(line).min(line.message + LONGEST);
        while !exhibit.text.is_char_boundary(end) {
            end -= 1;
        }
        let message = exhibit.text.get(line.message..end).unwrap_or("");
        if let Some(group) = groups.get_mut(index) {
            *group = u32::try_from(miner.learn(message)).ok();
        }
    }
    // the groups are templates once all messages are known
    let (numbers, templates) = miner.finish();
    let number = |group: Option<u32>| group.and_then(|g| numbers.get(g as usize).copied());
    (groups.into_iter().map(number).collect(), templates)
}
