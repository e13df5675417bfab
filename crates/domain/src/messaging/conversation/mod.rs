//! Create, list, change and delete conversations.

mod avatar;
mod create;
mod update;
mod view;

pub use avatar::set_avatar;
pub(super) use create::of_two;
pub use create::{Created, create, create_once};
pub(super) use update::delete_in;
pub use update::{ConversationPatch, delete, update};
pub use view::{ConversationView, ListPage, ListPosition, MembershipView, get, list};
pub use view::{TenantFilter, list_all, views};

use base::{Error, ErrorCode, ExternalId, Id, IdOrExternalId, Result, limit};
use store::{RawJson, TenantStore};

use super::collections::{ConversationType, Visibility};
use crate::users::User;
use crate::{settings, validation};

/// Input of [`create`](fn@create).
#[derive(Debug, Clone)]
pub struct NewConversation {
    /// Type of the conversation.
    pub r#type: ConversationType,
    /// Access; channels only, private by default.
    pub visibility: Option<Visibility>,
    /// Display name; not allowed for direct conversations.
    pub name: Option<String>,
    /// Avatar URL.
    pub avatar_url: Option<String>,
    /// The tenant's own id; an existing conversation with this id is returned.
    pub external_id: Option<ExternalId>,
    /// The tenant's own data.
    pub metadata: Option<RawJson>,
    /// Initial participants; the acting user is always included.
    pub participants: Vec<IdOrExternalId<User>>,
    /// The client whose channel it is.
    pub client_user_id: Option<Id<User>>,
}

impl NewConversation {
    /// Returns the input for a type and initial participants, without optional fields.
    #[must_use]
    pub const fn new(r#type: ConversationType, participants: Vec<IdOrExternalId<User>>) -> Self {
        let visibility = None;
        let name = None;
        let avatar_url = None;
        let external_id = None;
        let metadata = None;
        Self {
            r#type,
            visibility,
            name,
            avatar_url,
            external_id,
            metadata,
            participants,
            client_user_id: None,
        }
    }

    /// Validates the fields and that they are allowed for the type.
    pub(super) fn checked(mut self) -> Result<Self> {
        if self.r#type == ConversationType::Direct
            && (self.name.is_some() || self.avatar_url.is_some())
        {
            return Err(Error::invalid(
                "/name",
                "must not be set for a direct conversation",
            ));
        }
        if self.r#type != ConversationType::Channel && self.visibility.is_some() {
            return Err(Error::invalid(
                "/visibility",
                "only a channel has a visibility",
            ));
        }
        if let Some(name) = &self.name {
            validation::name("/name", name)?;
        }
        if let Some(url) = &self.avatar_url {
            validation::url("/avatar_url", url)?;
        }
        if let Some(metadata) = &self.metadata {
            self.metadata = Some(validation::metadata("/metadata", metadata)?);
        }
        if self.participants.len() > limit::BATCH {
            let text = format!(
                "At most {} participants per request; add the others later.",
                limit::BATCH
            );
            return Err(Error::invalid("/participants", text));
        }
        Ok(self)
    }
}

/// Returns the maximum number of participants for the type.
pub(in crate::messaging) fn capacity(r#type: ConversationType) -> i64 {
    let most = match r#type {
        ConversationType::Direct => 2,
        ConversationType::Group => limit::GROUP_PARTICIPANTS,
        ConversationType::Channel => limit::CHANNEL_PARTICIPANTS,
    };
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// Checks whether a user's token may create this conversation. An `external_id` requires the
/// tenant's server unless the setting `users_set_external_ids` is on. Called before any lookup, so
/// that the response does not reveal whether an id is taken.
///
/// # Errors
/// 403 `forbidden` for an `external_id`.
pub async fn require_naming(tenant: &TenantStore, new: &NewConversation) -> Result<()> {
    if new.external_id.is_none() || settings::get(tenant).await?.users_set_external_ids {
        return Ok(());
    }
    let message = "Only a server may set external_id; omit it, or enable users_set_external_ids.";
    Err(Error::new(ErrorCode::Forbidden, message))
}
