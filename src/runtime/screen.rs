//! The screen: a ratatui backend that turns frames into bytes, and the line those bytes take. While a
//! frame is on its way no other is drawn, so on a slow link frames are dropped, never queued.
//!
//! The last sweep is here: no cell with a control or an invisible character passes.

use std::borrow::Cow;
use std::convert::Infallible;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::sync::mpsc::Receiver;

use super::files::reason;
use crate::domain::showable::is_hostile;
use crate::fault::Fault;

/// The synchronized update's marks: the terminal shows a frame whole.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Draws frames and writes them.
#[derive(Debug)]
pub struct Screen {
    drawing: Drawing,
    line: Line,
}

impl Screen {
    /// A screen of this size over a descriptor; `synchronized` where the terminal knows that.
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn new(out: OwnedFd, size: (u16, u16), synchronized: bool) -> Result<Self, Fault> {
        let line = Line::new(out)
            .map_err(|e| Fault::environment(format!("cannot write to the terminal: {}", reason(&e)), ""))?;
        Ok(Self { drawing: Drawing::new(size).synchronized(synchronized), line })
    }

    /// The terminal has a new size, or shows something else by now: the next frame is whole.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.drawing.resize(size);
    }

    /// Draws a frame and writes what differs from the one before. Not while [`Self::is_busy`].
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) {
        let bytes = self.drawing.draw(render);
        if !bytes.is_empty() {
            self.line.write(bytes);
        }
    }

    /// Bytes that are no frame (the clipboard's sequence), behind what is being written.
    pub fn send(&mut self, bytes: Vec<u8>) {
        self.line.write(bytes);
    }

    /// True while bytes are on their way: no frame may be drawn.
    pub fn is_busy(&self) -> bool {
        self.line.out > 0
    }

    /// Comes back when something that was on its way has been written.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn written(&mut self) -> io::Result<()> {
        self.line.written().await
    }

    /// Waits until everything is written, at most as long as `patience`: another program gets the
    /// terminal, or the console ends.
    pub async fn settle(&mut self, patience: Duration) {
        let all = async { while self.is_busy() && self.written().await.is_ok() {} };
        // A line that takes longer is dead or nearly so.
        let _ = tokio::time::timeout(patience, all).await;
    }
}

/// Frames as bytes: for a screen, and for whoever keeps them or sends them elsewhere.
#[derive(Debug)]
pub struct Drawing {
    terminal: Terminal<Bytes>,
    synchronized: bool,
}

impl Drawing {
    /// An empty screen of this size.
    pub fn new(size: (u16, u16)) -> Self {
        let area = Rect::new(0, 0, size.0, size.1);
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let Ok(terminal) = Terminal::with_options(Bytes::new(area.as_size()), options);
        Self { terminal, synchronized: false }
    }

    /// The same for a terminal that shows a frame whole where it is marked as one.
    #[must_use]
    pub fn synchronized(self, synchronized: bool) -> Self {
        Self { synchronized, ..self }
    }

    /// The terminal has a new size, or shows something else by now: the next frame is whole.
    pub fn resize(&mut self, size: (u16, u16)) {
        let area = Rect::new(0, 0, size.0, size.1);
        let Ok(()) = self.terminal.resize(area);
        // What the terminal did to its rows by itself is not known: begin from nothing.
        let backend = self.terminal.backend_mut();
        *backend = Bytes::new(area.as_size());
        let Ok(()) = backend.clear_region(ClearType::All);
    }

    /// The bytes that turn the frame before into this one; none where nothing changed.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> Vec<u8> {
        let Ok(_) = self.terminal.draw(render);
        let bytes = self.terminal.backend_mut().finish();
        if bytes.is_empty() || !self.synchronized {
            return bytes;
        }
        [BEGIN, &bytes, END].concat()
    }
}

/// A thread that writes: a slow line blocks it and nothing else.
#[derive(Debug)]
struct Line {
    /// At most a frame, the clipboard's sequence and one more are on their way.
    to: std::sync::mpsc::SyncSender<Vec<u8>>,
    done: Receiver<io::Result<()>>,
    out: usize,
}

/// How many writes may be on their way at once.
const ON_THE_WAY: usize = 4;

impl Line {
    fn new(fd: OwnedFd) -> io::Result<Self> {
        let (to, work) = std::sync::mpsc::sync_channel::<Vec<u8>>(ON_THE_WAY);
        let (report, done) = tokio::sync::mpsc::channel(ON_THE_WAY * 2);
        std::thread::Builder::new().name("hotwash-line".into()).spawn(move || {
            while let Ok(bytes) = work.recv() {
                let result = write_all(&fd, &bytes);
                let gone = result.is_err();
                if report.blocking_send(result).is_err() || gone {
                    return;
                }
            }
        })?;
        Ok(Self { to, done, out: 0 })
    }

    fn write(&mut self, bytes: Vec<u8>) {
        // Full or gone: a frame that is not written now is drawn again when the line is free.
        if self.to.try_send(bytes).is_ok() {
            self.out += 1;
        }
    }

    async fn written(&mut self) -> io::Result<()> {
        let result = self.done.recv().await;
        self.out = self.out.saturating_sub(1);
        result.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }
}

/// Writes all of it; a descriptor that somebody made non-blocking is waited for.
pub fn write_all(fd: &OwnedFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = bytes.get(n..).unwrap_or(&[]),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                poll(&mut [PollFd::new(fd, PollFlags::OUT)], None)?;
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// A backend over a buffer of bytes: its size is told, nothing is asked of the terminal, and a frame
/// that changes nothing writes nothing.
#[derive(Debug)]
struct Bytes {
    bytes: Vec<u8>,
    size: Size,
    /// Where the cursor shall be; `None`: hidden.
    cursor: Option<Position>,
    /// What the terminal was told last; `None`: not known.
    told: Option<Option<Position>>,
    /// True when cells were written since: the cursor stands elsewhere.
    moved: bool,
}

impl Bytes {
    fn new(size: Size) -> Self {
        Self { bytes: Vec::new(), size, cursor: None, told: None, moved: false }
    }

    /// The frame's bytes, with the cursor where it shall be.
    fn finish(&mut self) -> Vec<u8> {
        match (self.cursor, self.told) {
            (Some(at), told) if self.moved || told != Some(Some(at)) => {
                self.write(|b| b.set_cursor_position(at));
                if !matches!(told, Some(Some(_))) {
                    self.write(|b| b.show_cursor());
                }
            }
            (None, told) if told != Some(None) => self.write(|b| b.hide_cursor()),
            _ => {}
        }
        self.told = Some(self.cursor);
        self.moved = false;
        std::mem::take(&mut self.bytes)
    }

    fn write(&mut self, write: impl FnOnce(&mut CrosstermBackend<&mut Vec<u8>>) -> io::Result<()>) {
        // A buffer takes whatever it is given.
        let _ = write(&mut CrosstermBackend::new(&mut self.bytes));
    }
}

/// The cell itself, or one that shows a mark where it holds what a terminal would obey.
fn swept(cell: &Cell) -> Cow<'_, Cell> {
    if !cell.symbol().chars().any(|c| is_hostile(c) || c.is_control()) {
        return Cow::Borrowed(cell);
    }
    let mut mark = cell.clone();
    mark.set_symbol("?");
    Cow::Owned(mark)
}

impl Backend for Bytes {
    type Error = Infallible;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Result<(), Infallible> {
        let cells: Vec<(u16, u16, Cow<'_, Cell>)> = content.map(|(x, y, cell)| (x, y, swept(cell))).collect();
        if !cells.is_empty() {
            self.moved = true;
            self.write(|b| b.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell.as_ref()))));
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.cursor = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.cursor = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Infallible> {
        self.write(|b| b.clear_region(clear_type));
        Ok(())
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
