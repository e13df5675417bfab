use base::{Id, ObjectId, Result, limit};
use store::{
    Batch, Changes, Collection, CommitError, Entity, ErasureAction, Json, PersonalLine, Row,
    TenantData, TenantStore, Update, Value,
};

use super::{ErasedDocuments, Erasure, ErasureStatus, Stage};
use crate::holds::{Holds, NoHold};
use crate::media::{File, Media};
use crate::messaging::{Conversation, Participant, Reaction, end_memberships};
use crate::users::remember_erased;

/// An erasure leased by this process. Each step ends with a commit that expects the version of the
/// lease and extends it, so that two servers never process it concurrently.
#[derive(Debug)]
pub struct ErasureJob {
    pub(super) tenant: TenantStore,
    pub(super) media: Media,
    pub(super) lines: Vec<PersonalLine>,
    pub(super) erasure: Entity<Erasure>,
    /// The legal holds that the current step has read.
    pub(super) holds: Holds,
}

impl ErasureJob {
    /// Leases a due erasure; `None` if it is completed or another server has it.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub async fn lease(
        tenant: &TenantStore,
        media: &Media,
        id: Id<Erasure>,
    ) -> Result<Option<Self>> {
        let now = tenant.context().now();
        let due = |erasure: &Entity<Erasure>| erasure.due_at.is_some_and(|due| due <= now);
        let Some(erasure) = tenant.get(id).await?.filter(due) else {
            return Ok(None);
        };
        let lines = PersonalLine::of(&crate::catalogue());
        let mut job = Self {
            tenant: tenant.clone(),
            media: media.clone(),
            lines,
            erasure,
            holds: Holds::read(tenant).await?,
        };
        let leased = job.save(tenant.batch()).await?;
        Ok(leased.then_some(job))
    }

    /// Executes the next bounded step; returns whether there is more to do now. May be cancelled at
    /// any point and repeated by any server.
    ///
    /// # Errors
    /// When the store is unavailable; the job continues when the lease expires.
    pub async fn step(&mut self) -> Result<bool> {
        self.holds = Holds::read(&self.tenant).await?;
        if self.holds.covers(self.erasure.user_id.object_id()).await? {
            return self.wait_for_holds().await;
        }
        if self.erasure.status == ErasureStatus::Held {
            self.erasure
                .report
                .0
                .values_mut()
                .for_each(|counted| counted.held = 0);
        }
        self.erasure.status = ErasureStatus::Running;
        self.erasure.steps += 1;
        match self.erasure.stage {
            Stage::Reactions => self.reactions().await,
            Stage::Memberships => {
                let gone =
                    end_memberships(&self.tenant, self.erasure.user_id, limit::ERASE_RECORDS)
                        .await?;
                self.advance_if(gone < limit::ERASE_RECORDS, Stage::Documents)
                    .await
            }
            Stage::Documents => self.documents(Stage::Files).await,
            Stage::Files => self.files().await,
            Stage::Conversations => self.conversations().await,
            Stage::Check | Stage::User if self.is_kept() => self.wait_for_holds().await,
            Stage::Check if self.has_new_data().await? => {
                self.advance_if(true, Stage::Reactions).await
            }
            Stage::Check => self.documents(Stage::Counts).await,
            Stage::Counts => self.counts().await,
            Stage::User => self.complete().await,
        }
    }

    /// Returns whether a hold has retained a document in this pass.
    fn is_kept(&self) -> bool {
        self.erasure
            .report
            .0
            .values()
            .any(|counted| counted.held > 0)
    }

    /// Pauses until a hold may have been lifted, then scans everything again.
    async fn wait_for_holds(&mut self) -> Result<bool> {
        self.erasure.status = ErasureStatus::Held;
        (self.erasure.stage, self.erasure.line, self.erasure.after) = (Stage::Reactions, 0, None);
        let mut batch = self.tenant.batch();
        self.holds.assert_unchanged(&mut batch);
        let saved = self.save_until(batch, limit::HELD_SECONDS).await?;
        Ok(saved && self.erasure.status != ErasureStatus::Held)
    }

    /// Returns the precondition that no hold was set since the step began.
    pub(super) fn no_hold(&self) -> NoHold {
        NoHold::prefiltered(self.holds.clone())
    }

    /// Returns whether memberships, reactions or files were added by a request that began before the user
    /// was locked out.
    async fn has_new_data(&self) -> Result<bool> {
        let user = self.erasure.user_id;
        let part = self
            .tenant
            .find(Participant::by_user.eq(Participant::user_id, user))
            .await?;
        let reaction = self
            .tenant
            .find(Reaction::by_user.eq(Reaction::user_id, user))
            .await?;
        let file = self
            .tenant
            .find(File::by_user.eq(File::user_id, user))
            .await?;
        Ok(part.is_some() || reaction.is_some() || file.is_some())
    }

    pub(super) fn count_removed<C: store::Collection>(&mut self, removed: usize) {
        self.add(
            C::DECLARATION.name,
            ErasedDocuments {
                removed,
                ..ErasedDocuments::default()
            },
        );
    }

    pub(super) fn add(&mut self, collection: &str, more: ErasedDocuments) {
        if more != ErasedDocuments::default() {
            let sum = self
                .erasure
                .report
                .0
                .entry(collection.to_owned())
                .or_default();
            let removed = sum.removed + more.removed;
            let wiped = sum.wiped + more.wiped;
            *sum = ErasedDocuments {
                removed,
                wiped,
                held: sum.held + more.held,
            };
        }
    }

    pub(super) async fn advance_if(&mut self, over: bool, next: Stage) -> Result<bool> {
        if over {
            (self.erasure.stage, self.erasure.line, self.erasure.after) = (next, 0, None);
        }
        self.save(self.tenant.batch()).await
    }

    async fn complete(&mut self) -> Result<bool> {
        let mut batch = self.tenant.batch();
        self.holds.assert_unchanged(&mut batch);
        let user = self
            .tenant
            .get_many_with_deleted(&[self.erasure.user_id])
            .await?
            .pop();
        if let Some(external_id) = user.and_then(|user| user.doc.external_id) {
            remember_erased(self.tenant.id(), &mut batch, &external_id);
        }
        batch.remove(self.erasure.user_id, false);
        self.count_removed::<crate::users::User>(1);
        (self.erasure.status, self.erasure.completed_at) = (ErasureStatus::Done, Some(batch.now()));
        let saved = self.save(batch).await?;
        Ok(saved && self.erasure.status != ErasureStatus::Done)
    }

    /// Commits these writes with the state of the job; returns whether there is more to do now.
    /// Returns false if another server has taken over. If a hold was set concurrently, nothing is
    /// written and the step is repeated.
    pub(super) async fn save(&mut self, batch: Batch<TenantData>) -> Result<bool> {
        self.save_until(batch, limit::ERASE_LEASE_SECONDS).await
    }

    async fn save_until(&mut self, mut batch: Batch<TenantData>, seconds: usize) -> Result<bool> {
        let due = batch.now().plus_millis(limit::signed(seconds) * 1_000);
        let Erasure {
            status,
            stage,
            line,
            after,
            marks_until,
            report,
            steps,
            completed_at,
            ..
        } = self.erasure.doc.clone();
        let own = batch.len();
        let changes = Changes::new()
            .set(Erasure::status, status)
            .set(Erasure::stage, stage)
            .set(Erasure::line, line)
            .put(Erasure::after, after)
            .put(Erasure::marks_until, marks_until)
            .set(Erasure::report, Json(report.0))
            .set(Erasure::steps, steps)
            .put(Erasure::due_at, completed_at.is_none().then_some(due))
            .put(Erasure::completed_at, completed_at);
        batch.update(
            self.erasure.id,
            Update::of(changes).expecting_version(self.erasure.version),
        );
        match self.tenant.commit(batch).await {
            Ok(()) => {
                self.erasure.version += 1;
                Ok(true)
            }
            Err(CommitError::PreconditionFailed { write, .. }) if write != own => {
                self.reload().await
            }
            Err(CommitError::PreconditionFailed { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Reloads the stored state; returns whether this process still has the lease.
    async fn reload(&mut self) -> Result<bool> {
        let stored = self.tenant.get(self.erasure.id).await?;
        let ours = stored.filter(|erasure| erasure.version == self.erasure.version);
        Ok(ours.map(|erasure| self.erasure = erasure).is_some())
    }
}

/// A batch of the user's documents found by a declaration line.
pub(super) struct FoundDocuments {
    /// Documents that can be erased.
    pub(super) free: Vec<Row>,
    /// Documents under a legal hold, by their conversation or their owner.
    pub(super) held: Vec<Row>,
    /// Id of the last document.
    last: Option<ObjectId>,
    /// Whether more documents may follow.
    more: bool,
}

impl ErasureJob {
    pub(super) fn line_of<C: Collection>(&self) -> Option<PersonalLine> {
        self.lines
            .iter()
            .find(|line| line.declaration().name == C::DECLARATION.name)
            .copied()
    }

    /// Returns the documents after the last one that was retained.
    pub(super) async fn find(&self, line: PersonalLine, limit: usize) -> Result<FoundDocuments> {
        let person = self.erasure.user_id.object_id();
        let after = match self.erasure.after {
            Some(after) => self.tenant.personal_position(line, after).await?,
            None => None,
        };
        let found = self
            .tenant
            .personal_rows(line, person, after, limit)
            .await?;
        let more = found.next.is_some();
        let last = found.rows.last().map(|row| row.id);
        let kept = self
            .holds
            .covered_among(found.rows.iter().flat_map(|row| subjects(line, row)))
            .await?;
        let is_held = |row: &Row| subjects(line, row).any(|subject| kept.contains(&subject));
        let (held, free) = found.rows.into_iter().partition(is_held);
        Ok(FoundDocuments {
            free,
            held,
            last,
            more,
        })
    }

    /// Advances past a processed batch; returns whether it was the last.
    pub(super) fn advance(&mut self, line: PersonalLine, found: &FoundDocuments) -> bool {
        let kept = ErasedDocuments {
            held: found.held.len(),
            ..ErasedDocuments::default()
        };
        self.add(line.declaration().name, kept);
        match line.said().fate {
            // Erased documents are gone; the next ones follow the last held document.
            ErasureAction::Delete => {
                if let Some(last) = found.held.last() {
                    self.erasure.after = Some(last.id);
                }
            }
            ErasureAction::Redact(_) | ErasureAction::Retain | ErasureAction::Expire => {
                self.erasure.after = found.last;
            }
        }
        !found.more
    }
}

/// Returns the ids whose legal hold protects the document: its conversation, and its owner if the
/// document only mentions the user.
fn subjects(line: PersonalLine, row: &Row) -> impl Iterator<Item = ObjectId> {
    let declaration = line.declaration();
    let owner = declaration
        .personal
        .first()
        .filter(|_| !line.is_first())
        .map(|first| first.field);
    let named = [declaration.refers_to::<Conversation>(), owner];
    let ids = named.map(|field| match row.field(declaration, field?)? {
        Value::Id(id) => Some(id),
        _ => None,
    });
    ids.into_iter().flatten()
}
