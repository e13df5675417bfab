//! Facts about the whole installation.

mod collections;

use base::{Id, ObjectId, Result};
use store::{Changes, Collection, CommitError, Declaration, PlatformStore, Update};

pub use collections::Installation;

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Installation::DECLARATION];

/// Id of the only document.
const ID: Id<Installation> = Id::new(ObjectId([0; 12]));

/// Returns the stored facts; `None` before the first start.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn get(platform: &PlatformStore) -> Result<Option<Installation>> {
    Ok(platform.get(ID).await?.map(|stored| stored.doc))
}

/// Stores a new id of the media storage, which does not have it yet, unless another node has stored
/// one. Returns what is stored.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn create(platform: &PlatformStore, media_store_id: String) -> Result<Installation> {
    let new = Installation {
        media_store_id,
        media_store_ready: false,
    };
    let mut batch = platform.batch();
    batch.insert_as(ID, new.clone());
    match platform.commit(batch).await {
        Ok(()) => Ok(new),
        // Another node has started at the same time.
        Err(CommitError::Conflict { .. }) => Ok(get(platform).await?.unwrap_or(new)),
        Err(error) => Err(error.into()),
    }
}

/// Records that the media storage has its id.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn set_media_store_ready(platform: &PlatformStore) -> Result<()> {
    let mut batch = platform.batch();
    let ready = Changes::new().set(Installation::media_store_ready, true);
    batch.update(ID, Update::of(ready));
    platform.commit(batch).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn first_media_store_id_is_kept() {
        let world = World::new();
        let platform = world.store.platform();
        assert!(get(&platform).await.unwrap().is_none());
        for id in ["first", "second"] {
            let stored = create(&platform, id.to_owned()).await.unwrap();
            assert_eq!(stored.media_store_id, "first");
            assert!(!stored.media_store_ready);
        }
        set_media_store_ready(&platform).await.unwrap();
        let stored = get(&platform).await.unwrap().unwrap();
        assert_eq!(stored.media_store_id, "first");
        assert!(stored.media_store_ready);
    }
}
