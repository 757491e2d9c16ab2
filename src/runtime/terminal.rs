//! The terminal: taking it, giving it back, its size. One restore routine serves quit, panic,
//! signals and the way out of a stop.
//!
//! It draws nothing and reads no keys. It writes to the descriptor itself, never through the standard
//! library's locked stream: the restore routine must work from any thread at any time.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::panic::PanicHookInfo;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, Termios};

use tokio::sync::mpsc::Sender;

use super::files::reason;
use super::screen::write_all;
use crate::app::input::Input;
use crate::domain::showable;
use crate::fault::Fault;

/// Alternate screen, bracketed paste.
pub(super) const ENTER: &str = "\x1b[?1049h\x1b[?2004h\x1b[2J\x1b[H";
/// Presses, wheel, SGR coordinates.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
/// Everything off that [`ENTER`], [`MOUSE_ON`] and a frame may have put on. Switching off what is
/// not on does nothing, so one text serves every state; the synchronized update is closed first.
pub(super) const LEAVE: &str = "\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?1049l\x1b[?25h";

/// What the restore routine needs, also from a panic on any thread.
struct Taken {
    tty: OwnedFd,
    out: OwnedFd,
    before: Termios,
}

static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);
static HOOK: Once = Once::new();

fn taken() -> MutexGuard<'static, Option<Taken>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The terminal while it is ours; dropping it gives the terminal back.
#[derive(Debug)]
pub struct Terminal {
    keys: OwnedFd,
    out: OwnedFd,
    mouse: bool,
}

impl Terminal {
    /// Whether there is a terminal to draw on.
    ///
    /// # Errors
    /// Where standard output is something else.
    pub fn check() -> Result<(), Fault> {
        if io::stdout().is_terminal() {
            return Ok(());
        }
        Err(Fault::environment(
            "the console needs a terminal, and standard output is not one",
            "for output to a pipe or a file use `hotwash analyze`",
        ))
    }

    /// The terminal that is to be taken with [`Self::enter`]. Keys come from standard input, or from `/dev/tty`
    /// where that is something else (a pipe).
    ///
    /// # Errors
    /// Where standard output is no terminal, or no terminal can be opened for the keys.
    pub fn take(mouse: bool) -> Result<Self, Fault> {
        Self::check()?;
        let failed = |e: io::Error| {
            Fault::environment(
                format!("cannot open the terminal: {}", reason(&e)),
                "run it in a terminal, or use `hotwash analyze`",
            )
        };
        let keys = open_keys().map_err(failed)?;
        let out = io::stdout().as_fd().try_clone_to_owned().map_err(failed)?;
        HOOK.call_once(install_panic_hook);
        Ok(Self { keys, out, mouse })
    }

    /// Takes the terminal, also again after [`restore`] (a stop, the person's editor): raw mode, alternate screen,
    /// bracketed paste, the mouse where asked for. Whoever calls it listens to the signals that end it already.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn enter(&self) -> io::Result<()> {
        let before = rustix::termios::tcgetattr(&self.keys)?;
        let mut raw = before.clone();
        raw.make_raw();
        {
            let mut slot = taken();
            // After a stop the shell may have changed its settings: the newest ones are given back.
            if slot.is_none() {
                *slot = Some(Taken { tty: self.keys.try_clone()?, out: self.out.try_clone()?, before });
            }
        }
        rustix::termios::tcsetattr(&self.keys, OptionalActions::Now, &raw)?;
        write_all(&self.out, ENTER.as_bytes())?;
        if self.mouse {
            write_all(&self.out, MOUSE_ON.as_bytes())?;
        }
        Ok(())
    }

    /// Lets a program use the terminal while it is given back. Its settings and modes are as before then,
    /// whatever the program left behind.
    pub fn undone_after<T>(&self, program: impl FnOnce() -> T) -> T {
        let before = rustix::termios::tcgetattr(&self.keys);
        let answer = program();
        // Where the terminal is gone by now, taking it again says so.
        let _ = before.and_then(|before| rustix::termios::tcsetattr(&self.keys, OptionalActions::Now, &before));
        let _ = write_all(&self.out, LEAVE.as_bytes());
        answer
    }

    /// Columns and rows; 80 × 24 where the terminal doesn't know.
    pub fn size(&self) -> (u16, u16) {
        match rustix::termios::tcgetwinsize(&self.out) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => (80, 24),
        }
    }

    /// A descriptor that keys are read from.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn keys(&self) -> io::Result<OwnedFd> {
        self.keys.try_clone()
    }

    /// A descriptor that frames are written to.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn out(&self) -> io::Result<OwnedFd> {
        self.out.try_clone()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back: every mode off, its settings as they were. Does nothing when the
/// terminal is not taken. Called on quit, panic, signals, before a stop and before an editor.
pub fn restore() {
    let Some(was) = taken().take() else { return };
    // The terminal may be gone or full: nothing sensible is left to do about a failure here.
    let room = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
    if poll(&mut [PollFd::new(&was.out, PollFlags::OUT)], Some(&room)).is_ok_and(|n| n > 0) {
        let _ = write_all(&was.out, LEAVE.as_bytes());
    }
    let _ = rustix::termios::tcsetattr(&was.tty, OptionalActions::Now, &was.before);
}

fn open_keys() -> io::Result<OwnedFd> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return stdin.as_fd().try_clone_to_owned();
    }
    Ok(File::options().read(true).write(true).open("/dev/tty")?.into())
}

/// Threads whose panics are caught, reported as an input and survived bear this in their names.
pub const WORKER: &str = "hotwash-worker";

/// Whoever shall hear of a panic on a thread that nobody watches.
static WITNESS: Mutex<Option<Sender<Input>>> = Mutex::new(None);

/// From now on a panic on a thread of ours that is neither the main one nor watched is told here.
pub fn tell_panics(to: Sender<Input>) {
    *WITNESS.lock().unwrap_or_else(PoisonError::into_inner) = Some(to);
}

fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("");
        if name == "main" {
            restore();
            let _ = writeln!(io::stderr(), "{}", panic_text(info));
        } else if !name.starts_with(WORKER) {
            let fault = Fault::environment(
                format!("a fault in `{name}`: {}", showable::clean(&words_of(info.payload()))),
                "export what matters, then open the session again; please report this",
            );
            let witness = WITNESS.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(to) = witness {
                // Full or gone: there is nobody to tell.
                let _ = to.try_send(Input::Failed(fault));
            }
        }
    }));
}

fn panic_text(info: &PanicHookInfo<'_>) -> String {
    let at = info.location().map_or_else(String::new, |l| format!(" ({}:{})", l.file(), l.line()));
    let what = words_of(info.payload());
    format!(
        "hotwash stopped by a fault of its own: {}{at}\n  what was acknowledged as saved is on disk: `hotwash open` goes on there",
        showable::clean(&what)
    )
}

/// A panic's words, from its payload.
pub fn words_of(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".to_owned())
}
