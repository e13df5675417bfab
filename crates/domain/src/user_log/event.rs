use base::{Id, ObjectId};
use serde::{Deserialize, Serialize};

use crate::identity::User;

/// What a user's devices are told. Ids and versions only: names and contents
/// are read where they live, so that none is stale and an erase finds all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum UserEvent {
    /// The user came into a conversation.
    #[serde(rename = "conversation.joined")]
    ConversationJoined {
        /// Which.
        conversation_id: ObjectId,
    },
    /// The user left a conversation or was removed from it.
    #[serde(rename = "conversation.left")]
    ConversationLeft {
        /// Which.
        conversation_id: ObjectId,
    },
    /// The user's own name, picture or anything else of them was changed.
    #[serde(rename = "user.updated")]
    UserUpdated {
        /// The user. No version: upserts that race write theirs in any order.
        user_id: Id<User>,
    },
    /// The user's own profile was changed.
    #[serde(rename = "profile.updated")]
    ProfileUpdated {
        /// The version of the profile.
        version: i64,
    },
    /// The user's preferences were changed.
    #[serde(rename = "preferences.updated")]
    PreferencesUpdated {
        /// The version of the preferences.
        version: i64,
    },
    /// A value of an app was written.
    #[serde(rename = "app_data.updated")]
    AppDataUpdated {
        /// The app.
        app_id: String,
        /// The key.
        key: String,
        /// The version of the value.
        version: i64,
    },
    /// A value of an app was deleted.
    #[serde(rename = "app_data.deleted")]
    AppDataDeleted {
        /// The app.
        app_id: String,
        /// The key.
        key: String,
    },
    /// How the user stands to another was changed.
    #[serde(rename = "relationship.updated")]
    RelationshipUpdated {
        /// The other user.
        user_id: Id<User>,
    },
    /// A device of the user was removed; its connections are closed.
    #[serde(rename = "device.removed")]
    DeviceRemoved {
        /// Which, by the name it connects under.
        device_id: String,
    },
}
