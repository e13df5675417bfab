//! Tables and indexes derived from the declarations.

use store::{Declaration, IndexDecl, Kind, STANDARD_FIELDS, Scope, Uniqueness};

/// Column with its SQL type and constraints.
pub(crate) struct ColumnDdl {
    pub(crate) name: &'static str,
    pub(crate) definition: &'static str,
}

/// Index with its name in the file and the command that creates it.
pub(crate) struct IndexDdl {
    pub(crate) name: String,
    pub(crate) create: String,
}

/// Returns the commands that create the schema of a file with every collection.
#[must_use]
pub fn schema(catalogue: &[&'static Declaration]) -> Vec<String> {
    let commands = |declaration: &&'static Declaration| {
        let table = std::iter::once(create_table(declaration));
        table.chain(indexes(declaration).into_iter().map(|index| index.create))
    };
    catalogue
        .iter()
        .flat_map(commands)
        .map(|command| command + ";")
        .collect()
}

/// Returns all columns of a collection's table; `_id` is the first.
pub(crate) fn columns(declaration: &Declaration) -> Vec<ColumnDdl> {
    let tenant = ColumnDdl {
        name: "tenant_id",
        definition: "TEXT NOT NULL",
    };
    let standard = STANDARD_FIELDS.iter().map(|field| ColumnDdl {
        name: field.name,
        definition: match (field.name, field.optional, field.kind) {
            ("_id", _, _) => "TEXT NOT NULL PRIMARY KEY",
            (_, false, _) => "INTEGER NOT NULL",
            (_, true, kind) => affinity(kind),
        },
    });
    // Without NOT NULL, so that a field can be added to a table that has rows.
    let declared = declaration.fields.iter().map(|field| ColumnDdl {
        name: field.name,
        definition: affinity(field.kind),
    });
    let mut columns: Vec<_> = standard.chain(declared).collect();
    if declaration.scope == Scope::Tenant {
        columns.insert(1, tenant);
    }
    columns
}

/// Returns the command that creates the table of a collection.
pub(crate) fn create_table(declaration: &Declaration) -> String {
    let columns: Vec<_> = columns(declaration)
        .iter()
        .map(|column| format!("{} {}", quoted(column.name), column.definition))
        .collect();
    format!(
        "CREATE TABLE IF NOT EXISTS {} ({})",
        quoted(declaration.name),
        columns.join(", ")
    )
}

/// Returns all indexes of a collection: the declared ones, and those on the expiry or the due time
/// alone. Only the queries of background jobs use the latter.
pub(crate) fn indexes(declaration: &Declaration) -> Vec<IndexDdl> {
    let declared = declaration
        .indexes
        .iter()
        .map(|index| declared_index(declaration, index));
    let timed = declaration.expires.into_iter().chain(declaration.due);
    declared
        .chain(timed.map(|field| time_index(declaration, field)))
        .collect()
}

fn declared_index(declaration: &Declaration, index: &IndexDecl) -> IndexDdl {
    let name = index_name(declaration, index);
    let unique = if index.uniqueness == Uniqueness::None {
        ""
    } else {
        "UNIQUE "
    };
    let key: Vec<_> = declaration.key_of(index).map(quoted).collect();
    let present = present(index)
        .map(|field| format!(" WHERE {} IS NOT NULL", quoted(field)))
        .unwrap_or_default();
    let create = format!(
        "CREATE {unique}INDEX IF NOT EXISTS {} ON {} ({}){present}",
        quoted(&name),
        quoted(declaration.name),
        key.join(", "),
    );
    IndexDdl { name, create }
}

fn time_index(declaration: &Declaration, field: &str) -> IndexDdl {
    let name = time_index_name(declaration, field);
    let present = if declaration.due == Some(field) {
        format!(" WHERE {} IS NOT NULL", quoted(field))
    } else {
        String::new()
    };
    let create = format!(
        "CREATE INDEX IF NOT EXISTS {} ON {} ({}){present}",
        quoted(&name),
        quoted(declaration.name),
        quoted(field),
    );
    IndexDdl { name, create }
}

/// Returns the name of the index, which is unique within a file.
pub(crate) fn index_name(declaration: &Declaration, index: &IndexDecl) -> String {
    format!("{}_{}", declaration.name, index.name)
}

/// Returns the name of the index on the expiry alone or on the due time alone.
pub(crate) fn time_index_name(declaration: &Declaration, field: &str) -> String {
    let purpose = if declaration.due == Some(field) {
        "work"
    } else {
        "due"
    };
    format!("{}__{purpose}", declaration.name)
}

/// Returns the field of a partial index. The index omits documents without this field.
pub(crate) fn present(index: &IndexDecl) -> Option<&'static str> {
    let partial = index.uniqueness == Uniqueness::UniqueWhenPresent;
    index.fields.last().copied().filter(|_| partial)
}

/// Returns a name as a quoted identifier, which may be a keyword.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

const fn affinity(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool | Kind::Int | Kind::Time => "INTEGER",
        Kind::Float => "REAL",
        Kind::Text | Kind::Id | Kind::Json | Kind::JsonText => "TEXT",
    }
}
