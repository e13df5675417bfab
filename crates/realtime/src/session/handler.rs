//! Handles one frame of a client.

use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use base::{Error, ErrorCode, Id, IdOrExternalId, Result, limit};
use domain::Actor;
use domain::auth::Reservation;
use domain::messaging::{self, Conversation, Draft, Receipts};
use domain::user_log;
use tokio::task::yield_now;
use wire::frames::{
    Ack, Answer, ClientFrame, Get, Range, Read, Received, Resume, Send, Seq, ServerFrame, Typing,
    UserGet, UserRange,
};
use wire::{NewMessage, Record, UserRecord};

use super::handshake::send_resets;
use super::response::{respond, sent_frame};
use super::throttle;
use crate::connection::Connection;
use crate::frame::to_records;
use crate::hub::Hub;
use crate::pending_receipts::PendingReceipts;
use crate::presence;

/// Handles a frame and queues the response or an error.
pub(super) async fn handle(hub: Hub, connection: Arc<Connection>, received: Received) {
    let Received { reference, frame } = received;
    let mut reserved = None;
    let response = match frame {
        Ok(frame) => {
            let request = Request {
                hub: &hub,
                connection: &connection,
                reference: reference.clone(),
            };
            match request.reserve(&frame).await {
                Ok(reservation) => {
                    reserved = reservation;
                    request.handle(frame).await
                }
                Err(failure) => Err(failure),
            }
        }
        Err(failure) => Err(failure),
    };
    let bytes = respond(&connection, reference, response, reserved);
    // A large response counts like a large frame and delays the next ones.
    let more = throttle::cost(bytes).saturating_sub(1);
    if more > 0 {
        throttle::acquire(&hub, &connection, more).await;
    }
}

/// Sends messages to one conversation in order, each with the reference of its frame.
pub(super) async fn send_each(
    hub: Hub,
    connection: Arc<Connection>,
    conversation: IdOrExternalId<Conversation>,
    messages: Vec<(Option<String>, NewMessage)>,
) {
    let named = messages
        .into_iter()
        .map(|(reference, message)| (reference, Draft::from(message)));
    let (mut references, drafts): (VecDeque<_>, Vec<_>) = named.unzip();
    let on_sent = |sent: Result<messaging::Sent>| {
        let reference = references.pop_front().flatten();
        let response = sent.map(|sent| Some(sent_frame(sent, reference.clone())));
        respond(&connection, reference, response, None);
    };
    hub.0
        .message_sender
        .send_each(
            &connection.tenant,
            Actor::User(connection.user),
            &conversation,
            drafts,
            on_sent,
        )
        .await;
}

struct Request<'a> {
    hub: &'a Hub,
    connection: &'a Arc<Connection>,
    reference: Option<String>,
}

impl Request<'_> {
    /// Reserves bytes for a response that may be large, before it is built.
    async fn reserve(&self, frame: &ClientFrame) -> Result<Option<Reservation>> {
        match frame {
            ClientFrame::Get(_) | ClientFrame::UserGet(_) => {
                // The first records are read before their size is known.
                self.connection
                    .send_queue
                    .usage()
                    .reserve(limit::PAGE_BYTES)
                    .await
                    .map(Some)
            }
            _ => Ok(None),
        }
    }

    async fn handle(self, frame: ClientFrame) -> Result<Option<ServerFrame>> {
        match frame {
            ClientFrame::Hello(_) => Err(Error::invalid(
                "/t",
                "The connection has already received a hello.",
            )),
            ClientFrame::Ping => Ok(Some(ServerFrame::Pong(Answer {
                reference: self.reference,
            }))),
            ClientFrame::Send(send) => self.send(*send).await,
            ClientFrame::Get(get) => self.get(get).await,
            ClientFrame::UserGet(get) => self.user_get(get).await,
            ClientFrame::Resume(resume) => self.resume(resume).await,
            ClientFrame::Ack(Ack {
                conversation_id,
                seq,
            }) => {
                self.raise_receipts(
                    &conversation_id,
                    Receipts {
                        read_seq: 0,
                        delivered_seq: seq.get(),
                    },
                )
                .await
            }
            ClientFrame::Read(Read {
                conversation_id,
                seq,
            }) => {
                self.raise_receipts(
                    &conversation_id,
                    Receipts {
                        read_seq: seq.get(),
                        delivered_seq: seq.get(),
                    },
                )
                .await
            }
            ClientFrame::Typing(Typing {
                conversation_id,
                typing,
            }) => {
                let conversation = self.subscribed(&conversation_id).await?;
                self.hub
                    .0
                    .typing
                    .write(self.connection, conversation, typing)
                    .await?;
                Ok(self.ok())
            }
            ClientFrame::Presence(wanted) => {
                presence::handle(self.hub, self.connection, wanted).await?;
                Ok(self.ok())
            }
            ClientFrame::Auth(auth) => self.reauthenticate(&auth.token).await,
        }
    }

    /// Returns an `ok` frame if the client gave a reference.
    fn ok(self) -> Option<ServerFrame> {
        self.reference.is_some().then_some(ServerFrame::Ok(Answer {
            reference: self.reference,
        }))
    }

    fn actor(&self) -> Actor {
        Actor::User(self.connection.user)
    }

    async fn send(
        self,
        Send {
            conversation_id,
            message,
        }: Send,
    ) -> Result<Option<ServerFrame>> {
        let sends = &self.hub.0.message_sender;
        let sent = sends
            .send(
                &self.connection.tenant,
                self.actor(),
                &conversation_id,
                message.into(),
            )
            .await?;
        Ok(Some(sent_frame(sent, self.reference)))
    }

    async fn get(self, get: Get) -> Result<Option<ServerFrame>> {
        let Get {
            conversation_id,
            from,
            to,
        } = get;
        let (from, to) = range(from, to)?;
        let tenant = &self.connection.tenant;
        let after = from.saturating_sub(1);
        let to = Bound::Included(to);
        let most = base::PageSize::MAX;
        let page =
            messaging::read_log(tenant, self.actor(), &conversation_id, after, to, most).await?;
        let id = page.conversation_id;
        let events =
            truncate(to_records(tenant, &self.hub.0.user_cache, page.events).await?).await?;
        let to = events.last().map_or(after, |last| last.seq);
        Ok(Some(ServerFrame::Range(Range {
            reference: self.reference,
            conversation_id: id,
            events,
            to,
        })))
    }

    async fn user_get(self, UserGet { from, to }: UserGet) -> Result<Option<ServerFrame>> {
        let (from, to) = range(from, to)?;
        let from_bound = Bound::Included(from);
        let to_bound = Bound::Included(to);
        let found = user_log::records(
            &self.connection.tenant,
            self.connection.user,
            from_bound,
            to_bound,
        )
        .await?;
        let events = found
            .iter()
            .map(UserRecord::of)
            .collect::<Result<Vec<_>>>()?;
        let to = events
            .last()
            .map_or(from.saturating_sub(1), |last| last.seq);
        Ok(Some(ServerFrame::UserRange(UserRange {
            reference: self.reference,
            events,
            to,
        })))
    }

    /// Restarts subscribed conversations at the given cursors.
    async fn resume(self, resume: Resume) -> Result<Option<ServerFrame>> {
        let ids: Vec<_> = resume
            .cursors
            .keys()
            .copied()
            .filter(|id| self.hub.0.follows(self.connection, *id))
            .collect();
        let heads = self
            .connection
            .tenant
            .heads::<messaging::Message>(&ids)
            .await?;
        let heads = heads
            .into_iter()
            .map(|head| (Id::new(head.log), head))
            .collect();
        send_resets(
            self.connection,
            self.hub.0.begin(self.connection, &heads, &resume.cursors),
        );
        Ok(self.ok())
    }

    async fn raise_receipts(
        self,
        name: &IdOrExternalId<Conversation>,
        receipts: Receipts,
    ) -> Result<Option<ServerFrame>> {
        let conversation = self.subscribed(name).await?;
        let head = self
            .connection
            .tenant
            .heads::<messaging::Message>(&[conversation])
            .await?;
        let head = head.first().map_or(0, |head| head.seq);
        let read_seq = receipts.read_seq.clamp(0, head);
        let delivered_seq = receipts.delivered_seq.clamp(0, head);
        PendingReceipts::raise(
            self.connection,
            conversation,
            Receipts {
                read_seq,
                delivered_seq,
            },
        );
        Ok(self.ok())
    }

    async fn reauthenticate(self, token: &str) -> Result<Option<ServerFrame>> {
        let (origin, client) = {
            let state = self.connection.state.lock();
            (
                state.auth.origin().map(ToOwned::to_owned),
                state.auth.client(),
            )
        };
        let caller = self
            .hub
            .0
            .authenticator
            .authenticate_token_at(token, origin.as_deref(), client)
            .await?;
        let same =
            caller.actor == self.actor() && caller.tenant.id() == self.connection.tenant_id();
        if !same {
            return Err(Error::new(
                ErrorCode::Forbidden,
                "The token belongs to another user; open a separate connection.",
            ));
        }
        self.connection.state.lock().auth = caller;
        // An event of a revocation in between checked the previous token.
        self.hub.reauthenticate(vec![Arc::clone(self.connection)]);
        Ok(self.ok())
    }

    /// Returns the ID of a conversation that the connection is subscribed to, otherwise
    /// the error of a request for it.
    async fn subscribed(&self, name: &IdOrExternalId<Conversation>) -> Result<Id<Conversation>> {
        if let IdOrExternalId::Id(id) = name
            && self.hub.0.follows(self.connection, *id)
        {
            return Ok(*id);
        }
        let access = messaging::open(&self.connection.tenant, self.actor(), name).await?;
        match &access.member {
            Some(membership) if membership.is_active => Ok(access.conversation.id),
            _ => Err(Error::new(
                ErrorCode::NotAParticipant,
                "You are not a participant of this conversation.",
            )),
        }
    }
}

/// Returns the first and the last record of a range.
///
/// # Errors
/// 400 for an empty range.
fn range(from: Seq, to: Seq) -> Result<(i64, i64)> {
    if from.get() < 1 || to < from {
        return Err(Error::invalid(
            "/from",
            "Must be 1 or more and at most the end of the range.",
        ));
    }
    Ok((from.get(), to.get()))
}

/// Returns as many records as a range may hold, at least one. Yields after each request's worth of
/// bytes, so that small requests on the same thread do not wait for the whole range.
async fn truncate(records: Vec<Record>) -> Result<Vec<Record>> {
    let mut bytes = 0_usize;
    let mut turn_ends = limit::FRAME_REQUEST_BYTES;
    let mut kept = Vec::with_capacity(records.len());
    for record in records {
        bytes = bytes.saturating_add(serde_json::to_vec(&record).map_err(Error::internal)?.len());
        if bytes > limit::RANGE_BYTES && !kept.is_empty() {
            break;
        }
        kept.push(record);
        if bytes > turn_ends {
            turn_ends = bytes.saturating_add(limit::FRAME_REQUEST_BYTES);
            yield_now().await;
        }
    }
    Ok(kept)
}
