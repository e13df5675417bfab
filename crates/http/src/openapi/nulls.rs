use serde_json::{Map, Value};

/// Absent fields are absent: `null` stays only where it clears, in the
/// requests that change something.
pub(super) fn strip(document: &mut Value) {
    let schemas = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        if !name.ends_with("Patch") && !name.ends_with("Upsert") {
            without_null(schema);
        }
    }
    // Flattened into objects with more fields.
    for name in ["PreferencesContent", "ProfileContent"] {
        if let Some(content) = document["components"]["schemas"][name].as_object_mut() {
            content.remove("additionalProperties");
        }
    }
    if let Some(paths) = document.pointer_mut("/paths") {
        without_null(paths);
    }
}

fn without_null(value: &mut Value) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(without_null),
        Value::Object(fields) => {
            fields.values_mut().for_each(without_null);
            if fields.get("default").is_some_and(Value::is_null) {
                fields.remove("default");
            }
            one_type(fields);
            one_schema(fields);
        }
        _ => {}
    }
}

/// `"type": ["string", "null"]` becomes `"type": "string"`.
fn one_type(fields: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = fields.get_mut("type") else {
        return;
    };
    types.retain(|name| name != "null");
    if let [name] = &types[..] {
        let name = name.clone();
        fields.insert("type".to_owned(), name);
    }
}

/// `"oneOf": [{"type": "null"}, schema]` becomes the schema.
fn one_schema(fields: &mut Map<String, Value>) {
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
