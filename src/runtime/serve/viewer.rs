//! One guest's screen: a desk of their own over the hall's session, drawn for their terminal at their
//! size. What they type goes through the same decoder, core and view as at a terminal on this host;
//! of what the core wants, only what changes nothing is done, and what a guest may say.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use russh::ChannelId;
use russh::server::Handle;
use tokio::sync::{mpsc, watch};

use super::super::bursts::Bursts;
use super::super::clipboard;
use super::super::config::Config;
use super::super::follow::attend::Attending;
use super::super::follow::voice::Voice;
use super::super::frames::Frames;
use super::super::look;
use super::super::screen::Drawing;
use super::super::shows::Shows;
use super::super::stage::until;
use super::super::terminal::{ENTER, LEAVE};
use super::hall::{Hall, Told};
use super::line::Line;
use crate::app::{self, Desk, Effect, Input};
use crate::fault::Fault;
use crate::view::{self, Look};

/// How long leaving waits for the last bytes to arrive.
const LONGEST_END: Duration = Duration::from_millis(500);
/// A frame that has been on its way for longer than that: the guest is behind.
const BEHIND: Duration = Duration::from_secs(2);
/// The largest screen that is drawn, in columns and rows: a client may claim any.
pub const LARGEST: (u16, u16) = (500, 200);

/// What one guest's screen is made of.
pub struct Seat {
    /// Who looks, as the session has them.
    pub name: String,
    /// Their voice; `None`: they may only look.
    pub voice: Option<Voice>,
    /// How the lead knows that they are here.
    pub attending: Option<Attending>,
    /// What their terminal is called.
    pub term: String,
    /// The connection.
    pub handle: Handle,
    /// The channel.
    pub id: ChannelId,
    /// What they type.
    pub typed: mpsc::Receiver<Vec<u8>>,
    /// The size of their terminal: the newest alone counts.
    pub size: watch::Receiver<(u16, u16)>,
}

/// What happened to a viewer.
enum Next {
    Frame,
    Typed(Option<Vec<u8>>),
    Quiet,
    Size(bool),
    Written(bool),
    Told(bool),
    Wake,
    Late,
    Idle,
}

struct Viewer {
    hall: Arc<Hall>,
    desk: Desk,
    look: Look,
    voice: Option<Voice>,
    attending: Option<Attending>,
    drawing: Drawing,
    frames: Frames,
    line: Line,
    bursts: Bursts,
    last_bytes: Instant,
    last_person: Instant,
    last_frame: Instant,
    knows: Told,
    answers: VecDeque<Input>,
    wake: Option<Instant>,
    ended: Option<&'static str>,
}

/// Shows the session to a guest until they leave, the server ends, or nothing was typed for too long.
pub async fn show(hall: Arc<Hall>, config: Arc<Config>, seat: Seat) {
    let Seat { name, voice, attending, term, handle, id, mut typed, mut size } = seat;
    let shows = shows(&term);
    // What is wrong with the host's own files is `hotwash check`'s to say, not a guest's to read.
    let (look, _) = look::of(&config, shows);
    let (keys, _) = look::keys(&config);
    let at = *size.borrow_and_update();
    let mut desk = Desk { keys, theme: look::shared(&config), ..Desk::follow(name, at, Utc::now(), hall.from.clone()) };
    if let (Some(voice), Some(following)) = (&voice, &mut desk.following) {
        following.voice = Some(voice.name().to_owned());
        following.key = voice.key();
    }
    let mut line = Line::new(handle.clone(), id, config.serve.frame);
    line.write(ENTER.as_bytes().to_vec());
    let now = Instant::now();
    let mut viewer = Viewer {
        desk,
        look,
        voice,
        attending,
        drawing: Drawing::new(at).synchronized(shows.synchronized),
        frames: Frames::default(),
        line,
        bursts: Bursts::default(),
        last_bytes: now,
        last_person: now,
        last_frame: now,
        knows: Told::default(),
        answers: VecDeque::new(),
        wake: None,
        ended: None,
        hall,
    };
    let mut told = viewer.hall.listen();
    told.mark_changed();
    let said = viewer.run(&mut typed, &mut size, &mut told, config.serve.idle).await;
    // The protocol's task may be waiting for room among what was typed: it must get to the last words.
    drop(typed);
    leave(viewer.line, &handle, id, said).await;
}

/// The last words: the terminal as it was, a sentence, and the end of the channel: the
/// client ends the connection then, or it is cut.
async fn leave(mut line: Line, handle: &Handle, id: ChannelId, said: Option<&str>) {
    let said = said.map_or_else(String::new, |said| format!("hotwash: {said}\r\n"));
    line.write(format!("{LEAVE}{said}").into_bytes());
    line.settle(LONGEST_END).await;
    // Whoever is gone already needs none of this.
    let _ = handle.exit_status_request(id, 0).await;
    let _ = handle.eof(id).await;
    let _ = handle.close(id).await;
}

/// What a terminal of this name can show. Guests bring no environment: what is drawn is UTF-8 unless
/// their terminal is one that has none.
fn shows(term: &str) -> Shows {
    Shows::from_lookup(|name| match name {
        "TERM" => Some(term.to_owned()),
        "LANG" => Some("C.UTF-8".to_owned()),
        _ => None,
    })
}

impl Viewer {
    async fn run(
        &mut self,
        typed: &mut mpsc::Receiver<Vec<u8>>,
        size: &mut watch::Receiver<(u16, u16)>,
        told: &mut watch::Receiver<Told>,
        idle: Duration,
    ) -> Option<&'static str> {
        self.frames.want_soon();
        while self.ended.is_none() {
            while let Some(answer) = self.answers.pop_front() {
                self.take(answer, true);
            }
            match self.next(typed, size, told, idle).await {
                Next::Frame => self.draw(),
                Next::Typed(Some(bytes)) => self.hear(&bytes),
                Next::Typed(None) | Next::Written(false) | Next::Size(false) => return None,
                Next::Quiet => {
                    let mut inputs = Vec::new();
                    self.bursts.quiet(&mut inputs);
                    inputs.into_iter().for_each(|input| self.take(input, true));
                }
                Next::Size(true) => self.resize(*size.borrow_and_update()),
                Next::Written(true) => self.step(true),
                Next::Told(true) => self.learn(&told.borrow_and_update().clone()),
                Next::Told(false) => self.ended = Some("the server has ended"),
                Next::Wake => {
                    self.wake = None;
                    self.take(Input::Deadline, false);
                }
                Next::Late => self.attending.iter_mut().for_each(Attending::say_due),
                Next::Idle => self.ended = Some("nothing was typed for a long time"),
            }
        }
        self.ended.filter(|said| !said.is_empty())
    }

    async fn next(
        &mut self,
        typed: &mut mpsc::Receiver<Vec<u8>>,
        size: &mut watch::Receiver<(u16, u16)>,
        told: &mut watch::Receiver<Told>,
        idle: Duration,
    ) -> Next {
        let (now, busy) = (Instant::now(), self.line.is_busy());
        let due = self.frames.due(now).filter(|_| !busy);
        if due.is_some_and(|d| d <= now) {
            return Next::Frame;
        }
        let quiet = self.bursts.patience().map(|p| self.last_bytes + p);
        let (frame, quiet, wake) = (until(due), until(quiet), until(self.wake));
        let late = until(self.attending.as_ref().and_then(Attending::due));
        tokio::select! {
            biased;
            bytes = typed.recv() => Next::Typed(bytes),
            written = self.line.written(), if busy => Next::Written(written.is_ok()),
            () = frame => Next::Frame,
            () = quiet => Next::Quiet,
            changed = size.changed() => Next::Size(changed.is_ok()),
            changed = told.changed() => Next::Told(changed.is_ok()),
            () = wake => Next::Wake,
            () = late => Next::Late,
            () = until(Some(self.last_person + idle)) => Next::Idle,
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        let now = Instant::now();
        let mut inputs = Vec::new();
        self.bursts.take(bytes, now - self.last_bytes, &mut inputs);
        (self.last_bytes, self.last_person) = (now, now);
        inputs.into_iter().for_each(|input| self.take(input, true));
    }

    fn resize(&mut self, size: (u16, u16)) {
        self.last_person = Instant::now();
        self.drawing.resize(size);
        self.take(Input::Resize(size.0, size.1), true);
    }

    fn learn(&mut self, told: &Told) {
        if told.closing {
            self.ended = Some("the server has ended");
            return;
        }
        for input in told.since(&self.knows) {
            self.take(input, false);
        }
        if let Some(following) = &mut self.desk.following {
            following.gaps = told.odd();
        }
        self.knows.clone_from(told);
        self.step(false);
    }

    /// A guest whose line has carried one frame for longer than that is behind.
    fn step(&mut self, arrived: bool) {
        let behind = !arrived && self.line.is_busy() && self.last_frame.elapsed() > BEHIND;
        self.attending.iter_mut().for_each(|a| a.step(!behind));
    }

    fn take(&mut self, input: Input, by_person: bool) {
        self.desk.now = Utc::now();
        let turn = app::update(&self.hall.session(), &mut self.desk, input);
        for effect in turn.effects {
            self.perform(effect);
        }
        match (turn.redraw, by_person) {
            (true, true) => self.frames.want_soon(),
            (true, false) => self.frames.want(),
            (false, _) => {}
        }
    }

    /// The few effects that change nothing here. A guest can't stop this process, and takes no lead.
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Copy { text } => match clipboard::sequence(&text, false) {
                Ok(sequence) => {
                    self.line.write(sequence);
                    self.answers.push_back(Input::CopySent { bytes: text.len() });
                }
                Err(fault) => self.answers.push_back(Input::Failed(fault)),
            },
            Effect::Wake { after_ms } => self.wake = Some(Instant::now() + Duration::from_millis(after_ms)),
            Effect::Say(saying) => {
                let Some(voice) = &mut self.voice else { return };
                let said = voice.say(&self.hall.session(), saying);
                self.answers.push_back(match said {
                    Ok(count) => Input::SaidToLead { count },
                    Err(why) => Input::Failed(Fault::environment(format!("not said: {why}"), "")),
                });
            }
            Effect::Quit => self.ended = Some(""),
            _ => {}
        }
    }

    fn draw(&mut self) {
        self.desk.now = Utc::now();
        self.frames.drawn(Instant::now());
        let session = self.hall.session();
        let (desk, look) = (&self.desk, &self.look);
        let bytes = self.drawing.draw(|frame| view::draw(frame, &session, desk, look));
        drop(session);
        if !bytes.is_empty() {
            self.last_frame = Instant::now();
            self.line.write(bytes);
        }
    }
}
