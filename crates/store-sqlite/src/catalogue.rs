use std::collections::BTreeMap;

use store::{Declaration, STANDARD_FIELDS, Scope};

use crate::ddl::{self, quoted};

/// Tables of the declared collections by name.
pub(crate) struct Catalogue(BTreeMap<&'static str, Table>);

/// Table of a collection, with the SQL text that its statements begin with.
pub(crate) struct Table {
    pub(crate) declaration: &'static Declaration,
    /// Quoted table name.
    pub(crate) name: String,
    /// `SELECT` of all columns, in the order in which rows are read.
    pub(crate) columns: String,
    /// The same `SELECT` with the `FROM` clause of the table.
    pub(crate) select: String,
    /// `INSERT` of a complete row.
    pub(crate) insert: String,
}

/// Error for a statement on a collection that is not in the catalogue.
#[derive(Debug, thiserror::Error)]
#[error("the collection {0} is not in the catalogue")]
pub(crate) struct Undeclared(&'static str);

impl Catalogue {
    pub(crate) fn new(declarations: &[&'static Declaration]) -> Self {
        Self(
            declarations
                .iter()
                .map(|declaration| (declaration.name, Table::new(declaration)))
                .collect(),
        )
    }

    pub(crate) fn table(&self, declaration: &'static Declaration) -> Result<&Table, Undeclared> {
        self.0
            .get(declaration.name)
            .ok_or(Undeclared(declaration.name))
    }

    pub(crate) fn declarations(&self) -> impl Iterator<Item = &'static Declaration> {
        self.0.values().map(|table| table.declaration)
    }
}

impl Table {
    fn new(declaration: &'static Declaration) -> Self {
        let name = quoted(declaration.name);
        let standard = STANDARD_FIELDS.iter().map(|field| field.name);
        let fields: Vec<_> = standard
            .chain(declaration.fields.iter().map(|field| field.name))
            .map(quoted)
            .collect();
        let count = fields.len();
        let fields = fields.join(", ");
        let tenant = if declaration.scope == Scope::Tenant {
            "\"tenant_id\", "
        } else {
            ""
        };
        let places = vec!["?"; count + usize::from(!tenant.is_empty())].join(", ");
        Self {
            columns: format!("SELECT {fields}"),
            select: format!("SELECT {fields} FROM {name}"),
            insert: format!("INSERT INTO {name} ({tenant}{fields}) VALUES ({places})"),
            declaration,
            name,
        }
    }

    /// Returns the `INDEXED BY` clause of a declared index.
    pub(crate) fn indexed_by(&self, index: &store::IndexDecl) -> String {
        format!(
            " INDEXED BY {}",
            quoted(&ddl::index_name(self.declaration, index))
        )
    }
}
