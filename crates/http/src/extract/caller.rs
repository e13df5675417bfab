use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HeaderName, ORIGIN};
use axum::http::request::Parts;
use base::{Failure, Result};
use domain::users::User;
use wire::headers;

use super::single;
use crate::api::Api;
use crate::envelope::{Occupancy, Trail};
use crate::policy::Policy;
use crate::refusal::Refusal;

const CAAS_USER: HeaderName = HeaderName::from_static("caas-user");

/// A caller whose credential allows the operation: the tenant's handle and who acts.
#[derive(Debug)]
pub(crate) struct Caller(domain::platform::Caller);

impl Deref for Caller {
    type Target = domain::platform::Caller;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let policy = Policy::of(parts).ok_or_else(|| Failure::internal(NoPolicy))?;
        let caller = authenticate(api, &parts.headers).await?;
        let trail = parts.extensions.get::<Trail>();
        trail.inspect(|trail| trail.set_tenant(caller.tenant.id()));
        caller.origin_allowed(single(&parts.headers, &ORIGIN)?)?;
        let caller = match single(&parts.headers, &CAAS_USER)? {
            Some(name) => api.door().act_as(&caller, &acting(name)?).await?,
            None => caller,
        };
        policy.admit(&caller)?;
        let left = api.door().count(caller.tenant.id(), caller.actor.user().ok())?;
        trail.inspect(|trail| trail.set_left(left));
        if let Some(occupancy) = parts.extensions.get::<Occupancy>() {
            let usage = api.door().usage(caller.tenant.id(), caller.actor.user().ok());
            occupancy.open(usage, &parts.method, &parts.uri).await?;
        }
        Ok(Self(caller))
    }
}

async fn authenticate(api: &Api, headers: &HeaderMap) -> Result<domain::platform::Caller> {
    let credential = headers::bearer(single(headers, &AUTHORIZATION)?)?;
    if credential.starts_with("caas_") {
        api.door().authenticate_key(credential).await
    } else {
        api.door().authenticate_token(credential).await
    }
}

fn acting(name: &str) -> Result<base::Named<User>> {
    name.parse().map_err(|error: base::InvalidName| Failure::invalid("Caas-User", error.to_string()))
}

/// Says that a route reached its handler without a line in the policy table.
#[derive(Debug, thiserror::Error)]
#[error("the route has no line in the policy table")]
struct NoPolicy;
