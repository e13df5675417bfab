use domain::analytics::EventIngest;
use domain::auth::{Authenticator, RateLimits};
use domain::key_ring::KeyRing;
use domain::users::UserCache;
use store::Store;

/// The open store with what stands around it, shared by commands and requests.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The store.
    pub store: Store,
    /// Seals and opens stored secrets.
    pub vault: KeyRing,
    /// What the process remembers of users.
    pub cards: UserCache,
    /// Tells who calls.
    pub door: Authenticator,
    /// Where events are taken in.
    pub intake: EventIngest,
}

impl Desk {
    /// What stands around a store that answers so many requests.
    pub fn new(store: Store, vault: KeyRing, rates: RateLimits) -> Self {
        let cards = UserCache::new(&store);
        let door = Authenticator::new(store.clone(), vault.clone(), cards.clone(), rates);
        Self {
            store,
            vault,
            cards,
            door,
            intake: EventIngest::default(),
        }
    }
}
