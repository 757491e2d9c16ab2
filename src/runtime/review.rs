//! Review: a saved session, walked through record by record or by time. It has no runner and no
//! writer: nothing that is done here can change the session or reach the world.
//!
//! It stands on the same stage, core and view as the live console; only the effects differ.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chrono::{DateTime, Local, NaiveTime, TimeZone, Utc};

use super::config::Config;
use super::live::on_one_thread;
use super::look;
use super::shows::Shows;
use super::stage::{Cue, Stage, until};
use super::store::{Loaded, Store};
use super::terminal::Terminal;
use super::{clipboard, documents, exports};
use crate::app::{self, Desk, Effect, Input, Seek};
use crate::domain::Stamp;
use crate::export::Seal;
use crate::fault::Fault;
use crate::session::Timeline;
use crate::view::{self, Look};

/// How long leaving waits for the last bytes to be written.
const LONGEST_END: Duration = Duration::from_millis(300);

/// What is reviewed.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewOptions {
    /// An id, the beginning of one, or a file.
    pub which: String,
    /// Where to begin: a sequence number or a time (`09:20`, RFC 3339); `None` is the end.
    pub at: Option<String>,
    /// The settings in effect.
    pub config: Config,
}

/// Runs the review until the person leaves it.
///
/// # Errors
/// Where there is no terminal, or the session can't be read.
pub fn run(options: ReviewOptions) -> Result<(), Fault> {
    let ReviewOptions { which, at, config } = options;
    Terminal::check()?;
    let store = Store::at(config.places.data.clone());
    let Loaded { records, notices, .. } = store.load(&which)?;
    let mut timeline = Timeline::new(records);
    if let Some(at) = at {
        let seek = at.parse().map_or(Seek::Time(at), Seek::Seq);
        go(&mut timeline, &seek)?;
    }
    let shows = Shows::here();
    let (look, mut faults) = look::of(&config, shows);
    let (keys, wrong) = look::keys(&config);
    faults.extend(wrong);
    let terminal = Terminal::take(config.mouse)?;
    on_one_thread(async move {
        let stage = Stage::new(terminal, shows.synchronized)?;
        let desk = Desk { keys, ..Desk::review(config.name.clone(), stage.size(), Utc::now()) };
        let origin = (store, which, config);
        let mut review = Review {
            timeline,
            desk,
            look,
            stage,
            origin,
            answers: VecDeque::new(),
            wake: None,
            handed: None,
            ended: false,
        };
        review.take(Input::Opened);
        review.stand();
        review.answers.extend(faults.into_iter().map(Input::Failed));
        review.answers.extend(notices.into_iter().map(|n| Input::Failed(Fault::environment(n, ""))));
        review.run().await
    })
}

struct Review {
    timeline: Timeline,
    desk: Desk,
    look: Look,
    stage: Stage,
    /// Where it was read from.
    origin: (Store, String, Config),
    answers: VecDeque<Input>,
    wake: Option<Instant>,
    handed: Option<()>,
    ended: bool,
}

impl Review {
    async fn run(mut self) -> Result<(), Fault> {
        self.stage.want_answer();
        while !self.ended {
            while let Some(answer) = self.answers.pop_front() {
                self.take(answer);
            }
            if self.handed.take().is_some() {
                let size = self.stage.stop().await?;
                self.take(size);
                continue;
            }
            let woken = until(self.wake);
            let cue = tokio::select! {
                biased;
                cue = self.stage.cue() => cue,
                () = woken => {
                    self.wake = None;
                    Cue::Input(Input::Deadline)
                }
            };
            match cue {
                Cue::Frame => self.draw(),
                Cue::Input(input) => self.take(input),
                Cue::Stop => self.handed = Some(()),
                Cue::End => break,
            }
        }
        self.stage.end(LONGEST_END).await;
        Ok(())
    }

    fn take(&mut self, input: Input) {
        self.desk.now = Utc::now();
        // Events are what a person does to a session: here there are none, whatever the core says.
        let turn = app::update(self.timeline.session(), &mut self.desk, input);
        for effect in turn.effects {
            self.perform(effect);
        }
        if turn.redraw {
            self.stage.want_answer();
        }
    }

    /// The few effects that change nothing: where to stand, the clipboard, time, leaving.
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Seek(seek) => match go(&mut self.timeline, &seek) {
                Ok(()) => self.stand(),
                Err(fault) => self.answers.push_back(Input::Failed(fault)),
            },
            Effect::Copy { text } => match clipboard::sequence(&text, std::env::var_os("TMUX").is_some()) {
                Ok(sequence) => {
                    self.stage.send(sequence);
                    self.answers.push_back(Input::CopySent { bytes: text.len() });
                }
                Err(fault) => self.answers.push_back(Input::Failed(fault)),
            },
            Effect::Export { format, path } => {
                let written = self.export(&format, path.as_deref()).unwrap_or_else(Input::Failed);
                self.answers.push_back(written);
            }
            Effect::Wake { after_ms } => self.wake = Some(Instant::now() + Duration::from_millis(after_ms)),
            Effect::Suspend => self.handed = Some(()),
            Effect::Quit => self.ended = true,
            _ => {}
        }
    }

    /// Writes a document of the session as it stands here; without a path into the current folder. The
    /// session itself learns nothing of it.
    fn export(&self, format: &str, path: Option<&str>) -> Result<Input, Fault> {
        let (store, which, config) = &self.origin;
        let session = self.timeline.session();
        let to = exports::typed_path(path.unwrap_or(exports::file_name(format)));
        let head = store.chain_at(which, session.seq)?;
        let seal = head.map(|h| Seal { session: session.id.clone(), record: session.seq, head: h.to_string() });
        let records = || Ok(self.timeline.records().iter().take(self.timeline.place()).cloned().collect());
        let bytes = documents::document(config, session, records, seal.as_ref(), format)?;
        exports::write(format, &bytes, &to)
    }

    fn stand(&mut self) {
        let (seq, at) = self.timeline.record().map_or((0, None), |r| (r.seq, Some(r.at)));
        let of = self.timeline.records().last().map_or(0, |r| r.seq);
        self.answers.push_back(Input::At { seq, of, at });
    }

    fn draw(&mut self) {
        self.desk.now = Utc::now();
        let (session, desk, look) = (self.timeline.session(), &self.desk, &self.look);
        self.stage.draw(|frame| view::draw(frame, session, desk, look));
    }
}

fn go(timeline: &mut Timeline, seek: &Seek) -> Result<(), Fault> {
    match seek {
        Seek::Seq(seq) => {
            timeline.go_to(*seq);
        }
        Seek::Time(typed) => {
            let day = timeline.last().last.unwrap_or_else(Utc::now);
            timeline.go_to_time(instant(typed, day)?);
        }
    }
    Ok(())
}

/// A time as typed: a full stamp, or a time of day on the session's last day. A time without a zone
/// is this machine's, as the status line shows it.
fn instant(typed: &str, day: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    let wrong = || {
        Fault::usage(
            format!("`{typed}` is no record's number and no time"),
            "give a number, a time such as 09:20, or 2026-06-02T09:20:00Z",
        )
    };
    let local = |t: chrono::NaiveDateTime| Local.from_local_datetime(&t).earliest().map(|t| t.with_timezone(&Utc));
    match typed.trim().parse::<Stamp>() {
        Ok(Stamp::Exact(t)) => Ok(t),
        Ok(Stamp::Local(t)) => local(t).ok_or_else(wrong),
        Ok(Stamp::Clock(t)) => on_day(t, day).and_then(local).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// `09:20` means until the end of that minute.
fn on_day(time: NaiveTime, day: DateTime<Utc>) -> Option<chrono::NaiveDateTime> {
    use chrono::Timelike;
    let time = if time.second() == 0 && time.nanosecond() == 0 { time.with_second(59)? } else { time };
    Some(day.with_timezone(&Local).date_naive().and_time(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_on_the_sessions_last_day() {
        let day = "2026-06-02T12:00:00Z".parse().unwrap();
        let at = instant("09:20", day).unwrap().with_timezone(&Local);
        assert_eq!(at.format("%H:%M").to_string(), "09:20");
        assert_eq!(instant("2026-06-02T09:20:00Z", day).unwrap().to_rfc3339(), "2026-06-02T09:20:00+00:00");
        assert!(instant("soon", day).unwrap_err().hint.contains("09:20"));
    }
}
