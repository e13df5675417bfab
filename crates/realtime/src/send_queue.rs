use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use base::{Id, TenantId, limit};
use domain::auth::{Authenticator, Reservation, Usage};
use domain::users::User;
use parking_lot::{Mutex, MutexGuard};
use wire::frames::CloseReason;

use crate::frame::Frame;

/// Says that a client has not read what was sent, so that nothing more is queued for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

/// Frames that wait to be written to one client, and those being written.
///
/// Bounded: events are rejected above the bound and their feeds remember where
/// they were, and the session answers no further request. Bytes beyond the
/// first [`limit::CONNECTION_UNCOUNTED_BYTES`] count towards the buffers of
/// the user and the tenant.
#[derive(Debug)]
pub(crate) struct SendQueue {
    door: Authenticator,
    tenant: TenantId,
    user: Id<User>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Frame>,
    /// Bytes of the frames that wait.
    waiting: usize,
    /// Bytes of the frames that wait or are being written.
    unsent: usize,
    /// What the frames that wait count towards the buffers of user and tenant.
    reserved: Reservation,
    /// Whether somebody was turned away since the queue was last emptied.
    refused: bool,
    closing: Option<(CloseReason, Option<u64>)>,
    /// Who waits for something to do: the one task that writes to the client.
    waker: Option<Waker>,
}

/// What there is to do for whoever writes to the client.
#[derive(Debug)]
pub(crate) enum Next {
    /// Write these, then call [`SendQueue::written`].
    Frames(Batch),
    /// Close the connection.
    Close(CloseReason, Option<u64>),
}

/// Frames to write. They are unsent until they are handed to [`SendQueue::written`].
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) frames: VecDeque<Frame>,
    bytes: usize,
    #[expect(dead_code, reason = "held until the frames are written")]
    reservation: Reservation,
}

impl SendQueue {
    /// An empty queue whose bytes count towards the buffers of this user and tenant.
    pub(crate) fn new(door: Authenticator, tenant: TenantId, user: Id<User>) -> Self {
        Self {
            door,
            tenant,
            user,
            state: Mutex::default(),
        }
    }

    /// The bounds of the user and the tenant. Looked up when they matter, since
    /// most connections are idle.
    pub(crate) fn usage(&self) -> Usage {
        self.door.usage(self.tenant, Some(self.user))
    }

    /// Queues what may be refused: events and signals.
    pub(crate) fn push(&self, frame: Frame) -> Result<(), QueueFull> {
        let mut state = self.state.lock();
        let reserved = if state.has_room() {
            self.room_for(&state, frame.len())
        } else {
            None
        };
        let Some(reserved) = reserved else {
            state.refused = true;
            return Err(QueueFull);
        };
        state.queue(frame, reserved);
        wake(state);
        Ok(())
    }

    /// What an event of this size takes of the buffers of user and tenant, if they have room.
    fn room_for(&self, state: &State, bytes: usize) -> Option<Reservation> {
        match state.counted(bytes) {
            0 => Some(Reservation::default()),
            // A client that has read everything gets one event, so that each goes on.
            beyond if state.unsent == 0 => Some(self.usage().reserve_up_to(beyond)),
            beyond => self.usage().try_reserve(beyond),
        }
    }

    /// Queues an answer. Its request began when there was room.
    pub(crate) fn answer(&self, frame: Frame) {
        let mut state = self.state.lock();
        let reserved = match state.counted(frame.len()) {
            0 => Reservation::default(),
            beyond => self.usage().reserve_up_to(beyond),
        };
        state.queue(frame, reserved);
        wake(state);
    }

    /// Queues an answer for which bytes were reserved before it was made.
    pub(crate) fn answer_reserved(&self, frame: Frame, mut reserved: Reservation) {
        reserved.shrink_to(frame.len());
        let mut state = self.state.lock();
        state.queue(frame, reserved);
        wake(state);
    }

    /// Asks for the connection to be closed; the first reason holds.
    pub(crate) fn close(&self, reason: CloseReason, retry_after_ms: Option<u64>) {
        let mut state = self.state.lock();
        state.closing.get_or_insert((reason, retry_after_ms));
        wake(state);
    }

    /// Waits for something to do; one task at a time does. Dropping the future loses nothing.
    pub(crate) async fn next(&self) -> Next {
        poll_fn(|context| self.state.lock().poll(context)).await
    }

    /// Makes room again for what was written.
    pub(crate) fn written(&self, batch: Batch) {
        let mut state = self.state.lock();
        state.unsent = state.unsent.saturating_sub(batch.bytes);
    }

    /// Whether a further request may be answered.
    pub(crate) fn has_room(&self) -> bool {
        self.state.lock().has_room()
    }

    /// Whether everything that was queued was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.state.lock().unsent == 0
    }

    /// Whether feeds were turned away and may go on now.
    pub(crate) fn writable(&self) -> bool {
        std::mem::take(&mut self.state.lock().refused)
    }
}

impl State {
    fn has_room(&self) -> bool {
        self.frames.len() < limit::CONNECTION_QUEUE_FRAMES
            && self.unsent < limit::CONNECTION_QUEUE_BYTES
    }

    /// How many bytes of one more frame count towards the buffers of user and tenant.
    fn counted(&self, bytes: usize) -> usize {
        let total = self.unsent.saturating_add(bytes);
        total.saturating_sub(self.unsent.max(limit::CONNECTION_UNCOUNTED_BYTES))
    }

    fn queue(&mut self, frame: Frame, reserved: Reservation) {
        self.waiting = self.waiting.saturating_add(frame.len());
        self.unsent = self.unsent.saturating_add(frame.len());
        self.reserved.merge(reserved);
        self.frames.push_back(frame);
    }

    fn poll(&mut self, context: &Context<'_>) -> Poll<Next> {
        if let Some((reason, retry)) = self.closing {
            return Poll::Ready(Next::Close(reason, retry));
        }
        if self.frames.is_empty() {
            self.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        let frames = std::mem::take(&mut self.frames);
        let bytes = std::mem::take(&mut self.waiting);
        let reservation = std::mem::take(&mut self.reserved);
        Poll::Ready(Next::Frames(Batch {
            frames,
            bytes,
            reservation,
        }))
    }
}

/// Wakes who waits, once it can take the lock.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    waker.into_iter().for_each(Waker::wake);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    struct Scene {
        usage: Usage,
        outbox: SendQueue,
        _world: World,
    }

    async fn scene() -> Scene {
        let world = World::new().await;
        let (user, _) = world.person("ada").await;
        let outbox = SendQueue::new(world.node().0.door.clone(), world.tenant.id(), user);
        Scene {
            usage: outbox.usage(),
            outbox,
            _world: world,
        }
    }

    fn frame(bytes: usize) -> Frame {
        "x".repeat(bytes).into()
    }

    async fn batch(outbox: &SendQueue) -> Batch {
        let Next::Frames(batch) = outbox.next().await else {
            panic!("nothing was closed")
        };
        batch
    }

    #[tokio::test]
    async fn a_full_queue_refuses_until_it_was_written() {
        let Scene { outbox, .. } = scene().await;
        for _ in 0..limit::CONNECTION_QUEUE_FRAMES {
            outbox.push(frame(1)).unwrap();
        }
        assert_eq!(outbox.push(frame(1)), Err(QueueFull));
        let taken = batch(&outbox).await;
        assert_eq!(taken.frames.len(), limit::CONNECTION_QUEUE_FRAMES);
        outbox.written(taken);
        assert!(outbox.writable());
        outbox.push(frame(1)).unwrap();
        assert!(!outbox.writable());
    }

    #[tokio::test]
    async fn bytes_that_are_being_written_leave_no_room() {
        let Scene { outbox, .. } = scene().await;
        outbox.answer(frame(limit::CONNECTION_QUEUE_BYTES));
        let taken = batch(&outbox).await;
        assert!(!outbox.has_room());
        assert_eq!(outbox.push(frame(1)), Err(QueueFull));
        outbox.written(taken);
        assert!(outbox.has_room());
        outbox.push(frame(1)).unwrap();
    }

    #[tokio::test]
    async fn connections_of_a_user_share_its_buffer_and_each_goes_on() {
        let Scene { usage, outbox, .. } = scene().await;
        let held = usage.try_reserve(limit::USER_BUFFER_BYTES).unwrap();
        outbox
            .push(frame(limit::CONNECTION_UNCOUNTED_BYTES + 1))
            .unwrap();
        assert_eq!(outbox.push(frame(1)), Err(QueueFull));
        outbox.written(batch(&outbox).await);
        outbox
            .push(frame(limit::CONNECTION_UNCOUNTED_BYTES))
            .unwrap();
        assert_eq!(outbox.push(frame(1)), Err(QueueFull));
        drop(held);
        outbox.push(frame(1)).unwrap();
        assert!(usage.try_reserve(limit::USER_BUFFER_BYTES).is_none());
        outbox.written(batch(&outbox).await);
        assert!(usage.try_reserve(limit::USER_BUFFER_BYTES).is_some());
    }

    #[tokio::test]
    async fn the_first_reason_to_close_holds() {
        let Scene { outbox, .. } = scene().await;
        outbox.push(frame(1)).unwrap();
        outbox.close(CloseReason::Replaced, None);
        outbox.close(CloseReason::Restart, Some(1));
        assert!(matches!(
            outbox.next().await,
            Next::Close(CloseReason::Replaced, None)
        ));
    }
}
