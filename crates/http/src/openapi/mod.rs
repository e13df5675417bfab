//! The OpenAPI 3.1 document: what the handlers say of themselves, and what
//! holds for all of them.

mod common;
mod nulls;
mod realtime;

use std::sync::LazyLock;

use serde_json::Value;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(title = "caas", description = "Chat as a service.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    paths(realtime::connect, realtime::follow_events),
    components(schemas(
        wire::Problem,
        wire::Attachment,
        wire::UserUpsert,
        wire::schema::Emoji,
        wire::schema::EventId,
        wire::schema::IdempotencyKey,
        wire::schema::Label,
        wire::schema::Named,
        wire::schema::Role,
        wire::schema::SearchEmail,
        wire::frames::ServerFrame,
        wire::frames::ClientFrame,
    )),
    tags(
        (name = "users", description = "The people of a tenant."),
        (name = "activities", description = "What users did in the last 90 days."),
        (name = "profiles", description = "What users tell of themselves."),
        (name = "preferences", description = "How users want to be served."),
        (name = "app data", description = "What apps keep for users."),
        (name = "devices", description = "By which users connect and are reached."),
        (name = "relationships", description = "How users stand to each other."),
        (name = "analytics", description = "What happens in a tenant's product, told and counted."),
        (name = "tokens", description = "With which clients act as users."),
        (name = "conversations", description = "Direct ones, groups and channels."),
        (name = "participants", description = "Who takes part in a conversation."),
        (name = "messages", description = "What is said."),
        (name = "reactions", description = "What is said of what is said."),
        (name = "marks", description = "How far users have come."),
        (name = "realtime", description = "Connections on which events come by themselves."),
        (name = "settings", description = "What a tenant decides for itself."),
        (name = "meta", description = "What belongs to no tenant."),
    ),
)]
struct Head;

/// The document, made once.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = Head::openapi();
    crate::router::routes().describe(&mut document);
    // A document that could not be written would be empty, and the test that compares it would fail.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    nulls::strip(&mut document);
    common::complete(&mut document);
    document
});

/// The document as it is committed and served.
#[must_use]
pub fn openapi_json() -> String {
    let mut text = serde_json::to_string_pretty(&*DOCUMENT).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_the_one_the_code_describes() {
        let committed = include_str!("../../../../docs/reference/openapi.json");
        assert!(
            committed == openapi_json(),
            "docs/reference/openapi.json is out of date: run `cargo xtask generate`"
        );
    }

    #[test]
    fn the_document_refers_to_nothing_that_is_not_in_it() {
        let text = openapi_json();
        for reference in text
            .split("\"$ref\": \"#")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(DOCUMENT.pointer(reference).is_some(), "{reference}");
        }
    }

    #[test]
    fn limits_stand_in_the_schemas() {
        let at = |pointer: &str| DOCUMENT.pointer(pointer).and_then(Value::as_u64);
        let most = |limit: usize| u64::try_from(limit).ok();
        assert_eq!(
            at("/components/schemas/Content/maxLength"),
            most(base::limit::MESSAGE_CHARACTERS)
        );
        assert_eq!(
            at("/components/schemas/UserBatch/properties/users/maxItems"),
            most(base::limit::BATCH)
        );
    }
}
