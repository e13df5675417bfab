//! Online state of users and devices, and the watchers of it.

mod handler;
mod last_seen;
mod reconciler;
#[cfg(test)]
mod tests;
mod writer;

use std::time::Duration;

use base::{Id, Timestamp, limit};
use domain::users::User;
use wire::frames::ServerFrame;
use wire::{PresenceSignal, Signal};

use crate::frame::{Frame, encode};

pub(crate) use handler::handle;
pub(crate) use reconciler::{PresenceCheck, Reconciler};
pub(crate) use writer::PresenceWriter;

/// Interval at which a connected client renews its presence and shown remote users are
/// checked again.
pub(crate) const RENEWAL_INTERVAL: Duration =
    Duration::from_secs(limit::PRESENCE_SECONDS as u64 / 2);

/// Encodes a `presence.changed` signal.
pub(crate) fn frame(user_id: Id<User>, online: bool, last_seen_at: Option<Timestamp>) -> Frame {
    encode(&ServerFrame::Signal(Signal::PresenceChanged(
        PresenceSignal {
            user_id,
            online,
            last_seen_at,
        },
    )))
}
