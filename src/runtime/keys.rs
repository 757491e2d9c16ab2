//! The reader of keys: a thread of its own over the terminal's descriptor, with a hangup watch.
//!
//! It decodes nothing itself (see [`super::decode`], [`super::bursts`]) and decides nothing. To give
//! the terminal to another program the reader is dropped, and a new one is made afterwards.

use std::io::{self, PipeWriter};
use std::os::fd::OwnedFd;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::Utc;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::mpsc::Sender;

use super::bursts::Bursts;
use crate::app::input::Input;

/// Bytes that one read takes at most.
const READ: usize = 64 * 1024;

/// A running reader; dropping it ends the thread and leaves the terminal alone.
#[derive(Debug)]
pub struct Keys {
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Keys {
    /// Reads `tty` on a thread of its own and sends what arrives. Ends with [`Input::Hangup`] when
    /// the terminal goes away.
    ///
    /// # Errors
    /// When no pipe or thread can be made.
    pub fn read(tty: OwnedFd, to: Sender<Input>) -> io::Result<Self> {
        let (stopped, stop) = io::pipe()?;
        let thread = std::thread::Builder::new().name("hotwash-keys".into()).spawn(move || {
            let gone = read_all(&tty, &stopped.into(), &to);
            if gone {
                // A closed channel: the console has ended before us.
                let _ = to.blocking_send(Input::Hangup);
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        drop(self.stop.take());
        let Some(thread) = self.thread.take() else { return };
        // It leaves at once, unless it waits for room in the channel: nobody may wait for that.
        let deadline = Instant::now() + Duration::from_millis(50);
        while !thread.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Returns true when the terminal has gone, false when it was told to stop.
fn read_all(tty: &OwnedFd, stopped: &OwnedFd, to: &Sender<Input>) -> bool {
    let mut bursts = Bursts::default();
    let mut buffer = vec![0; READ];
    let mut last = Instant::now();
    let mut read_at = Utc::now();
    let mut out = Vec::new();
    loop {
        match wait(tty, stopped, bursts.patience()) {
            Arrived::Stop => return false,
            Arrived::Gone => return true,
            Arrived::Nothing => bursts.quiet(&mut out),
            Arrived::Bytes => match rustix::io::read(tty, &mut buffer) {
                Ok(0) => return true,
                Ok(n) => {
                    let now = Instant::now();
                    bursts.take(buffer.get(..n).unwrap_or(&[]), now - last, &mut out);
                    last = now;
                    read_at = Utc::now();
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => return true,
            },
        }
        let keys = out.iter().any(|input| matches!(input, Input::Key(_)));
        for input in keys.then_some(Input::KeysAt(read_at)).into_iter().chain(out.drain(..)) {
            if to.blocking_send(input).is_err() {
                return false;
            }
        }
    }
}

enum Arrived {
    Bytes,
    Nothing,
    Stop,
    Gone,
}

fn wait(tty: &OwnedFd, stopped: &OwnedFd, patience: Option<Duration>) -> Arrived {
    let timeout = patience.and_then(|p| Timespec::try_from(p).ok());
    let mut fds = [PollFd::new(tty, PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
    match poll(&mut fds, timeout.as_ref()) {
        Ok(0) => return Arrived::Nothing,
        Ok(_) => {}
        Err(Errno::INTR | Errno::AGAIN) => return Arrived::Bytes,
        Err(_) => return Arrived::Gone,
    }
    let [tty, stopped] = fds.map(|f| f.revents());
    if !stopped.is_empty() {
        Arrived::Stop
    } else if tty.contains(PollFlags::IN) {
        Arrived::Bytes
    } else {
        Arrived::Gone
    }
}
