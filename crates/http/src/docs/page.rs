use std::fmt::{Result, Write};

use serde_json::Value;

const HEAD: &str = include_str!("head.html");

/// The document as one page without scripts.
pub(super) fn render(document: &Value) -> String {
    let mut page = HEAD.to_owned();
    // Writing to a string cannot fail.
    let _ = operations(&mut page, document)
        .and_then(|()| objects(&mut page, document))
        .and_then(|()| codes(&mut page));
    page.push_str("</main></body></html>\n");
    page
}

fn operations(page: &mut String, document: &Value) -> Result {
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = text(&tag["name"]);
        write!(
            page,
            "<h2 id=\"{name}\">{name}</h2><p>{}</p>",
            text(&tag["description"])
        )?;
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, described) in item.as_object().into_iter().flatten() {
                if described["tags"][0] == tag["name"] {
                    operation(page, method, path, described)?;
                }
            }
        }
    }
    Ok(())
}

fn operation(page: &mut String, method: &str, path: &str, operation: &Value) -> Result {
    let method = method.to_ascii_uppercase();
    let path = escaped(path);
    write!(
        page,
        "<details><summary><b>{method}</b> <code>{path}</code> {}</summary>",
        text(&operation["summary"])
    )?;
    write!(page, "<p>{}</p>", text(&operation["description"]))?;
    if let Some(scope) = operation["x-scope"].as_str() {
        write!(
            page,
            "<p>Scope of an API key: <code>{}</code></p>",
            escaped(scope)
        )?;
    }
    page.push_str("<dl>");
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if let Some(name) = parameter["name"].as_str() {
            let place = text(&parameter["in"]);
            write!(
                page,
                "<dt><code>{}</code> in {place}: {}</dt>",
                escaped(name),
                kind(&parameter["schema"])
            )?;
            write!(page, "<dd>{}</dd>", text(&parameter["description"]))?;
        }
    }
    if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
        write!(page, "<dt>body: {}</dt><dd></dd>", kind(schema))?;
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        if let Some(description) = response["description"].as_str() {
            let schema = response
                .pointer("/content/application~1json/schema")
                .map(kind)
                .unwrap_or_default();
            write!(
                page,
                "<dt><code>{status}</code> {schema}</dt><dd>{}</dd>",
                escaped(description)
            )?;
        }
    }
    page.push_str("</dl></details>");
    Ok(())
}

fn objects(page: &mut String, document: &Value) -> Result {
    page.push_str("<h2 id=\"objects\">objects</h2>");
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        write!(
            page,
            "<details id=\"{name}\"><summary><code>{name}</code> {}</summary>",
            text(&schema["description"])
        )?;
        object(page, schema)?;
        page.push_str("</details>");
    }
    Ok(())
}

fn object(page: &mut String, schema: &Value) -> Result {
    let Some(fields) = schema["properties"].as_object() else {
        let shown = serde_json::to_string_pretty(schema).unwrap_or_default();
        return write!(page, "<pre>{}</pre>", escaped(&shown));
    };
    let required = |name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|it| it == name))
    };
    page.push_str("<dl>");
    for (name, field) in fields {
        let mark = if required(name) { "" } else { " (optional)" };
        write!(
            page,
            "<dt><code>{}</code>{mark}: {}</dt>",
            escaped(name),
            kind(field)
        )?;
        write!(page, "<dd>{}</dd>", text(&field["description"]))?;
    }
    page.push_str("</dl>");
    Ok(())
}

fn codes(page: &mut String) -> Result {
    page.push_str("<h2 id=\"codes\">codes</h2><dl>");
    for code in base::ErrorCode::ALL {
        write!(
            page,
            "<dt><code>{code}</code> {}</dt><dd>{}</dd>",
            code.status(),
            escaped(code.title())
        )?;
    }
    page.push_str("</dl>");
    Ok(())
}

/// What a schema is called, with a link where it has a name.
fn kind(schema: &Value) -> String {
    let named = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next());
    if let Some(name) = named {
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    let any = |schemas: &[Value]| schemas.iter().map(kind).collect::<Vec<_>>().join(" or ");
    match (&schema["type"], &schema["oneOf"]) {
        (Value::String(name), _) if name == "array" => {
            format!("list of {}", kind(&schema["items"]))
        }
        (Value::String(name), _) => escaped(name),
        (Value::Array(names), _) => names.iter().map(text).collect::<Vec<_>>().join(" or "),
        (_, Value::Array(schemas)) => any(schemas),
        _ => String::new(),
    }
}

fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_operation_and_asks_no_other_host() {
        let page = render(&serde_json::from_str(&crate::openapi_json()).unwrap());
        for operation in crate::operations() {
            assert!(page.contains(&format!(
                "<b>{}</b> <code>{}</code>",
                operation.method, operation.path
            )));
        }
        for foreign in [
            " src=",
            "href=\"http",
            "url(",
            "<script",
            "@import",
            "<link",
        ] {
            assert!(!page.contains(foreign), "{foreign}");
        }
    }
}
