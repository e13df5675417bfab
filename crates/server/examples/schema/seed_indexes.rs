//! Indexes of the requirement documents, and their counterparts.

use std::fmt::Write;

use store::Declaration;

/// Index of a requirement document.
struct Named {
    seed: &'static str,
    index: &'static str,
    /// Our collection and index, if implemented.
    ours: Option<(&'static str, &'static str)>,
    /// Reason for a difference, or the planned version.
    why: &'static str,
}

const fn named(
    seed: &'static str,
    index: &'static str,
    ours: Option<(&'static str, &'static str)>,
    why: &'static str,
) -> Named {
    Named {
        seed,
        index,
        ours,
        why,
    }
}

const LATER: &str = "comes with its room";

const INDEXES: &[Named] = &[
    named(
        "000",
        "users {tenant_id, external_id} unique",
        Some(("users", "by_external_id")),
        "unique when present",
    ),
    named(
        "000",
        "conversations {tenant_id, participants.user_id}",
        Some(("conversation_participants", "by_user")),
        "participants are a collection, so that a channel may have 100,000",
    ),
    named(
        "000",
        "messages {tenant_id, conversation_id, created_at}",
        Some(("messages", "by_shown")),
        "ordered by number: two messages may have one time",
    ),
    named(
        "000",
        "messages {tenant_id, sender_id, created_at}",
        Some(("messages", "by_sender")),
        "with the kind, since a log holds other records too",
    ),
    named(
        "000",
        "messages shard key {tenant_id, conversation_id}",
        Some(("messages", "by_seq")),
        "the same",
    ),
    named(
        "001",
        "{tenant_id} on all tenant collections",
        None,
        "tenant_id leads every index; one of its own would serve nothing more",
    ),
    named(
        "001",
        "{created_at} on high-volume collections",
        None,
        "no statement crosses tenants; within one, logs are ordered by number",
    ),
    named(
        "001",
        "{tenant_id, primary lookup field}",
        None,
        "each collection's own indexes above",
    ),
    named(
        "002",
        "TTL on typing indicators",
        Some(("typing_indicators", "by_conversation")),
        "expiry on `expires_at`, and a read filter",
    ),
    named(
        "002",
        "TTL on presence",
        Some(("presence", "by_device")),
        "expiry on `expires_at`, and a read filter",
    ),
    named(
        "002",
        "shard key {tenant_id}",
        None,
        "the tenant and the collection's own key, so that one tenant may span shards",
    ),
    named(
        "003",
        "users {email} unique",
        Some(("users", "by_email")),
        "unique per tenant, by its lower case",
    ),
    named(
        "003",
        "users {valuUserId}, {merkosUserId}",
        None,
        "subjects of `user_identities`, which come with sign-in",
    ),
    named(
        "003",
        "users {email, valuUserId}, {email, merkosUserId}",
        None,
        "the address alone is unique already",
    ),
    named(
        "003",
        "profiles {userId} unique",
        Some(("profiles", "by_user")),
        "the same",
    ),
    named(
        "003",
        "preferences {userId} unique",
        Some(("preferences", "by_user")),
        "the same",
    ),
    named(
        "003",
        "activities {userId}, {userId, timestamp}",
        Some(("activities", "by_user")),
        "one index serves both",
    ),
    named(
        "003",
        "activities {appId}, {appId, timestamp}",
        Some(("activities", "by_app")),
        "one index serves both",
    ),
    named(
        "003",
        "activities {sessionId}, {sessionId, timestamp}",
        Some(("activities", "by_session")),
        "one index serves both",
    ),
    named(
        "003",
        "activities {eventType, timestamp}",
        Some(("activities", "by_type")),
        "the same",
    ),
    named(
        "003",
        "activities TTL of 90 days on {timestamp}",
        None,
        "expiry on `expires_at`, and a read filter",
    ),
    named(
        "003",
        "app_data {userId, appId, dataKey} unique, and its prefixes",
        Some(("app_data", "by_key")),
        "the same; its prefixes are served by it, and no statement asks for an app of all users",
    ),
    named(
        "003",
        "analytics {timestamp}, {userId}, {userId, timestamp}",
        Some(("events", "by_user")),
        "`events.by_time` serves the first; both hold category and name too, so that counting reads no document",
    ),
    named(
        "003",
        "analytics {eventCategory}, {eventCategory, timestamp}",
        Some(("events", "by_category")),
        "one index serves both",
    ),
    named(
        "003",
        "analytics {eventName}, {eventName, timestamp}",
        Some(("events", "by_name")),
        "one index serves both",
    ),
    named(
        "003",
        "analytics {appId, timestamp}",
        Some(("events", "by_app")),
        "the same",
    ),
    named(
        "003",
        "analytics {sessionId, timestamp}",
        Some(("events", "by_session")),
        "the same",
    ),
    named(
        "004",
        "CLIENT_CHANNEL_ASSIGNMENTS {client_user_id} unique",
        None,
        LATER,
    ),
    named(
        "004",
        "CLIENT_PLATFORM_LINKS {client_user_id, platform_integration_id} unique",
        None,
        LATER,
    ),
    named(
        "004",
        "CLIENT_PLATFORM_LINKS {platform_integration_id, platform_user_id} unique",
        None,
        LATER,
    ),
    named(
        "004",
        "MESSAGE_USER_STATUS {message_id, user_id} unique",
        Some(("read_receipts", "by_conversation")),
        "derived from one watermark per user and conversation",
    ),
];

/// Returns the table.
///
/// # Errors
/// Fails if an index of the table is not declared.
pub fn seed_indexes(catalogue: &[&'static Declaration]) -> Result<String, String> {
    let mut page = String::from(
        "\n## Indexes that the requirements name\n\n| document | index | ours | why |\n|---|---|---|---|\n",
    );
    for Named {
        seed,
        index,
        ours,
        why,
    } in INDEXES
    {
        let ours = ours.map_or_else(
            || Ok("–".to_owned()),
            |(collection, name)| declared(catalogue, collection, name),
        )?;
        let _ = writeln!(page, "| {seed} | {index} | {ours} | {why} |");
    }
    Ok(page)
}

fn declared(
    catalogue: &[&'static Declaration],
    collection: &str,
    name: &str,
) -> Result<String, String> {
    let declaration = catalogue
        .iter()
        .find(|declaration| declaration.name == collection);
    let index = declaration
        .and_then(|declaration| declaration.indexes.iter().find(|index| index.name == name));
    index
        .map(|_| format!("`{collection}.{name}`"))
        .ok_or_else(|| format!("{collection}.{name} is not declared"))
}
