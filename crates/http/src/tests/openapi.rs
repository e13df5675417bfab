//! The OpenAPI document is complete and consistent.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::{Map, Value};

/// The document.
pub(super) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&crate::openapi_json()).unwrap());

/// Returns the operations with their ids.
fn operations() -> impl Iterator<Item = (&'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let operations = paths
        .values()
        .flat_map(|path| path.as_object().unwrap().values());
    operations.map(|operation| (operation["operationId"].as_str().unwrap(), operation))
}

/// Returns the content of the request body and of the successful responses.
fn contents(operation: &Value) -> Vec<(&String, &Value)> {
    let responses = operation["responses"].as_object().unwrap().iter();
    let successes = responses.filter(|(status, _)| !status.starts_with(['4', '5']));
    let bodies = successes
        .map(|(_, response)| response)
        .chain(operation.get("requestBody"));
    bodies
        .filter_map(|body| body["content"].as_object())
        .flatten()
        .collect()
}

#[test]
fn committed_document_is_current() {
    let committed = include_str!("../../../../docs/reference/openapi.json");
    assert!(
        committed == crate::openapi_json(),
        "docs/reference/openapi.json is out of date: run `cargo xtask generate`"
    );
}

#[test]
fn references_resolve() {
    let text = crate::openapi_json();
    for reference in text
        .split("\"$ref\": \"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(DOCUMENT.pointer(reference).is_some(), "{reference}");
    }
}

#[test]
fn schemas_have_the_limits() {
    let number = |pointer: &str| DOCUMENT.pointer(pointer).and_then(Value::as_u64);
    let limit = |limit: usize| u64::try_from(limit).ok();
    assert_eq!(
        number("/components/schemas/Content/maxLength"),
        limit(base::limit::MESSAGE_CHARACTERS)
    );
    assert_eq!(
        number("/components/schemas/UserBatch/properties/users/maxItems"),
        limit(base::limit::BATCH)
    );
}

#[test]
fn operation_has_summary_description_and_described_tag() {
    let tags: HashSet<&str> = DOCUMENT["tags"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|tag| !tag["description"].as_str().unwrap().is_empty())
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    for (id, operation) in operations() {
        assert!(operation["summary"].is_string(), "{id}");
        // The routes of the API reference itself need no description.
        if !["get_openapi", "get_docs"].contains(&id) {
            assert!(operation["description"].is_string(), "{id}");
        }
        for tag in operation["tags"].as_array().unwrap() {
            assert!(tags.contains(tag.as_str().unwrap()), "{id}: {tag}");
        }
    }
}

/// Media types whose responses have no example: files and pages.
const WITHOUT_EXAMPLE: [&str; 4] = [
    "application/octet-stream",
    "application/offset+octet-stream",
    "application/zip",
    "text/html",
];

#[test]
fn operation_has_examples_and_described_parameters() {
    let mut missing = Vec::new();
    for (id, operation) in operations() {
        for (media_type, content) in contents(operation) {
            let is_needed = !WITHOUT_EXAMPLE.contains(&media_type.as_str()) && id != "get_openapi";
            if is_needed && content.get("example").is_none() {
                missing.push(format!("{id}: {media_type} {}", content["schema"]));
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(parameter);
            if parameter.get("description").is_none() {
                missing.push(format!("{id}: description of {}", parameter["name"]));
            }
            if parameter["in"] == "path" && parameter.get("example").is_none() {
                missing.push(format!("{id}: {}", parameter["name"]));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn examples_match_their_schemas() {
    let mut errors = Vec::new();
    for (id, operation) in operations() {
        for (_, content) in contents(operation) {
            if let Some(example) = content.get("example") {
                check(&content["schema"], example, id, &mut errors);
            }
        }
    }
    errors.sort();
    errors.dedup();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Checks types, required and unknown fields and enumerations, as deep as the example.
fn check(schema: &Value, example: &Value, at: &str, errors: &mut Vec<String>) {
    let schema = resolved(schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        let is_match = |choice: &Value| {
            let mut errors = Vec::new();
            check(choice, example, at, &mut errors);
            errors.is_empty()
        };
        if !choices.iter().any(is_match) {
            errors.push(format!("{at}: no choice matches {example}"));
        }
        return;
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(example)
    {
        errors.push(format!("{at}: {example} is not in {values:?}"));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(name) => vec![name.as_str()],
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.contains(&type_of(example)) {
        errors.push(format!("{at}: {example} is not {types:?}"));
    }
    match example {
        Value::Object(fields) => check_object(schema, fields, at, errors),
        Value::Array(entries) => {
            for entry in entries {
                check(&schema["items"], entry, at, errors);
            }
        }
        _ => {}
    }
}

fn check_object(schema: &Value, fields: &Map<String, Value>, at: &str, errors: &mut Vec<String>) {
    let mut properties = Vec::new();
    let mut required = Vec::new();
    let is_open = collect(schema, &mut properties, &mut required);
    for name in required {
        if !fields.contains_key(name) {
            errors.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, value) in fields {
        match properties.iter().find(|(property, _)| *property == name) {
            Some((_, schema)) => check(schema, value, &format!("{at}/{name}"), errors),
            None if is_open => {}
            None => errors.push(format!("{at}: {name} is unknown")),
        }
    }
}

/// Collects the properties of a schema and of the parts of its `allOf`. Returns
/// whether other properties are allowed.
fn collect<'a>(
    schema: &'a Value,
    properties: &mut Vec<(&'a String, &'a Value)>,
    required: &mut Vec<&'a str>,
) -> bool {
    let schema = resolved(schema);
    properties.extend(schema["properties"].as_object().into_iter().flatten());
    let names = schema["required"].as_array().into_iter().flatten();
    required.extend(names.filter_map(Value::as_str));
    let mut is_open = schema
        .get("additionalProperties")
        .is_some_and(|open| open != false);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        is_open |= collect(part, properties, required);
    }
    is_open
        || !["properties", "allOf"]
            .iter()
            .any(|key| schema.get(key).is_some())
}

fn resolved(schema: &Value) -> &Value {
    let reference = schema["$ref"].as_str();
    let target = reference.and_then(|reference| DOCUMENT.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(schema)
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
