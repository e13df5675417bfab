//! Business logic by module: tenants, users, messaging and others. It does not depend on HTTP, SQL
//! or the wire format.

pub mod activities;
mod actor;
pub mod admins;
pub mod analytics;
pub mod app_data;
pub mod audit;
pub mod auth;
pub mod devices;
pub mod erasure;
pub mod export;
pub mod file_processing;
mod holds;
pub mod idempotency;
mod identity;
pub mod installation;
pub mod integrations;
mod invalidating_cache;
pub mod ip_rules;
pub mod key_ring;
mod keyed_hash;
pub mod leases;
pub mod mail;
pub mod media;
pub mod messaging;
pub mod networks;
pub mod outbox;
mod password;
pub mod preferences;
pub mod quotas;
pub mod relationships;
pub mod retention;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod support;
pub mod tenants;
pub mod user_log;
pub mod users;
pub mod validation;
#[cfg(test)]
mod world;

pub use actor::Actor;

use store::Declaration;

/// Returns the declarations of all collections, grouped by module.
#[must_use]
pub fn catalogue() -> Vec<&'static Declaration> {
    let rooms = [
        installation::COLLECTIONS,
        tenants::COLLECTIONS,
        admins::COLLECTIONS,
        ip_rules::COLLECTIONS,
        audit::COLLECTIONS,
        identity::COLLECTIONS,
        users::COLLECTIONS,
        quotas::COLLECTIONS,
        app_data::COLLECTIONS,
        settings::COLLECTIONS,
        activities::COLLECTIONS,
        analytics::COLLECTIONS,
        idempotency::COLLECTIONS,
        outbox::COLLECTIONS,
        user_log::COLLECTIONS,
        relationships::COLLECTIONS,
        devices::COLLECTIONS,
        sessions::COLLECTIONS,
        sign_in::COLLECTIONS,
        mail::COLLECTIONS,
        media::COLLECTIONS,
        messaging::COLLECTIONS,
        integrations::COLLECTIONS,
        erasure::COLLECTIONS,
        holds::COLLECTIONS,
    ];
    rooms.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collection_names_are_unique() {
        let mut names: Vec<_> = catalogue()
            .iter()
            .map(|declaration| declaration.name)
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn field_that_refers_to_a_user_declares_its_erasure() {
        let user = std::any::type_name::<base::Id<users::User>>();
        let mut silent = Vec::new();
        for declaration in catalogue() {
            let refers = declaration
                .fields
                .iter()
                .filter(|field| (field.rust_type)().contains(user));
            let untold = refers.filter(|field| {
                !declaration
                    .personal
                    .iter()
                    .any(|line| line.field == field.name)
            });
            silent.extend(untold.map(|field| format!("{}.{}", declaration.name, field.name)));
        }
        assert_eq!(silent, [""; 0], "add a line to `personal` for each field");
    }

    #[test]
    fn durable_child_of_a_conversation_is_indexed_by_it() {
        let conversation = std::any::type_name::<base::Id<messaging::Conversation>>();
        let parts = store::ChildCollections::of::<messaging::Conversation>(&catalogue());
        let found: Vec<_> = parts.iter().map(|parts| parts.declaration().name).collect();
        let refers = |declaration: &&&Declaration| {
            declaration
                .fields
                .iter()
                .any(|field| (field.rust_type)().contains(conversation))
        };
        let all = catalogue();
        let lasting = all
            .iter()
            .filter(refers)
            .filter(|declaration| declaration.durability == store::Durability::Durable);
        let lost: Vec<_> = lasting
            .map(|declaration| declaration.name)
            .filter(|name| !found.contains(name))
            .collect();
        assert_eq!(
            lost, [""; 0],
            "add an index that begins with the conversation"
        );
    }
}
