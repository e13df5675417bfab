use std::sync::{Arc, LazyLock, OnceLock};

use axum::body::Bytes;
use axum::http::{Extensions, Method};
use base::{CursorKey, Result, limit};
use domain::admins::AdminOperation;
use domain::analytics::EventIngest;
use domain::auth::{AuthContext, Authenticator};
use domain::idempotency::Attempt;
use domain::key_ring::KeyRing;
use domain::media::Media;
use domain::messaging::{HistoryReader, MessageSender};
use domain::sign_in::SignIn;
use domain::users::UserCache;
use store::Store;
use tokio::sync::Semaphore;

use crate::access::{Policy, PolicyTable};
use crate::admin::AdminPolicyTable;
use crate::cost::Payer;
use crate::transfer::Transfers;

/// State that all handlers share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    authenticator: Authenticator,
    key_ring: KeyRing,
    user_cache: UserCache,
    cursor_key: CursorKey,
    message_sender: MessageSender,
    history_reader: HistoryReader,
    event_ingest: EventIngest,
    media: Media,
    sign_in: SignIn,
    transfers: Transfers,
    request_slots: Arc<Semaphore>,
    definition: OnceLock<Definition>,
    admin_policies: OnceLock<AdminPolicyTable>,
}

/// Policies and OpenAPI document of the routes that the router registers.
#[derive(Debug)]
struct Definition {
    policies: PolicyTable,
    // Built on the first request: it takes more memory than the rest of the state.
    openapi_json: LazyLock<Bytes, Box<dyn FnOnce() -> Bytes + Send>>,
}

impl AppState {
    /// Creates the state over an open store.
    #[must_use]
    #[expect(
        clippy::too_many_arguments,
        reason = "each part is created elsewhere and passed once, at the start"
    )]
    pub fn new(
        store: Store,
        authenticator: Authenticator,
        key_ring: KeyRing,
        user_cache: UserCache,
        cursor_key: CursorKey,
        event_ingest: EventIngest,
        media: Media,
        sign_in: SignIn,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                authenticator,
                key_ring,
                user_cache,
                cursor_key,
                message_sender: MessageSender::default(),
                history_reader: HistoryReader::default(),
                event_ingest,
                media,
                sign_in,
                transfers: Transfers::default(),
                request_slots: Arc::new(Semaphore::new(limit::REQUESTS_AT_ONCE)),
                definition: OnceLock::new(),
                admin_policies: OnceLock::new(),
            }),
        }
    }

    /// Sets the policies and the OpenAPI document. Only the first call has an effect.
    pub(crate) fn define(
        &self,
        policies: PolicyTable,
        openapi_json: impl FnOnce() -> String + Send + 'static,
    ) {
        self.inner.definition.get_or_init(|| Definition {
            policies,
            openapi_json: LazyLock::new(Box::new(|| openapi_json().into())),
        });
    }

    /// Returns the policy of the operation that a routed request calls.
    pub(crate) fn policy(&self, method: &Method, extensions: &Extensions) -> Option<Policy> {
        let definition = self.inner.definition.get()?;
        definition.policies.find(method, extensions)
    }

    /// Sets the table of roles of the admin API. Only the first call has an effect.
    pub(crate) fn define_admin(&self, policies: AdminPolicyTable) {
        self.inner.admin_policies.get_or_init(|| policies);
    }

    /// Returns the row of the operation of the admin API that a routed request calls.
    pub(crate) fn admin_operation(
        &self,
        method: &Method,
        extensions: &Extensions,
    ) -> Option<AdminOperation> {
        self.inner.admin_policies.get()?.find(method, extensions)
    }

    /// Returns the OpenAPI document as JSON; empty before [`Self::define`].
    pub(crate) fn openapi_json(&self) -> Bytes {
        let definition = self.inner.definition.get();
        definition.map_or_else(Bytes::new, |definition| {
            Bytes::clone(&definition.openapi_json)
        })
    }

    /// Returns the store, for data that belongs to no tenant.
    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Returns the service that signs users in.
    pub(crate) fn sign_in(&self) -> &SignIn {
        &self.inner.sign_in
    }

    /// Returns the authenticator of credentials.
    pub(crate) fn authenticator(&self) -> &Authenticator {
        &self.inner.authenticator
    }

    /// Returns the key ring that decrypts signing secrets.
    pub(crate) fn key_ring(&self) -> &KeyRing {
        &self.inner.key_ring
    }

    /// Returns the cache of user summaries.
    pub(crate) fn user_cache(&self) -> &UserCache {
        &self.inner.user_cache
    }

    /// Returns the queue of incoming analytics events.
    pub(crate) fn event_ingest(&self) -> &EventIngest {
        &self.inner.event_ingest
    }

    /// Returns the storage of files.
    pub(crate) fn media(&self) -> &Media {
        &self.inner.media
    }

    /// Returns the permits of transfers.
    pub(crate) fn transfers(&self) -> &Transfers {
        &self.inner.transfers
    }

    /// Returns the key that seals cursors.
    pub(crate) fn cursor_key(&self) -> &CursorKey {
        &self.inner.cursor_key
    }

    /// Returns the sender of messages.
    pub(crate) fn message_sender(&self) -> &MessageSender {
        &self.inner.message_sender
    }

    /// Returns the reader of message histories.
    pub(crate) fn history_reader(&self) -> &HistoryReader {
        &self.inner.history_reader
    }

    /// Returns the semaphore with one permit for each concurrent request.
    pub(crate) fn request_slots(&self) -> Arc<Semaphore> {
        Arc::clone(&self.inner.request_slots)
    }

    /// Creates an attempt under an idempotency key. A repeated request must
    /// have the same caller and the same `parts`.
    ///
    /// # Errors
    /// 400 if the key is not 1 to 255 printable ASCII characters.
    pub(crate) fn attempt(
        &self,
        auth: &AuthContext,
        key: &str,
        parts: &[&[u8]],
    ) -> Result<Attempt> {
        let fingerprint = self.key_ring().fingerprint(parts);
        let attempt = Attempt::new(auth.principal(), key, fingerprint)?;
        Ok(attempt.of(auth.actor.user().ok()))
    }

    /// Counts the entries of a batch as further requests of the caller.
    pub(crate) fn charge(&self, auth: &AuthContext, entries: usize) {
        let Payer { tenant, user } = Payer::of(auth);
        let cost = u32::try_from(entries).unwrap_or(u32::MAX);
        self.authenticator().charge(tenant, user, cost);
    }
}
