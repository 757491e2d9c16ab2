//! The second stage: a source's text → its reading. Total: any text has one.

use crate::domain::{Line, Reading, Section, Source};

use super::forensics::{self, Exhibit};
use super::logline::Head;
use super::template::Miner;
use super::{lines, sections};

/// The reading of a source: every line with stamp, level, service and template; typed sections; notices.
pub fn read(source: &Source) -> Reading {
    let text: &str = &source.text;
    let ranges = lines::split(text);
    let heads = lines::heads(text, &ranges);
    let (sections, services) = sections::split(text, &ranges, &heads);
    let mut lines = lines::settle(text, &ranges, &heads, &sections, &services);
    let templates = number_templates(text, &mut lines, &heads, &sections);
    let exhibit = Exhibit { text, heads: &heads, sections: &sections };
    let notices = forensics::notices(exhibit, &mut lines);
    Reading { lines, sections, notices, templates }
}

/// How much of a message counts for its template, in bytes.
const LONGEST: usize = 2048;

/// Gives each log line the number of its message's template.
fn number_templates(text: &str, lines: &mut [Line], heads: &[Head], sections: &[Section]) -> Vec<String> {
    let mut miner = Miner::default();
    for section in sections.iter().filter(|s| lines::is_log(s.kind)) {
        for index in section.lines.clone() {
            let (Some(line), Some(head)) = (lines.get_mut(index), heads.get(index)) else { continue };
            if line.stamp.is_none() && line.level.is_none() {
                continue;
            }
            let mut end = head.message_end(line).min(line.message + LONGEST);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let message = text.get(line.message..end).unwrap_or("");
            // the group for now; its template's number once all messages are known
            line.template = u32::try_from(miner.learn(message)).ok();
        }
    }
    let (numbers, templates) = miner.finish();
    for line in lines {
        line.template = line.template.and_then(|group| numbers.get(group as usize).copied());
    }
    templates
}
