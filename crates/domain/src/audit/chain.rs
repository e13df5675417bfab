use base::{Direction, Error, ErrorCode, PageSize, Result, limit};
use sha2::{Digest, Sha256};
use store::{CommitError, Entity, Page, PlatformStore, Position};

use super::{AuditIntent, AuditRecord, Entry};
use crate::tenants::show_hash;

/// Hash before the first entry.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Attempts to append while other nodes append too.
const ATTEMPTS: usize = 20;

/// Numbers all pending entries and links them by their hashes. Each one is moved from the intents to
/// the log in one commit, so that none is lost and none is written twice.
///
/// # Errors
/// 503 if the store is unavailable; the entries stay pending.
pub async fn append_pending(platform: &PlatformStore) -> Result<()> {
    let mut attempts = 0;
    loop {
        let query = AuditIntent::by_created.all().limit(limit::AUDIT_BATCH);
        let pending = platform.list(query).await?.items;
        if pending.is_empty() {
            return Ok(());
        }
        let head = platform.find(AuditRecord::by_seq.all().backward()).await?;
        let mut batch = platform.batch();
        let mut seq = head.as_ref().map_or(0, |head| head.seq);
        let mut previous = head.map_or_else(|| GENESIS.to_owned(), |head| head.doc.hash);
        for intent in pending {
            seq += 1;
            let record = link(seq, intent.doc, &previous)?;
            previous.clone_from(&record.hash);
            batch.insert(record);
            batch.remove(intent.id, true);
        }
        match platform.commit(batch).await {
            Ok(()) => attempts = 0,
            // Another node has appended at the same time.
            Err(CommitError::Conflict { .. } | CommitError::PreconditionFailed { .. })
                if attempts < ATTEMPTS =>
            {
                attempts += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn link(seq: i64, intent: AuditIntent, previous: &str) -> Result<AuditRecord> {
    let text = intent.entry;
    let entry: Entry = serde_json::from_str(&text.0).map_err(Error::internal)?;
    Ok(AuditRecord {
        seq,
        hash: hash(seq, &text.0, previous),
        action: entry.action,
        actor: entry.origin.actor_id,
        target: entry.target_id,
        tenant: entry.tenant_id,
        entry: text,
        previous_hash: previous.to_owned(),
    })
}

/// Returns the hash of an entry: SHA-256 over number, entry and hash of the entry before, each
/// preceded by its length in eight bytes, big-endian.
fn hash(seq: i64, entry: &str, previous: &str) -> String {
    let mut hasher = Sha256::new();
    for part in [
        &seq.to_be_bytes()[..],
        entry.as_bytes(),
        previous.as_bytes(),
    ] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    show_hash(&hasher.finalize().into())
}

/// Filter of the audit log.
#[derive(Clone, Debug)]
pub enum AuditFilter {
    /// All entries.
    All,
    /// Entries of an action.
    Action(String),
    /// Entries of an actor, by id.
    Actor(String),
    /// Entries about an object, by id.
    Target(String),
    /// Entries about a tenant, by id.
    Tenant(String),
}

/// Lists the entries that match a filter by number, one page at a time.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list(
    platform: &PlatformStore,
    filter: &AuditFilter,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<AuditRecord>> {
    let query = match filter.clone() {
        AuditFilter::All => AuditRecord::by_seq.all(),
        AuditFilter::Action(action) => AuditRecord::by_action.eq(AuditRecord::action, action),
        AuditFilter::Actor(actor) => AuditRecord::by_actor.eq(AuditRecord::actor, actor),
        AuditFilter::Target(target) => AuditRecord::by_target.eq(AuditRecord::target, target),
        AuditFilter::Tenant(tenant) => AuditRecord::by_tenant.eq(AuditRecord::tenant, tenant),
    };
    let query = query.limit(size.get()).towards(direction).after(after);
    Ok(platform.list(query).await?)
}

/// Result of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Number of valid entries before the first problem.
    pub entries: i64,
    /// Number and hash of the last valid entry. Keep it elsewhere: a later verification with it
    /// finds a log whose end was cut or which was written again.
    pub checkpoint: Option<Checkpoint>,
    /// First problem; `None` if the log is intact.
    pub problem: Option<Problem>,
}

/// Number and hash of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Number of the entry.
    pub seq: i64,
    /// Hash of the entry.
    pub hash: String,
}

impl std::str::FromStr for Checkpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = text.split_once(':').and_then(|(seq, hash)| {
            let seq = seq.parse().ok()?;
            (hash.len() == GENESIS.len()).then(|| Self {
                seq,
                hash: hash.to_owned(),
            })
        });
        parsed.ok_or_else(|| {
            let message = "must be a number, a colon and a hash of 64 digits";
            Error::invalid("checkpoint", message)
        })
    }
}

/// Problem of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Number of the first entry that is not valid.
    pub seq: i64,
    /// What is wrong.
    pub detail: &'static str,
}

/// Verifies the whole log: numbers without gaps, hashes of all entries, and the fields by which
/// entries are found. With a checkpoint of an earlier verification it also finds a log whose end
/// was cut or which was written again.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn verify(
    platform: &PlatformStore,
    checkpoint: Option<&Checkpoint>,
) -> Result<Verification> {
    append_pending(platform).await?;
    let mut state = Verifier::default();
    let mut after = None;
    loop {
        let query = AuditRecord::by_seq.all().limit(limit::AUDIT_READ);
        let page = platform.list(query.after(after)).await?;
        for record in &page.items {
            if let Some(detail) = state.check(record, checkpoint) {
                let seq = state.seq + 1;
                return Ok(state.result(Some(Problem { seq, detail })));
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let cut = checkpoint.filter(|checkpoint| checkpoint.seq > state.seq);
    let problem = cut.map(|_| Problem {
        seq: state.seq + 1,
        detail: "the log ends before the checkpoint",
    });
    Ok(state.result(problem))
}

/// Last valid entry while the log is verified.
#[derive(Default)]
struct Verifier {
    seq: i64,
    hash: Option<String>,
}

impl Verifier {
    /// Checks the next entry; returns its problem if it is not valid.
    fn check(
        &mut self,
        record: &Entity<AuditRecord>,
        checkpoint: Option<&Checkpoint>,
    ) -> Option<&'static str> {
        let previous = self.hash.as_deref().unwrap_or(GENESIS);
        if record.seq != self.seq + 1 {
            return Some("the entry is missing");
        }
        if record.previous_hash != previous {
            return Some("the entry does not follow the one before");
        }
        if record.hash != hash(record.seq, &record.entry.0, previous) {
            return Some("the entry was changed");
        }
        let Ok(entry) = serde_json::from_str::<Entry>(&record.entry.0) else {
            return Some("the entry cannot be read");
        };
        let found_by = (
            &record.action,
            &record.actor,
            &record.target,
            &record.tenant,
        );
        let is_same = found_by
            == (
                &entry.action,
                &entry.origin.actor_id,
                &entry.target_id,
                &entry.tenant_id,
            );
        if !is_same {
            return Some("a field by which the entry is found was changed");
        }
        let is_other = |checkpoint: &Checkpoint| {
            checkpoint.seq == record.seq && checkpoint.hash != record.hash
        };
        if checkpoint.is_some_and(is_other) {
            return Some("the entry differs from the checkpoint");
        }
        self.seq = record.seq;
        self.hash = Some(record.hash.clone());
        None
    }

    fn result(self, problem: Option<Problem>) -> Verification {
        let seq = self.seq;
        Verification {
            entries: seq,
            checkpoint: self.hash.map(|hash| Checkpoint { seq, hash }),
            problem,
        }
    }
}

/// Returns the entry of a record.
///
/// # Errors
/// 500 if the stored entry is invalid.
pub fn entry_of(record: &AuditRecord) -> Result<Entry> {
    serde_json::from_str(&record.entry.0).map_err(|error| {
        Error::new(ErrorCode::Internal, "An audit entry is invalid.").caused_by(error)
    })
}
