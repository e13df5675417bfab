//! What handlers receive, proven.

mod body;
mod caller;
mod header;
mod idempotency_key;
mod own_user;
mod path;
mod query;

pub use body::read_body;
pub(crate) use body::{Body, OptionalBody, Patch, RawBody};
pub(crate) use caller::Caller;
pub(crate) use header::single;
pub(crate) use idempotency_key::IdempotencyKey;
pub(crate) use own_user::own_user;
pub(crate) use path::{
    AppDataPath, AppPath, BanPath, ConversationPath, DevicePath, ErasurePath, MessagePath,
    OtherPath, ParticipantPath, ReactionPath, UserPath,
};
pub(crate) use query::{LogQuery, PageQuery, Query, Way, limit_schema, size};
pub(crate) use wire::strict::number;
