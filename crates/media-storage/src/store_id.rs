use object_store::path::Path;
use object_store::{
    Error as StoreError, ObjectStore as _, ObjectStoreExt as _, PutMode, PutPayload,
};

use crate::error::Error;
use crate::storage::MediaStorage;

/// Name of the object with the id of the storage. The database has the same id, so that a node
/// does not start with the files of another database.
pub const STORE_ID: &str = "caas-store-id";

/// Length of an id in characters.
const ID_LENGTH: usize = 32;

impl MediaStorage {
    /// Returns the id; `None` if the storage has none.
    ///
    /// # Errors
    /// Fails if the storage cannot be read, or the object has another content.
    pub async fn store_id(&self) -> Result<Option<String>, Error> {
        let path = Path::from(STORE_ID);
        let found = match self.objects().get(&path).await {
            Ok(found) => found,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // A line break may follow if an operator has written it.
        if found.meta.size > ID_LENGTH as u64 + 2 {
            return Err(Error::InvalidStoreId);
        }
        let bytes = found.bytes().await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::InvalidStoreId)?;
        let id = text.trim();
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if id.len() != ID_LENGTH || !id.bytes().all(is_hex) {
            return Err(Error::InvalidStoreId);
        }
        Ok(Some(id.to_owned()))
    }

    /// Stores the id, of 32 hexadecimal digits, unless there is one, and returns the stored id.
    ///
    /// # Errors
    /// Fails if the storage cannot be written.
    pub async fn create_store_id(&self, id: &str) -> Result<String, Error> {
        let payload = PutPayload::from(id.to_owned());
        let objects = self.objects();
        let path = Path::from(STORE_ID);
        match objects
            .put_opts(&path, payload, PutMode::Create.into())
            .await
        {
            Ok(_) | Err(StoreError::AlreadyExists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.store_id().await?.ok_or(Error::InvalidStoreId)
    }
}
