use base::{Error, ErrorCode, Id, IdOrExternalId, ObjectId, Result};
use serde::{Deserialize, Serialize};
use store::{Changes, CommitError, TenantStore, Update};

use super::{User, resolve};
use crate::holds::NoHold;
use crate::outbox::{Task, TaskKind, put};

/// Times that racing changes may get in the way before one gives up.
const TRIES: usize = 5;

/// That the conversations which a deleted user owns get another owner.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct HandOver {
    /// The user.
    pub user: Id<User>,
    /// The conversation up to which it is done, in the order of their ids.
    pub after: Option<ObjectId>,
}

impl Task for HandOver {
    const KIND: TaskKind = TaskKind::HandOver;

    fn user(&self) -> Option<Id<User>> {
        Some(self.user)
    }
}

/// Puts a user out of sight. They stay the author of what they wrote and keep
/// their external id, under which an upsert brings them back; their e-mail
/// address is free for another. Returns their id; the conversations that they own are handed over by
/// a task of the outbox.
///
/// # Errors
/// 404 `user_not_found`, 409 `legal_hold`.
pub async fn delete(tenant: &TenantStore, named: &IdOrExternalId<User>) -> Result<Id<User>> {
    for _ in 0..TRIES {
        let user = resolve(tenant, named).await?;
        let no_hold = NoHold::check(tenant, [user.id.object_id()]).await?;
        let mut batch = tenant.batch();
        no_hold.assert_unchanged(&mut batch);
        let changes = Changes::new().clear(User::email).clear(User::email_key);
        batch.update(user.id, Update::of(changes).deleting(None));
        put(
            &mut batch,
            &HandOver {
                user: user.id,
                after: None,
            },
        );
        match tenant.commit(batch).await {
            // Another request deleted the user, or a hold was set: looks again.
            Err(CommitError::PreconditionFailed { .. }) => {}
            committed => return Ok(committed.map(|()| user.id)?),
        }
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "The holds of the tenant change all the time; try again shortly.",
    ))
}

#[cfg(test)]
mod tests {
    use base::Patch;

    use super::*;
    use crate::users::{NewUser, UserChanges, upsert};
    use crate::world::{World, ext, external, person};

    #[tokio::test]
    async fn a_deleted_user_stays_an_author_and_frees_the_address() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let email = || UserChanges {
            email: Patch::Set("ada@example.com".to_owned()),
            ..UserChanges::default()
        };
        upsert(
            &acme,
            NewUser {
                external_id: external("ada"),
                changes: email(),
            },
        )
        .await
        .unwrap();
        delete(&acme, &ext("ada")).await.unwrap();
        assert_eq!(
            delete(&acme, &ext("ada")).await.unwrap_err().code,
            ErrorCode::UserNotFound
        );
        let card = world.cards.one(&acme, ada).await.unwrap().unwrap();
        assert!(card.is_deleted && !card.is_active);
        assert!(
            upsert(
                &acme,
                NewUser {
                    external_id: external("eve"),
                    changes: email()
                }
            )
            .await
            .unwrap()
            .created
        );
    }
}
