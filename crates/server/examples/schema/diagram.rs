//! The entity-relationship diagram.

use std::fmt::Write;

use store::{Declaration, Kind, Scope};

/// What an id in a field of this name refers to.
const REFERENCES: &[(&str, &str)] = &[
    ("application_id", "applications"),
    ("banned_by", "users"),
    ("conversation_id", "conversations"),
    ("created_by", "users"),
    ("message_id", "messages"),
    ("object_id", "messages"),
    ("other_id", "users"),
    ("sender_id", "users"),
    ("task_id", "outbox"),
    ("thread_id", "messages"),
    ("user_id", "users"),
];

/// Fields that refer to a document of now this, now that collection, or to none: marks.
const ANYWHERE: &[&str] = &["after", "heeded_by", "holds", "tenant_id"];

/// The diagram, in Mermaid.
///
/// # Errors
/// When an id's field does not say what it refers to.
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
            .filter(|field| field.kind == Kind::Id && !ANYWHERE.contains(&field.name))
        {
            let Some((_, referred)) = REFERENCES.iter().find(|(name, _)| *name == field.name)
            else {
                return Err(format!(
                    "{}.{}: say in diagram.rs what it refers to",
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
