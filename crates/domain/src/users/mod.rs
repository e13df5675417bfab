//! The people of a tenant.

mod activate;
mod card;
mod cards;
mod changes;
mod companion;
mod delete;
mod email_taken;
mod erased_name;
mod list;
mod living;
pub(crate) mod preferences;
pub(crate) mod profile;
mod revoke_tokens;
mod role;
mod saw;
mod update;
mod upsert;

pub use crate::identity::{User, resolve, resolve_many};
pub(crate) use crate::identity::{not_found, resolve_even_deleted};
pub use activate::{deactivate, reactivate};
pub use card::UserSummary;
pub use cards::UserCache;
pub use changes::UserChanges;
pub use companion::Companion;
pub(crate) use companion::{companion, companions, revise};
pub use delete::{HandOver, delete};
pub use erased_name::ErasedName;
pub(crate) use erased_name::{erased_at, remember_erased};
pub use list::list;
pub(crate) use living::living;
pub use revoke_tokens::revoke_tokens;
pub(crate) use revoke_tokens::{past_moment, usable_from};
pub use role::Role;
pub use saw::saw;
pub use update::update;
pub use upsert::{NewUser, Upserted, upsert, upsert_batch};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    profile::Profile::DECLARATION,
    preferences::Preferences::DECLARATION,
    ErasedName::DECLARATION,
];
