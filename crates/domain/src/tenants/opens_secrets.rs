use base::{Result, limit};
use store::PlatformStore;

use super::{Application, signing_secret};
use crate::key_ring::KeyRing;

/// Returns whether the vault opens the signing secrets that are stored, as far
/// as the first page of applications shows; `true` where there are none. After
/// a change of the master key it does not.
///
/// # Errors
/// 503 when the store cannot be read.
pub async fn opens_secrets(platform: &PlatformStore, vault: &KeyRing) -> Result<bool> {
    let page = platform
        .list(Application::by_tenant.all().limit(limit::PAGE))
        .await?;
    Ok(page.items.is_empty()
        || page
            .items
            .iter()
            .any(|application| signing_secret(vault, application).is_ok()))
}

#[cfg(test)]
mod tests {
    use base::Context;
    use zeroize::Zeroizing;

    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn only_the_vault_that_sealed_the_secrets_opens_them() {
        let world = World::new();
        let platform = world.store.platform();
        let other = KeyRing::new(&Zeroizing::new([0x5c; 32]), Context::system());
        assert!(
            opens_secrets(&platform, &other).await.unwrap(),
            "nothing is sealed yet"
        );
        world.company("Acme").await;
        assert!(opens_secrets(&platform, &world.vault).await.unwrap());
        assert!(!opens_secrets(&platform, &other).await.unwrap());
    }
}
