use domain::analytics::EventIngest;
use domain::auth::{Authenticator, RateLimits};
use domain::integrations::Bridge;
use domain::key_ring::KeyRing;
use domain::media::Media;
use domain::sign_in::{Passwords, SignIn};
use domain::users::UserCache;
use media_storage::MediaStorage;
use store::Store;

use crate::mailer::Mailer;

/// Open store and the services built on it, shared by commands and requests.
#[derive(Debug, Clone)]
pub struct Services {
    /// The store.
    pub store: Store,
    /// Encrypts and decrypts stored secrets.
    pub key_ring: KeyRing,
    /// Users cached by this process.
    pub user_cache: UserCache,
    /// Authenticates callers.
    pub authenticator: Authenticator,
    /// Queue of analytics events.
    pub event_ingest: EventIngest,
    /// Files of the tenants.
    pub media: Media,
    /// Storage with the content of the files.
    pub media_storage: MediaStorage,
    /// Signs users in.
    pub sign_in: SignIn,
    /// Sends mails.
    pub mailer: Mailer,
    /// What the jobs of integrations need.
    pub bridge: Bridge,
}

impl Services {
    /// Creates the services of a store.
    #[expect(
        clippy::too_many_arguments,
        reason = "each part is created elsewhere and passed once, at the start"
    )]
    pub fn new(
        store: Store,
        key_ring: KeyRing,
        rates: RateLimits,
        media: Media,
        media_storage: MediaStorage,
        passwords: Passwords,
        mailer: Mailer,
        bridge: Bridge,
    ) -> Self {
        let sign_in = SignIn::new(store.clone(), key_ring.clone(), passwords);
        let user_cache = UserCache::new(&store);
        let authenticator =
            Authenticator::new(store.clone(), key_ring.clone(), user_cache.clone(), rates);
        Self {
            store,
            key_ring,
            user_cache,
            authenticator,
            event_ingest: EventIngest::default(),
            media,
            media_storage,
            sign_in,
            mailer,
            bridge,
        }
    }
}
