//! The OpenAPI 3.1 document: the descriptions of the resources, and what all
//! operations have in common.

mod admin_examples;
pub(crate) mod examples;
mod integrations;
pub(crate) mod nulls;
mod parameters;
mod realtime;
pub(crate) mod shared;
mod sign_in;

use serde_json::Value;
use utoipa::OpenApi;

use crate::access::Operation;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "caas",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(
        wire::Problem,
        wire::Attachment,
        wire::NewAttachment,
        wire::NewFileLink,
        wire::UserUpsert,
        wire::schema::Emoji,
        wire::schema::EventId,
        wire::schema::IdempotencyKey,
        wire::SessionDevice,
        wire::schema::Label,
        wire::schema::MediaTypePattern,
        wire::schema::Named,
        wire::schema::Role,
        wire::schema::SearchEmail,
        wire::schema::TenantId,
        wire::frames::ServerFrame,
        wire::frames::ClientFrame,
    ))
)]
struct Head;

/// Builds the document from the descriptions of the resources.
pub(crate) fn document(
    descriptions: &[fn() -> utoipa::openapi::OpenApi],
    operations: &[Operation],
) -> Value {
    let mut document = Head::openapi();
    for description in descriptions {
        document.merge(description());
    }
    document.merge(realtime::Realtime::openapi());
    // An empty document after an error would fail the test that compares it.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    nulls::strip(&mut document);
    shared::add(&mut document, operations);
    examples::add(&mut document);
    document
}
