//! The last sweep over the finished buffer: whatever slipped through becomes a mark, and in ASCII
//! mode every sign becomes one of ASCII.

use ratatui::buffer::Buffer;

use crate::domain::showable::is_hostile;

/// Our own signs and what stands for them in ASCII.
const SIGNS: &[(char, &str)] = &[
    ('▌', "|"),
    ('▸', ">"),
    ('▾', "v"),
    ('↳', ">"),
    ('→', ">"),
    ('·', "-"),
    ('“', "\""),
    ('”', "\""),
    ('‘', "'"),
    ('’', "'"),
    ('×', "x"),
    ('•', "*"),
    ('…', "~"),
    ('█', "#"),
    ('░', "."),
    ('—', "-"),
    ('–', "-"),
    ('⏎', "/"),
    ('‹', "<"),
    ('›', ">"),
    ('❯', ">"),
    ('»', ">"),
    ('─', "-"),
    ('│', "|"),
    ('┌', "+"),
    ('┐', "+"),
    ('└', "+"),
    ('┘', "+"),
];

/// Sweeps every cell.
pub fn sweep(buffer: &mut Buffer, ascii: bool) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.len() == 1 && symbol.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            continue;
        }
        if symbol.chars().any(|c| is_hostile(c) || c == '\n' || c == '\t') {
            cell.set_symbol("?");
        } else if ascii && !symbol.is_ascii() {
            let first = symbol.chars().next();
            let known = SIGNS.iter().find(|(sign, _)| Some(*sign) == first).map(|(_, plain)| *plain);
            let picture = first.is_some_and(|c| ('\u{2400}'..='\u{2421}').contains(&c));
            cell.set_symbol(known.unwrap_or(if picture { "^" } else { "?" }));
        }
    }
}
