//! A session as an asciicast (version 2) for a player: its screens as review draws them, at the times
//! that its journal has. Nothing on it was not on a screen that the journal gives.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::screen::Drawing;
use crate::app::panel::Panel;
use crate::app::{self, Desk, Input};
use crate::domain::showable;
use crate::export::{Seal, outward};
use crate::journal::{Event, Record};
use crate::session::Session;
use crate::view::{self, Colours, Look};

/// The screen's columns and rows.
const SIZE: (u16, u16) = (120, 36);
/// Frames at most; a longer session shows its moments further apart.
const MOST_FRAMES: usize = 160;
/// Frames are at least this far apart, in milliseconds.
const APART_MS: i64 = 250;
/// A pause that a player shortens to this, in seconds.
const LONGEST_PAUSE: f64 = 2.0;

/// The recording: a header line, then a line a frame.
pub fn cast(records: &[Record], seal: Option<&Seal>) -> String {
    let records = outward::records(records);
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return String::new() };
    let stops = stops(&records);
    let look = Look::new(Some("dark"), Colours::Sixteen, false, &[]).0;
    let mut desk = Desk::review("", SIZE, first.at);
    let mut session = Session::default();
    let mut drawing = Drawing::new(SIZE);
    let mut frames = String::new();
    for (i, record) in records.iter().enumerate() {
        session.apply(record);
        desk.focus = panel(&record.event).unwrap_or(desk.focus);
        if stops.get(i) != Some(&true) {
            continue;
        }
        desk.now = record.at;
        let place = Input::At { seq: record.seq, of: last.seq, at: Some(record.at) };
        // A review's input: it asks for nothing.
        app::update(&session, &mut desk, place);
        let bytes = drawing.draw(|frame| view::draw(frame, &session, &desk, &look));
        let text = String::from_utf8_lossy(&bytes);
        frames.push_str(&format!("{}\n", json!([seconds(first.at, record.at), "o", text])));
    }
    let title = if session.title.is_empty() { &session.id } else { &session.title };
    // A player shows it on a terminal, outside the frames.
    let title = showable::clean(title);
    let mut header = json!({"version": 2, "width": SIZE.0, "height": SIZE.1, "timestamp": first.at.timestamp(),
        "duration": seconds(first.at, last.at), "idle_time_limit": LONGEST_PAUSE, "title": title,
        "env": {"TERM": "xterm-256color"}});
    if let (Some(map), Some(seal)) = (header.as_object_mut(), seal) {
        map.insert("chain".into(), seal.value());
    }
    format!("{header}\n{frames}")
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    ((to - from).num_milliseconds().max(0) as f64) / 1000.0
}

/// After which records a frame is drawn: the last of every moment, and what people decided.
fn stops(records: &[Record]) -> Vec<bool> {
    let moments = |apart: i64| {
        let mut out = vec![false; records.len()];
        let mut since: Option<DateTime<Utc>> = None;
        for (i, record) in records.iter().enumerate() {
            let ends = records.get(i + 1).is_none_or(|next| (next.at - record.at).num_milliseconds() >= apart);
            let due = since.is_none_or(|s| (record.at - s).num_milliseconds() >= apart);
            if let Some(stop) = out.get_mut(i).filter(|_| ends || due) {
                *stop = true;
                since = Some(record.at);
            }
        }
        out
    };
    let mut apart = APART_MS;
    loop {
        let out = moments(apart);
        if out.iter().filter(|s| **s).count() <= MOST_FRAMES || apart > i64::MAX / 4 {
            return out;
        }
        apart *= 2;
    }
}

/// The panel where an event is seen.
fn panel(event: &Event) -> Option<Panel> {
    Some(match event {
        Event::SourceAdded { .. } => Panel::Evidence,
        Event::InvestigationStarted { .. } | Event::StepTaken { .. } => Panel::Trail,
        Event::ReportReady { .. } | Event::HypothesisJudged { .. } | Event::HypothesisAdded { .. } => Panel::Hypotheses,
        Event::RunApproved { .. } | Event::RunStarted { .. } | Event::RunEnded { .. } => Panel::Runs,
        Event::CheckJudged { .. } => Panel::Checklist,
        Event::NoteTaken { .. } => Panel::Notes,
        Event::PostmortemDrafted { .. } | Event::PostmortemEdited { .. } => Panel::Postmortem,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Author;
    use crate::journal::event::NoteKind;

    fn records(count: u64, apart_ms: i64) -> Vec<Record> {
        let begin: DateTime<Utc> = "2026-06-02T09:00:00Z".parse().unwrap();
        let record = |seq: u64| Record {
            seq,
            at: begin + chrono::Duration::milliseconds(seq as i64 * apart_ms),
            by: Author::Person("kim".into()),
            event: Event::NoteTaken { kind: NoteKind::Note, text: format!("note {seq} from 203.0.113.9 \u{1b}[2J") },
        };
        (1..=count).map(record).collect()
    }

    #[test]
    fn every_line_is_a_frame_in_its_time_and_holds_no_sequence_from_a_note() {
        let cast = cast(&records(5, 1_000), None);
        let mut lines = cast.lines();
        let header: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        assert_eq!((header["version"].as_u64(), header["width"].as_u64()), (Some(2), Some(120)));
        let frames: Vec<serde_json::Value> = lines.map(|l| serde_json::from_str(l).unwrap()).collect();
        let times: Vec<f64> = frames.iter().map(|f| f[0].as_f64().unwrap()).collect();
        assert_eq!(times, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert!(frames.iter().skip(1).all(|f| !f[2].as_str().unwrap().contains("\u{1b}[2J")));
        // Cells that stay are not sent again: a word stands, a line may not.
        assert!(cast.contains("from") && !cast.contains("203.0"), "{cast}");
    }

    #[test]
    fn a_long_session_has_its_frames_further_apart() {
        let frames = cast(&records(2_000, 300), None).lines().count();
        assert!((20..=MOST_FRAMES + 1).contains(&frames), "{frames}");
    }
}
