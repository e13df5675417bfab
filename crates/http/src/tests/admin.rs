//! The OpenAPI document of the admin API is complete and consistent.

use serde_json::Value;

use crate::admin::{openapi_json, operations};

fn document() -> Value {
    serde_json::from_str(&openapi_json()).unwrap()
}

#[test]
fn committed_admin_document_is_current() {
    let committed = include_str!("../../../../docs/reference/admin-openapi.json");
    assert!(
        committed == openapi_json(),
        "docs/reference/admin-openapi.json is out of date: run `cargo xtask generate`"
    );
}

#[test]
fn references_of_the_admin_document_resolve() {
    let text = openapi_json();
    let document = document();
    let references = text.split("\"$ref\": \"#").skip(1);
    for reference in references.filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

#[test]
fn admin_operation_is_described_with_examples() {
    let document = document();
    let mut missing = Vec::new();
    for operation in operations() {
        let method = operation.method.as_str().to_ascii_lowercase();
        let described = &document["paths"][&operation.path][&method];
        if !described["summary"].is_string() || !described["description"].is_string() {
            missing.push(format!("{}: description", operation.id));
        }
        let responses = described["responses"].as_object().unwrap();
        let successes = responses
            .iter()
            .filter(|(status, _)| status.starts_with('2'));
        let bodies = successes.map(|(_, response)| response);
        for body in bodies.chain(described.get("requestBody")) {
            let content = &body["content"]["application/json"];
            let has_example = content.is_null() || content.get("example").is_some();
            if !has_example && operation.id != "get_openapi" {
                missing.push(format!(
                    "{}: example of {}",
                    operation.id, content["schema"]
                ));
            }
        }
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            let is_path = parameter["in"] == "path";
            if parameter.get("description").is_none()
                || is_path && parameter.get("example").is_none()
            {
                missing.push(format!("{}: {}", operation.id, parameter["name"]));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn row_of_the_table_of_roles_has_one_handler() {
    let handlers = operations().len();
    assert_eq!(handlers, domain::admins::AdminOperation::ALL.len());
}
