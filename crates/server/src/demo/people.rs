use base::{Error, ExternalId, IdOrExternalId, Patch, Result};
use domain::users::{NewUser, User, UserChanges, upsert_batch};
use store::TenantStore;

/// The two who chat: external id and name.
pub const PEOPLE: [(&str, &str); 2] = [("alice", "Alice"), ("bob", "Bob")];

/// Makes the two users where they are missing.
pub async fn make(tenant: &TenantStore) -> Result<()> {
    let user = |(id, name): (&str, &str)| {
        let changes = UserChanges {
            name: Patch::Set(name.to_owned()),
            ..UserChanges::default()
        };
        Ok(NewUser {
            external_id: external(id)?,
            changes,
        })
    };
    let users = PEOPLE.into_iter().map(user).collect::<Result<Vec<_>>>()?;
    upsert_batch(tenant, users).await.map(drop)
}

/// How a request names one of them.
pub fn named(id: &str) -> Result<IdOrExternalId<User>> {
    external(id).map(IdOrExternalId::External)
}

/// An external id of the demo's own.
pub fn external(id: &str) -> Result<ExternalId> {
    id.parse().map_err(Error::internal)
}
