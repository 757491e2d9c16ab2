//! The signals that the console answers, as values, and how it stops itself.

use std::io;

use rustix::process::{Signal as Sig, getpid, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The terminal went away (HUP).
    Hangup,
    /// End in order (TERM).
    End,
    /// The same, but from the terminal's keys (INT, QUIT): not meant for us while another program
    /// has the terminal.
    Interrupt,
    /// Stop until continued (TSTP).
    Stop,
    /// Continued by somebody else (CONT): the terminal may have been used meanwhile.
    Continued,
    /// The terminal's size changed (WINCH).
    Resized,
}

/// The signals as one stream.
#[derive(Debug)]
pub struct Signals {
    hangup: Signal,
    term: Signal,
    int: Signal,
    quit: Signal,
    stop: Signal,
    cont: Signal,
    winch: Signal,
}

impl Signals {
    /// Listens to all of them. A HUP that the parent had ignored is answered as well: without a
    /// terminal there is no console.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            stop: signal(SignalKind::from_raw(Sig::TSTP.as_raw()))?,
            cont: signal(SignalKind::from_raw(Sig::CONT.as_raw()))?,
            winch: signal(SignalKind::window_change())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            biased;
            _ = self.hangup.recv() => Asked::Hangup,
            _ = self.term.recv() => Asked::End,
            _ = self.int.recv() => Asked::Interrupt,
            _ = self.quit.recv() => Asked::Interrupt,
            _ = self.stop.recv() => Asked::Stop,
            _ = self.cont.recv() => Asked::Continued,
            _ = self.winch.recv() => Asked::Resized,
        }
    }
}

/// Stops this process until somebody continues it. STOP can't be caught: when this comes back the
/// process was continued.
pub fn stop_self() {
    // A process may always stop itself.
    let _ = kill_process(getpid(), Sig::STOP);
}

/// Waits until this process is asked to end (TERM, INT, HUP). Where no handler can be had the kernel's
/// own answer to them stands, and this waits for ever.
pub async fn end_asked() {
    let Ok(mut signals) = Signals::listen() else { return std::future::pending().await };
    while !matches!(signals.next().await, Asked::Hangup | Asked::End | Asked::Interrupt) {}
}
