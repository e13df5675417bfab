use base::{Id, IdOrExternalId};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use store::RawJson;

/// Id of a user.
pub type UserId = Id<domain::users::User>;

/// Id of a profile.
pub type ProfileId = Id<domain::users::profile::Profile>;

/// Id of a user's preferences.
pub type PreferencesId = Id<domain::preferences::Preferences>;

/// Id of an app data value.
pub type AppDatumId = Id<domain::app_data::AppDatum>;

/// Id of a conversation.
pub type ConversationId = Id<domain::messaging::Conversation>;

/// Id of a message.
pub type MessageId = Id<domain::messaging::Message>;

/// Id of a file.
pub type FileId = Id<domain::media::File>;

/// A user by id or external id.
pub type UserName = IdOrExternalId<domain::users::User>;

/// A conversation by id or external id.
pub type ConversationName = IdOrExternalId<domain::messaging::Conversation>;

/// Custom data of the tenant, as received.
pub type Metadata = Map<String, Value>;

/// Custom data of the tenant, returned as stored.
pub type RawMetadata = Box<RawValue>;

/// Converts received data to the stored form.
pub(crate) fn stored(metadata: Metadata) -> RawJson {
    RawJson(Value::Object(metadata).to_string().into())
}
