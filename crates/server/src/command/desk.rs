use domain::analytics::Intake;
use domain::platform::{Door, Rates, Vault};
use domain::users::Cards;
use store::Store;

/// The open store with what stands around it, shared by commands and requests.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The store.
    pub store: Store,
    /// Seals and opens stored secrets.
    pub vault: Vault,
    /// What the process remembers of users.
    pub cards: Cards,
    /// Tells who calls.
    pub door: Door,
    /// Where events are taken in.
    pub intake: Intake,
}

impl Desk {
    /// What stands around a store that answers so many requests.
    pub fn new(store: Store, vault: Vault, rates: Rates) -> Self {
        let cards = Cards::new(&store);
        let door = Door::new(store.clone(), vault.clone(), cards.clone(), rates);
        Self {
            store,
            vault,
            cards,
            door,
            intake: Intake::default(),
        }
    }
}
