use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use base::{Id, TenantId, limit};
use domain::auth::{Authenticator, Reservation, Usage};
use domain::users::User;
use parking_lot::{Mutex, MutexGuard};
use wire::frames::CloseReason;

use crate::frame::Frame;

/// Error: the client has not read earlier frames, so that nothing more is queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

/// Frames that are queued for one client, and those being written.
///
/// Bounded: above the bound, events are rejected and resent by their subscriptions, and
/// the session handles no further request. Bytes above
/// [`limit::CONNECTION_UNCOUNTED_BYTES`] count towards the buffers of the user and the
/// tenant.
#[derive(Debug)]
pub(crate) struct SendQueue {
    authenticator: Authenticator,
    tenant: TenantId,
    user: Id<User>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Frame>,
    /// Bytes of the queued frames.
    queued_bytes: usize,
    /// Bytes of the frames that are queued or being written.
    unsent_bytes: usize,
    /// Buffer of user and tenant that the queued frames use.
    reserved: Reservation,
    /// Whether a frame was rejected since [`SendQueue::writable`] was last called.
    has_rejected: bool,
    closing: Option<(CloseReason, Option<u64>)>,
    /// Waker of the one task that writes to the client.
    waker: Option<Waker>,
}

/// The next action of the task that writes to the client.
#[derive(Debug)]
pub(crate) enum Next {
    /// Write these frames, then call [`SendQueue::written`].
    Frames(Batch),
    /// Close the connection.
    Close(CloseReason, Option<u64>),
}

/// Frames to write. They count as unsent until they are passed to
/// [`SendQueue::written`].
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) frames: VecDeque<Frame>,
    bytes: usize,
    #[expect(dead_code, reason = "held until the frames are written")]
    reservation: Reservation,
}

impl SendQueue {
    /// Creates an empty queue whose bytes count towards the buffers of this user and
    /// tenant.
    pub(crate) fn new(authenticator: Authenticator, tenant: TenantId, user: Id<User>) -> Self {
        Self {
            authenticator,
            tenant,
            user,
            state: Mutex::default(),
        }
    }

    /// Returns the buffers of the user and the tenant. Looked up on demand, since most
    /// connections are idle.
    pub(crate) fn usage(&self) -> Usage {
        self.authenticator.usage(self.tenant, Some(self.user))
    }

    /// Queues an event or signal, unless the queue is full.
    pub(crate) fn push(&self, frame: Frame) -> Result<(), QueueFull> {
        let mut state = self.state.lock();
        let reserved = if state.has_capacity() {
            self.try_reserve(&state, frame.len())
        } else {
            None
        };
        let Some(reserved) = reserved else {
            state.has_rejected = true;
            return Err(QueueFull);
        };
        state.queue(frame, reserved);
        wake(state);
        Ok(())
    }

    /// Reserves buffer of user and tenant for an event of this size, if available.
    fn try_reserve(&self, state: &State, bytes: usize) -> Option<Reservation> {
        match state.counted_bytes(bytes) {
            0 => Some(Reservation::default()),
            // A client that has read everything gets one event, so that every
            // connection makes progress.
            excess if state.unsent_bytes == 0 => Some(self.usage().reserve_up_to(excess)),
            excess => self.usage().try_reserve(excess),
        }
    }

    /// Queues a response. Its request started when the queue had capacity.
    pub(crate) fn push_response(&self, frame: Frame) {
        let mut state = self.state.lock();
        let reserved = match state.counted_bytes(frame.len()) {
            0 => Reservation::default(),
            excess => self.usage().reserve_up_to(excess),
        };
        state.queue(frame, reserved);
        wake(state);
    }

    /// Queues a response for which bytes were reserved in advance.
    pub(crate) fn push_reserved(&self, frame: Frame, mut reserved: Reservation) {
        reserved.shrink_to(frame.len());
        let mut state = self.state.lock();
        state.queue(frame, reserved);
        wake(state);
    }

    /// Requests that the connection be closed; the first reason is kept.
    pub(crate) fn close(&self, reason: CloseReason, retry_after_ms: Option<u64>) {
        let mut state = self.state.lock();
        state.closing.get_or_insert((reason, retry_after_ms));
        wake(state);
    }

    /// Waits for the next action. Only one task may wait. Cancel-safe.
    pub(crate) async fn next(&self) -> Next {
        poll_fn(|context| self.state.lock().poll(context)).await
    }

    /// Releases the capacity of written frames.
    pub(crate) fn written(&self, batch: Batch) {
        let mut state = self.state.lock();
        state.unsent_bytes = state.unsent_bytes.saturating_sub(batch.bytes);
    }

    /// Returns whether a further request may be handled.
    pub(crate) fn has_capacity(&self) -> bool {
        self.state.lock().has_capacity()
    }

    /// Returns whether everything queued was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.state.lock().unsent_bytes == 0
    }

    /// Returns whether a frame was rejected since the last call, so that its
    /// subscription must be resumed.
    pub(crate) fn writable(&self) -> bool {
        std::mem::take(&mut self.state.lock().has_rejected)
    }
}

impl State {
    fn has_capacity(&self) -> bool {
        self.frames.len() < limit::CONNECTION_QUEUE_FRAMES
            && self.unsent_bytes < limit::CONNECTION_QUEUE_BYTES
    }

    /// Returns how many bytes of one more frame count towards the buffers of user and
    /// tenant.
    fn counted_bytes(&self, bytes: usize) -> usize {
        let total = self.unsent_bytes.saturating_add(bytes);
        total.saturating_sub(self.unsent_bytes.max(limit::CONNECTION_UNCOUNTED_BYTES))
    }

    fn queue(&mut self, frame: Frame, reserved: Reservation) {
        self.queued_bytes = self.queued_bytes.saturating_add(frame.len());
        self.unsent_bytes = self.unsent_bytes.saturating_add(frame.len());
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
        let bytes = std::mem::take(&mut self.queued_bytes);
        let reservation = std::mem::take(&mut self.reserved);
        Poll::Ready(Next::Frames(Batch {
            frames,
            bytes,
            reservation,
        }))
    }
}

/// Wakes the waiting task after releasing the lock.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    waker.into_iter().for_each(Waker::wake);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    struct Fixture {
        usage: Usage,
        send_queue: SendQueue,
        _world: World,
    }

    async fn fixture() -> Fixture {
        let world = World::new().await;
        let (user, _) = world.user("ada").await;
        let send_queue = SendQueue::new(
            world.node().0.authenticator.clone(),
            world.tenant.id(),
            user,
        );
        Fixture {
            usage: send_queue.usage(),
            send_queue,
            _world: world,
        }
    }

    fn frame(bytes: usize) -> Frame {
        "x".repeat(bytes).into()
    }

    async fn batch(send_queue: &SendQueue) -> Batch {
        let Next::Frames(batch) = send_queue.next().await else {
            panic!("connection closed")
        };
        batch
    }

    #[tokio::test]
    async fn full_queue_rejects_until_written() {
        let Fixture { send_queue, .. } = fixture().await;
        for _ in 0..limit::CONNECTION_QUEUE_FRAMES {
            send_queue.push(frame(1)).unwrap();
        }
        assert_eq!(send_queue.push(frame(1)), Err(QueueFull));
        let batch = batch(&send_queue).await;
        assert_eq!(batch.frames.len(), limit::CONNECTION_QUEUE_FRAMES);
        send_queue.written(batch);
        assert!(send_queue.writable());
        send_queue.push(frame(1)).unwrap();
        assert!(!send_queue.writable());
    }

    #[tokio::test]
    async fn bytes_being_written_count_towards_capacity() {
        let Fixture { send_queue, .. } = fixture().await;
        send_queue.push_response(frame(limit::CONNECTION_QUEUE_BYTES));
        let batch = batch(&send_queue).await;
        assert!(!send_queue.has_capacity());
        assert_eq!(send_queue.push(frame(1)), Err(QueueFull));
        send_queue.written(batch);
        assert!(send_queue.has_capacity());
        send_queue.push(frame(1)).unwrap();
    }

    #[tokio::test]
    async fn connections_of_user_share_buffer_and_each_progresses() {
        let Fixture {
            usage, send_queue, ..
        } = fixture().await;
        let reservation = usage.try_reserve(limit::USER_BUFFER_BYTES).unwrap();
        send_queue
            .push(frame(limit::CONNECTION_UNCOUNTED_BYTES + 1))
            .unwrap();
        assert_eq!(send_queue.push(frame(1)), Err(QueueFull));
        send_queue.written(batch(&send_queue).await);
        send_queue
            .push(frame(limit::CONNECTION_UNCOUNTED_BYTES))
            .unwrap();
        assert_eq!(send_queue.push(frame(1)), Err(QueueFull));
        drop(reservation);
        send_queue.push(frame(1)).unwrap();
        assert!(usage.try_reserve(limit::USER_BUFFER_BYTES).is_none());
        send_queue.written(batch(&send_queue).await);
        assert!(usage.try_reserve(limit::USER_BUFFER_BYTES).is_some());
    }

    #[tokio::test]
    async fn second_close_keeps_first_reason() {
        let Fixture { send_queue, .. } = fixture().await;
        send_queue.push(frame(1)).unwrap();
        send_queue.close(CloseReason::Replaced, None);
        send_queue.close(CloseReason::Restart, Some(1));
        assert!(matches!(
            send_queue.next().await,
            Next::Close(CloseReason::Replaced, None)
        ));
    }
}
