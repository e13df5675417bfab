use base::{Error, ErrorCode, Id, Result, limit};
use store::{Append, AppendError, Batch, Guard, Query, Seq, TenantData, TenantStore};

use super::view::{ConversationView, get};
use super::{NewConversation, capacity};
use crate::actor::Actor;
use crate::idempotency::{Attempt, Replay};
use crate::messaging::blocks;
use crate::messaging::collections::{
    Conversation, ConversationType, Participant, Role, Visibility,
};
use crate::messaging::content::InitialParticipant;
use crate::messaging::participant::{self, note_joined};
use crate::messaging::record::creation;
use crate::messaging::ticket::create_ticket;
use crate::relationships::{Pair, blocked_error};
use crate::user_log::{UserEvent, tell};
use crate::users::{self, User};

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// HTTP status returned to a repeated request: created.
const CREATED: i64 = 201;

/// A created or existing conversation.
#[derive(Debug, Clone)]
pub struct Created {
    /// The conversation.
    pub view: ConversationView,
    /// Whether the conversation existed before, with the same two users or the same external id.
    pub existed: bool,
}

/// Creates a conversation. Returns the existing one with the same two users or the same external
/// id.
///
/// # Errors
/// 400 if invalid, 404 `user_not_found` for a participant, 409 `external_id_taken` by a
/// conversation the actor may not know of, 422 `limit_reached` for a participant.
pub async fn create(tenant: &TenantStore, actor: Actor, new: NewConversation) -> Result<Created> {
    create_under(tenant, actor, new, None).await
}

/// Creates a conversation at most once per idempotency key. Also returns whether the request was a
/// repeat.
///
/// # Errors
/// As [`create`], and 409 `idempotency_key_reused`.
pub async fn create_once(
    tenant: &TenantStore,
    actor: Actor,
    new: NewConversation,
    attempt: &Attempt,
) -> Result<(Created, bool)> {
    if let Some(replay) = attempt.replay(tenant).await? {
        return Ok((replayed(tenant, actor, &replay).await?, true));
    }
    match create_under(tenant, actor, new, Some(attempt)).await {
        Err(failure) => match attempt.replay(tenant).await? {
            // A concurrent repeat committed first.
            Some(replay) => Ok((replayed(tenant, actor, &replay).await?, true)),
            None => Err(failure),
        },
        Ok(created) => Ok((created, false)),
    }
}

async fn replayed(tenant: &TenantStore, actor: Actor, replay: &Replay) -> Result<Created> {
    let get_or_create = replay.results.first().ok_or_else(|| {
        Error::new(
            ErrorCode::ConversationNotFound,
            "The earlier request created no conversation.",
        )
    })?;
    Ok(Created {
        view: get(
            tenant,
            actor,
            &base::IdOrExternalId::Id(Id::new(*get_or_create)),
        )
        .await?,
        existed: false,
    })
}

async fn create_under(
    tenant: &TenantStore,
    actor: Actor,
    new: NewConversation,
    attempt: Option<&Attempt>,
) -> Result<Created> {
    let new = new.checked()?;
    let first = first_participants(tenant, actor, &new).await?;
    let direct_key = direct_key(&new, &first)?;
    if let Some(created) = existing(tenant, actor, &new, direct_key.as_deref()).await? {
        return Ok(created);
    }
    check_quota(tenant, &first).await?;
    check_invitations(tenant, actor, &first).await?;
    for _ in 0..MAX_ATTEMPTS {
        let id = tenant.context().new_id();
        let pair = pair(tenant, actor, &new, &first).await?;
        let insert = ConversationInsert {
            id,
            by: actor.user().ok(),
            first: first.clone(),
            pair,
            attempt: attempt.cloned(),
        };
        match insert.commit(tenant, &new, direct_key.clone()).await {
            Ok(()) => {
                return Ok(Created {
                    view: get(tenant, actor, &base::IdOrExternalId::Id(id)).await?,
                    existed: false,
                });
            }
            Err(AppendError::Conflict {
                collection: "conversations",
                ..
            }) => {
                let found = existing(tenant, actor, &new, direct_key.as_deref()).await?;
                return found.ok_or_else(|| AppendError::Behind.into());
            }
            // The relationship of the two users has changed concurrently.
            Err(
                AppendError::PreconditionFailed { .. }
                | AppendError::Conflict {
                    collection: "user_relationships",
                    ..
                },
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Rejects participants with a block between them and the actor, or between each other.
async fn check_invitations(
    tenant: &TenantStore,
    actor: Actor,
    first: &[InitialParticipant],
) -> Result<()> {
    let invited: Vec<_> = first.iter().map(|member| member.user_id).collect();
    // Boxed because the future is large and rarely pending.
    Box::pin(blocks::check_blocks(tenant, actor, None, &invited)).await
}

/// Returns the relationship of the two users of a new direct conversation.
async fn pair(
    tenant: &TenantStore,
    actor: Actor,
    new: &NewConversation,
    first: &[InitialParticipant],
) -> Result<Option<Pair>> {
    let (ConversationType::Direct, [one, other]) = (new.r#type, first) else {
        return Ok(None);
    };
    let pair = Pair::read(tenant, one.user_id, other.user_id).await?;
    if pair.is_blocked() && actor != Actor::Server {
        return Err(blocked_error());
    }
    Ok(Some(pair))
}

async fn first_participants(
    tenant: &TenantStore,
    actor: Actor,
    new: &NewConversation,
) -> Result<Vec<InitialParticipant>> {
    let named = users::resolve_many(tenant, &new.participants)
        .await
        .map_err(|failure| failure.within("/participants"))?;
    let creator = actor.user().ok();
    let mut first: Vec<InitialParticipant> = creator
        .map(|user_id| InitialParticipant {
            user_id,
            role: Role::Owner,
        })
        .into_iter()
        .collect();
    for user in named {
        if first.iter().all(|present| present.user_id != user.id) {
            first.push(InitialParticipant {
                user_id: user.id,
                role: Role::Member,
            });
        }
    }
    if new.r#type == ConversationType::Direct {
        first
            .iter_mut()
            .for_each(|member| member.role = Role::Member);
    }
    Ok(first)
}

fn direct_key(new: &NewConversation, first: &[InitialParticipant]) -> Result<Option<String>> {
    match (new.r#type, first) {
        (ConversationType::Direct, [one, other]) => {
            Ok(Some(key_of_two(one.user_id, other.user_id)))
        }
        (ConversationType::Direct, _) => Err(Error::invalid(
            "/participants",
            "a direct conversation has exactly two users",
        )),
        (ConversationType::Group | ConversationType::Channel, _) => Ok(None),
    }
}

fn key_of_two(one: Id<User>, other: Id<User>) -> String {
    format!("{}:{}", one.min(other), one.max(other))
}

/// Returns the query for the direct conversation of two users.
pub(in crate::messaging) fn of_two(one: Id<User>, other: Id<User>) -> Query<Conversation> {
    by_direct_key(&key_of_two(one, other))
}

/// Returns the existing conversation that the request refers to.
async fn existing(
    tenant: &TenantStore,
    actor: Actor,
    new: &NewConversation,
    direct_key: Option<&str>,
) -> Result<Option<Created>> {
    for query in [
        direct_key.map(by_direct_key),
        new.external_id.clone().map(by_external_id),
    ]
    .into_iter()
    .flatten()
    {
        if let Some(found) = tenant.find(query).await? {
            let taken = |failure: Error| match failure.code {
                ErrorCode::ConversationNotFound => Error::new(
                    ErrorCode::ExternalIdTaken,
                    "Another conversation has this external_id.",
                ),
                _ => failure,
            };
            let view = get(tenant, actor, &base::IdOrExternalId::Id(found.id))
                .await
                .map_err(taken)?;
            return Ok(Some(Created {
                view,
                existed: true,
            }));
        }
    }
    Ok(None)
}

fn by_direct_key(key: &str) -> Query<Conversation> {
    Conversation::by_direct_key.eq(Conversation::direct_key, key.to_owned())
}

fn by_external_id(id: base::ExternalId) -> Query<Conversation> {
    Conversation::by_external_id.eq(Conversation::external_id, id)
}

/// Checks that each user may join one more conversation.
async fn check_quota(tenant: &TenantStore, first: &[InitialParticipant]) -> Result<()> {
    let users: Vec<_> = first.iter().map(|member| member.user_id).collect();
    participant::check_quota(tenant, &users).await
}

/// A conversation to be inserted.
struct ConversationInsert {
    id: Id<Conversation>,
    by: Option<Id<User>>,
    first: Vec<InitialParticipant>,
    /// Relationship of the two users of a direct conversation; the commit fails if it has changed.
    pair: Option<Pair>,
    attempt: Option<Attempt>,
}

impl ConversationInsert {
    async fn commit(
        self,
        tenant: &TenantStore,
        new: &NewConversation,
        direct_key: Option<String>,
    ) -> Result<(), AppendError> {
        let id = self.id;
        let record = creation(self.id, self.by, self.first.clone());
        let blocked = self
            .pair
            .as_ref()
            .is_some_and(Pair::is_blocked)
            .then_some(true);
        let conversation = Conversation {
            blocked,
            ..document(new, self.by, direct_key, self.first.len())
        };
        let handle = tenant.clone();
        let guard = Guard::new(move |_| Ok(self.batch(&handle, &conversation)));
        let append = Append {
            id: tenant.context().new_id(),
            record,
            seen: Some(0),
            guard,
        };
        tenant.append(id, append).await.map(drop)
    }

    fn batch(&self, tenant: &TenantStore, conversation: &Conversation) -> Batch<TenantData> {
        let mut batch = tenant.batch();
        batch.insert_as(self.id, conversation.clone());
        if let Some(client) = conversation.client_user_id {
            create_ticket(&mut batch, self.id, client);
        }
        self.first
            .iter()
            .for_each(|member| insert_participant(&mut batch, self.id, member));
        if let Some(attempt) = &self.attempt {
            attempt.record(&mut batch, CREATED, &[self.id.object_id()]);
        }
        if let Some(pair) = &self.pair {
            pair.hold(&mut batch);
        }
        batch
    }
}

fn document(
    new: &NewConversation,
    by: Option<Id<User>>,
    direct_key: Option<String>,
    participants: usize,
) -> Conversation {
    Conversation {
        r#type: new.r#type,
        visibility: (new.r#type == ConversationType::Channel)
            .then(|| new.visibility.unwrap_or(Visibility::Private)),
        name: new.name.clone(),
        avatar_url: new.avatar_url.clone(),
        external_id: new.external_id.clone(),
        direct_key,
        metadata: new.metadata.clone(),
        created_by: by,
        participant_count: i64::try_from(participants.min(limit::CHANNEL_PARTICIPANTS))
            .unwrap_or(capacity(new.r#type)),
        blocked: None,
        client_user_id: new.client_user_id,
        window_ends_at: None,
        changed_seq: Seq::Assigned,
    }
}

fn insert_participant(
    batch: &mut Batch<TenantData>,
    conversation_id: Id<Conversation>,
    member: &InitialParticipant,
) {
    let user_id = member.user_id;
    let role = member.role;
    let joined_at = batch.now();
    let joined_seq = Seq::Assigned;
    let visible_from = Seq::Assigned;
    let changed_seq = Seq::Assigned;
    let is_active = true;
    let left_seq = None;
    tell(
        batch,
        user_id,
        UserEvent::ConversationJoined {
            conversation_id: conversation_id.object_id(),
        },
    );
    batch.insert(Participant {
        conversation_id,
        user_id,
        role,
        is_active,
        joined_at,
        joined_seq,
        left_seq,
        visible_from,
        changed_seq,
    });
    note_joined(batch, user_id, conversation_id);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use base::IdOrExternalId;

    use super::*;
    use crate::world::{World, ext, person};

    fn group(name: &str) -> NewConversation {
        let asked = NewConversation::new(ConversationType::Group, vec![ext("bob")]);
        NewConversation {
            name: Some(name.to_owned()),
            ..asked
        }
    }

    #[tokio::test]
    async fn concurrent_creates_with_one_key_create_one_conversation() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = Actor::User(person(&acme, "ada").await);
        person(&acme, "bob").await;
        let attempt = |body: &[u8]| {
            Attempt::new(
                "user:ada".to_owned(),
                "k",
                world.key_ring.fingerprint(&[body]),
            )
            .unwrap()
        };
        let racers = (0..50).map(|_| {
            let acme = acme.clone();
            let attempt = attempt(b"{}");
            tokio::spawn(async move {
                create_once(&acme, ada, group("Team"), &attempt)
                    .await
                    .unwrap()
            })
        });
        let mut get_or_create = HashSet::new();
        let mut first = 0;
        for racer in racers.collect::<Vec<_>>() {
            let (created, repeat) = racer.await.unwrap();
            get_or_create.insert(created.view.conversation.id);
            first += usize::from(!repeat);
        }
        assert_eq!((get_or_create.len(), first), (1, 1));
        let other = create_once(&acme, ada, group("Other"), &attempt(b"[]"))
            .await
            .unwrap_err();
        assert_eq!(other.code, ErrorCode::IdempotencyKeyReused);
        let id = *get_or_create.iter().next().unwrap();
        assert!(get(&acme, ada, &IdOrExternalId::Id(id)).await.is_ok());
    }
}
