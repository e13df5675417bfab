use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use base::{Error, ErrorCode, ExternalId, Id, IdOrExternalId, Result};
use domain::erasure::Erasure;
use domain::messaging::{Conversation, Message};
use domain::users::User;

use crate::api::Api;
use crate::refusal::Refusal;

/// The user that a path names.
#[derive(Debug)]
pub(crate) struct UserPath(pub(crate) IdOrExternalId<User>);

/// The conversation that a path names.
#[derive(Debug)]
pub(crate) struct ConversationPath(pub(crate) IdOrExternalId<Conversation>);

/// The erasure that a path names.
#[derive(Debug)]
pub(crate) struct ErasurePath(pub(crate) Id<Erasure>);

/// The participant that a path names.
#[derive(Debug)]
pub(crate) struct ParticipantPath(
    pub(crate) IdOrExternalId<Conversation>,
    pub(crate) IdOrExternalId<User>,
);

/// The conversation and the banned user that a path names.
#[derive(Debug)]
pub(crate) struct BanPath(
    pub(crate) IdOrExternalId<Conversation>,
    pub(crate) IdOrExternalId<User>,
);

/// The user and device that a path names.
#[derive(Debug)]
pub(crate) struct DevicePath(pub(crate) IdOrExternalId<User>, pub(crate) String);

/// The two users that a path names.
#[derive(Debug)]
pub(crate) struct OtherPath(
    pub(crate) IdOrExternalId<User>,
    pub(crate) IdOrExternalId<User>,
);

/// The message that a path names.
#[derive(Debug)]
pub(crate) struct MessagePath(pub(crate) Id<Message>);

/// The message and reaction that a path names.
#[derive(Debug)]
pub(crate) struct ReactionPath(pub(crate) Id<Message>, pub(crate) String);

/// The user and the app that a path names.
#[derive(Debug)]
pub(crate) struct AppPath(pub(crate) IdOrExternalId<User>, pub(crate) ExternalId);

/// The user, the app and the key that a path names.
#[derive(Debug)]
pub(crate) struct AppDataPath(pub(crate) AppPath, pub(crate) ExternalId);

impl FromRequestParts<Api> for AppPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        Ok(app(&params(parts, api).await?)?)
    }
}

impl FromRequestParts<Api> for AppDataPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let params = params(parts, api).await?;
        Ok(Self(
            app(&params)?,
            named(&params, "data_key", NO_APP_DATA)?,
        ))
    }
}

impl FromRequestParts<Api> for UserPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        Ok(Self(user(&params(parts, api).await?)?))
    }
}

impl FromRequestParts<Api> for ConversationPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        Ok(Self(conversation(&params(parts, api).await?)?))
    }
}

impl FromRequestParts<Api> for ErasurePath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let missing = (ErrorCode::ErasureNotFound, "There is no such erasure.");
        Ok(Self(named(&params(parts, api).await?, "erasure", missing)?))
    }
}

impl FromRequestParts<Api> for ParticipantPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let params = params(parts, api).await?;
        let missing = (
            ErrorCode::ParticipantNotFound,
            "There is no such participant.",
        );
        Ok(Self(
            conversation(&params)?,
            named(&params, "user", missing)?,
        ))
    }
}

impl FromRequestParts<Api> for BanPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let params = params(parts, api).await?;
        Ok(Self(conversation(&params)?, user(&params)?))
    }
}

impl FromRequestParts<Api> for DevicePath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let params = params(parts, api).await?;
        let missing = (ErrorCode::DeviceNotFound, "There is no such device.");
        Ok(Self(user(&params)?, named(&params, "device", missing)?))
    }
}

impl FromRequestParts<Api> for OtherPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let params = params(parts, api).await?;
        Ok(Self(
            user(&params)?,
            named(
                &params,
                "other",
                (ErrorCode::UserNotFound, "There is no such user."),
            )?,
        ))
    }
}

impl FromRequestParts<Api> for MessagePath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        Ok(Self(message(&params(parts, api).await?)?))
    }
}

impl FromRequestParts<Api> for ReactionPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let params = params(parts, api).await?;
        let missing = (ErrorCode::ReactionNotFound, "There is no such reaction.");
        Ok(Self(message(&params)?, named(&params, "emoji", missing)?))
    }
}

async fn params(parts: &mut Parts, api: &Api) -> Result<RawPathParams> {
    let malformed = |_| Error::new(ErrorCode::RouteNotFound, "There is nothing at this path.");
    RawPathParams::from_request_parts(parts, api)
        .await
        .map_err(malformed)
}

/// A malformed name names nothing: the same answer as for a thing that is not there.
fn named<T: FromStr>(
    params: &RawPathParams,
    name: &str,
    missing: (ErrorCode, &'static str),
) -> Result<T> {
    let text = params
        .iter()
        .find(|(param, _)| *param == name)
        .and_then(|(_, text)| text.parse().ok());
    text.ok_or_else(|| Error::new(missing.0, missing.1))
}

fn user(params: &RawPathParams) -> Result<IdOrExternalId<User>> {
    named(
        params,
        "user",
        (ErrorCode::UserNotFound, "There is no such user."),
    )
}

const NO_APP_DATA: (ErrorCode, &str) = (
    ErrorCode::AppDataNotFound,
    "There is no value under this key.",
);

fn app(params: &RawPathParams) -> Result<AppPath> {
    Ok(AppPath(user(params)?, named(params, "app", NO_APP_DATA)?))
}

fn conversation(params: &RawPathParams) -> Result<IdOrExternalId<Conversation>> {
    named(
        params,
        "conversation",
        (
            ErrorCode::ConversationNotFound,
            "There is no such conversation.",
        ),
    )
}

fn message(params: &RawPathParams) -> Result<Id<Message>> {
    named(
        params,
        "message",
        (ErrorCode::MessageNotFound, "There is no such message."),
    )
}
