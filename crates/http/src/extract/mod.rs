//! Extractors: validated parts of a request, and the authorized caller.

mod auth;
mod body;
mod idempotency_key;
mod multipart;
pub(crate) mod path;
mod query;
mod visitor;

pub(crate) use auth::own_user;
pub use body::read_body;
pub(crate) use body::{Body, OptionalBody, Patch, RawBody};
pub(crate) use idempotency_key::IdempotencyKey;
pub(crate) use multipart::{FileForm, FilePart, FormField};
pub(crate) use path::{
    AppDataPath, AppPath, BanPath, ConversationPath, DevicePath, ErasurePath, FilePath,
    IdentityPath, IntegrationPath, MessagePath, MetaWebhookPath, ParticipantPath, ReactionPath,
    RelationshipPath, SessionPath, UploadPath, UserPath,
};
pub(crate) use query::{FromQuery, LogQuery, NoQuery, PageQuery, Paged, Query};
pub(crate) use visitor::{ByVisitor, Client};
pub(crate) use wire::strict::number;
