use base::Id;
use serde_json::Value;
use store::{Batch, JsonText, TenantData};

use super::{Activity, LIFE};
use crate::users::User;

/// What the types of the system's own activities begin with.
pub(super) const RESERVED: &str = "caas.";

store::string_enum! {
    /// What the system notes by itself.
    pub enum What {
        /// A user token was minted.
        TokenIssued = "caas.token_issued",
        /// The tenant's settings were changed.
        SettingsUpdated = "caas.settings_updated",
        /// The user's preferences were changed.
        PreferencesUpdated = "caas.preferences_updated",
        /// Data of an app was changed.
        AppDataUpdated = "caas.app_data_updated",
        /// The user began to take part in a conversation.
        Joined = "caas.joined",
        /// The user's part in a conversation ended.
        Left = "caas.left",
        /// The user blocked another.
        Blocked = "caas.blocked",
    }
}

/// Notes, in the batch of its effect, what happened: to which user, unless the
/// tenant's server did it on its own behalf, and in which app. `data` names
/// what it happened to by ids and words, never by texts that people wrote.
pub fn note(
    batch: &mut Batch<TenantData>,
    user: Option<Id<User>>,
    what: What,
    app: Option<&str>,
    data: &Value,
) {
    let timestamp = batch.now();
    batch.insert(Activity {
        user_id: user,
        event_type: what.as_str().to_owned(),
        app_id: app.map(str::to_owned),
        session_id: None,
        timestamp,
        data: Some(JsonText(data.to_string().into())),
        expires_at: timestamp.plus_millis(LIFE),
    });
}
