use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HeaderName, ORIGIN};
use axum::http::request::Parts;
use base::{Error, Result, limit};
use domain::auth::{Admitted, Entry};
use domain::users::User;
use wire::headers::bearer;

use super::single;
use crate::api::Api;
use crate::cost::{Payer, cost_of, length};
use crate::envelope::{Occupancy, Trail};
use crate::policy::Policy;
use crate::refusal::Refusal;

const CAAS_USER: HeaderName = HeaderName::from_static("caas-user");

/// A caller whose credential allows the operation: the tenant's handle and who acts.
#[derive(Debug)]
pub(crate) struct Caller(domain::auth::AuthContext);

impl Deref for Caller {
    type Target = domain::auth::AuthContext;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let policy = Policy::of(parts).ok_or_else(|| Error::internal(NoPolicy))?;
        let headers = &parts.headers;
        let credential = credential(headers)?;
        let origin = single(headers, &ORIGIN)?;
        let acting_as = single(headers, &CAAS_USER)?.map(acting).transpose()?;
        let presented = api.door().present(credential).await?;
        let trail = parts.extensions.get::<Trail>();
        trail.inspect(|trail| trail.set_tenant(presented.tenant_id()));
        let cost = 1 + cost_of(length(headers).min(limit::BODY_BYTES));
        let entry = Entry {
            origin,
            acting_as: acting_as.as_ref(),
            cost,
        };
        let Admitted { caller, left } = presented.admit(entry).await?;
        trail.inspect(|trail| trail.set_payer(Payer::of(&caller), left));
        policy.admit(&caller)?;
        if let Some(occupancy) = parts.extensions.get::<Occupancy>() {
            let usage = api
                .door()
                .usage(caller.tenant.id(), caller.actor.user().ok());
            occupancy.open(usage, &parts.method, &parts.uri).await?;
        }
        Ok(Self(caller))
    }
}

fn credential(headers: &HeaderMap) -> Result<&str> {
    bearer(single(headers, &AUTHORIZATION)?)
}

fn acting(name: &str) -> Result<base::IdOrExternalId<User>> {
    name.parse()
        .map_err(|error: base::InvalidName| Error::invalid("Caas-User", error.to_string()))
}

/// Says that a route reached its handler without a line in the policy table.
#[derive(Debug, thiserror::Error)]
#[error("the route has no line in the policy table")]
struct NoPolicy;
