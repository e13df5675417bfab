//! Turns what was written into signals.

use std::sync::Arc;

use base::{Id, TenantId, limit};
use domain::messaging::{Presence, ReadReceipt, TypingIndicator};
use domain::platform::{Application, Client};
use domain::relationships::Relationship;
use domain::users::User;
use store::{Collection, Declaration, Entity, Row};
use wire::frames::ServerFrame;
use wire::{MarkSignal, PresenceSignal, Signal, TypingSignal};

use super::Hub;
use crate::connection::Connection;
use crate::feed::Feed;
use crate::frame::{Frame, encode};
use crate::presence::Going;

impl Hub {
    pub(super) fn written(
        &self,
        tenant: Option<TenantId>,
        declaration: &'static Declaration,
        id: base::ObjectId,
        row: Option<&Row>,
    ) {
        match (tenant, row) {
            (Some(tenant), Some(row)) if declaration.name == ReadReceipt::DECLARATION.name => self.marked(tenant, row),
            (Some(tenant), Some(row)) if declaration.name == TypingIndicator::DECLARATION.name => {
                self.typed(tenant, row);
            }
            (Some(tenant), Some(row)) if declaration.name == Presence::DECLARATION.name => self.seen(tenant, row),
            (Some(tenant), _) if declaration.name == Relationship::DECLARATION.name => {
                self.related(tenant, Id::new(id));
            }
            (Some(tenant), _) if declaration.name == User::DECLARATION.name => {
                // Each who goes is noted in their user, so these are found without a look at all others.
                self.look_again(self.0.connections_of(tenant, Id::new(id)));
            }
            (None, _) if declaration.name == Client::DECLARATION.name => {
                let tenant = TenantId::new(id);
                self.look_again(self.0.connections(|connection| connection.tenant_id() == tenant));
            }
            (None, _) if declaration.name == Application::DECLARATION.name => {
                let application = Id::new(id);
                let of_it = |connection: &Connection| connection.state.lock().caller.application.id == application;
                self.look_again(self.0.connections(of_it));
            }
            _ => {}
        }
    }

    fn marked(&self, tenant: TenantId, row: &Row) {
        let Ok(receipt) = Entity::<ReadReceipt>::from_row(row.clone()) else { return };
        let (conversation_id, user_id) = (receipt.conversation_id, receipt.user_id);
        let mark = |seq| MarkSignal { conversation_id, user_id, seq };
        let mut signals = Vec::with_capacity(2);
        if receipt.read_seq > 0 {
            signals.push(Signal::ReadUpdated(mark(receipt.read_seq)));
        }
        if receipt.delivered_seq > receipt.read_seq {
            signals.push(Signal::DeliveredUpdated(mark(receipt.delivered_seq)));
        }
        let frames = signals.into_iter().map(|signal| encode(&ServerFrame::Signal(signal))).collect();
        if let Some(feed) = self.0.known_feed(tenant, conversation_id) {
            tokio::spawn(show_marks(self.clone(), feed, user_id, frames));
        }
    }

    fn typed(&self, tenant: TenantId, row: &Row) {
        let Ok(indicator) = Entity::<TypingIndicator>::from_row(row.clone()) else { return };
        let (conversation_id, user_id) = (indicator.conversation_id, indicator.user_id);
        let told = TypingSignal { conversation_id, user_id };
        let signal = if indicator.typing { Signal::TypingStarted(told) } else { Signal::TypingStopped(told) };
        if let Some(feed) = self.0.known_feed(tenant, conversation_id) {
            feed.signal(&encode(&ServerFrame::Signal(signal)), Some(user_id));
        }
    }

    fn seen(&self, tenant: TenantId, row: &Row) {
        let Ok(presence) = Entity::<Presence>::from_row(row.clone()) else { return };
        let (user, online) = (presence.user_id, presence.online);
        // Another node noticed late that the device is not connected there any more.
        if !online && self.0.still_there(tenant, user, &presence.device_id) {
            return;
        }
        let Some((tenant, change)) = self.0.presence_changed(tenant, user) else { return };
        if online {
            let told = PresenceSignal { user_id: user, online, last_seen_at: None };
            let frame = encode(&ServerFrame::Signal(Signal::PresenceChanged(told)));
            self.0.tell_watchers(tenant.id(), user, change, online, &frame);
        } else {
            self.0.goings.look(Going { tenant, user, change, last_seen_at: Some(presence.last_seen_at) });
        }
    }
}

/// Marks are shown to all in a small conversation, else to their own user.
async fn show_marks(hub: Hub, feed: Arc<Feed>, user: Id<User>, frames: Vec<Frame>) {
    let shown = i64::try_from(limit::MARKS_SHOWN_PARTICIPANTS).unwrap_or(i64::MAX);
    let small = feed.participants().await.is_ok_and(|count| count <= shown);
    let own = if small { Vec::new() } else { hub.0.connections_of(feed.tenant.id(), user) };
    for frame in frames {
        if small {
            feed.signal(&frame, None);
        } else {
            for connection in &own {
                let _ = connection.outbox.push(frame.clone());
            }
        }
    }
}
