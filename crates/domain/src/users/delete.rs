use base::{Named, Result};
use store::{Changes, CommitError, Tenant, Update};

use super::{User, not_found, resolve};

/// Puts a user out of sight. They stay the author of what they wrote and keep
/// their external id, under which an upsert brings them back; their e-mail
/// address is free for another.
///
/// # Errors
/// 404 `user_not_found`.
pub async fn delete(tenant: &Tenant, named: &Named<User>) -> Result<()> {
    let user = resolve(tenant, named).await?;
    let mut batch = tenant.batch();
    let changes = Changes::new().clear(User::email).clear(User::email_key);
    batch.update(user.id, Update::of(changes).deleting(None));
    match tenant.commit(batch).await {
        Err(CommitError::Stale { .. }) => Err(not_found()),
        committed => Ok(committed?),
    }
}

#[cfg(test)]
mod tests {
    use base::{Change, Code};

    use super::*;
    use crate::users::{NewUser, UserChanges, upsert};
    use crate::world::{World, ext, external, person};

    #[tokio::test]
    async fn a_deleted_user_stays_an_author_and_frees_the_address() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let email = || UserChanges { email: Change::Set("ada@example.com".to_owned()), ..UserChanges::default() };
        upsert(&acme, NewUser { external_id: external("ada"), changes: email() }).await.unwrap();
        delete(&acme, &ext("ada")).await.unwrap();
        assert_eq!(delete(&acme, &ext("ada")).await.unwrap_err().code, Code::UserNotFound);
        let card = world.cards.one(&acme, ada).await.unwrap().unwrap();
        assert!(card.is_deleted && !card.is_active);
        assert!(upsert(&acme, NewUser { external_id: external("eve"), changes: email() }).await.unwrap().created);
    }
}
