//! Bans: exclude a user from a group or channel until the ban is lifted or expires.
//!
//! A join reads the ban after the head on which its guard is based. The guard fails if a later
//! record concerns the user. Therefore no join can commit after a ban has been acknowledged.

use base::{Direction, Error, ErrorCode, Id, IdOrExternalId, PageSize, Result, Timestamp, limit};
use store::{
    AppendError, Batch, Entity, Page, Position, Query, TenantData, TenantStore, collection,
};

use super::access::{Access, open};
use super::collections::{Action, Conversation, Role};
use super::participant::{
    expel_with, is_last_owner, part_of, require_not_direct, require_unchanged, retry_if_changed,
};
use super::permissions::Rule;
use super::record::{append, ban};
use crate::actor::Actor;
use crate::users::{self, User};
use crate::validation;

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 10;

fn not_banned() -> Error {
    Error::new(
        ErrorCode::BanNotFound,
        "The user is not banned from this conversation.",
    )
}

/// Returns the query for a user's ban in a conversation.
fn of_user(conversation: Id<Conversation>, user: Id<User>) -> Query<Ban> {
    Ban::by_conversation
        .eq(Ban::conversation_id, conversation)
        .eq(Ban::user_id, user)
}

/// Returns a user's ban from a conversation, if there is one.
pub(super) async fn find(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<Option<Entity<Ban>>> {
    Ok(tenant.find(of_user(conversation, user)).await?)
}

/// Fails if the user is banned.
///
/// # Errors
/// 403 `user_banned`.
pub(super) async fn require_not_banned(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<()> {
    match find(tenant, conversation, user).await? {
        None => Ok(()),
        Some(ban) => Err(banned(&ban)),
    }
}

fn banned(ban: &Ban) -> Error {
    let until = ban
        .ends_at()
        .map(|end| format!(" until {end}"))
        .unwrap_or_default();
    let message = format!(
        "The user {} is banned from this conversation{until}.",
        ban.user_id
    );
    Error::new(ErrorCode::UserBanned, message)
}

collection! {
    /// A user's ban from a group or channel.
    pub struct Ban: TenantData "conversation_bans" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The banned user.
        user_id: Id<User>,
        /// The user who set the ban; absent if the tenant's server did.
        banned_by: Option<Id<User>>,
        /// The reason, shown to admins and owners.
        reason: Option<String>,
        /// Expiry time; [`Ban::FOREVER`] if the ban does not expire.
        expires_at: Timestamp,
    }
    expires: expires_at;
    shard_by: [conversation_id];
    indexes {
        by_conversation: Unique [conversation_id, user_id];
        by_user: None [user_id, conversation_id];
    }
    personal {
        user_id: purge by by_user;
        banned_by: keep;
    }
}

impl Ban {
    /// Expiry time of a permanent ban: 9999-12-31.
    pub const FOREVER: Timestamp = Timestamp::from_millis(253_402_214_400_000);

    /// Returns the expiry time; `None` for a permanent ban.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        (self.expires_at != Self::FOREVER).then_some(self.expires_at)
    }
}

/// Input of [`set`].
#[derive(Clone, Debug, Default)]
pub struct NewBan {
    /// Expiry time; permanent if absent.
    pub expires_at: Option<Timestamp>,
    /// The reason, shown to admins and owners.
    pub reason: Option<String>,
}

/// Bans a user from a group or channel, or updates the ban. Requires an admin or the tenant's
/// server; banning an owner requires an owner. The commit that adds the ban also removes the
/// participant. If the user is the last owner, another participant becomes owner first.
///
/// # Errors
/// 400 if invalid or if users ban themselves, 403 `role_not_allowed` or `not_a_participant`, 404,
/// 409 `state_conflict` for a direct conversation, 422 `limit_reached` above
/// [`limit::CONVERSATION_BANS`].
pub async fn set(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    user: &IdOrExternalId<User>,
    new: NewBan,
) -> Result<Entity<Ban>> {
    check_new(&new, tenant.context().now())?;
    for _ in 0..MAX_ATTEMPTS {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Manage)?;
        require_not_direct(&access.conversation)?;
        let user = users::resolve(tenant, user).await?.id;
        if access.acting_user() == Some(user) {
            return Err(Error::invalid(
                "",
                "You cannot ban yourself; leave the conversation instead.",
            ));
        }
        check_bound(tenant, access.conversation.id, user).await?;
        match attempt(tenant, &access, user, &new).await {
            Ok(Step::Removed)
            | Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) if is_last_owner(&error) => {}
            Err(error) => return Err(error.into()),
            Ok(Step::Banned) => {
                return find(tenant, access.conversation.id, user)
                    .await?
                    .ok_or_else(not_banned);
            }
        }
    }
    Err(AppendError::Behind.into())
}

fn check_new(new: &NewBan, now: Timestamp) -> Result<()> {
    if let Some(reason) = &new.reason {
        validation::text("/reason", reason, limit::BAN_REASON_CHARACTERS)?;
    }
    match new.expires_at {
        Some(end) if end <= now || end > Ban::FOREVER => Err(Error::invalid(
            "/expires_at",
            "Expected a time in the future, before the year 10000.",
        )),
        _ => Ok(()),
    }
}

async fn check_bound(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<()> {
    if find(tenant, conversation, user).await?.is_some() {
        return Ok(());
    }
    let all = Ban::by_conversation.eq(Ban::conversation_id, conversation);
    let counts = tenant
        .count_each(
            vec![all],
            limit::CONVERSATION_BANS,
            store::CountFilter::default(),
        )
        .await?;
    if counts
        .first()
        .is_some_and(|count| *count >= limit::CONVERSATION_BANS)
    {
        let message = format!(
            "Ban limit of the conversation reached ({}).",
            limit::CONVERSATION_BANS
        );
        return Err(Error::new(ErrorCode::LimitReached, message));
    }
    Ok(())
}

/// Outcome of one commit.
enum Step {
    /// The participant was removed and the ban document written; the `ban` record still has to be
    /// appended.
    Removed,
    /// The ban record was appended.
    Banned,
}

async fn attempt(
    tenant: &TenantStore,
    access: &Access,
    user: Id<User>,
    new: &NewBan,
) -> Result<Step, AppendError> {
    let conversation = access.conversation.id;
    let member = part_of(tenant, conversation, user)
        .await
        .map_err(AppendError::Refused)?;
    let document = Ban {
        conversation_id: conversation,
        user_id: user,
        banned_by: access.acting_user(),
        reason: new.reason.clone(),
        expires_at: new.expires_at.unwrap_or(Ban::FOREVER),
    };
    let write = move |batch: &mut Batch<TenantData>| {
        batch.upsert(
            Ban::by_conversation,
            document.clone(),
            &["banned_by", "reason", "expires_at"],
            &[],
        );
    };
    if let Some(member) = member.filter(|member| member.is_active) {
        let rule = if member.role == Role::Owner {
            Rule::Own
        } else {
            Rule::Manage
        };
        access.require(rule).map_err(AppendError::Refused)?;
        expel_with(tenant, access, &member, rule, write).await?;
        return Ok(Step::Removed);
    }
    let handle = tenant.clone();
    let guard = access.guard(Rule::Manage, move |since| {
        // The user may have joined concurrently.
        require_unchanged(since, user)?;
        let mut batch = handle.batch();
        write(&mut batch);
        Ok(batch)
    });
    let record = ban(conversation, access.acting_user(), user, Action::Added);
    append(tenant, record, access.head, guard)
        .await
        .map(|_| Step::Banned)
        .map_err(retry_if_changed)
}

/// Lifts a ban. Requires an admin or the tenant's server. The user does not become a participant,
/// but may join or be added again.
///
/// # Errors
/// 403 `role_not_allowed` or `not_a_participant`, 404 `conversation_not_found`, `user_not_found` or
/// `ban_not_found`.
pub async fn lift(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    user: &IdOrExternalId<User>,
) -> Result<()> {
    for _ in 0..MAX_ATTEMPTS {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Manage)?;
        let conversation = access.conversation.id;
        let user = users::resolve_even_deleted(tenant, user).await?.id;
        let present = find(tenant, conversation, user)
            .await?
            .ok_or_else(not_banned)?;
        let handle = tenant.clone();
        let guard = access.guard(Rule::Manage, move |_| {
            let mut batch = handle.batch();
            batch.remove(present.id, true);
            Ok(batch)
        });
        let record = ban(conversation, access.acting_user(), user, Action::Removed);
        match append(tenant, record, access.head, guard).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Returns a page of the bans of a conversation. Requires an admin or the tenant's server.
///
/// # Errors
/// 403 `role_not_allowed` or `not_a_participant`, 404 `conversation_not_found`.
pub async fn list(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    after: Option<Position>,
    direction: Direction,
    size: PageSize,
) -> Result<Page<Ban>> {
    let access = open(tenant, actor, name).await?;
    access.require(Rule::Manage)?;
    let query = Ban::by_conversation.eq(Ban::conversation_id, access.conversation.id);
    Ok(tenant
        .list(query.towards(direction).after(after).limit(size.get()))
        .await?)
}
