use std::sync::Arc;

use base::{CursorKey, Result, limit};
use domain::analytics::EventIngest;
use domain::auth::Authenticator;
use domain::idempotency::Attempt;
use domain::key_ring::KeyRing;
use domain::messaging::{HistoryReader, MessageSender};
use domain::users::UserCache;
use store::Store;
use tokio::sync::Semaphore;

use crate::cost::Payer;
use crate::extract::Caller;

/// What every handler stands on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    door: Authenticator,
    vault: KeyRing,
    cards: UserCache,
    cursors: CursorKey,
    sends: MessageSender,
    readers: HistoryReader,
    intake: EventIngest,
    requests: Arc<Semaphore>,
}

impl Api {
    /// The API over an open store.
    #[must_use]
    pub fn new(
        store: Store,
        door: Authenticator,
        vault: KeyRing,
        cards: UserCache,
        cursors: CursorKey,
        intake: EventIngest,
    ) -> Self {
        let requests = Arc::new(Semaphore::new(limit::REQUESTS_AT_ONCE));
        let sends = MessageSender::default();
        let readers = HistoryReader::default();
        Self(Arc::new(Inner {
            store,
            door,
            vault,
            cards,
            cursors,
            sends,
            readers,
            intake,
            requests,
        }))
    }

    /// The store, for what belongs to no tenant.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// Tells who calls.
    pub(crate) fn door(&self) -> &Authenticator {
        &self.0.door
    }

    /// Opens the secrets that sign tokens.
    pub(crate) fn vault(&self) -> &KeyRing {
        &self.0.vault
    }

    /// A request of this caller under an idempotency key; the parts are what
    /// must be equal in a repeat.
    ///
    /// # Errors
    /// 400 when the key is not 1 to 255 printable ASCII characters.
    pub(crate) fn attempt(&self, caller: &Caller, key: &str, parts: &[&[u8]]) -> Result<Attempt> {
        let attempt = Attempt::new(caller.principal(), key, self.vault().fingerprint(parts))?;
        Ok(attempt.of(caller.actor.user().ok()))
    }

    /// Counts the entries of a batch as further requests of its caller.
    pub(crate) fn charge(&self, caller: &Caller, entries: usize) {
        let Payer { tenant, user } = Payer::of(caller);
        self.door()
            .charge(tenant, user, u32::try_from(entries).unwrap_or(u32::MAX));
    }

    /// Joins users to answers.
    pub(crate) fn cards(&self) -> &UserCache {
        &self.0.cards
    }

    /// Takes analytics events in.
    pub(crate) fn intake(&self) -> &EventIngest {
        &self.0.intake
    }

    /// Seals cursors.
    pub(crate) fn cursors(&self) -> &CursorKey {
        &self.0.cursors
    }

    /// Sends messages.
    pub(crate) fn sends(&self) -> &MessageSender {
        &self.0.sends
    }

    /// Reads histories.
    pub(crate) fn readers(&self) -> &HistoryReader {
        &self.0.readers
    }

    /// One permit for each request being answered.
    pub(crate) fn requests(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.requests)
    }
}
