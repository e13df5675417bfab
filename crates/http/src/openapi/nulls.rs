use serde_json::{Map, Value};

/// Removes `null` from the schemas, except from those of updates, where `null`
/// clears a field. Elsewhere optional fields are omitted.
pub(crate) fn strip(document: &mut Value) {
    let schemas = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        if !name.ends_with("Patch") && !name.ends_with("Upsert") {
            remove_null(schema);
        }
    }
    // These are flattened into objects with more fields.
    for name in ["PreferencesContent", "ProfileContent"] {
        if let Some(content) = document["components"]["schemas"][name].as_object_mut() {
            content.remove("additionalProperties");
        }
    }
    if let Some(paths) = document.pointer_mut("/paths") {
        remove_null(paths);
    }
}

fn remove_null(value: &mut Value) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(remove_null),
        Value::Object(fields) => {
            fields.values_mut().for_each(remove_null);
            if fields.get("default").is_some_and(Value::is_null) {
                fields.remove("default");
            }
            single_type(fields);
            single_schema(fields);
        }
        _ => {}
    }
}

/// Changes `"type": ["string", "null"]` to `"type": "string"`.
fn single_type(fields: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = fields.get_mut("type") else {
        return;
    };
    types.retain(|name| name != "null");
    if let [name] = &types[..] {
        let name = name.clone();
        fields.insert("type".to_owned(), name);
    }
}

/// Replaces `"oneOf": [{"type": "null"}, schema]` by the schema.
fn single_schema(fields: &mut Map<String, Value>) {
    let Some(Value::Array(schemas)) = fields.get_mut("oneOf") else {
        return;
    };
    let before = schemas.len();
    schemas.retain(|schema| schema.get("type").is_none_or(|name| name != "null"));
    if schemas.len() == before {
        return;
    }
    if let [Value::Object(schema)] = &schemas[..] {
        let schema = schema.clone();
        fields.remove("oneOf");
        fields.extend(schema);
    }
}
