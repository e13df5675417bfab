use base::{Id, IdOrExternalId};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use store::RawJson;

/// The id of a user.
pub type UserId = Id<domain::users::User>;

/// The id of a profile.
pub type ProfileId = Id<domain::profiles::Profile>;

/// The id of a user's preferences.
pub type PreferencesId = Id<domain::preferences::Preferences>;

/// The id of what an app keeps for a user.
pub type AppDatumId = Id<domain::app_data::AppDatum>;

/// The id of a conversation.
pub type ConversationId = Id<domain::messaging::Conversation>;

/// The id of a message.
pub type MessageId = Id<domain::messaging::Message>;

/// A user by id or external id.
pub type UserName = IdOrExternalId<domain::users::User>;

/// A conversation by id or external id.
pub type ConversationName = IdOrExternalId<domain::messaging::Conversation>;

/// Free data of the tenant, as received.
pub type Metadata = Map<String, Value>;

/// Free data of the tenant, handed on as it is stored.
pub type RawMetadata = Box<RawValue>;

/// What came in, as the rooms take it.
pub(crate) fn stored(metadata: Metadata) -> RawJson {
    RawJson(Value::Object(metadata).to_string().into())
}
