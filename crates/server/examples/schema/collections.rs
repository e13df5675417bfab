//! Collections with their fields and indexes.

use std::fmt::Write;

use store::{
    Declaration, Durability, ErasureAction, FieldDecl, IndexDecl, Kind, PersonalDecl,
    STANDARD_FIELDS, Scope, Uniqueness,
};

/// Returns one section per collection.
pub fn collections(catalogue: &[&'static Declaration]) -> String {
    let mut page =
        String::from("## Standard fields\n\n| field | kind | meaning |\n|---|---|---|\n");
    STANDARD_FIELDS
        .iter()
        .for_each(|field| page.push_str(&row(field)));
    page.push_str("\nCollections with soft deletion have `deleted_at` and `deleted_by`. Documents of tenants have `tenant_id`, which\n");
    page.push_str("is the first field of every key and part of every statement.\n");
    for declaration in catalogue {
        page.push_str(&section(declaration));
    }
    page + &personal(catalogue)
}

/// Returns the effects of erasure and export per collection.
fn personal(catalogue: &[&'static Declaration]) -> String {
    let mut table = String::from(
        "\n## Erasure and export\n\nEffect of the erasure of a user on documents that name the user. An export contains the documents found by the\nfirst line of a collection; further lines find documents of other users that mention the user.\n",
    );
    table.push_str("\n| collection | field | found by | erasure |\n|---|---|---|---|\n");
    for declaration in catalogue {
        declaration
            .personal
            .iter()
            .for_each(|line| table.push_str(&erasure_row(declaration.name, line)));
    }
    table.push_str("\n| collection without personal data | reason |\n|---|---|\n");
    for declaration in catalogue {
        if let Some(why) = declaration.impersonal {
            let _ = writeln!(table, "| `{}` | {why} |", declaration.name);
        }
    }
    table
}

fn erasure_row(collection: &str, line: &PersonalDecl) -> String {
    let action = match line.fate {
        ErasureAction::Delete => "deletes the document".to_owned(),
        ErasureAction::Redact(fields) => {
            format!("clears `{}`", fields.join("`, `"))
        }
        ErasureAction::Retain => "keeps the id, which no longer identifies a user".to_owned(),
        ErasureAction::Expire => "keeps the document until its expiry".to_owned(),
    };
    let hidden = if line.exported { "" } else { "; not exported" };
    let found = line
        .index
        .map_or_else(|| "–".to_owned(), |index| format!("`{index}`"));
    format!(
        "| `{collection}` | `{}` | {found} | {action}{hidden} |\n",
        line.field
    )
}

fn section(declaration: &Declaration) -> String {
    let mut section = format!(
        "\n## {}\n\n{}\n\n{}\n",
        declaration.name,
        declaration.meaning.trim(),
        facts(declaration)
    );
    section.push_str("\n| field | kind | meaning |\n|---|---|---|\n");
    declaration
        .fields
        .iter()
        .for_each(|field| section.push_str(&row(field)));
    if !declaration.indexes.is_empty() {
        section.push_str("\n| index | fields | uniqueness |\n|---|---|---|\n");
        declaration
            .indexes
            .iter()
            .for_each(|index| section.push_str(&index_row(declaration.scope, index)));
    }
    section
}

fn facts(declaration: &Declaration) -> String {
    let mut facts = vec![match declaration.scope {
        Scope::Platform => "Platform collection".to_owned(),
        Scope::Tenant => "Tenant collection".to_owned(),
    }];
    if declaration.durability == Durability::Ephemeral {
        facts.push("ephemeral".to_owned());
    }
    if declaration.soft_delete {
        facts.push("soft deletion".to_owned());
    }
    facts.extend(
        declaration
            .expires
            .map(|field| format!("expires at `{field}`")),
    );
    facts.extend(
        declaration
            .due
            .map(|field| format!("due for a job at `{field}`")),
    );
    if declaration.scope == Scope::Tenant {
        let key = std::iter::once("tenant_id").chain(declaration.shard_by.iter().copied());
        facts.push(format!(
            "shard key `{}`",
            key.collect::<Vec<_>>().join(", ")
        ));
    }
    facts.join("; ") + "."
}

fn row(field: &FieldDecl) -> String {
    let kind = match field.kind {
        Kind::Bool => "boolean",
        Kind::Int => "integer",
        Kind::Float => "number",
        Kind::Text => "text",
        Kind::Id => "id",
        Kind::Time => "time",
        Kind::Json => "JSON",
        Kind::JsonText => "JSON text",
    };
    let optional = if field.optional { ", optional" } else { "" };
    format!(
        "| `{}` | {kind}{optional} | {} |\n",
        field.name,
        field.meaning.trim()
    )
}

fn index_row(scope: Scope, index: &IndexDecl) -> String {
    let tenant = (scope == Scope::Tenant).then_some("tenant_id");
    let fields: Vec<_> = tenant
        .into_iter()
        .chain(index.fields.iter().copied())
        .collect();
    let uniqueness = match index.uniqueness {
        Uniqueness::None => "–",
        Uniqueness::Unique => "unique",
        Uniqueness::UniqueWhenPresent => "unique when present",
    };
    let mut row = String::new();
    let _ = writeln!(
        row,
        "| `{}` | {} | {uniqueness} |",
        index.name,
        fields.join(", ")
    );
    row
}
