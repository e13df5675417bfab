use store::{ReadError, Store};

use super::Tenant;

/// Checks that the store can be read and written.
///
/// # Errors
/// [`ReadError`] with the reason when it cannot.
pub async fn ready(store: &Store) -> Result<(), ReadError> {
    store.ready().await?;
    store
        .platform()
        .count(Tenant::by_created.all(), 1)
        .await
        .map(drop)
}
