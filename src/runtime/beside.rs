//! The second thread that the pure layers may use for work that needs nothing of what goes on: for as
//! long as that takes, one at a time for each piece, and never a pool or a queue.

use std::thread;

use crate::domain::beside::Beside;

/// Side by side where a thread can be had, and one after the other where none can.
pub const THREADS: Beside = Beside::by(|first, second| {
    thread::scope(|scope| {
        let other = thread::Builder::new().spawn_scoped(scope, second).ok();
        first();
        // where none was started the second is left to whoever asked for it
        if let Some(Err(fault)) = other.map(thread::ScopedJoinHandle::join) {
            std::panic::resume_unwind(fault);
        }
    });
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_done_on_a_thread_of_its_own() {
        let here = thread::current().id();
        let (first, second) = THREADS.both(|| thread::current().id(), || thread::current().id());
        assert_eq!(first, here);
        assert_ne!(second, here);
    }
}
