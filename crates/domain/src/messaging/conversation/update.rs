use base::{Error, Id, IdOrExternalId, Patch, Result};
use store::{AppendError, Batch, Changes, RawJson, Seq, TenantData, TenantStore, Update};

use super::view::{ConversationView, get};
use crate::actor::Actor;
use crate::holds::{Unheld, held};
use crate::messaging::access::{Access, not_found, open};
use crate::messaging::collections::{
    Action, Conversation, ConversationType, Participant, Visibility, marked_by,
};
use crate::messaging::permissions::Rule;
use crate::messaging::record::{append, settings};
use crate::users::User;
use crate::validation;

/// Maximum attempts of a change without a version when other writers conflict.
const TRIES: usize = 5;

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
    for _ in 0..TRIES {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Manage)?;
        patch.suits(access.conversation.r#type)?;
        let unheld = if patch.replaces_content(&access.conversation) {
            Some(Unheld::ask(tenant, [access.conversation.id.object_id()]).await?)
        } else {
            None
        };
        match attempt(tenant, &access, &patch, unheld).await {
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
    unheld: Option<Unheld>,
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
        if let Some(unheld) = &unheld {
            unheld.heed(&mut batch);
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
        if let Some(url) = self.avatar_url.value() {
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
                "a direct conversation has neither name nor avatar: it shows the other user's",
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
    for _ in 0..TRIES {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Own)?;
        let unheld = unheld(tenant, access.conversation.id).await?;
        match attempt_delete(tenant, &access, unheld).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Checks that there is no legal hold on the conversation or its current and former participants.
async fn unheld(tenant: &TenantStore, conversation: Id<Conversation>) -> Result<Unheld> {
    let unheld = Unheld::ask(tenant, [conversation.object_id()]).await?;
    let mut after = None;
    loop {
        let page = unheld.held_users(after).await?;
        let users = page.items.iter().map(|rule| Id::new(rule.id.object_id()));
        let parts = Participant::membership.eq(Participant::conversation_id, conversation);
        let parts = parts.one_of(Participant::user_id, users).limit(1);
        if !page.items.is_empty() && !tenant.list(parts).await?.items.is_empty() {
            return Err(held());
        }
        after = page.next;
        if after.is_none() {
            return Ok(unheld);
        }
    }
}

async fn attempt_delete(
    tenant: &TenantStore,
    access: &Access,
    unheld: Unheld,
) -> Result<(), AppendError> {
    let handle = tenant.clone();
    let id = access.conversation.id;
    let by = access.acting_user();
    let guard = access.guard(Rule::Own, move |_| {
        let mut batch = handle.batch();
        delete_in(&mut batch, id, by, &unheld);
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
    unheld: &Unheld,
) {
    let changes = Changes::new()
        .clear(Conversation::external_id)
        .clear(Conversation::direct_key)
        .clear(Conversation::name)
        .clear(Conversation::avatar_url)
        .clear(Conversation::metadata)
        .set(Conversation::changed_seq, Seq::Assigned);
    unheld.heed(batch);
    batch.update(id, Update::of(changes).deleting(marked_by(by)));
}
