use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HeaderName, ORIGIN, USER_AGENT};
use axum::http::request::Parts;
use base::{ClientAddress, Error, Result, limit};
use domain::auth::AuthContext;
use domain::sign_in::Visitor;
use wire::headers::bearer;

use crate::error::ApiError;
use crate::headers::single;
use crate::state::AppState;

const CAAS_USER: HeaderName = HeaderName::from_static("caas-user");

/// The client of a request with another credential.
#[derive(Debug)]
pub(crate) struct Client {
    address: ClientAddress,
    user_agent: Option<String>,
}

impl Client {
    /// Returns the client as a visitor of the caller's application.
    pub(crate) fn visitor(self, auth: &AuthContext) -> Visitor {
        Visitor {
            tenant: auth.tenant.clone(),
            application: Arc::clone(&auth.application),
            address: self.address,
            user_agent: self.user_agent,
        }
    }

    fn of(parts: &Parts) -> Self {
        let user_agent = single(&parts.headers, &USER_AGENT).unwrap_or_default();
        let user_agent = user_agent.map(|text| text.chars().take(limit::NAME_LENGTH).collect());
        let address = parts.extensions.get().copied();
        Self {
            address: address.unwrap_or(ClientAddress::UNKNOWN),
            user_agent,
        }
    }
}

impl FromRequestParts<AppState> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        Ok(Self::of(parts))
    }
}

/// The client of an application, by its publishable key.
#[derive(Debug)]
pub(crate) struct ByVisitor(pub(crate) Visitor);

impl FromRequestParts<AppState> for ByVisitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let headers = &parts.headers;
        let key = bearer(single(headers, &AUTHORIZATION)?)?;
        let origin = single(headers, &ORIGIN)?;
        if headers.contains_key(&CAAS_USER) {
            let message = "A publishable key acts as no user.";
            return Err(Error::invalid("Caas-User", message).into());
        }
        let client = Client::of(parts);
        let presented = state
            .authenticator()
            .present_publishable(key, origin, client.address)
            .await?;
        Ok(Self(Visitor {
            tenant: presented.tenant,
            application: presented.application,
            address: client.address,
            user_agent: client.user_agent,
        }))
    }
}
