//! A guest's line: one frame on its way at most, and it counts as on its way until the guest's client
//! has said that it arrived. A slow line so gets fewer frames, each of them new; nothing is queued.
//!
//! That it arrived is asked for with a request which every client must answer and which asks for
//! nothing: to end a forwarding that was never made. The answer comes behind everything sent before.

use std::io;
use std::time::Duration;

use russh::ChannelId;
use russh::server::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Bytes of one message; below every client's largest packet.
const PIECE: usize = 16 * 1024;
/// Writes that may wait: a frame, the clipboard's sequence and a last word.
const WAITING: usize = 4;

/// The near end; dropping it lets what waits be written, and ends the task.
#[derive(Debug)]
pub struct Line {
    to: Sender<Vec<u8>>,
    done: Receiver<io::Result<()>>,
    out: usize,
}

impl Line {
    /// The line of this channel. One write may take `longest`; then the guest counts as gone.
    pub fn new(handle: Handle, id: ChannelId, longest: Duration) -> Self {
        let (to, mut work) = channel::<Vec<u8>>(WAITING);
        let (report, done) = channel(WAITING);
        tokio::spawn(async move {
            while let Some(bytes) = work.recv().await {
                let sent = tokio::time::timeout(longest, arrive(&handle, id, bytes)).await;
                let sent = sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                let gone = sent.is_err();
                if report.send(sent).await.is_err() || gone {
                    return;
                }
            }
        });
        Self { to, done, out: 0 }
    }

    /// Writes these bytes behind those that are on their way. Where there is no room they are dropped:
    /// the next frame is drawn anew.
    pub fn write(&mut self, bytes: Vec<u8>) {
        if self.to.try_send(bytes).is_ok() {
            self.out += 1;
        }
    }

    /// True while something is on its way.
    pub fn is_busy(&self) -> bool {
        self.out > 0
    }

    /// Comes back when something has arrived.
    ///
    /// # Errors
    /// The guest is gone, or too slow.
    pub async fn written(&mut self) -> io::Result<()> {
        let result = self.done.recv().await;
        self.out = self.out.saturating_sub(1);
        result.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Waits until everything has arrived, at most as long as `patience`.
    pub async fn settle(&mut self, patience: Duration) {
        let all = async { while self.is_busy() && self.written().await.is_ok() {} };
        let _a_slow_line_is_left = tokio::time::timeout(patience, all).await;
    }
}

async fn arrive(handle: &Handle, id: ChannelId, bytes: Vec<u8>) -> io::Result<()> {
    for piece in bytes.chunks(PIECE) {
        handle.data(id, piece.to_vec()).await.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
    }
    // Refused is an answer as well; whether the connection is still there shows at the next write.
    let _answered = handle.cancel_forward_tcpip(String::new(), 0).await;
    Ok(())
}
