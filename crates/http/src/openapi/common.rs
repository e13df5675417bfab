use std::fmt::Write;

use axum::http::Method;
use base::ErrorCode;
use serde_json::{Value, json};

use crate::policy::{Operation, Policy, Who, operations};

/// Adds what holds for all operations: credentials, who may call them, how
/// they fail.
pub(super) fn complete(document: &mut Value) {
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    if let Some(code) = document.pointer_mut("/components/schemas/Problem/properties/code") {
        *code = json!({ "type": "string", "description": "The stable code.", "enum": codes });
    }
    if let Some(components) = document
        .pointer_mut("/components")
        .and_then(Value::as_object_mut)
    {
        components.insert("securitySchemes".to_owned(), credentials());
        components.insert("parameters".to_owned(), json!({ "CaasUser": caas_user() }));
        components.insert("responses".to_owned(), json!({ "Problem": problem() }));
    }
    document["info"]["description"] = Value::from(description());
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
    for operation in operations() {
        let method = operation.method.as_str().to_ascii_lowercase();
        let described = document
            .get_mut("paths")
            .and_then(|paths| paths.get_mut(&operation.path)?.get_mut(&method));
        if let Some(described) = described {
            complete_one(described, &operation);
        }
    }
}

fn complete_one(described: &mut Value, operation: &Operation) {
    let who = operation.who.unwrap_or(Who::Caller);
    described["security"] = match who {
        Who::Anyone => json!([]),
        Who::Server => json!([{ "api_key": [] }]),
        Who::Caller | Who::User => json!([{ "api_key": [] }, { "user_token": [] }]),
    };
    if !operation.scopes.is_empty() {
        described["x-scope"] = Value::from(operation.scopes.join(" "));
    }
    if matches!(who, Who::Caller | Who::User) {
        let parameters = described
            .as_object_mut()
            .map(|described| described.entry("parameters").or_insert(json!([])));
        if let Some(Value::Array(parameters)) = parameters {
            parameters.push(json!({ "$ref": "#/components/parameters/CaasUser" }));
        }
    }
    for status in statuses(described, operation, who) {
        described["responses"][status] = json!({ "$ref": "#/components/responses/Problem" });
    }
}

fn statuses(described: &Value, operation: &Operation, who: Who) -> Vec<&'static str> {
    // Any request may lack its host, and any path may be unable to serve.
    let mut statuses = vec!["400", "500", "503"];
    if !Policy::PROBES.contains(&operation.id) {
        statuses.push("429");
    }
    if who != Who::Anyone {
        // 404 for the user of `Caas-User` too.
        statuses.extend(["401", "403", "404"]);
        if operation.method != Method::GET {
            statuses.extend(["409", "422"]);
        }
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
            "description": "An API key of a tenant's server; `x-scope` names the scopes it must have, with spaces between.",
        },
        "user_token": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A user token.",
        },
    })
}

fn caas_user() -> Value {
    json!({
        "name": "Caas-User", "in": "header", "required": false,
        "description": "The user as whom a server acts with its API key.",
        "schema": { "$ref": "#/components/schemas/Named" },
    })
}

fn problem() -> Value {
    json!({
        "description": "Why the request failed.",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

fn description() -> String {
    let mut text = "Chat as a service. Failures are problem documents (RFC 9457) whose `code` is one of these:\n\n\
                    | code | status | meaning |\n|---|---|---|\n"
        .to_owned();
    for code in ErrorCode::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{code}` | {} | {} |", code.status(), code.title());
    }
    text
}
