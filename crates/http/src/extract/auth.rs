use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HeaderName, ORIGIN};
use axum::http::request::Parts;
use base::{ClientAddress, Error, ErrorCode, Id, IdOrExternalId, Result, limit};
use domain::Actor;
use domain::auth::{Admitted, AuthContext, Entry};
use domain::users::{User, resolve};
use wire::headers::bearer;

use crate::cost::{Payer, announced_length, cost_of};
use crate::error::ApiError;
use crate::headers::single;
use crate::middleware::{Occupancy, RequestContext};
use crate::state::AppState;

const CAAS_USER: HeaderName = HeaderName::from_static("caas-user");

/// Authenticates the caller and authorizes them by the policy of the operation.
impl FromRequestParts<AppState> for AuthContext {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let policy = state
            .policy(&parts.method, &parts.extensions)
            .ok_or_else(|| Error::internal(MissingPolicy))?;
        let headers = &parts.headers;
        let credential = credential(headers)?;
        let origin = single(headers, &ORIGIN)?;
        let acting_as = single(headers, &CAAS_USER)?.map(acting_user).transpose()?;
        let presented = state.authenticator().present(credential).await?;
        let context = parts.extensions.get::<RequestContext>();
        if let Some(context) = context {
            context.set_tenant(presented.tenant_id());
        }
        let client = parts.extensions.get::<ClientAddress>();
        let entry = Entry {
            origin,
            acting_as: acting_as.as_ref(),
            cost: 1 + cost_of(announced_length(headers).min(limit::BODY_BYTES)),
            client: client.copied().unwrap_or(ClientAddress::UNKNOWN),
        };
        let Admitted { caller: auth, left } = presented.admit(entry).await?;
        if let Some(context) = context {
            context.set_payer(Payer::of(&auth), left);
        }
        policy.authorize(&auth)?;
        if let Some(occupancy) = parts.extensions.get::<Occupancy>() {
            let usage = state
                .authenticator()
                .usage(auth.tenant.id(), auth.actor.user().ok());
            occupancy.open(usage, &parts.method, &parts.uri).await?;
        }
        Ok(auth)
    }
}

fn credential(headers: &HeaderMap) -> Result<&str> {
    bearer(single(headers, &AUTHORIZATION)?)
}

fn acting_user(name: &str) -> Result<IdOrExternalId<User>> {
    name.parse()
        .map_err(|error: base::InvalidName| Error::invalid("Caas-User", error.to_string()))
}

/// Error for a route that has no policy.
#[derive(Debug, thiserror::Error)]
#[error("the route has no policy")]
struct MissingPolicy;

/// Returns the user that a path names. An acting user may name themselves only.
///
/// # Errors
/// 403 `forbidden` for another user, 404 `user_not_found`.
pub(crate) async fn own_user(auth: &AuthContext, name: &IdOrExternalId<User>) -> Result<Id<User>> {
    let user = resolve(&auth.tenant, name).await?.id;
    match auth.actor {
        Actor::User(acting) if acting != user => Err(Error::new(
            ErrorCode::Forbidden,
            "Users may do this for themselves only.",
        )),
        Actor::User(_) | Actor::Server => Ok(user),
    }
}
