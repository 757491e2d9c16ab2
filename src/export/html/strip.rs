//! The timeline as a drawing: a lane for each service, a sign for each row, time to the right in its
//! true measure. Drawn from the rows that stand in the page, so the two can't disagree.

use super::body::{attribute, text};
use crate::analyst::report::untrusted::{FROM_LOG_TEXT, is_untrusted};
use crate::analyst::report::wording::duration;
use crate::domain::Stamp;
use crate::domain::report::{RowKind, TimelineRow};
use crate::export::blocks::{Block, Inline, words};
use crate::export::labels::{self, Labels};

/// Lanes at most; further services share the last.
const MOST_LANES: usize = 8;
/// Signs at most.
const MOST_SIGNS: usize = 400;
/// Height of a lane and of the axis, in pixels.
const LANE: usize = 38;
const AXIS: usize = 26;

/// One row to draw.
struct Sign {
    at: Stamp,
    /// Seconds after the first.
    after: f64,
    lane: String,
    what: String,
    kind: RowKind,
}

/// The drawing of a section's table or list; nothing where fewer than two times can be compared.
pub fn strip(out: &mut String, section: &[Block], known: &[TimelineRow], labels: &Labels) {
    let signs = signs(section, known);
    let Some(span) = signs.last().map(|s| s.after).filter(|s| *s > 0.0) else { return };
    let mut lanes: Vec<&str> = Vec::new();
    for sign in &signs {
        if !lanes.contains(&sign.lane.as_str()) && lanes.len() < MOST_LANES {
            lanes.push(&sign.lane);
        }
    }
    let height = lanes.len() * LANE + AXIS;
    out.push_str(&format!(
        "<figure class=\"strip\">\n<svg role=\"img\" aria-label=\"{}\" width=\"100%\" height=\"{height}\">\n",
        attribute(&labels.say("drawn"))
    ));
    for (i, lane) in lanes.iter().enumerate() {
        let y = i * LANE + 26;
        out.push_str(&format!("<text class=\"lane\" x=\"0\" y=\"{}\">", y - 14));
        text(out, &if lane.is_empty() { labels.say("no_service_named") } else { (*lane).to_owned() });
        out.push_str(&format!("</text><line class=\"lane\" x1=\"0\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>\n"));
    }
    for sign in &signs {
        let lane = lanes.iter().position(|l| *l == sign.lane).unwrap_or(lanes.len().saturating_sub(1));
        // The outermost signs stand whole within the drawing.
        let (x, y) = (1.5 + 97.0 * sign.after / span, lane * LANE + 26);
        out.push_str(&format!("<svg x=\"{x:.2}%\" y=\"{y}\" overflow=\"visible\"><g><title>"));
        text(out, &format!("{} {}: {}", sign.at, labels.say(label(sign.kind)), sign.what));
        if is_untrusted(&sign.what) {
            text(out, &format!(" {FROM_LOG_TEXT}"));
        }
        out.push_str(&format!("</title>{}</g></svg>\n", shape(sign.kind)));
    }
    axis(out, &signs, (span, height), labels);
    out.push_str("</svg>\n");
    legend(out, &signs, labels);
    out.push_str("</figure>\n");
}

fn axis(out: &mut String, signs: &[Sign], (span, height): (f64, usize), labels: &Labels) {
    let mut tick = |x: &str, anchor: &str, label: &str| {
        out.push_str(&format!("<text class=\"axis\" x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">", height - 4));
        text(out, label);
        out.push_str("</text>\n");
    };
    if let (Some(first), Some(last)) = (signs.first(), signs.last()) {
        tick("0", "start", &first.at.clock());
        tick("50%", "middle", &labels.fill("in_all", &[("span", &duration(span))]));
        tick("100%", "end", &last.at.clock());
    }
}

fn legend(out: &mut String, signs: &[Sign], labels: &Labels) {
    out.push_str("<figcaption>");
    for kind in KINDS.iter().filter(|k| signs.iter().any(|s| s.kind == **k)) {
        out.push_str(&format!(
            "<span><svg width=\"14\" height=\"14\" viewBox=\"-7 -7 14 14\" aria-hidden=\"true\">{}</svg> {}</span>",
            shape(*kind),
            attribute(&labels.say(label(*kind)))
        ));
    }
    out.push_str("</figcaption>\n");
}

const KINDS: &[RowKind] = &[
    RowKind::Change,
    RowKind::Cause,
    RowKind::Symptom,
    RowKind::Alert,
    RowKind::Action,
    RowKind::Recovery,
    RowKind::Note,
];

/// The style's name of a kind.
fn class(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Note => "noted",
        kind => label(kind).trim_start_matches("row_"),
    }
}

/// The key of a kind's label.
fn label(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Change => "row_change",
        RowKind::Symptom => "row_symptom",
        RowKind::Cause => "row_cause",
        RowKind::Alert => "row_alert",
        RowKind::Action => "row_action",
        RowKind::Recovery => "row_recovery",
        RowKind::Note => "row_note",
    }
}

/// A sign around the origin; the shape says it where colours are not seen.
fn shape(kind: RowKind) -> String {
    let form = match kind {
        RowKind::Change => "<path d=\"M-5-5h10v10h-10z\"",
        RowKind::Cause => "<path d=\"M0-6.5 6.5 0 0 6.5-6.5 0z\"",
        RowKind::Symptom => "<circle r=\"5\"",
        RowKind::Alert => "<path d=\"M0-6 6 5H-6z\"",
        RowKind::Action => "<path d=\"M-5-5 6 0-5 5z\"",
        RowKind::Recovery => "<path d=\"M0 6-6-5H6z\"",
        RowKind::Note => "<circle r=\"3.5\"",
    };
    format!("{form} class=\"sign {}\"/>", class(kind))
}

/// The rows that carry a time, in order, where all can be compared with the first.
fn signs(section: &[Block], known: &[TimelineRow]) -> Vec<Sign> {
    let mut found: Vec<(Stamp, String, String)> = Vec::new();
    for block in section {
        match block {
            Block::Table(heads, rows) => found.extend(rows.iter().filter_map(|row| of_row(heads, row))),
            Block::List(_, items) => found.extend(items.iter().filter_map(|item| of_item(item))),
            _ => {}
        }
    }
    found.truncate(MOST_SIGNS);
    found.sort_by_key(|(at, ..)| at.sort_key());
    let Some(first) = found.first().map(|(at, ..)| *at) else { return Vec::new() };
    let sign = |(at, lane, what): (Stamp, String, String)| {
        let row = known.iter().find(|r| r.at == at && what.starts_with(r.what.text.trim()));
        let kind = row.map_or(RowKind::Note, |r| r.kind);
        let lane = if lane.is_empty() { row.and_then(|r| r.service.clone()).unwrap_or_default() } else { lane };
        Some(Sign { at, after: at.seconds_since(&first)?, lane, what, kind })
    };
    found.into_iter().filter_map(sign).collect()
}

fn of_row(heads: &[Vec<Inline>], row: &[Vec<Inline>]) -> Option<(Stamp, String, String)> {
    let cell = |key: &str| {
        let at = heads.iter().position(|h| labels::is(key, &words(h)))?;
        row.get(at).map(|c| words(c).trim().to_owned())
    };
    let at = words(row.first()?).trim().parse().ok()?;
    let what = cell("timeline_what").or_else(|| row.last().map(|c| words(c)))?;
    Some((at, cell("timeline_service").unwrap_or_default(), what))
}

/// `2026-06-02T09:12:00Z - the pool was full`.
fn of_item(item: &[Block]) -> Option<(Stamp, String, String)> {
    let [Block::Paragraph(line), ..] = item else { return None };
    let said = words(line);
    let (at, what) = said.trim().split_once(' ')?;
    let what = what.trim_start_matches(['-', '–', '—', ':', ' ']);
    Some((at.trim_end_matches([':', ',']).parse().ok()?, String::new(), what.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::blocks::blocks;

    #[test]
    fn signs_stand_where_their_times_are_and_equal_times_give_no_drawing() {
        let mut out = String::new();
        let page =
            "| time | service | what |\n| - | - | - |\n| 09:00 | a | x |\n| 09:30 | b<i> | y |\n| 10:00 | a | z |\n";
        strip(&mut out, &blocks(page), &[], &Labels::of("en"));
        assert!(out.contains("x=\"1.50%\"") && out.contains("x=\"50.00%\"") && out.contains("x=\"98.50%\""), "{out}");
        assert!(out.contains("b&lt;i&gt;") && out.contains("1 h in all"), "{out}");
        let mut none = String::new();
        strip(&mut none, &blocks("- 09:00 a\n- 09:00 b\n"), &[], &Labels::of("en"));
        strip(&mut none, &blocks("- 09:00 a\n- 2026-06-02T09:00:00Z b\n"), &[], &Labels::of("en"));
        assert_eq!(none, "");
    }
}
