use base::{Error, ErrorCode, Id, IdOrExternalId, Patch, Result};
use store::{AppendError, Batch, Changes, RawJson, Seq, TenantData, TenantStore, Update};

use super::view::{ConversationView, get};
use crate::actor::Actor;
use crate::holds::{NoHold, legal_hold_error};
use crate::media::is_avatar_path;
use crate::messaging::access::{Access, not_found, open};
use crate::messaging::collections::{
    Action, Conversation, ConversationType, Participant, Visibility, deleted_by,
};
use crate::messaging::permissions::Rule;
use crate::messaging::record::{append, settings};
use crate::users::User;
use crate::validation;

/// Maximum attempts of a change without a version when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Changes of a conversation.
#[derive(Debug, Clone, Default)]
pub struct ConversationPatch {
    /// Display name.
    pub name: Patch<String>,
    /// Avatar URL.
    pub avatar_url: Patch<String>,
    /// The tenant's own data.
    pub metadata: Patch<RawJson>,
    /// Access; channels only.
    pub visibility: Option<Visibility>,
    /// Expected version of the conversation, if any.
    pub version: Option<i64>,
}

/// Changes a conversation. Requires an admin or the tenant's server.
///
/// # Errors
/// 400 if invalid, 403 `role_not_allowed` or `not_a_participant`, 404, 409 `version_conflict` or
/// `legal_hold`.
pub async fn update(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    patch: ConversationPatch,
) -> Result<ConversationView> {
    let patch = patch.checked()?;
    for _ in 0..MAX_ATTEMPTS {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Manage)?;
        patch.suits(access.conversation.r#type)?;
        if access.conversation.client_user_id.is_some()
            && patch.visibility == Some(Visibility::Public)
        {
            let detail = "The channel of a client is private.";
            return Err(Error::new(ErrorCode::StateConflict, detail));
        }
        let no_hold = if patch.replaces_content(&access.conversation) {
            Some(NoHold::check(tenant, [access.conversation.id.object_id()]).await?)
        } else {
            None
        };
        match attempt(tenant, &access, &patch, no_hold).await {
            Err(AppendError::PreconditionFailed { .. }) if patch.version.is_none() => {}
            Err(AppendError::PreconditionFailed { current: None }) => return Err(not_found()),
            Err(AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return get(tenant, actor, &IdOrExternalId::Id(access.conversation.id)).await,
        }
    }
    Err(AppendError::Behind.into())
}

async fn attempt(
    tenant: &TenantStore,
    access: &Access,
    patch: &ConversationPatch,
    no_hold: Option<NoHold>,
) -> Result<(), AppendError> {
    let conversation = &access.conversation;
    let mut name = conversation.name.clone();
    let mut avatar_url = conversation.avatar_url.clone();
    let mut metadata = conversation.metadata.clone();
    let version = patch.version.unwrap_or(conversation.version);
    patch.name.clone().apply(&mut name);
    patch.avatar_url.clone().apply(&mut avatar_url);
    patch.metadata.clone().apply(&mut metadata);
    let changes = Changes::new()
        .put(Conversation::name, name)
        .put(Conversation::avatar_url, avatar_url)
        .put(Conversation::metadata, metadata)
        .put(
            Conversation::visibility,
            patch.visibility.or(conversation.visibility),
        )
        .set(Conversation::changed_seq, Seq::Assigned);
    let update = Update::of(changes).expecting_version(version);
    let handle = tenant.clone();
    let id = conversation.id;
    let guard = access.guard(Rule::Manage, move |_| {
        let mut batch = handle.batch();
        if let Some(no_hold) = &no_hold {
            no_hold.assert_unchanged(&mut batch);
        }
        batch.update(id, update.clone());
        Ok(batch)
    });
    append(
        tenant,
        settings(id, access.acting_user(), Action::Updated),
        access.head,
        guard,
    )
    .await
    .map(drop)
}

impl ConversationPatch {
    fn checked(mut self) -> Result<Self> {
        if let Some(name) = self.name.value() {
            validation::name("/name", name)?;
        }
        if let Some(url) = self.avatar_url.value()
            && !is_avatar_path(url)
        {
            validation::url("/avatar_url", url)?;
        }
        if let Some(metadata) = self.metadata.value() {
            self.metadata = Patch::Set(validation::metadata("/metadata", metadata)?);
        }
        Ok(self)
    }

    /// Returns whether a name, avatar or metadata is overwritten. These have no history.
    fn replaces_content(&self, before: &Conversation) -> bool {
        fn replaces<T: Clone + PartialEq>(change: &Patch<T>, before: Option<&T>) -> bool {
            let mut after = before.cloned();
            change.clone().apply(&mut after);
            before.is_some() && after.as_ref() != before
        }
        replaces(&self.name, before.name.as_ref())
            || replaces(&self.avatar_url, before.avatar_url.as_ref())
            || replaces(&self.metadata, before.metadata.as_ref())
    }

    fn suits(&self, r#type: ConversationType) -> Result<()> {
        if self.visibility.is_some() && r#type != ConversationType::Channel {
            return Err(Error::invalid(
                "/visibility",
                "only a channel has a visibility",
            ));
        }
        if r#type == ConversationType::Direct
            && (self.name.value().is_some() || self.avatar_url.value().is_some())
        {
            return Err(Error::invalid(
                "/name",
                "must not be set for a direct conversation",
            ));
        }
        Ok(())
    }
}

/// Deletes a conversation. Requires an owner or the tenant's server. Clears name, avatar and
/// metadata, and releases the external id. The two users of a direct conversation may create
/// another one.
///
/// # Errors
/// 403 `role_not_allowed` or `not_a_participant`, 404 `conversation_not_found`, 409 `legal_hold`.
pub async fn delete(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
) -> Result<()> {
    for _ in 0..MAX_ATTEMPTS {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Own)?;
        let no_hold = no_hold(tenant, access.conversation.id).await?;
        match attempt_delete(tenant, &access, no_hold).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Checks that there is no legal hold on the conversation or its current and former participants.
async fn no_hold(tenant: &TenantStore, conversation: Id<Conversation>) -> Result<NoHold> {
    let no_hold = NoHold::check(tenant, [conversation.object_id()]).await?;
    let mut after = None;
    loop {
        let page = no_hold.held_users(after).await?;
        let users = page.items.iter().map(|rule| Id::new(rule.id.object_id()));
        let members = Participant::membership.eq(Participant::conversation_id, conversation);
        let members = members.one_of(Participant::user_id, users).limit(1);
        if !page.items.is_empty() && !tenant.list(members).await?.items.is_empty() {
            return Err(legal_hold_error());
        }
        after = page.next;
        if after.is_none() {
            return Ok(no_hold);
        }
    }
}

async fn attempt_delete(
    tenant: &TenantStore,
    access: &Access,
    no_hold: NoHold,
) -> Result<(), AppendError> {
    let handle = tenant.clone();
    let id = access.conversation.id;
    let by = access.acting_user();
    let guard = access.guard(Rule::Own, move |_| {
        let mut batch = handle.batch();
        delete_in(&mut batch, id, by, &no_hold);
        Ok(batch)
    });
    append(
        tenant,
        settings(id, by, Action::Removed),
        access.head,
        guard,
    )
    .await
    .map(drop)
}

/// Adds the deletion of a conversation to the batch of its log record.
pub(in crate::messaging) fn delete_in(
    batch: &mut Batch<TenantData>,
    id: Id<Conversation>,
    by: Option<Id<User>>,
    no_hold: &NoHold,
) {
    let changes = Changes::new()
        .clear(Conversation::external_id)
        .clear(Conversation::direct_key)
        .clear(Conversation::name)
        .clear(Conversation::avatar_url)
        .clear(Conversation::metadata)
        .set(Conversation::changed_seq, Seq::Assigned);
    no_hold.assert_unchanged(batch);
    batch.update(id, Update::of(changes).deleting(deleted_by(by)));
}
