use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use base::limit;
use parking_lot::{Mutex, MutexGuard};
use wire::frames::CloseReason;

use crate::frame::Frame;

/// Says that a client has not read what was sent, so that nothing more is queued for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// Frames that wait to be written to one client. Bounded: beyond the bound
/// feeds stop pushing and only remember where they were.
#[derive(Debug, Default)]
pub(crate) struct Outbox(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Frame>,
    bytes: usize,
    /// Whether somebody was turned away since the queue was last emptied.
    refused: bool,
    closing: Option<(CloseReason, Option<u64>)>,
    /// Who waits for something to do: the one task that writes to the client.
    waiting: Option<Waker>,
}

/// What there is to do for whoever writes to the client.
#[derive(Debug)]
pub(crate) enum Next {
    /// Write these.
    Frames(Vec<Frame>),
    /// Close the connection.
    Close(CloseReason, Option<u64>),
}

impl Outbox {
    /// Queues what may be refused: events and signals.
    pub(crate) fn push(&self, frame: Frame) -> Result<(), Full> {
        let mut state = self.0.lock();
        if state.frames.len() >= limit::CONNECTION_QUEUE_FRAMES || state.bytes >= limit::CONNECTION_QUEUE_BYTES {
            state.refused = true;
            return Err(Full);
        }
        state.queue(frame);
        wake(state);
        Ok(())
    }

    /// Queues an answer. Answers are bounded by the requests under way.
    pub(crate) fn answer(&self, frame: Frame) {
        let mut state = self.0.lock();
        state.queue(frame);
        wake(state);
    }

    /// Asks for the connection to be closed; the first reason holds.
    pub(crate) fn close(&self, reason: CloseReason, retry_after_ms: Option<u64>) {
        let mut state = self.0.lock();
        state.closing.get_or_insert((reason, retry_after_ms));
        wake(state);
    }

    /// Waits for something to do; one task at a time does. Dropping the future loses nothing.
    pub(crate) async fn next(&self) -> Next {
        poll_fn(|context| self.0.lock().poll(context)).await
    }

    /// Whether feeds were turned away and may go on now.
    pub(crate) fn relieved(&self) -> bool {
        std::mem::take(&mut self.0.lock().refused)
    }
}

impl State {
    fn queue(&mut self, frame: Frame) {
        self.bytes = self.bytes.saturating_add(frame.len());
        self.frames.push_back(frame);
    }

    fn poll(&mut self, context: &Context<'_>) -> Poll<Next> {
        if let Some((reason, retry)) = self.closing {
            return Poll::Ready(Next::Close(reason, retry));
        }
        if self.frames.is_empty() {
            self.waiting = Some(context.waker().clone());
            return Poll::Pending;
        }
        self.bytes = 0;
        Poll::Ready(Next::Frames(std::mem::take(&mut self.frames).into()))
    }
}

/// Wakes who waits, once it can take the lock.
fn wake(mut state: MutexGuard<'_, State>) {
    let waiting = state.waiting.take();
    drop(state);
    waiting.into_iter().for_each(Waker::wake);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_refuses_until_it_was_taken() {
        let outbox = Outbox::default();
        for _ in 0..limit::CONNECTION_QUEUE_FRAMES {
            outbox.push("x".into()).unwrap();
        }
        assert_eq!(outbox.push("x".into()), Err(Full));
        let Next::Frames(frames) = outbox.next().await else { panic!("nothing was closed") };
        assert_eq!(frames.len(), limit::CONNECTION_QUEUE_FRAMES);
        assert!(outbox.relieved());
        outbox.push("x".into()).unwrap();
        assert!(!outbox.relieved());
    }

    #[tokio::test]
    async fn the_first_reason_to_close_holds() {
        let outbox = Outbox::default();
        outbox.push("x".into()).unwrap();
        outbox.close(CloseReason::Replaced, None);
        outbox.close(CloseReason::Restart, Some(1));
        assert!(matches!(outbox.next().await, Next::Close(CloseReason::Replaced, None)));
    }
}
