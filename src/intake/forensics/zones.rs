//! Zones: which are stated, which are not, and whether two of them stand beside each other.

use std::collections::BTreeMap;

use crate::domain::{Line, Notice, NoticeKind, Stamp};
use crate::intake::logline::Zone;

use super::{Exhibit, counted, notice};

/// Mixed zones, unknown zones, wrapped stamps that disagree.
pub(super) fn notices(exhibit: Exhibit<'_>, lines: &[Line]) -> Vec<Notice> {
    let mut zones: BTreeMap<String, usize> = BTreeMap::new();
    let (mut unknown, mut nested) = (0usize, 0usize);
    for (line, head) in lines.iter().zip(exhibit.heads) {
        let (Some(stamp), Some(found)) = (line.stamp, head.stamp) else { continue };
        nested += usize::from(head.nested_stamp);
        match (stamp, found.zone) {
            (Stamp::Exact(_), Zone::Offset(minutes)) => *zones.entry(offset(minutes)).or_default() += 1,
            (Stamp::Exact(_), _) => *zones.entry("UTC".to_owned()).or_default() += 1,
            (Stamp::Clock(_), Zone::Offset(minutes)) => *zones.entry(offset(minutes)).or_default() += 1,
            _ => unknown += 1,
        }
    }
    let mut found = Vec::new();
    let stated: usize = zones.values().sum();
    if zones.len() + usize::from(unknown > 0) > 1 {
        let mut parts: Vec<String> = zones.iter().map(|(zone, n)| format!("{zone} ({n})")).collect();
        if unknown > 0 {
            parts.push(format!("none stated ({unknown})"));
        }
        let caution = if unknown > 0 { "; those without one are not ordered against the others" } else { "" };
        let what = format!("Stamps are in different zones: {}{caution}.", parts.join(", "));
        found.push(notice(NoticeKind::MixedZones, stated + unknown, what));
    } else if unknown > 0 {
        let said = said_in_words(exhibit.text);
        // people's timelines are short; a log is not searched for one
        let read = said.is_some() && exhibit.text.len() <= PEOPLES && {
            let rows = crate::intake::prose::rows(exhibit.text);
            rows.iter().any(|r| matches!(r.at, Stamp::Exact(_)))
        };
        let what = if read {
            let own = if unknown == 1 { "its" } else { "their" };
            format!(
                "{} no zone of {own} own; the rows of the timeline are read in the one that the text states.",
                states(unknown)
            )
        } else {
            let said = said.map_or(String::new(), |s| format!(" (the text says: {s})"));
            format!("{} no zone{said}; times are shown as written.", states(unknown))
        };
        found.push(notice(NoticeKind::ZoneUnknown, unknown, what));
    }
    if nested > 0 {
        let what = format!(
            "{} two stamps more than 2 s apart, a wrapper's and its own; its own counts where it is as exact.",
            if nested == 1 { "1 line carries".to_owned() } else { format!("{nested} lines carry") }
        );
        found.push(notice(NoticeKind::NestedStamp, nested, what));
    }
    found
}

/// A longer text is no timeline that a person wrote, in bytes.
const PEOPLES: usize = 200_000;

fn states(n: usize) -> String {
    format!("{} {}", counted(n, "stamp"), if n == 1 { "states" } else { "state" })
}

fn offset(minutes: i32) -> String {
    if minutes == 0 {
        return "UTC".to_owned();
    }
    let (sign, size) = if minutes < 0 { ('-', -minutes) } else { ('+', minutes) };
    format!("{sign}{:02}:{:02}", size / 60, size % 60)
}

/// A sentence that states the zone for the whole text.
fn said_in_words(text: &str) -> Option<&str> {
    let line = text.lines().take(200).find(|l| {
        let lower = l.to_ascii_lowercase();
        l.len() <= 80
            && lower.contains("time")
            && (lower.contains("all times") || lower.contains("timezone") || lower.contains("(utc)"))
    })?;
    Some(line.trim().trim_end_matches('.'))
}
