use base::Result;
use domain::tenants::{Application, NewKey, Scopes, create_key, list_keys, revoke_key};
use store::{Entity, PlatformStore};

/// The name by which the demo key of the last start is found.
const NAME: &str = "demo";

/// Makes a key in the place of the one of the last start.
pub async fn replace(
    platform: &PlatformStore,
    application: &Entity<Application>,
) -> Result<String> {
    let keys = list_keys(platform, application.tenant_id, Some(application.id)).await?;
    for old in keys
        .iter()
        .filter(|key| key.name == NAME && key.revoked_at.is_none())
    {
        revoke_key(platform, old.id).await?;
    }
    let new = NewKey {
        application: application.id,
        name: NAME.to_owned(),
        scopes: Scopes::ALL,
        expires_at: None,
    };
    Ok(create_key(platform, new).await?.text.to_string())
}
