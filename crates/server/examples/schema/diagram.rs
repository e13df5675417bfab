//! Entity-relationship diagram.

use std::fmt::Write;

use store::{Declaration, Kind, Scope};

/// Collection to which an id field of this name refers.
const REFERENCES: &[(&str, &str)] = &[
    ("admin_id", "platform_admins"),
    ("api_key_id", "api_keys"),
    ("application_id", "applications"),
    ("assigned_by", "users"),
    ("assignee_id", "users"),
    ("attached_by", "messages"),
    ("banned_by", "users"),
    ("channel_id", "conversations"),
    ("client_user_id", "users"),
    ("conversation_id", "conversations"),
    ("created_by", "users"),
    ("file_id", "files"),
    ("link_id", "client_platform_links"),
    ("message_id", "messages"),
    ("object_id", "messages"),
    ("other_id", "users"),
    ("platform_integration_id", "platform_integrations"),
    ("sender_id", "users"),
    ("task_id", "outbox"),
    ("thread_id", "messages"),
    ("user_id", "users"),
];

/// Id fields without a fixed collection.
const UNRESOLVED: &[&str] = &["after", "heeded_by", "holder_id", "holds", "tenant_id"];

/// Returns the diagram in Mermaid.
///
/// # Errors
/// Fails if the collection of an id field is unknown.
pub fn diagram(catalogue: &[&'static Declaration]) -> Result<String, String> {
    let mut lines = String::from("## Diagram\n\n```mermaid\nerDiagram\n");
    for declaration in catalogue {
        if declaration.scope == Scope::Tenant || declaration.kind_of("tenant_id").is_some() {
            let _ = writeln!(
                lines,
                "    saas_clients ||--o{{ {} : tenant_id",
                declaration.name
            );
        }
        for field in declaration
            .fields
            .iter()
            .filter(|field| field.kind == Kind::Id && !UNRESOLVED.contains(&field.name))
        {
            let Some((_, referred)) = REFERENCES.iter().find(|(name, _)| *name == field.name)
            else {
                return Err(format!(
                    "{}.{}: add its collection to REFERENCES in diagram.rs",
                    declaration.name, field.name
                ));
            };
            let one = if field.optional { "|o" } else { "||" };
            let _ = writeln!(
                lines,
                "    {referred} {one}--o{{ {} : {}",
                declaration.name, field.name
            );
        }
    }
    lines.push_str("```\n");
    Ok(lines)
}
