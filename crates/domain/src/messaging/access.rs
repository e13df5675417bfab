//! Access checks: loads a conversation for an actor together with the log head that the checks are
//! valid for.

use std::ops::Bound;

use base::{Error, ErrorCode, Id, IdOrExternalId, Result};
use store::{Batch, Entity, Guard, Row, TenantData, TenantStore};

use super::client_channel::ClientChannel;
use super::collections::{Conversation, Message, Participant, Visibility};
use super::past::PastView;
use super::permissions::{MembershipState, PostPermission, Rule};
use crate::actor::Actor;
use crate::users::User;

/// A conversation as an actor may see it, with the log head of the read. A former participant sees
/// the state at the time they left.
#[derive(Debug, Clone)]
pub struct Access {
    /// The conversation.
    pub conversation: Entity<Conversation>,
    /// The acting user's participant document; inactive for former participants.
    pub member: Option<Entity<Participant>>,
    /// Sequence number of the newest record that the read surely includes.
    pub(super) head: i64,
    actor: Actor,
}

/// Loads a conversation for an actor.
///
/// # Errors
/// 404 `conversation_not_found` if it does not exist or the actor may not know of it.
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

/// Resolves a conversation for the tenant's server. Includes deleted conversations, which are found
/// by id only.
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

/// Loads a conversation by id. Reads the head before the documents, so that they include every
/// record up to it.
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
    let (conversation, member) = tokio::try_join!(tenant.get(id), part_of(tenant, id, actor))?;
    let conversation = conversation.ok_or_else(not_found)?;
    let conversation = match member.as_ref().and_then(PastView::of) {
        Some(past) => past.conversation(conversation),
        None => conversation,
    };
    let access = Access {
        conversation,
        member,
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

/// Returns the query for a user's participant document in a conversation.
pub(super) fn membership(
    conversation: Id<Conversation>,
    user: Id<User>,
) -> store::Query<Participant> {
    Participant::membership
        .eq(Participant::conversation_id, conversation)
        .eq(Participant::user_id, user)
}

/// Returns the error for a conversation that does not exist or that the actor may not know of.
pub(super) fn not_found() -> Error {
    Error::new(
        ErrorCode::ConversationNotFound,
        "There is no such conversation.",
    )
}

pub(super) fn not_a_participant() -> Error {
    Error::new(
        ErrorCode::NotAParticipant,
        "You are not a participant of this conversation.",
    )
}

impl Access {
    /// Returns the acting user.
    pub(super) fn user(&self) -> Result<Id<User>> {
        self.actor.user()
    }

    /// Returns the acting user; `None` for a server without `Caas-User`.
    pub(super) fn acting_user(&self) -> Option<Id<User>> {
        self.actor.user().ok()
    }

    fn may_know(&self) -> bool {
        self.actor == Actor::Server
            || self.member.is_some()
            || self.conversation.visibility == Some(Visibility::Public)
    }

    /// Returns the range of sequence numbers that the actor may read.
    ///
    /// # Errors
    /// 403 `not_a_participant` if the user has never been a participant of the public channel.
    pub fn readable(&self) -> Result<(Bound<i64>, Bound<i64>)> {
        match (&self.member, self.actor) {
            (_, Actor::Server) => Ok((Bound::Unbounded, Bound::Unbounded)),
            (Some(member), _) => {
                let last = PastView::of(member).map(PastView::last);
                Ok((
                    Bound::Included(member.visible_from.get()),
                    last.map_or(Bound::Unbounded, Bound::Included),
                ))
            }
            (None, _) => Err(not_a_participant()),
        }
    }

    /// Returns the point at which a former participant left.
    pub(super) fn past(&self) -> Option<PastView> {
        self.member.as_ref().and_then(PastView::of)
    }

    /// Returns whether a message is hidden from the actor, although they participate.
    pub(super) fn is_hidden(&self, message: &Message) -> bool {
        let hidden_from = message.hidden_from();
        hidden_from.is_some() && hidden_from == self.acting_user()
    }

    /// Returns a readable message as the actor sees it.
    pub(super) fn seen(&self, message: Entity<Message>) -> Entity<Message> {
        match self.past() {
            Some(past) => past.message(message),
            None => message,
        }
    }

    /// Requires a current participant. Participants and read receipts have no historical state.
    ///
    /// # Errors
    /// 403 `not_a_participant`.
    pub fn require_present(&self) -> Result<()> {
        match (&self.member, self.actor) {
            (_, Actor::Server) => Ok(()),
            (Some(member), _) if member.is_active => Ok(()),
            _ => Err(not_a_participant()),
        }
    }

    /// Returns whether the actor may read the record with this sequence number.
    #[must_use]
    pub fn may_read(&self, seq: i64) -> bool {
        self.readable()
            .is_ok_and(|bounds| std::ops::RangeBounds::contains(&bounds, &seq))
    }

    fn state(&self) -> MembershipState {
        let member = self
            .member
            .as_ref()
            .filter(|member| member.is_active)
            .map(|member| member.role);
        let blocked = self.conversation.blocked.unwrap_or(false);
        MembershipState {
            open: true,
            blocked,
            member,
            server: self.actor == Actor::Server,
        }
    }

    /// Checks the rule against the state that was read. Cheap early rejection; the guard checks
    /// again at commit.
    ///
    /// # Errors
    /// The error of `rule`.
    pub(super) fn require(&self, rule: Rule) -> Result<()> {
        self.state().check(rule)
    }

    /// Returns a guard that checks the rule at the head to which the record is appended and adds
    /// the writes of `batch_for`.
    pub(super) fn guard(
        &self,
        rule: Rule,
        batch_for: impl Fn(&[&Row]) -> Result<Batch<TenantData>> + Send + Sync + 'static,
    ) -> Guard {
        let state = self.state();
        let user = self.acting_user();
        Guard::new(move |records| {
            let since: Vec<&Row> = records.collect();
            state.since(user, since.iter().copied()).check(rule)?;
            batch_for(&since)
        })
    }

    /// Returns the acting user's permission to post.
    ///
    /// # Errors
    /// 403 if a server acts without a user.
    pub(super) fn permission(&self) -> Result<PostPermission> {
        let user = self.user()?;
        let conversation = self.conversation.id;
        Ok(PostPermission {
            conversation,
            user,
            seen: self.head,
            state: self.state(),
            client: ClientChannel::of(&self.conversation),
        })
    }
}
