//! Every collection with its fields and indexes.

use std::fmt::Write;

use store::{
    Declaration, Durability, ErasureAction, FieldDecl, IndexDecl, Kind, PersonalDecl,
    STANDARD_FIELDS, Scope, Uniqueness,
};

/// One section for each collection.
pub fn collections(catalogue: &[&'static Declaration]) -> String {
    let mut page = String::from("## Every document\n\n| field | kind | meaning |\n|---|---|---|\n");
    STANDARD_FIELDS
        .iter()
        .for_each(|field| page.push_str(&row(field)));
    page.push_str("\n`deleted_at` and `deleted_by` are in collections with soft deletion. A tenant's documents have `tenant_id`, which\n");
    page.push_str("leads every key of their collections and is part of every statement.\n");
    for declaration in catalogue {
        page.push_str(&section(declaration));
    }
    page + &personal(catalogue)
}

/// What an erase and an export of a user do, collection by collection.
fn personal(catalogue: &[&'static Declaration]) -> String {
    let mut table = String::from(
        "\n## Erase and export\n\nWhat an erase of a user does to the documents that name them. An export holds those that a\ncollection's first line finds; by a further one others' documents are found, which only mention the user.\n",
    );
    table.push_str("\n| collection | field | found by | an erase |\n|---|---|---|---|\n");
    for declaration in catalogue {
        declaration
            .personal
            .iter()
            .for_each(|line| table.push_str(&fate(declaration.name, line)));
    }
    table.push_str("\n| collection that names nobody | why |\n|---|---|\n");
    for declaration in catalogue {
        if let Some(why) = declaration.impersonal {
            let _ = writeln!(table, "| `{}` | {why} |", declaration.name);
        }
    }
    table
}

fn fate(collection: &str, line: &PersonalDecl) -> String {
    let does = match line.fate {
        ErasureAction::Delete => "removes it".to_owned(),
        ErasureAction::Redact(fields) => {
            format!("clears `{}`; the rest stays", fields.join("`, `"))
        }
        ErasureAction::Retain => "leaves it: a bare id that names nobody any more".to_owned(),
        ErasureAction::Expire => "leaves it to its expiry".to_owned(),
    };
    let hidden = if line.exported {
        ""
    } else {
        "; no export holds it"
    };
    let found = line
        .index
        .map_or_else(|| "–".to_owned(), |index| format!("`{index}`"));
    format!(
        "| `{collection}` | `{}` | {found} | {does}{hidden} |\n",
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
        section.push_str("\n| index | fields | promise |\n|---|---|---|\n");
        declaration
            .indexes
            .iter()
            .for_each(|index| section.push_str(&promise(declaration.scope, index)));
    }
    section
}

fn facts(declaration: &Declaration) -> String {
    let mut facts = vec![match declaration.scope {
        Scope::Platform => "Of the platform".to_owned(),
        Scope::Tenant => "Of a tenant".to_owned(),
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
            .map(|field| format!("gone when `{field}` has come")),
    );
    facts.extend(
        declaration
            .due
            .map(|field| format!("work for a job when `{field}` has come")),
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

fn promise(scope: Scope, index: &IndexDecl) -> String {
    let tenant = (scope == Scope::Tenant).then_some("tenant_id");
    let fields: Vec<_> = tenant
        .into_iter()
        .chain(index.fields.iter().copied())
        .collect();
    let promise = match index.uniqueness {
        Uniqueness::None => "order",
        Uniqueness::Unique => "unique",
        Uniqueness::UniqueWhenPresent => "unique when present",
    };
    let mut row = String::new();
    let _ = writeln!(
        row,
        "| `{}` | {} | {promise} |",
        index.name,
        fields.join(", ")
    );
    row
}
