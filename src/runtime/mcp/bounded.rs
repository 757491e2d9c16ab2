//! A transport that stops listening once a server has said enough: an address may go on for ever with
//! messages that are each short enough.

use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rmcp::RoleClient;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;

/// A transport with so many bytes of messages left in it.
pub struct Bounded<T> {
    inner: T,
    left: usize,
    over: Arc<AtomicBool>,
}

impl<T> Bounded<T> {
    /// At most so many bytes of messages; `over` says when there were more.
    pub fn new(inner: T, most: usize, over: Arc<AtomicBool>) -> Self {
        Self { inner, left: most, over }
    }
}

impl<T: Transport<RoleClient>> Transport<RoleClient> for Bounded<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        if self.over.load(Ordering::Relaxed) {
            return None;
        }
        let message = self.inner.receive().await?;
        let mut size = Size(0);
        // What can't be written again counts as nothing: it was read a moment ago.
        let _ = serde_json::to_writer(&mut size, &message);
        match self.left.checked_sub(size.0) {
            Some(left) => self.left = left,
            None => {
                self.over.store(true, Ordering::Relaxed);
                return None;
            }
        }
        Some(message)
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.inner.close()
    }
}

/// Counts what is written into it.
struct Size(usize);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
