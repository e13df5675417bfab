use std::fmt::Write;

use axum::http::Method;
use base::ErrorCode;
use serde_json::{Value, json};

use crate::access::{Access, Operation};

/// Operations that are not rate limited.
const HEALTH_CHECKS: [&str; 2] = ["get_health", "get_readiness"];

/// Operations without credentials that return the content of files.
const PUBLIC_FILES: [&str; 2] = ["get_linked_content", "get_avatar"];

/// Operations that Meta calls.
const META_WEBHOOKS: [&str; 2] = ["verify_meta_webhook", "receive_meta_webhook"];

/// Operations of the upload protocol, whose errors include those of tus.
const UPLOADS: [&str; 5] = [
    "create_upload",
    "get_upload",
    "append_to_upload",
    "delete_upload",
    "override_upload_method",
];

/// Adds what all operations have in common: credentials, required scopes and
/// error responses.
pub(super) fn add(document: &mut Value, operations: &[Operation]) {
    add_problems(document, credentials());
    if let Some(components) = document
        .pointer_mut("/components")
        .and_then(Value::as_object_mut)
    {
        components.insert("parameters".to_owned(), json!({ "CaasUser": caas_user() }));
    }
    for (path, statuses) in [
        ("/v1/realtime", &["400", "426", "500", "503"][..]),
        (
            "/v1/realtime/events",
            &["400", "401", "403", "429", "500", "503"],
        ),
    ] {
        for status in statuses {
            document["paths"][path]["get"]["responses"][*status] =
                json!({ "$ref": "#/components/responses/Problem" });
        }
    }
    for operation in operations {
        let method = operation.method.as_str().to_ascii_lowercase();
        let described = document
            .get_mut("paths")
            .and_then(|paths| paths.get_mut(&operation.path)?.get_mut(&method));
        if let Some(described) = described {
            add_to_operation(described, operation);
        }
    }
}

/// Adds the credentials and the error response of all operations.
pub(crate) fn add_problems(document: &mut Value, credentials: Value) {
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    if let Some(code) = document.pointer_mut("/components/schemas/Problem/properties/code") {
        *code =
            json!({ "type": "string", "description": "Stable code of the error.", "enum": codes });
    }
    if let Some(components) = document
        .pointer_mut("/components")
        .and_then(Value::as_object_mut)
    {
        components.insert("securitySchemes".to_owned(), credentials);
        components.insert("responses".to_owned(), json!({ "Problem": problem() }));
    }
    document["info"]["description"] = Value::from(description());
}

fn add_to_operation(described: &mut Value, operation: &Operation) {
    let access = operation.access.unwrap_or(Access::Caller);
    described["security"] = match access {
        Access::Anyone => json!([]),
        Access::Publishable => json!([{ "publishable_key": [] }]),
        Access::Server => json!([{ "api_key": [] }]),
        Access::Caller | Access::User => json!([{ "api_key": [] }, { "user_token": [] }]),
    };
    if !operation.scopes.is_empty() {
        described["x-scope"] = Value::from(operation.scopes.join(" "));
    }
    if matches!(access, Access::Caller | Access::User) {
        let parameters = described
            .as_object_mut()
            .map(|described| described.entry("parameters").or_insert(json!([])));
        if let Some(Value::Array(parameters)) = parameters {
            parameters.push(json!({ "$ref": "#/components/parameters/CaasUser" }));
        }
    }
    for status in statuses(described, operation, access) {
        described["responses"][status] = json!({ "$ref": "#/components/responses/Problem" });
    }
}

fn statuses(described: &Value, operation: &Operation, access: Access) -> Vec<&'static str> {
    // Any request may have an invalid host, and any may fail.
    let mut statuses = vec!["400", "500", "503"];
    if !HEALTH_CHECKS.contains(&operation.id) {
        statuses.push("429");
    }
    if access == Access::Publishable {
        statuses.extend(["401", "403", "409", "422"]);
    } else if access != Access::Anyone {
        // 404 also for an unknown user in `Caas-User`.
        statuses.extend(["401", "403", "404"]);
        if operation.method != Method::GET {
            statuses.extend(["409", "422"]);
        }
    }
    if PUBLIC_FILES.contains(&operation.id) || operation.id == "get_file_content" {
        statuses.extend(["403", "404", "409"]);
    }
    if META_WEBHOOKS.contains(&operation.id) {
        statuses.extend(["401", "403", "404", "408", "413", "422"]);
    }
    if UPLOADS.contains(&operation.id) {
        statuses.extend(["408", "412", "413", "415", "460"]);
    }
    if described.get("requestBody").is_some() {
        statuses.extend(["408", "413", "415"]);
    }
    statuses
}

fn credentials() -> Value {
    json!({
        "api_key": {
            "type": "http", "scheme": "bearer", "bearerFormat": "caas_sk_…",
            "description": "API key of a tenant's server. `x-scope` lists the scopes that it must have, separated by spaces.",
        },
        "publishable_key": {
            "type": "http", "scheme": "bearer", "bearerFormat": "caas_pk_…",
            "description": "Publishable key of an application. It is not secret and permits only to start a sign-in.",
        },
        "user_token": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "User token (JWT) of an end user.",
        },
    })
}

fn caas_user() -> Value {
    json!({
        "name": "Caas-User", "in": "header", "required": false,
        "description": "User as whom a server with an API key acts.",
        "schema": { "$ref": "#/components/schemas/Named" },
    })
}

fn problem() -> Value {
    json!({
        "description": "Error as a problem document (RFC 9457).",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

fn description() -> String {
    let mut text =
        "Chat as a service. Errors are problem documents (RFC 9457) with one of these codes:\n\n\
                    | code | status | meaning |\n|---|---|---|\n"
            .to_owned();
    for code in ErrorCode::ALL {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "| `{code}` | {} | {} |", code.status(), code.title());
    }
    text
}
