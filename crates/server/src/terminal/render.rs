use serde_json::{Map, Value};

/// An answer as text: a field a line, the objects of a list apart.
pub fn render(answer: &Value) -> String {
    match answer {
        Value::Object(fields) => match fields.get("data") {
            Some(Value::Array(entries)) if entries.is_empty() => "none".to_owned(),
            Some(Value::Array(entries)) => {
                let apart = if entries.iter().all(Value::is_string) {
                    "\n"
                } else {
                    "\n\n"
                };
                let mut text = entries.iter().map(render).collect::<Vec<_>>().join(apart);
                if fields.get("has_more") == Some(&Value::Bool(true)) {
                    text.push_str("\n\n(there are more: --after)");
                }
                text
            }
            _ => object(fields),
        },
        other => plain(other),
    }
}

fn object(fields: &Map<String, Value>) -> String {
    let width = fields.keys().map(String::len).max().unwrap_or(0);
    let line = |(name, value): (&String, &Value)| format!("{name:width$}  {}", plain(value));
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(entries) if entries.iter().all(Value::is_string) => {
            entries.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        Value::Array(entries) => entries
            .iter()
            .map(|entry| ["\n\n", &render(entry)].concat())
            .collect(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_a_field_a_line() {
        assert_eq!(
            render(&json!({"id": "clnt_1", "origins": ["a", "b"]})),
            "id       clnt_1\norigins  a, b"
        );
    }

    #[test]
    fn a_list_tells_where_it_stops() {
        let list = json!({"data": [{"id": "1"}, {"id": "2"}], "has_more": true});
        assert_eq!(render(&list), "id  1\n\nid  2\n\n(there are more: --after)");
        assert_eq!(render(&json!({"data": []})), "none");
    }
}
