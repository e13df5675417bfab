use base::{Error, IdOrExternalId, Patch, Result};
use store::{AppendError, Changes, RawJson, Seq, TenantStore, Update};

use super::get::get;
use super::view::ConversationView;
use crate::actor::Actor;
use crate::holds::Unheld;
use crate::messaging::access::{Access, Rule, not_found, open};
use crate::messaging::collections::{Action, Conversation, ConversationType, Visibility};
use crate::messaging::record::{append, settings};
use crate::validation;

/// Times that a change without a version is tried against others.
const TRIES: usize = 5;

/// What changes of a conversation.
#[derive(Debug, Clone, Default)]
pub struct ConversationPatch {
    /// What participants call it.
    pub name: Patch<String>,
    /// A picture.
    pub avatar_url: Patch<String>,
    /// The tenant's own data.
    pub metadata: Patch<RawJson>,
    /// Who may join; channels only.
    pub visibility: Option<Visibility>,
    /// Only if the conversation has this version.
    pub version: Option<i64>,
}

/// Changes a conversation: an admin of it, or the tenant's server.
///
/// # Errors
/// 400 out of bounds, 403 `role_not_allowed` or `not_a_participant`, 404, 409
/// `version_conflict` or `legal_hold`.
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

    /// Whether a name, avatar or metadata goes for good, which no history keeps.
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
