use std::time::Duration;

use base::{ErrorCode, Id, Result, Timestamp, limit};
use store::{Batch, Changes, CommitError, Entity, Position, TenantData, TenantStore, Update};
use tokio::time::timeout;

use super::delete::no_hold;
use super::process::{MAX_ATTEMPTS, process};
use super::scan::{Scanned, scan};
use crate::identity::User;
use crate::media::{
    self, File, FileState, Media, MediaMetadata, ObjectName, adjust, assemble, describe,
    metadata_id, schedule_removal, upload_id,
};
use crate::messaging::{Conversation, announce_file, holders, remove_references};
use crate::settings;

/// Steps of one file, leased by this process. Each step ends with a commit that expects the version
/// of the lease, so that two servers never process a file concurrently.
#[derive(Debug)]
pub struct FileJob {
    tenant: TenantStore,
    media: Media,
    file: Entity<File>,
    /// Position in the messages that are informed.
    after: Option<Position>,
}

impl FileJob {
    /// Leases a due file; `None` if nothing is to be done or another server has it.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub async fn lease(tenant: &TenantStore, media: &Media, id: Id<File>) -> Result<Option<Self>> {
        let now = tenant.context().now();
        let due = |file: &Entity<File>| file.due_at.is_some_and(|due| due <= now);
        let Some(file) = tenant.get(id).await?.filter(due) else {
            return Ok(None);
        };
        let mut job = Self::of(tenant, media, file);
        let attempts = job.file.attempts + 1;
        let leased = job
            .save(Changes::new().set(File::attempts, attempts), Due::Lease)
            .await?;
        Ok(leased.then_some(job))
    }

    /// Creates the job of a file without a lease, for a job that has its own.
    pub(crate) fn of(tenant: &TenantStore, media: &Media, file: Entity<File>) -> Self {
        Self {
            tenant: tenant.clone(),
            media: media.clone(),
            file,
            after: None,
        }
    }

    /// Executes the next bounded step; returns whether there is more to do now. May be cancelled at
    /// any point and repeated by any server.
    ///
    /// # Errors
    /// When the store or the media store is unavailable; the job continues when the lease expires.
    pub async fn step(&mut self) -> Result<bool> {
        match self.file.state {
            FileState::Uploading => self.remove_if_not_held().await,
            FileState::Processing => self.process().await,
            _ if self.file.announce == Some(true) => self.announce().await,
            FileState::Ready | FileState::Failed | FileState::Blocked => self.check_use().await,
            FileState::Deleting => self.remove().await,
        }
    }

    /// Assembles the content of a resumable upload, or processes complete content and stores what is
    /// known about it.
    async fn process(&mut self) -> Result<bool> {
        let mut batch = self.tenant.batch();
        if self.file.sha256.is_none() {
            return self.assemble(batch).await;
        }
        let storage = &self.media.storage;
        storage.remove_parts(self.tenant.id(), self.file.id).await?;
        if !self.scan().await? {
            return Ok(true);
        }
        let processed = process(
            self.tenant.id(),
            self.media.storage.clone(),
            self.media.workers.clone(),
            self.file.clone(),
            self.file.attempts >= MAX_ATTEMPTS,
        );
        let outcome = self.renewing(processed).await?;
        outcome
            .write(&self.tenant, &self.media.storage, self.file.id)
            .await?;
        let known = outcome
            .changes()
            .set(MediaMetadata::state, FileState::Ready)
            .set(MediaMetadata::attempts, self.file.attempts);
        batch.update(metadata_id(self.file.id), Update::of(known));
        let mut changes = Changes::new()
            .set(File::state, FileState::Ready)
            .set(File::announce, true)
            .set(File::attempts, 0);
        if let Some(size) = outcome.stripped_size() {
            adjust(&self.tenant, &mut batch, size - self.file.size, 0);
            changes = changes.set(File::is_stripped, true).set(File::size, size);
        }
        let is_saved = self.save_in(batch, changes, Due::Lease).await?;
        if is_saved {
            self.media.counters.ready.add(1);
        }
        if is_saved && self.file.is_stripped == Some(true) {
            let storage = &self.media.storage;
            storage
                .remove_object(self.tenant.id(), self.file.id, ObjectName::Original)
                .await?;
        }
        Ok(is_saved)
    }

    /// Scans the content for viruses; returns whether it may be served. The file of an error keeps
    /// its state, so that it is scanned again when the lease expires.
    async fn scan(&mut self) -> Result<bool> {
        let scan = scan(
            self.tenant.id(),
            self.media.storage.clone(),
            self.media.scanner.clone(),
            self.file.clone(),
        );
        let (state, reason) = match self.renewing(scan).await? {
            Scanned::Clean => return Ok(true),
            Scanned::Infected(signature) => {
                let file = self.file.id;
                let tenant = self.tenant.id();
                tracing::warn!(%tenant, %file, signature, "virus found in an uploaded file");
                (
                    FileState::Blocked,
                    format!("The virus scanner found {signature}."),
                )
            }
            Scanned::TooLarge => (
                FileState::Failed,
                "The file is too large for the virus scanner.".to_owned(),
            ),
        };
        let mut batch = self.tenant.batch();
        let changes = self.rejected(&mut batch, state, &reason);
        let changes = changes.set(File::attempts, 0);
        self.save_in(batch, changes, Due::Lease).await?;
        Ok(false)
    }

    /// Returns the changes of a file that will not be served, and adds the reason to its metadata.
    fn rejected(
        &self,
        batch: &mut Batch<TenantData>,
        state: FileState,
        reason: &str,
    ) -> Changes<File> {
        let counters = &self.media.counters;
        match state {
            FileState::Blocked => counters.blocked.add(1),
            _ => counters.failed.add(1),
        }
        let metadata = Changes::new()
            .set(MediaMetadata::state, state)
            .set(MediaMetadata::error, reason.to_owned());
        batch.update(metadata_id(self.file.id), Update::of(metadata));
        Changes::new()
            .set(File::state, state)
            .set(File::announce, true)
    }

    /// Waits for long work and extends the lease meanwhile.
    async fn renewing<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let half = Duration::from_secs(limit::WORK_LEASE_SECONDS as u64 / 2);
        let mut work = std::pin::pin!(work);
        loop {
            match timeout(half, &mut work).await {
                Ok(done) => return done,
                Err(_) if self.save(Changes::new(), Due::Lease).await? => {}
                Err(_) => return Err(media::not_found()),
            }
        }
    }

    /// Assembles the content of a resumable upload from its parts.
    async fn assemble(&mut self, mut batch: Batch<TenantData>) -> Result<bool> {
        let assembled = {
            let tenant = self.tenant.clone();
            let media = self.media.clone();
            let file = self.file.clone();
            async move { assemble(&tenant, &media, &file).await }
        };
        let Some(written) = self.renewing(assembled).await? else {
            return Ok(false);
        };
        batch.remove(upload_id(self.file.id), true);
        let rules = settings::get(&self.tenant).await?.file_rules();
        let changes = match describe(&self.file, &written, &rules) {
            Ok(changes) => changes,
            Err(error) => self.rejected(&mut batch, FileState::Failed, &error.detail),
        };
        let changes = changes.set(File::attempts, 0);
        self.save_in(batch, changes, Due::Lease).await
    }

    /// Informs a page of the messages that hold the file. A removed file leaves them.
    async fn announce(&mut self) -> Result<bool> {
        let after = self.after.take();
        let page = holders(&self.tenant, self.file.id, limit::ERASE_RECORDS, after).await?;
        let mut batch = self.tenant.batch();
        for reference in &page.items {
            announce_file(&self.tenant, reference).await?;
            if self.file.state == FileState::Deleting {
                batch.remove(reference.id, false);
            }
        }
        let changes = match &page.next {
            Some(_) => Changes::new(),
            None => Changes::new().clear(File::announce),
        };
        if self.file.state != FileState::Deleting {
            self.after = page.next;
        }
        self.save_in(batch, changes, Due::Lease).await
    }

    /// Removes the file if nothing holds it; otherwise schedules the next check.
    async fn check_use(&mut self) -> Result<bool> {
        let seconds = |seconds: usize| limit::signed(seconds) * 1_000;
        let now = self.tenant.context().now();
        if self.is_avatar().await? {
            let next = now.plus_millis(seconds(limit::FILE_CHECK_SECONDS));
            return self.end(Due::At(next)).await;
        }
        let is_held = !holders(&self.tenant, self.file.id, 1, None)
            .await?
            .items
            .is_empty();
        if is_held {
            let next = now.plus_millis(seconds(limit::FILE_CHECK_SECONDS));
            return self.end(Due::At(next)).await;
        }
        let unused = self
            .file
            .created_at
            .plus_millis(seconds(limit::FILE_UNUSED_SECONDS));
        // A replaced avatar is not used again.
        if unused > now && self.file.holder_id.is_none() {
            return self.end(Due::At(unused)).await;
        }
        self.remove_if_not_held().await
    }

    /// Returns whether a user or a conversation shows the file as avatar.
    async fn is_avatar(&self) -> Result<bool> {
        let (Some(holder), Some(path)) = (self.file.holder_id, &self.file.public_path) else {
            return Ok(false);
        };
        let user = self.tenant.get(Id::<User>::new(holder)).await?;
        let conversation = self.tenant.get(Id::<Conversation>::new(holder)).await?;
        let shown = user
            .and_then(|user| user.doc.avatar_url)
            .or_else(|| conversation.and_then(|conversation| conversation.doc.avatar_url));
        Ok(shown.is_some_and(|url| url.contains(path.as_str())))
    }

    /// Starts the removal, unless a legal hold prevents it.
    async fn remove_if_not_held(&mut self) -> Result<bool> {
        let no_hold = match no_hold(&self.tenant, &self.file).await {
            Err(error) if error.code == ErrorCode::LegalHold => {
                let now = self.tenant.context().now();
                let next = now.plus_millis(limit::signed(limit::HELD_SECONDS) * 1_000);
                return self.end(Due::At(next)).await;
            }
            no_hold => no_hold?,
        };
        match schedule_removal(&self.tenant, &self.file, &no_hold).await {
            Ok(()) => self.reload().await,
            // It was attached or removed meanwhile.
            Err(CommitError::PreconditionFailed { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a page of references, or else the content and the documents.
    async fn remove(&mut self) -> Result<bool> {
        let removed = remove_references(&self.tenant, self.file.id, limit::ERASE_DOCUMENTS).await?;
        if removed > 0 {
            return self.save(Changes::new(), Due::Lease).await;
        }
        media::remove(&self.tenant, &self.media, &self.file).await?;
        Ok(false)
    }

    async fn reload(&mut self) -> Result<bool> {
        match self.tenant.get(self.file.id).await? {
            Some(file) => {
                self.file = file;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    async fn end(&mut self, due: Due) -> Result<bool> {
        self.save(Changes::new().set(File::attempts, 0), due)
            .await?;
        Ok(false)
    }

    async fn save(&mut self, changes: Changes<File>, due: Due) -> Result<bool> {
        self.save_in(self.tenant.batch(), changes, due).await
    }

    /// Commits these writes with changes of the file. Returns false if it was changed or removed
    /// since it was read.
    async fn save_in(
        &mut self,
        mut batch: Batch<TenantData>,
        changes: Changes<File>,
        due: Due,
    ) -> Result<bool> {
        let changes = changes.set(File::due_at, due.time(batch.now()));
        batch.update(
            self.file.id,
            Update::of(changes).expecting_version(self.file.version),
        );
        match self.tenant.commit(batch).await {
            Ok(()) => self.reload().await,
            Err(CommitError::PreconditionFailed { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Time of the next step.
#[derive(Clone, Copy, Debug)]
enum Due {
    /// When the lease expires, unless this process continues.
    Lease,
    /// At this time.
    At(Timestamp),
}

impl Due {
    fn time(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Lease => now.plus_millis(limit::signed(limit::WORK_LEASE_SECONDS) * 1_000),
            Self::At(time) => time,
        }
    }
}
