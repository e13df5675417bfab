//! What handlers receive, proven.

mod body;
mod caller;
mod idempotency_key;
mod numbers;
mod own_user;
pub(crate) mod parameters;
mod path;
mod query;

pub(crate) use body::{Body, OptionalBody, Patch, RawBody};
pub(crate) use caller::Caller;
pub(crate) use idempotency_key::IdempotencyKey;
pub(crate) use numbers::number;
pub(crate) use own_user::own_user;
pub(crate) use path::{
    AppDataPath, AppPath, BanPath, ConversationPath, DevicePath, ErasurePath, MessagePath, OtherPath, ParticipantPath,
    ReactionPath, UserPath,
};
pub(crate) use query::{PageQuery, Query, Way, limit_schema, size};
