//! Starting a run, following it, and ending it. Each run has a thread of its own, so that no output,
//! however much, delays a key.

use std::process::Stdio;
use std::time::Duration;

use pty_process::{Pty, Size};
use rustix::process::{Pid, Signal, kill_process_group};
use rustix::termios::{LocalModes, OptionalActions, OutputModes, tcgetattr, tcsetattr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Child;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::colours::Colours;
use super::environment::environment;
use super::kept::Kept;
use super::live::Live;
use super::stragglers;
use crate::app::Input;
use crate::intake;
use crate::journal::event::RunContext;
use crate::runtime::admission::Mask;

/// From one live piece to the next.
const TICK: Duration = Duration::from_millis(100);
/// From TERM to KILL.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long output is read after the command has ended, while others hold its terminal open.
const GRACE: Duration = Duration::from_millis(300);
/// Bytes per read.
const CHUNK: usize = 16 << 10;
/// The most reads in a row before whoever cancels is asked again: at 4 KB each, what a terminal gives, 1 MB.
const BURST: u32 = 256;
/// A pause after so many reads in a row once the output is over its cap: nothing is won by reading fast.
const PAUSE: Duration = Duration::from_millis(1);
/// From one count to the next of what comes over the cap.
const COUNTED: Duration = Duration::from_secs(1);
/// How much a run's thread gives way to the console's own once its output is over the cap, as a nice value.
const GIVES_WAY: i32 = 5;

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The run.
    pub run: u64,
    /// The exact text that was approved.
    pub command: String,
    /// The context that was shown; its directory is where the command runs.
    pub context: RunContext,
    /// When it is ended.
    pub timeout: Duration,
}

/// A run that goes on.
#[derive(Debug, Clone)]
pub struct Handle {
    cancel: watch::Sender<bool>,
}

impl Handle {
    /// A handle over a cancellation that somebody else listens to.
    #[cfg(feature = "mcp")]
    pub(in crate::runtime) fn over(cancel: watch::Sender<bool>) -> Self {
        Self { cancel }
    }

    /// Ends the run: TERM to its whole group, KILL three seconds later.
    pub fn cancel(&self) {
        // Whoever has ended does not listen any more.
        let _ = self.cancel.send(true);
    }
}

/// Starts a run. Its inputs (`RunStarted`, `RunOutput` …, one `RunEnded`) go to `to`; a run that can't
/// be started has a `RunEnded` alone.
pub fn start(what: Start, mask: Mask, to: mpsc::Sender<Input>) -> Handle {
    let (cancel, cancelled) = watch::channel(false);
    let run = what.run;
    let on_failure = to.clone();
    let thread = std::thread::Builder::new().name(format!("run-{run}")).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let ended = match runtime {
            Ok(runtime) => runtime.block_on(follow(what, mask, cancelled, &to)),
            Err(e) => not_started(run, &e.to_string()),
        };
        // A console that has gone needs no answer.
        let _ = to.blocking_send(ended);
    });
    if let Err(e) = thread {
        let _ = on_failure.try_send(not_started(run, &e.to_string()));
    }
    Handle { cancel }
}

fn not_started(run: u64, why: &str) -> Input {
    Input::RunEnded { run, status: None, how: format!("not started: {why}"), output: String::new(), dropped: 0 }
}

/// What a run is made of while it goes on.
struct Running {
    child: Child,
    pty: Pty,
    pid: u32,
    mark: String,
    colours: Colours,
    kept: Kept,
    live: Live,
    gives_way: bool,
}

fn spawn(what: &Start) -> Result<Running, String> {
    let (pty, pts) = pty_process::open().map_err(|e| e.to_string())?;
    pty.resize(Size::new(50, 200)).map_err(|e| e.to_string())?;
    plain(&pty);
    let shell = if std::path::Path::new("/bin/bash").exists() { "/bin/bash" } else { "/bin/sh" };
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let mark = format!("{}-{}-{nanos}", std::process::id(), what.run);
    let mut command = pty_process::Command::new(shell)
        .args(["-c", "--", &what.command])
        .env_clear()
        .envs(environment(&mark))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if !what.context.directory.is_empty() {
        command = command.current_dir(&what.context.directory);
    }
    let child = command.spawn(pts).map_err(|e| e.to_string())?;
    let pid = child.id().ok_or("it ended before it began")?;
    let (colours, kept, live) = (Colours::default(), Kept::default(), Live::new());
    Ok(Running { child, pty, pid, mark, colours, kept, live, gives_way: false })
}

/// A terminal that echoes nothing and leaves line ends as they are.
fn plain(pty: &Pty) {
    if let Ok(mut modes) = tcgetattr(pty) {
        modes.local_modes.remove(LocalModes::ECHO | LocalModes::ECHOCTL | LocalModes::ECHONL);
        modes.output_modes.remove(OutputModes::OPOST);
        // Without it line ends come as CR LF, which the cleaner reads as well.
        let _ = tcsetattr(pty, OptionalActions::Now, &modes);
    }
}

async fn follow(what: Start, mut mask: Mask, mut cancelled: watch::Receiver<bool>, to: &mpsc::Sender<Input>) -> Input {
    let run = what.run;
    let mut running = match spawn(&what) {
        Ok(running) => running,
        Err(why) => return not_started(run, &why),
    };
    if to.send(Input::RunStarted { run, pid: running.pid }).await.is_err() {
        running.end_all(Signal::KILL);
    }
    // Whoever asks the terminal gets an end of file, not silence.
    let _ = running.pty.write_all(&[4; 8]).await;
    let deadline = Instant::now() + what.timeout;
    let mut how = None;
    let status = running.until_end(run, deadline, &mut cancelled, &mut mask, to, &mut how).await;
    // A console that has no room shows it as running a little longer.
    let _ = to.try_send(Input::RunRead { run });
    running.drain().await;
    let left = running.clear(how.is_some()).await;
    let how = worded(how, status, &left, what.timeout);
    running.colours.finish(|half| running.kept.push(half));
    let (bytes, dropped) = running.kept.finish();
    let output = if bytes.is_empty() { String::new() } else { intake::admit(&bytes, &mut mask).text };
    Input::RunEnded { run, status: status.and_then(|s| s.code()), how, output, dropped }
}

/// Why a run was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Cancelled,
    TimedOut,
    Orphaned,
}

fn worded(ended: Option<Ended>, status: Option<std::process::ExitStatus>, left: &[u32], timeout: Duration) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    let mut how = match (ended, status) {
        (Some(Ended::Cancelled), _) => "cancelled".to_owned(),
        (Some(Ended::TimedOut), _) => format!("timed out after {} s", timeout.as_secs()),
        (Some(Ended::Orphaned), _) => "ended with the console".to_owned(),
        (None, Some(s)) if s.code().is_some() => "exited".to_owned(),
        (None, Some(s)) => format!("ended by signal {}", s.signal().unwrap_or(0)),
        (None, None) => "outcome unknown".to_owned(),
    };
    if !left.is_empty() {
        let pids: Vec<String> = left.iter().map(u32::to_string).collect();
        how.push_str(&format!("; still running: process {}", pids.join(", ")));
    }
    how
}

impl Running {
    /// Reads until the command has ended, by itself or by us.
    async fn until_end(
        &mut self,
        run: u64,
        deadline: Instant,
        cancelled: &mut watch::Receiver<bool>,
        mask: &mut Mask,
        to: &mpsc::Sender<Input>,
        how: &mut Option<Ended>,
    ) -> Option<std::process::ExitStatus> {
        let mut buffer = vec![0; CHUNK];
        let mut open = true;
        let mut kill_at: Option<Instant> = None;
        let mut tick = Instant::now() + TICK;
        let mut count_at = Instant::now();
        loop {
            tokio::select! {
                biased;
                status = self.child.wait() => return status.ok(),
                () = asked(cancelled), if how.is_none() => kill_at = self.stop(how, Ended::Cancelled),
                () = to.closed(), if how.is_none() => kill_at = self.stop(how, Ended::Orphaned),
                () = sleep_until(deadline), if how.is_none() => kill_at = self.stop(how, Ended::TimedOut),
                () = sleep_until(kill_at.unwrap_or(deadline)), if kill_at.is_some() => {
                    self.end_all(Signal::KILL);
                    kill_at = None;
                }
                () = sleep_until(tick), if self.live.is_waiting() => {
                    tick = Instant::now() + TICK;
                    self.show(run, mask, to);
                }
                read = self.pty.read(&mut buffer), if open => {
                    let mut many = false;
                    match read {
                        Ok(n) if n > 0 => {
                            self.take(buffer.get(..n).unwrap_or_default());
                            // Before that every piece is shown as it comes.
                            many = self.kept.is_over() && self.take_ready(&mut buffer);
                        }
                        _ => open = false,
                    }
                    if self.kept.is_over() {
                        self.give_way();
                        if Instant::now() >= count_at {
                            count_at = Instant::now() + COUNTED;
                            // A console that has no room shows the next count.
                            let _ = to.try_send(Input::RunFloods { run, bytes: self.kept.came() });
                        }
                        if many {
                            sleep(PAUSE).await;
                        }
                    }
                }
            }
        }
    }

    /// Takes what can be read without waiting; true where there may be more. What a read can't say (an end, a
    /// failure) the next one that waits says.
    fn take_ready(&mut self, buffer: &mut [u8]) -> bool {
        for _ in 0..BURST {
            match rustix::io::read(&self.pty, &mut *buffer) {
                Ok(n) if n > 0 => self.take(buffer.get(..n).unwrap_or_default()),
                _ => return false,
            }
        }
        true
    }

    /// Once: the console's own thread goes before this one.
    fn give_way(&mut self) {
        if !std::mem::replace(&mut self.gives_way, true) {
            // On Linux a thread has a nice value of its own; the command keeps its. Where it can't be
            // set nothing is lost but speed of keys.
            let _ = rustix::process::setpriority_process(None, GIVES_WAY);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let Self { colours, kept, live, .. } = self;
        colours.strip(bytes, |plain| {
            kept.push(plain);
            live.push(plain);
        });
    }

    /// Sends the next live piece where there is room for it; what finds none is shown at the end.
    fn show(&mut self, run: u64, mask: &mut Mask, to: &mpsc::Sender<Input>) {
        let Ok(permit) = to.try_reserve() else { return };
        if let Some(text) = self.live.piece(mask) {
            permit.send(Input::RunOutput { run, text });
        }
    }

    fn stop(&mut self, how: &mut Option<Ended>, why: Ended) -> Option<Instant> {
        *how = Some(why);
        self.end_all(Signal::TERM);
        Some(Instant::now() + PATIENCE)
    }

    /// A signal to the group, and to whatever left it.
    fn end_all(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) {
            // A group that has ended is no failure.
            let _ = kill_process_group(group, signal);
        }
        let others: Vec<u32> = stragglers::marked(&self.mark).into_iter().filter(|p| *p != self.pid).collect();
        stragglers::signal(&others, signal);
    }

    /// Reads what is left, for a short while: somebody else may hold the terminal open.
    async fn drain(&mut self) {
        let mut buffer = vec![0; CHUNK];
        let end = Instant::now() + GRACE;
        loop {
            tokio::select! {
                () = sleep_until(end) => return,
                read = self.pty.read(&mut buffer) => match read {
                    Ok(n) if n > 0 => self.take(buffer.get(..n).unwrap_or_default()),
                    _ => return,
                },
            }
        }
    }

    /// Ends what is left of a run that was ended by us; of one that ended by itself, says what is left.
    async fn clear(&mut self, ours: bool) -> Vec<u32> {
        let left = stragglers::marked(&self.mark);
        if !ours || left.is_empty() {
            return left;
        }
        stragglers::signal(&left, Signal::TERM);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end && !stragglers::marked(&self.mark).is_empty() {
            sleep(Duration::from_millis(50)).await;
        }
        stragglers::signal(&stragglers::marked(&self.mark), Signal::KILL);
        sleep(Duration::from_millis(50)).await;
        stragglers::marked(&self.mark)
    }
}

/// Comes back when the run is to be cancelled; never, when nobody can ask any more.
async fn asked(cancelled: &mut watch::Receiver<bool>) {
    if cancelled.wait_for(|c| *c).await.is_err() {
        std::future::pending::<()>().await;
    }
}
