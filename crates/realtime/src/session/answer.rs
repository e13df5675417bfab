//! Answers one frame of a client.

use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use base::{Code, Failure, Id, Named, Result, limit};
use domain::Actor;
use domain::messaging::{self, Conversation, Draft, Marks};
use domain::platform::Reservation;
use domain::user_log;
use tokio::task::yield_now;
use wire::frames::{
    Ack, Answer, ClientFrame, ErrorFrame, Get, Range, Read, Received, Resume, Send, Sent, Seq,
    ServerFrame, Typing, UserGet, UserRange,
};
use wire::{NewMessage, Record, UserRecord};

use super::hello::reset;
use super::pace;
use crate::connection::Connection;
use crate::frame::{encode, shown};
use crate::hub::Hub;
use crate::marks::PendingMarks;
use crate::presence;

/// Answers a frame, or says why it is refused.
pub(super) async fn answer(hub: Hub, connection: Arc<Connection>, received: Received) {
    let Received { reference, frame } = received;
    let mut reserved = None;
    let told = match frame {
        Ok(frame) => {
            let request = Request {
                hub: &hub,
                connection: &connection,
                reference: reference.clone(),
            };
            match request.reserve(&frame).await {
                Ok(room) => {
                    reserved = room;
                    request.answer(frame).await
                }
                Err(failure) => Err(failure),
            }
        }
        Err(failure) => Err(failure),
    };
    let bytes = tell(&connection, reference, told, reserved);
    // A large response counts like a large frame; what follows waits for it.
    let more = pace::cost(bytes).saturating_sub(1);
    if more > 0 {
        pace::admitted(&hub, &connection, more).await;
    }
}

/// Sends messages to one conversation, in their order, each with the client's
/// own name of its frame.
pub(super) async fn send_each(
    hub: Hub,
    connection: Arc<Connection>,
    conversation: Named<Conversation>,
    messages: Vec<(Option<String>, NewMessage)>,
) {
    let named = messages
        .into_iter()
        .map(|(reference, message)| (reference, Draft::from(message)));
    let (mut references, drafts): (VecDeque<_>, Vec<_>) = named.unzip();
    let told = |sent: Result<messaging::Sent>| {
        let reference = references.pop_front().flatten();
        let told = sent.map(|sent| Some(stands(sent, reference.clone())));
        tell(&connection, reference, told, None);
    };
    hub.0
        .sends
        .send_each(
            &connection.tenant,
            Actor::User(connection.user),
            &conversation,
            drafts,
            told,
        )
        .await;
}

fn stands(sent: messaging::Sent, reference: Option<String>) -> ServerFrame {
    let id = sent.message.id;
    let seq = sent.message.seq;
    let client_message_id = sent.message.client_message_id.clone().unwrap_or_default();
    ServerFrame::Sent(Sent {
        reference,
        client_message_id,
        id,
        seq,
    })
}

/// Queues the response and returns its bytes.
fn tell(
    connection: &Connection,
    reference: Option<String>,
    told: Result<Option<ServerFrame>>,
    reserved: Option<Reservation>,
) -> usize {
    match &told {
        Err(failure) => connection.note(is_rejection(failure.code)),
        // A client that only adds pings to rejected frames has sent nothing better.
        Ok(Some(ServerFrame::Pong(_))) => {}
        Ok(_) => connection.note(false),
    }
    let Some(frame) = told.unwrap_or_else(|failure| Some(refused(connection, &failure, reference)))
    else {
        return 0;
    };
    let frame = encode(&frame);
    let bytes = frame.len();
    match reserved {
        Some(reserved) => connection.outbox.answer_reserved(frame, reserved),
        None => connection.outbox.answer(frame),
    }
    bytes
}

/// Whether a failure is the client's own, so that the same frame would fail again.
const fn is_rejection(code: Code) -> bool {
    matches!(code.status(), 400..500) && !matches!(code, Code::RateLimited)
}

fn refused(connection: &Connection, failure: &Failure, reference: Option<String>) -> ServerFrame {
    let request_id = connection.tenant.context().new_object_id().to_string();
    if failure.code.status() >= 500 {
        let cause = std::error::Error::source(failure).map(ToString::to_string);
        tracing::error!(%request_id, tenant = %connection.tenant_id(), error = %failure, cause, "a frame failed");
    }
    ServerFrame::Error(Box::new(ErrorFrame::new(failure, reference, request_id)))
}

struct Request<'a> {
    hub: &'a Hub,
    connection: &'a Arc<Connection>,
    reference: Option<String>,
}

impl Request<'_> {
    /// Reserves bytes for an answer that may be large, before it is made.
    async fn reserve(&self, frame: &ClientFrame) -> Result<Option<Reservation>> {
        match frame {
            ClientFrame::Get(_) | ClientFrame::UserGet(_) => {
                // The first records are read before their size is known.
                self.connection
                    .outbox
                    .usage()
                    .reserve(limit::PAGE_BYTES)
                    .await
                    .map(Some)
            }
            _ => Ok(None),
        }
    }

    async fn answer(self, frame: ClientFrame) -> Result<Option<ServerFrame>> {
        match frame {
            ClientFrame::Hello(_) => Err(Failure::invalid(
                "/t",
                "The connection was greeted already.",
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
                self.mark(
                    &conversation_id,
                    Marks {
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
                self.mark(
                    &conversation_id,
                    Marks {
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
                let conversation = self.followed(&conversation_id).await?;
                self.hub
                    .0
                    .typing
                    .write(self.connection, conversation, typing)
                    .await?;
                Ok(self.done())
            }
            ClientFrame::Presence(wanted) => {
                presence::answer(self.hub, self.connection, wanted).await?;
                Ok(self.done())
            }
            ClientFrame::Auth(auth) => self.renew(&auth.token).await,
        }
    }

    /// Says that a frame was heeded, to who gave it a name.
    fn done(self) -> Option<ServerFrame> {
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
        let sends = &self.hub.0.sends;
        let sent = sends
            .send(
                &self.connection.tenant,
                self.actor(),
                &conversation_id,
                message.into(),
            )
            .await?;
        Ok(Some(stands(sent, self.reference)))
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
        let part =
            messaging::read_log(tenant, self.actor(), &conversation_id, after, to, most).await?;
        let id = part.conversation_id;
        let events = cut(shown(tenant, &self.hub.0.cards, part.told).await?).await?;
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

    /// Goes back to the cursors of conversations that are followed.
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
        reset(
            self.connection,
            self.hub.0.begin(self.connection, &heads, &resume.cursors),
        );
        Ok(self.done())
    }

    async fn mark(self, name: &Named<Conversation>, marks: Marks) -> Result<Option<ServerFrame>> {
        let conversation = self.followed(name).await?;
        let head = self
            .connection
            .tenant
            .heads::<messaging::Message>(&[conversation])
            .await?;
        let head = head.first().map_or(0, |head| head.seq);
        let read_seq = marks.read_seq.clamp(0, head);
        let delivered_seq = marks.delivered_seq.clamp(0, head);
        PendingMarks::raise(
            self.connection,
            conversation,
            Marks {
                read_seq,
                delivered_seq,
            },
        );
        Ok(self.done())
    }

    async fn renew(self, token: &str) -> Result<Option<ServerFrame>> {
        let origin = self
            .connection
            .state
            .lock()
            .caller
            .origin()
            .map(ToOwned::to_owned);
        let caller = self
            .hub
            .0
            .door
            .authenticate_token(token, origin.as_deref())
            .await?;
        let same =
            caller.actor == self.actor() && caller.tenant.id() == self.connection.tenant_id();
        if !same {
            return Err(Failure::new(
                Code::Forbidden,
                "The token is of another user; open another connection for them.",
            ));
        }
        self.connection.state.lock().caller = caller;
        Ok(self.done())
    }

    /// The conversation, when the connection follows it; else what a request
    /// for it would be answered.
    async fn followed(&self, name: &Named<Conversation>) -> Result<Id<Conversation>> {
        if let Named::Id(id) = name
            && self.hub.0.follows(self.connection, *id)
        {
            return Ok(*id);
        }
        let access = messaging::open(&self.connection.tenant, self.actor(), name).await?;
        match &access.part {
            Some(part) if part.is_active => Ok(access.conversation.id),
            _ => Err(Failure::new(
                Code::NotAParticipant,
                "You do not take part in this conversation.",
            )),
        }
    }
}

/// Returns the first and the last record of a range that is not empty.
fn range(from: Seq, to: Seq) -> Result<(i64, i64)> {
    if from.get() < 1 || to < from {
        return Err(Failure::invalid(
            "/from",
            "A range runs from 1 or later to the same record or a later one.",
        ));
    }
    Ok((from.get(), to.get()))
}

/// As many records as a range may hold, at least one. Yields whenever it has
/// serialized what counts as a request: otherwise a small request waits for the
/// long ranges of other clients on its thread, and does so at each of its steps.
async fn cut(records: Vec<Record>) -> Result<Vec<Record>> {
    let mut bytes = 0_usize;
    let mut turn_ends = limit::FRAME_REQUEST_BYTES;
    let mut kept = Vec::with_capacity(records.len());
    for record in records {
        bytes = bytes.saturating_add(
            serde_json::to_vec(&record)
                .map_err(Failure::internal)?
                .len(),
        );
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
