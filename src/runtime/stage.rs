//! The stage: terminal, screen, keys and signals as one, for whoever runs a loop over them. Live
//! console and review stand on the same one.
//!
//! It parks: without a key, a signal or a frame that is owed it does nothing at all.

use std::io;
use std::time::{Duration, Instant};

use ratatui::Frame;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::files::reason;
use super::frames::Frames;
use super::keys::Keys;
use super::screen::Screen;
use super::signals::{Asked, Signals, stop_self};
use super::terminal::{Terminal, restore};
use crate::app::input::Input;
use crate::fault::Fault;

/// Inputs of the terminal that may wait for the core.
const WAITING: usize = 256;
/// How long another program waits for our last bytes to be written.
const LONGEST_SETTLE: Duration = Duration::from_millis(500);
/// Signals that another program's keys sent to our group arrive this long after it gave the terminal back.
const ECHO: Duration = Duration::from_millis(100);

/// Waits until then; without a time, for ever.
pub(super) async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// What the stage says.
#[derive(Debug, PartialEq)]
pub enum Cue {
    /// Something arrived.
    Input(Input),
    /// A frame is owed and the line is free: call [`Stage::draw`].
    Frame,
    /// Somebody asked the process to stop (TSTP): call [`Stage::stop`].
    Stop,
    /// The process or its terminal is going away: end in order, at once.
    End,
}

/// Terminal, screen, keys and signals.
#[derive(Debug)]
pub struct Stage {
    keys: Option<Keys>,
    typed: Receiver<Input>,
    to: Sender<Input>,
    screen: Screen,
    frames: Frames,
    signals: Signals,
    own_stop: bool,
    /// When the terminal came back from another program.
    lent: Option<Instant>,
    terminal: Terminal,
}

impl Stage {
    /// Takes the terminal and makes the stage over it. Within a tokio runtime.
    ///
    /// # Errors
    /// When threads, pipes or signal handlers are refused.
    pub fn new(terminal: Terminal, synchronized: bool) -> Result<Self, Fault> {
        let failed = |e: io::Error| Fault::environment(format!("cannot use the terminal: {}", reason(&e)), "");
        // First of all: a signal between the two would end the program and leave the terminal raw.
        let signals = Signals::listen().map_err(failed)?;
        terminal.enter().map_err(failed)?;
        let screen = Screen::new(terminal.out().map_err(failed)?, terminal.size(), synchronized)?;
        let (to, typed) = channel(WAITING);
        let keys = Some(Keys::read(terminal.keys().map_err(failed)?, to.clone()).map_err(failed)?);
        Ok(Self { keys, typed, to, screen, frames: Frames::default(), signals, own_stop: false, lent: None, terminal })
    }

    /// The terminal's size.
    pub fn size(&self) -> (u16, u16) {
        self.terminal.size()
    }

    /// What happens next. Dropping the future loses nothing.
    pub async fn cue(&mut self) -> Cue {
        loop {
            let now = Instant::now();
            let due = self.frames.due(now).filter(|_| !self.screen.is_busy());
            if due.is_some_and(|d| d <= now) {
                return Cue::Frame;
            }
            let frame = until(due);
            let busy = self.screen.is_busy();
            tokio::select! {
                biased;
                asked = self.signals.next() => if let Some(cue) = self.answer(asked) { return cue },
                written = self.screen.written(), if busy => if written.is_err() { return Cue::End },
                typed = self.typed.recv() => return match typed {
                    None | Some(Input::Hangup) => Cue::End,
                    Some(input) => Cue::Input(input),
                },
                () = frame => return Cue::Frame,
            }
        }
    }

    fn answer(&mut self, asked: Asked) -> Option<Cue> {
        match asked {
            Asked::Interrupt | Asked::Stop if self.lent.is_some_and(|at| at.elapsed() < ECHO) => None,
            Asked::Hangup | Asked::End | Asked::Interrupt => Some(Cue::End),
            Asked::Stop => Some(Cue::Stop),
            Asked::Continued if std::mem::take(&mut self.own_stop) => None,
            Asked::Continued => {
                // Somebody stopped us without asking: the shell has used the terminal since.
                if self.terminal.enter().is_err() {
                    return Some(Cue::End);
                }
                Some(self.resized())
            }
            Asked::Resized => Some(self.resized()),
        }
    }

    fn resized(&mut self) -> Cue {
        let size = self.terminal.size();
        self.screen.resize(size);
        self.frames.want_soon();
        Cue::Input(Input::Resize(size.0, size.1))
    }

    /// Something visible changed by itself.
    pub fn want_frame(&mut self) {
        self.frames.want();
    }

    /// Something visible changed because of somebody else's records.
    pub fn want_news(&mut self) {
        self.frames.want_news();
    }

    /// Something visible changed because of what a person did: they wait for it.
    pub fn want_answer(&mut self) {
        self.frames.want_soon();
    }

    /// Draws the frame that is owed.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) {
        self.frames.drawn(Instant::now());
        self.screen.draw(render);
    }

    /// Sends bytes that are no frame.
    pub fn send(&mut self, bytes: Vec<u8>) {
        self.screen.send(bytes);
    }

    /// Gives the terminal back and stops the process; comes back when it is continued.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn stop(&mut self) -> Result<Input, Fault> {
        self.own_stop = true;
        self.hand_over(|_| stop_self()).await.map(|((), resized)| resized)
    }

    /// Gives the terminal back, lets a program use it, and takes it again; what the program left of its own
    /// settings, as one does that crashes, is undone. The answer is the borrower's, and the terminal's size by now.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn lend<T>(&mut self, borrower: impl FnOnce() -> T) -> Result<(T, Input), Fault> {
        self.hand_over(|terminal| terminal.undone_after(borrower)).await
    }

    async fn hand_over<T>(&mut self, borrower: impl FnOnce(&Terminal) -> T) -> Result<(T, Input), Fault> {
        // The reader first: it must not take keys that are meant for the borrower.
        drop(self.keys.take());
        self.screen.settle(LONGEST_SETTLE).await;
        restore();
        let answer = borrower(&self.terminal);
        self.lent = Some(Instant::now());
        let failed =
            |e: io::Error| Fault::environment(format!("the terminal can't be taken again: {}", reason(&e)), "");
        self.terminal.enter().map_err(failed)?;
        self.keys = Some(Keys::read(self.terminal.keys().map_err(failed)?, self.to.clone()).map_err(failed)?);
        match self.resized() {
            Cue::Input(size) => Ok((answer, size)),
            _ => Ok((answer, Input::Deadline)),
        }
    }

    /// The last bytes are written, within `patience`, and the terminal is given back.
    pub async fn end(mut self, patience: Duration) {
        drop(self.keys.take());
        self.screen.settle(patience).await;
    }
}
