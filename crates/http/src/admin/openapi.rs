//! The OpenAPI document of the admin API: `/admin/openapi.json`.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::AdminApiOperation;
use super::routes::{AdminRoutes, admin_routes};
use crate::openapi::{examples, nulls, shared};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "caas administration",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(wire::Problem))
)]
struct Head;

/// Get the OpenAPI document
///
/// Returns the OpenAPI 3.1 document of the admin API.
#[utoipa::path(
    get, path = "/admin/openapi.json", tag = "meta",
    responses((status = 200, description = "The document.", content_type = "application/json", body = Object)),
)]
async fn get_openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], openapi_json()).into_response()
}

pub(crate) fn routes() -> AdminRoutes {
    admin_routes![
        "meta": "Description of this API.";
        get_openapi: GetOpenapi,
    ]
}

/// Returns the OpenAPI document as it is committed and served.
#[must_use]
pub fn openapi_json() -> String {
    let mut document = Head::openapi();
    for description in super::routes().descriptions() {
        document.merge(description());
    }
    let mut document = serde_json::to_value(document).unwrap_or_default();
    nulls::strip(&mut document);
    shared::add_problems(
        &mut document,
        json!({
            "session": {
                "type": "http", "scheme": "bearer", "bearerFormat": "caas_as_…",
                "description": "Token of a session of a platform admin.",
            },
            "admin_key": {
                "type": "http", "scheme": "bearer", "bearerFormat": "caas_ak_…",
                "description": "Admin key.",
            },
        }),
    );
    for operation in super::operations() {
        let method = operation.method.as_str().to_ascii_lowercase();
        let described = document
            .get_mut("paths")
            .and_then(|paths| paths.get_mut(&operation.path)?.get_mut(&method));
        if let Some(described) = described {
            add_to_operation(described, &operation);
        }
    }
    examples::add(&mut document);
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn add_to_operation(described: &mut Value, operation: &AdminApiOperation) {
    let mut statuses = vec!["400", "429", "500", "503"];
    if operation.roles.is_empty() {
        described["security"] = json!([]);
        statuses.push("401");
    } else {
        described["security"] = json!([{ "session": [] }, { "admin_key": [] }]);
        described["x-roles"] = json!(operation.roles);
        statuses.extend(["401", "403", "404", "409", "422"]);
    }
    if described.get("requestBody").is_some() {
        statuses.extend(["408", "413", "415"]);
    }
    for status in statuses {
        described["responses"][status] = json!({ "$ref": "#/components/responses/Problem" });
    }
}
