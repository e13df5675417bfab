//! Whose devices are connected, and who is told.

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

pub(crate) use handler::answer;
pub(crate) use reconciler::{PresenceCheck, Reconciler};
pub(crate) use writer::PresenceWriter;

/// How often a silent but living client renews its presence, and those of
/// others that are shown here are looked at again.
pub(crate) const RENEWAL: Duration = Duration::from_secs(limit::PRESENCE_SECONDS as u64 / 2);

/// What is told of a user.
pub(crate) fn frame(user_id: Id<User>, online: bool, last_seen_at: Option<Timestamp>) -> Frame {
    encode(&ServerFrame::Signal(Signal::PresenceChanged(
        PresenceSignal {
            user_id,
            online,
            last_seen_at,
        },
    )))
}
