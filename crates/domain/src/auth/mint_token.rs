use base::{Error, Id, IdOrExternalId, Result, Timestamp, limit};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use store::{PlatformStore, TenantStore};

use super::claims::Minted;
use crate::activities::{What, note};
use crate::key_ring::KeyRing;
use crate::tenants::{Application, OpenSecret, get_application, show_application, signing_secret};
use crate::users::{self, User};

/// A user token and when it ends.
#[derive(Clone)]
pub struct MintedToken {
    /// The token, to be handed to the user's client.
    pub token: String,
    /// Whose it is.
    pub user: Id<User>,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for MintedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MintedToken({}, until {})", self.user, self.expires_at)
    }
}

/// Makes a token for a user that lives `seconds`, as long as the application
/// allows when absent. It names the user by our id, and how often their and the
/// application's tokens were revoked: the application is read again, so that a
/// token minted after a revocation is accepted wherever that took place.
///
/// # Errors
/// 404 `user_not_found`, 403 `user_deactivated`, 400 when the life is longer
/// than the application allows.
pub async fn mint_token(
    tenant: &TenantStore,
    platform: &PlatformStore,
    vault: &KeyRing,
    application: Id<Application>,
    named: &IdOrExternalId<User>,
    seconds: Option<i64>,
) -> Result<MintedToken> {
    let application = &get_application(platform, application).await?;
    let longest = application
        .settings
        .0
        .token_seconds
        .min(limit::signed(limit::USER_TOKEN_SECONDS));
    let seconds = seconds.unwrap_or(longest);
    if !(1..=longest).contains(&seconds) {
        return Err(Error::invalid(
            "/expires_in",
            format!("must be 1 to {longest}"),
        ));
    }
    let user = users::resolve(tenant, named).await?;
    if !user.is_active {
        return Err(super::deactivated());
    }
    let issued = tenant.context().now().seconds();
    let ends = issued + seconds;
    let claims = json!({"iat": issued, "exp": ends, "sub": user.id, Minted::CLAIM: Minted::now(&user, application)});
    let OpenSecret { key_id, secret } = signing_secret(vault, application)?;
    let header = Header {
        kid: Some(key_id),
        ..Header::new(Algorithm::HS256)
    };
    let key = EncodingKey::from_secret(secret.as_bytes());
    let token = encode(&header, &claims, &key).map_err(Error::internal)?;
    let minted = MintedToken {
        token,
        user: user.id,
        expires_at: Timestamp::from_millis(ends * 1_000),
    };
    let app = show_application(application.id);
    let data = json!({"expires_at": minted.expires_at});
    let mut batch = tenant.batch();
    note(
        &mut batch,
        Some(minted.user),
        What::TokenIssued,
        Some(&app),
        &data,
    );
    tenant.commit(batch).await?;
    Ok(minted)
}

#[cfg(test)]
mod tests {
    use base::{ErrorCode, Timestamp};

    use super::*;
    use crate::users::deactivate;
    use crate::world::{World, ext, person};

    #[tokio::test]
    async fn a_token_is_minted_for_an_active_user_and_a_day_at_most() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let ada = person(&acme.tenant, "ada").await;
        let name = ext("ada");
        let platform = world.store.platform();
        let mint = |seconds| {
            mint_token(
                &acme.tenant,
                &platform,
                &world.vault,
                acme.application.id,
                &name,
                seconds,
            )
        };
        let minted = mint(Some(60)).await.unwrap();
        let now = world.store.context().now();
        assert_eq!(
            (minted.user, minted.expires_at),
            (ada, Timestamp::from_millis((now.seconds() + 60) * 1_000))
        );
        for seconds in [0, -1, limit::signed(limit::USER_TOKEN_SECONDS) + 1] {
            assert_eq!(
                mint(Some(seconds)).await.unwrap_err().faults[0].pointer,
                "/expires_in"
            );
        }
        deactivate(&acme.tenant, &ext("ada")).await.unwrap();
        assert_eq!(
            mint(None).await.unwrap_err().code,
            ErrorCode::UserDeactivated
        );
    }
}
