use std::collections::BTreeMap;

use store::{Declaration, STANDARD_FIELDS, Scope};

use crate::ddl::{self, quoted};

/// The collections that the engine serves, each with the texts that every
/// statement over it begins with.
pub(crate) struct Catalogue(BTreeMap<&'static str, Table>);

/// One collection's table.
pub(crate) struct Table {
    pub(crate) declaration: &'static Declaration,
    /// The quoted name.
    pub(crate) name: String,
    /// `SELECT` of every column, in the order that rows are read in.
    pub(crate) columns: String,
    /// The same from the table.
    pub(crate) select: String,
    /// `INSERT` of a whole row.
    pub(crate) insert: String,
}

/// Says that a statement is about a collection that the engine was not given.
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

    /// `INDEXED BY` the file's name of a declared index.
    pub(crate) fn indexed_by(&self, index: &store::IndexDecl) -> String {
        format!(
            " INDEXED BY {}",
            quoted(&ddl::index_name(self.declaration, index))
        )
    }
}
