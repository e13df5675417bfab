//! Descriptions and examples of parameters, one for each name.

use serde_json::{Value, json};

const NAMED_USER: &str = "Id of the user, or `ext:` and the external id.";
const OTHER_USER: &str = "Id of the other user, or `ext:` and the external id.";
const NAMED_CONVERSATION: &str = "Id of the conversation, or `ext:` and the external id.";
const IDEMPOTENCY_KEY: &str = "Key by which a repeated request is recognized for 24 hours.";

/// Adds the example, and the description unless the parameter has one.
pub(super) fn add(parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default();
    let (description, example) = match name {
        "user" => (NAMED_USER, Some("ext:alice")),
        "other" => (OTHER_USER, Some("ext:bob")),
        "conversation" => (NAMED_CONVERSATION, Some("65a1b2c3d4e5f60718293b01")),
        "message" => ("Id of the message.", Some("65a1b2c3d4e5f60718293c01")),
        "file" => ("Id of the file.", Some("65a1b2c3d4e5f60718293e01")),
        "upload" => (
            "Id of the file that is uploaded.",
            Some("65a1b2c3d4e5f60718293e01"),
        ),
        "link" => ("", Some("AWWhssPU5fYHGCk6AQ")),
        "secret" => ("", Some("3f2a9c0d8e7b6a5f4e3d2c1b0a998877")),
        "tenant" => ("Id of the tenant.", Some("clnt_65a1b2c3d4e5f60718293f01")),
        "integration" => ("Id of the integration.", Some("65a1b2c3d4e5f60718294001")),
        "hub.mode" => ("", Some("subscribe")),
        "hub.challenge" => ("", Some("1158201444")),
        "hub.verify_token" => ("", Some("meatyhamhock")),
        "application" => (
            "Id of the application.",
            Some("app_65a1b2c3d4e5f60718293f02"),
        ),
        "admin" => ("Id of the admin.", Some("65a1b2c3d4e5f60718293f03")),
        "admin_key" => ("Id of the admin key.", Some("65a1b2c3d4e5f60718293f05")),
        "key" => ("Id of the API key.", Some("65a1b2c3d4e5f60718293f06")),
        "rule" => ("Id of the rule.", Some("65a1b2c3d4e5f60718293f07")),
        "variant" => ("Name of a variant.", Some("64")),
        "erasure" => ("Id of the erasure.", Some("65a1b2c3d4e5f60718293d01")),
        "device" => ("Id that the client chose for the device.", Some("phone-1")),
        "session" => ("Id of the session.", Some("65a1b2c3d4e5f60718293d02")),
        "provider" => ("Name of the provider.", Some("valu")),
        "emoji" => ("One emoji, or `:name:`.", Some("👍")),
        "app" => ("Id of the app.", Some("notes")),
        "data_key" => ("Key of the value.", Some("draft")),
        "Idempotency-Key" => (IDEMPOTENCY_KEY, None),
        "limit" => ("Maximum number of entries.", None),
        "hours" => ("Returns activities of the last `hours` hours only.", None),
        _ => return,
    };
    if parameter.get("description").is_none() {
        parameter["description"] = json!(description);
    }
    if let Some(example) = example {
        parameter["example"] = json!(example);
    }
}
