use base::{ExternalId, Id};
use domain::users::{NewUser, User, UserChanges, upsert};
use store::TenantStore;

/// Creates a user with this external id.
pub async fn person(tenant: &TenantStore, name: &str) -> Id<User> {
    let external_id: ExternalId = name.parse().unwrap();
    upsert(
        tenant,
        NewUser {
            external_id,
            changes: UserChanges::default(),
        },
    )
    .await
    .unwrap()
    .user
    .id
}
