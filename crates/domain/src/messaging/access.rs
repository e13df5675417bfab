//! Who may do what in a conversation, as of the record it is done behind.

use std::ops::Bound;

use base::{Error, ErrorCode, Id, IdOrExternalId, Result};
use store::{Batch, Entity, Guard, Row, TenantData, TenantStore};

use super::collections::{Conversation, Message, Participant, Visibility};
use super::past::Past;
use super::permissions::{Rule, Speaker, Standing};
use crate::actor::Actor;
use crate::users::User;

/// A conversation as an actor may see it, and the record as of which. One who
/// does not take part any more sees it as of their leaving.
#[derive(Debug, Clone)]
pub struct Access {
    /// The conversation.
    pub conversation: Entity<Conversation>,
    /// The acting user's part, present or past.
    pub part: Option<Entity<Participant>>,
    /// The newest record that this surely includes.
    pub(super) head: i64,
    actor: Actor,
}

/// Opens a conversation for an actor.
///
/// # Errors
/// 404 `conversation_not_found` when there is none, or none the actor may know of.
pub async fn open(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
) -> Result<Access> {
    let id = match name {
        IdOrExternalId::Id(id) => *id,
        IdOrExternalId::External(external) => {
            let query =
                Conversation::by_external_id.eq(Conversation::external_id, external.clone());
            tenant.find(query).await?.ok_or_else(not_found)?.id
        }
    };
    open_id(tenant, actor, id).await
}

/// Finds a conversation for the tenant's server, a deleted one too, which has
/// lost its external id.
///
/// # Errors
/// 404 `conversation_not_found`.
pub async fn find_even_deleted(
    tenant: &TenantStore,
    name: &IdOrExternalId<Conversation>,
) -> Result<Id<Conversation>> {
    match name {
        IdOrExternalId::Id(id) => {
            let found = tenant.get_many_with_deleted(&[*id]).await?.pop();
            found
                .map(|conversation| conversation.id)
                .ok_or_else(not_found)
        }
        IdOrExternalId::External(_) => Ok(open(tenant, Actor::Server, name).await?.conversation.id),
    }
}

/// Opens a conversation by its id. The head is read before the documents, so
/// that they include every record up to it.
pub(super) async fn open_id(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<Conversation>,
) -> Result<Access> {
    let head = tenant
        .heads::<Message>(&[id])
        .await?
        .pop()
        .ok_or_else(not_found)?;
    let (conversation, part) = tokio::try_join!(tenant.get(id), part_of(tenant, id, actor))?;
    let conversation = conversation.ok_or_else(not_found)?;
    let conversation = match part.as_ref().and_then(Past::of) {
        Some(past) => past.conversation(conversation),
        None => conversation,
    };
    let access = Access {
        conversation,
        part,
        head: head.seq,
        actor,
    };
    if access.may_know() {
        Ok(access)
    } else {
        Err(not_found())
    }
}

async fn part_of(
    tenant: &TenantStore,
    id: Id<Conversation>,
    actor: Actor,
) -> Result<Option<Entity<Participant>>, store::ReadError> {
    let Actor::User(user) = actor else {
        return Ok(None);
    };
    tenant.find(membership(id, user)).await
}

/// The question for one user's part in one conversation.
pub(super) fn membership(
    conversation: Id<Conversation>,
    user: Id<User>,
) -> store::Query<Participant> {
    Participant::membership
        .eq(Participant::conversation_id, conversation)
        .eq(Participant::user_id, user)
}

/// Says that there is no such conversation, whether there is one or not.
pub(super) fn not_found() -> Error {
    Error::new(
        ErrorCode::ConversationNotFound,
        "There is no such conversation.",
    )
}

pub(super) fn not_a_participant() -> Error {
    Error::new(
        ErrorCode::NotAParticipant,
        "You do not take part in this conversation.",
    )
}

impl Access {
    /// The acting user.
    pub(super) fn user(&self) -> Result<Id<User>> {
        self.actor.user()
    }

    /// The acting user; `None` for a server on its own behalf.
    pub(super) fn acting_user(&self) -> Option<Id<User>> {
        self.actor.user().ok()
    }

    fn may_know(&self) -> bool {
        self.actor == Actor::Server
            || self.part.is_some()
            || self.conversation.visibility == Some(Visibility::Public)
    }

    /// The records that the actor may read.
    ///
    /// # Errors
    /// 403 `not_a_participant` for who never took part in a public channel.
    pub fn readable(&self) -> Result<(Bound<i64>, Bound<i64>)> {
        match (&self.part, self.actor) {
            (_, Actor::Server) => Ok((Bound::Unbounded, Bound::Unbounded)),
            (Some(part), _) => {
                let last = Past::of(part).map(Past::last);
                Ok((
                    Bound::Included(part.visible_from.get()),
                    last.map_or(Bound::Unbounded, Bound::Included),
                ))
            }
            (None, _) => Err(not_a_participant()),
        }
    }

    /// Where the actor's view ends, if they do not take part any more.
    pub(super) fn past(&self) -> Option<Past> {
        self.part.as_ref().and_then(Past::of)
    }

    /// A message as the actor sees it, who may read it.
    pub(super) fn seen(&self, message: Entity<Message>) -> Entity<Message> {
        match self.past() {
            Some(past) => past.message(message),
            None => message,
        }
    }

    /// Lets an actor see what is only known as of now, like participants and
    /// how far they have read.
    ///
    /// # Errors
    /// 403 `not_a_participant` for who does not take part now.
    pub fn require_present(&self) -> Result<()> {
        match (&self.part, self.actor) {
            (_, Actor::Server) => Ok(()),
            (Some(part), _) if part.is_active => Ok(()),
            _ => Err(not_a_participant()),
        }
    }

    /// Whether the actor may read the record of this number.
    #[must_use]
    pub fn may_read(&self, seq: i64) -> bool {
        self.readable()
            .is_ok_and(|bounds| std::ops::RangeBounds::contains(&bounds, &seq))
    }

    fn standing(&self) -> Standing {
        let part = self
            .part
            .as_ref()
            .filter(|part| part.is_active)
            .map(|part| part.role);
        let blocked = self.conversation.blocked.unwrap_or(false);
        Standing {
            open: true,
            blocked,
            part,
            server: self.actor == Actor::Server,
        }
    }

    /// The standing now, for an early and cheap refusal.
    ///
    /// # Errors
    /// What `rule` refuses with.
    pub(super) fn require(&self, rule: Rule) -> Result<()> {
        self.standing().check(rule)
    }

    /// A guard that holds the actor to the rule as of the head that the
    /// record is appended to, and writes what `beside` says.
    pub(super) fn guard(
        &self,
        rule: Rule,
        beside: impl Fn(&[&Row]) -> Result<Batch<TenantData>> + Send + Sync + 'static,
    ) -> Guard {
        let standing = self.standing();
        let user = self.acting_user();
        Guard::new(move |records| {
            let since: Vec<&Row> = records.collect();
            standing.since(user, since.iter().copied()).check(rule)?;
            beside(&since)
        })
    }

    /// The acting user as one who may want to send.
    ///
    /// # Errors
    /// Where nobody acts but the server itself.
    pub(super) fn speaker(&self) -> Result<Speaker> {
        let user = self.user()?;
        let conversation = self.conversation.id;
        Ok(Speaker {
            conversation,
            user,
            seen: self.head,
            standing: self.standing(),
        })
    }
}
