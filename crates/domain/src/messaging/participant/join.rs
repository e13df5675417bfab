use base::{Error, ErrorCode, Id, IdOrExternalId, Result};
use store::{AppendError, Batch, Changes, Entity, Seq, TenantData, TenantStore, Update};

use super::{
    MAX_ATTEMPTS, check_quota, not_found, note_joined, part_of, require_not_direct,
    require_unchanged, retry_if_changed,
};
use crate::actor::Actor;
use crate::messaging::access::{Access, open, open_id};
use crate::messaging::bans;
use crate::messaging::blocks::{check_blocks, check_owner_blocks};
use crate::messaging::collections::{Action, Conversation, Participant, Role, Visibility};
use crate::messaging::conversation::capacity;
use crate::messaging::permissions::Rule;
use crate::messaging::record::{append, participant};
use crate::settings::{self, History};
use crate::user_log::{UserEvent, tell};
use crate::users::{self, User};

/// Adds users to a group or channel. Requires an admin or the tenant's server. Current participants
/// are unchanged. If a user cannot be added, the users before them have been; the request can be
/// repeated.
///
/// # Errors
/// 403 `role_not_allowed`, `not_a_participant`, `user_banned` or `user_blocked`, 404, 409
/// `state_conflict` for a direct conversation, 422 `limit_reached`.
pub async fn add(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    named: &[IdOrExternalId<User>],
    role: Role,
) -> Result<Vec<Entity<Participant>>> {
    let access = open(tenant, actor, name).await?;
    let rule = if role == Role::Owner {
        Rule::Own
    } else {
        Rule::Manage
    };
    access.require(rule)?;
    require_not_direct(&access.conversation)?;
    let users = users::resolve_many(tenant, named)
        .await
        .map_err(|failure| failure.within("/users"))?;
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    check_quota(tenant, &ids).await?;
    Box::pin(check_blocks(
        tenant,
        actor,
        Some(&access.conversation),
        &ids,
    ))
    .await?;
    let mut members = Vec::with_capacity(ids.len());
    for user in ids {
        members
            .push(add_participant(tenant, actor, access.conversation.id, user, role, rule).await?);
    }
    Ok(members)
}

/// Makes a user a participant; no effect if they already are.
pub(super) async fn add_participant(
    tenant: &TenantStore,
    actor: Actor,
    conversation: Id<Conversation>,
    user: Id<User>,
    role: Role,
    rule: Rule,
) -> Result<Entity<Participant>> {
    for _ in 0..MAX_ATTEMPTS {
        let access = open_id(tenant, actor, conversation).await?;
        let member = part_of(tenant, conversation, user).await?;
        if let Some(active) = member.as_ref().filter(|member| member.is_active) {
            return Ok(active.clone());
        }
        require_no_other_client(tenant, &access.conversation, user).await?;
        bans::require_not_banned(tenant, conversation, user).await?;
        match attempt(tenant, &access, member, user, role, rule).await {
            Err(
                AppendError::Conflict { .. }
                | AppendError::PreconditionFailed { .. }
                | AppendError::Behind,
            ) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => {
                return part_of(tenant, conversation, user)
                    .await?
                    .ok_or_else(not_found);
            }
        }
    }
    Err(AppendError::Behind.into())
}

/// Checks that no client joins the channel of another one, where they would read what that client
/// and the staff write.
async fn require_no_other_client(
    tenant: &TenantStore,
    conversation: &Conversation,
    user: Id<User>,
) -> Result<()> {
    if conversation
        .client_user_id
        .is_none_or(|client| client == user)
    {
        return Ok(());
    }
    let user = tenant.get(user).await?.ok_or_else(users::not_found)?;
    if users::Role::of(&user.roles.0) == users::Role::Client {
        let detail = "The channel belongs to another client.";
        return Err(Error::new(ErrorCode::ClientAssigned, detail));
    }
    Ok(())
}

async fn attempt(
    tenant: &TenantStore,
    access: &Access,
    member: Option<Entity<Participant>>,
    user: Id<User>,
    role: Role,
    rule: Rule,
) -> Result<(), AppendError> {
    let conversation = access.conversation.id;
    let whole_history = settings::get(tenant)
        .await
        .map_err(AppendError::Refused)?
        .history
        == History::Whole;
    let new_participant = NewParticipant {
        conversation,
        user,
        role,
        whole_history,
        most: capacity(access.conversation.r#type),
    };
    let handle = tenant.clone();
    let guard = access.guard(rule, move |since| {
        require_unchanged(since, user)?;
        Ok(new_participant.batch(&handle, member.as_ref()))
    });
    let record = participant(
        conversation,
        access.acting_user(),
        user,
        Action::Added,
        role,
    );
    append(tenant, record, access.head, guard)
        .await
        .map(drop)
        .map_err(retry_if_changed)
}

/// The user who joins, with their role.
#[derive(Clone, Copy)]
struct NewParticipant {
    conversation: Id<Conversation>,
    user: Id<User>,
    role: Role,
    whole_history: bool,
    most: i64,
}

impl NewParticipant {
    fn batch(
        self,
        tenant: &TenantStore,
        member: Option<&Entity<Participant>>,
    ) -> Batch<TenantData> {
        let mut batch = tenant.batch();
        let visible_from = if self.whole_history {
            Seq::At(1)
        } else {
            Seq::Assigned
        };
        match member {
            Some(member) => {
                let changes = Changes::new()
                    .set(Participant::role, self.role)
                    .set(Participant::is_active, true)
                    .set(Participant::joined_at, batch.now())
                    .set(Participant::joined_seq, Seq::Assigned)
                    .clear(Participant::left_seq)
                    .set(Participant::visible_from, visible_from)
                    .set(Participant::changed_seq, Seq::Assigned);
                // Fails if the user has been added concurrently.
                batch.update(
                    member.id,
                    Update::of(changes).expecting(Participant::is_active, Some(false)),
                );
            }
            None => drop(batch.insert(self.document(batch.now(), visible_from))),
        }
        batch.increment(
            self.conversation,
            Conversation::participant_count,
            1,
            Some(self.most),
        );
        note_joined(&mut batch, self.user, self.conversation);
        tell(
            &mut batch,
            self.user,
            UserEvent::ConversationJoined {
                conversation_id: self.conversation.object_id(),
            },
        );
        batch
    }

    fn document(self, joined_at: base::Timestamp, visible_from: Seq) -> Participant {
        let Self {
            conversation: conversation_id,
            user: user_id,
            role,
            ..
        } = self;
        let is_active = true;
        let left_seq = None;
        let joined_seq = Seq::Assigned;
        let changed_seq = Seq::Assigned;
        Participant {
            conversation_id,
            user_id,
            role,
            is_active,
            joined_at,
            joined_seq,
            left_seq,
            visible_from,
            changed_seq,
        }
    }
}

/// Adds the acting user to a public channel.
///
/// # Errors
/// 403 `forbidden` without an invitation to a conversation that is not public, `user_banned` or
/// `user_blocked`, 404, 422 `limit_reached`.
pub async fn join(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
) -> Result<Entity<Participant>> {
    let user = actor.user()?;
    let access = open(tenant, actor, name).await?;
    if let Some(member) = access.member.filter(|member| member.is_active) {
        return Ok(member);
    }
    if access.conversation.visibility != Some(Visibility::Public) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "Only a public channel can be joined; others need an invitation.",
        ));
    }
    check_owner_blocks(tenant, &access.conversation, user).await?;
    check_quota(tenant, &[user]).await?;
    add_participant(
        tenant,
        actor,
        access.conversation.id,
        user,
        Role::Member,
        Rule::Exist,
    )
    .await
}
