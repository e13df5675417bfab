use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use base::{Error, ErrorCode, ExternalId, Id, IdOrExternalId, Result, TenantId};
use domain::erasure::Erasure;
use domain::integrations::PlatformIntegration;
use domain::media::File;
use domain::messaging::{Conversation, Message};
use domain::sessions::Session;
use domain::users::User;

use crate::error::ApiError;
use crate::state::AppState;

/// The user in a path.
#[derive(Debug)]
pub(crate) struct UserPath(pub(crate) IdOrExternalId<User>);

/// The conversation in a path.
#[derive(Debug)]
pub(crate) struct ConversationPath(pub(crate) IdOrExternalId<Conversation>);

/// The erasure in a path.
#[derive(Debug)]
pub(crate) struct ErasurePath(pub(crate) Id<Erasure>);

/// The conversation and the participant in a path.
#[derive(Debug)]
pub(crate) struct ParticipantPath(
    pub(crate) IdOrExternalId<Conversation>,
    pub(crate) IdOrExternalId<User>,
);

/// The conversation and the banned user in a path.
#[derive(Debug)]
pub(crate) struct BanPath(
    pub(crate) IdOrExternalId<Conversation>,
    pub(crate) IdOrExternalId<User>,
);

/// The user and the `device_id` in a path.
#[derive(Debug)]
pub(crate) struct DevicePath(pub(crate) IdOrExternalId<User>, pub(crate) String);

/// The user and the session in a path.
#[derive(Debug)]
pub(crate) struct SessionPath(pub(crate) IdOrExternalId<User>, pub(crate) Id<Session>);

/// The user and the provider of an identity in a path.
#[derive(Debug)]
pub(crate) struct IdentityPath(pub(crate) IdOrExternalId<User>, pub(crate) String);

/// The two users of a relationship in a path.
#[derive(Debug)]
pub(crate) struct RelationshipPath(
    pub(crate) IdOrExternalId<User>,
    pub(crate) IdOrExternalId<User>,
);

/// The file in a path.
#[derive(Debug)]
pub(crate) struct FilePath(pub(crate) Id<File>);

/// The upload in a path, by the id of its file.
#[derive(Debug)]
pub(crate) struct UploadPath(pub(crate) Id<File>);

/// The message in a path.
#[derive(Debug)]
pub(crate) struct MessagePath(pub(crate) Id<Message>);

/// The integration in a path.
#[derive(Debug)]
pub(crate) struct IntegrationPath(pub(crate) Id<PlatformIntegration>);

/// The tenant and the integration in the path of a webhook.
#[derive(Debug)]
pub(crate) struct MetaWebhookPath(pub(crate) TenantId, pub(crate) Id<PlatformIntegration>);

/// The message and the reaction in a path.
#[derive(Debug)]
pub(crate) struct ReactionPath(pub(crate) Id<Message>, pub(crate) String);

/// The user and the app in a path.
#[derive(Debug)]
pub(crate) struct AppPath(pub(crate) IdOrExternalId<User>, pub(crate) ExternalId);

/// The user, the app and the key of a value in a path.
#[derive(Debug)]
pub(crate) struct AppDataPath(pub(crate) AppPath, pub(crate) ExternalId);

/// Implements the extraction of a path type from the parameters of the path.
macro_rules! from_path {
    ($($path:ident: |$params:ident| $value:expr;)+) => {$(
        impl FromRequestParts<AppState> for $path {
            type Rejection = ApiError;

            async fn from_request_parts(
                parts: &mut Parts,
                state: &AppState,
            ) -> Result<Self, ApiError> {
                let $params = &params(parts, state).await?;
                Ok($value)
            }
        }
    )+};
}

from_path! {
    UserPath: |params| Self(user(params)?);
    ConversationPath: |params| Self(conversation(params)?);
    ErasurePath: |params| Self(parse(params, "erasure", NO_ERASURE)?);
    ParticipantPath: |params| Self(
        conversation(params)?,
        parse(params, "user", NO_PARTICIPANT)?,
    );
    BanPath: |params| Self(conversation(params)?, user(params)?);
    DevicePath: |params| Self(user(params)?, parse(params, "device", NO_DEVICE)?);
    SessionPath: |params| Self(user(params)?, parse(params, "session", NO_SESSION)?);
    IdentityPath: |params| Self(user(params)?, parse(params, "provider", NO_IDENTITY)?);
    RelationshipPath: |params| Self(user(params)?, parse(params, "other", NO_USER)?);
    FilePath: |params| Self(parse(params, "file", NO_FILE)?);
    UploadPath: |params| Self(parse(params, "upload", NO_UPLOAD)?);
    MessagePath: |params| Self(parse(params, "message", NO_MESSAGE)?);
    ReactionPath: |params| Self(
        parse(params, "message", NO_MESSAGE)?,
        parse(params, "emoji", NO_REACTION)?,
    );
    IntegrationPath: |params| Self(parse(params, "integration", NO_INTEGRATION)?);
    MetaWebhookPath: |params| Self(
        parse(params, "tenant", NO_INTEGRATION)?,
        parse(params, "integration", NO_INTEGRATION)?,
    );
    AppPath: |params| app(params)?;
    AppDataPath: |params| Self(app(params)?, parse(params, "data_key", NO_APP_DATA)?);
}

/// Error of a parameter that names no object.
pub(crate) type NotFound = (ErrorCode, &'static str);

const NO_USER: NotFound = (ErrorCode::UserNotFound, "There is no such user.");
const NO_CONVERSATION: NotFound = (
    ErrorCode::ConversationNotFound,
    "There is no such conversation.",
);
const NO_ERASURE: NotFound = (ErrorCode::ErasureNotFound, "There is no such erasure.");
const NO_PARTICIPANT: NotFound = (
    ErrorCode::ParticipantNotFound,
    "There is no such participant.",
);
const NO_DEVICE: NotFound = (ErrorCode::DeviceNotFound, "There is no such device.");
const NO_FILE: NotFound = (ErrorCode::FileNotFound, "There is no such file.");
const NO_UPLOAD: NotFound = (ErrorCode::UploadNotFound, "There is no such upload.");
const NO_SESSION: NotFound = (ErrorCode::SessionNotFound, "There is no such session.");
const NO_IDENTITY: NotFound = (ErrorCode::IdentityNotFound, "There is no such identity.");
const NO_MESSAGE: NotFound = (ErrorCode::MessageNotFound, "There is no such message.");
const NO_REACTION: NotFound = (ErrorCode::ReactionNotFound, "There is no such reaction.");
const NO_INTEGRATION: NotFound = (
    ErrorCode::IntegrationNotFound,
    "There is no such integration.",
);
const NO_APP_DATA: NotFound = (
    ErrorCode::AppDataNotFound,
    "There is no value under this key.",
);

pub(crate) async fn params(parts: &mut Parts, state: &AppState) -> Result<RawPathParams> {
    RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| Error::new(ErrorCode::RouteNotFound, "No such route."))
}

/// Parses a parameter. A malformed one fails like one that names no object.
pub(crate) fn parse<T: FromStr>(
    params: &RawPathParams,
    name: &str,
    missing: NotFound,
) -> Result<T> {
    let value = text(params, name).parse();
    value.map_err(|_| not_found(missing))
}

/// Returns a parameter; empty if the path has none of this name.
pub(crate) fn text<'a>(params: &'a RawPathParams, name: &str) -> &'a str {
    let parameter = params.iter().find(|(param, _)| *param == name);
    parameter.map_or("", |(_, text)| text)
}

/// Returns the error of a parameter that names no object.
pub(crate) fn not_found((code, detail): NotFound) -> Error {
    Error::new(code, detail)
}

fn user(params: &RawPathParams) -> Result<IdOrExternalId<User>> {
    parse(params, "user", NO_USER)
}

fn conversation(params: &RawPathParams) -> Result<IdOrExternalId<Conversation>> {
    parse(params, "conversation", NO_CONVERSATION)
}

fn app(params: &RawPathParams) -> Result<AppPath> {
    Ok(AppPath(user(params)?, parse(params, "app", NO_APP_DATA)?))
}
