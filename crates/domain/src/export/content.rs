use std::collections::VecDeque;

use base::{Direction, ErrorCode, Id, PageSize, Result};
use bytes::Bytes;
use store::{Entity, Position, TenantStore};

use crate::media::{self, File, FileFilter, FileState, FileStorage, ObjectName};
use crate::users::User;

/// Bytes that are read from the media store at once.
const CHUNK_BYTES: u64 = 1024 * 1024;

/// What follows in the archive.
pub(super) enum Piece {
    /// A file of this name begins.
    Begin(String),
    /// Content of the file that began last.
    Bytes(Bytes),
}

/// Reads the content of the files that a user uploaded, in bounded chunks.
pub(super) struct Content {
    storage: FileStorage,
    user: Id<User>,
    files: VecDeque<Entity<File>>,
    after: Option<Position>,
    is_listed: bool,
    /// The file being read, and the bytes of it that were read.
    reading: Option<(Entity<File>, u64)>,
}

impl Content {
    pub(super) fn new(storage: FileStorage, user: Id<User>) -> Self {
        Self {
            storage,
            user,
            files: VecDeque::new(),
            after: None,
            is_listed: false,
            reading: None,
        }
    }

    /// Returns the next piece; `None` at the end. A file that is removed meanwhile ends early.
    ///
    /// # Errors
    /// 503 if the store or the media store is unavailable.
    pub(super) async fn next(&mut self, tenant: &TenantStore) -> Result<Option<Piece>> {
        loop {
            if let Some((file, read)) = self.reading.take() {
                if let Some(bytes) = self.read(tenant, &file, read).await? {
                    self.reading = Some((file, read + bytes.len() as u64));
                    return Ok(Some(Piece::Bytes(bytes)));
                }
            } else if let Some(file) = self.files.pop_front() {
                let name = file.name.as_deref().unwrap_or("content");
                let name = format!("files/{}/{}", file.id, name.replace(['/', '\\'], "_"));
                self.reading = Some((file, 0));
                return Ok(Some(Piece::Begin(name)));
            } else if self.is_listed {
                return Ok(None);
            } else {
                self.list(tenant).await?;
            }
        }
    }

    async fn list(&mut self, tenant: &TenantStore) -> Result<()> {
        let filter = FileFilter {
            user: Some(self.user),
            kind: None,
        };
        let page = media::list(
            tenant,
            filter,
            PageSize::MAX,
            Direction::Forward,
            self.after.take(),
        )
        .await?;
        let ready = page.items.into_iter();
        self.files
            .extend(ready.filter(|file| file.state == FileState::Ready));
        self.is_listed = page.next.is_none();
        self.after = page.next;
        Ok(())
    }

    async fn read(
        &self,
        tenant: &TenantStore,
        file: &Entity<File>,
        read: u64,
    ) -> Result<Option<Bytes>> {
        let size = u64::try_from(file.size).unwrap_or(0);
        if read >= size {
            return Ok(None);
        }
        let object = if file.is_stripped == Some(true) {
            ObjectName::Stripped
        } else {
            ObjectName::Original
        };
        let range = read..size.min(read + CHUNK_BYTES);
        let bytes = self
            .storage
            .read_range(tenant.id(), file.id, object, range)
            .await;
        match bytes {
            Err(error) if error.code == ErrorCode::FileNotFound => Ok(None),
            bytes => bytes.map(Some),
        }
    }
}
