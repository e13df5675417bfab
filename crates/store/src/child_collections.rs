//! Collections of child documents, which hold the id of their parent document.

use std::any::type_name;

use base::{Id, ObjectId};

use crate::batch::{Batch, Write};
use crate::collection::{Collection, TenantData};
use crate::declaration::{Database, Declaration, Durability, IndexDecl};
use crate::engine::ReadError;
use crate::handle::TenantStore;
use crate::query::{IndexRange, Range};
use crate::statement::{Count, Target};
use crate::value::Value;

/// Collection of child documents, with an index that begins with the parent's id.
#[derive(Clone, Copy, Debug)]
pub struct ChildCollections {
    declaration: &'static Declaration,
    index: &'static IndexDecl,
}

impl ChildCollections {
    /// Returns every durable collection in the tenant's partition that has children of a `C`.
    #[must_use]
    pub fn of<C: Collection>(catalogue: &[&'static Declaration]) -> Vec<Self> {
        let is_other = |declaration: &&&'static Declaration| {
            declaration.database == Database::Tenant
                && declaration.durability == Durability::Durable
        };
        catalogue
            .iter()
            .filter(is_other)
            .filter_map(|declaration| Self::in_one::<C>(declaration))
            .collect()
    }

    fn in_one<C: Collection>(declaration: &'static Declaration) -> Option<Self> {
        let whole = declaration.refers_to::<C>()?;
        let index = declaration
            .indexes
            .iter()
            .find(|index| index.fields.first() == Some(&whole))?;
        Some(Self { declaration, index })
    }

    /// Returns the collection.
    #[must_use]
    pub const fn declaration(&self) -> &'static Declaration {
        self.declaration
    }

    fn span(self, whole: ObjectId) -> IndexRange {
        IndexRange {
            index: self.index,
            prefix: vec![Value::Id(whole)],
            range: Range::All,
        }
    }
}

impl Declaration {
    /// Returns the first field that holds the id of a `C`.
    #[must_use]
    pub fn refers_to<C: Collection>(&self) -> Option<&'static str> {
        let id = type_name::<Id<C>>();
        self.fields
            .iter()
            .find(|field| (field.rust_type)().contains(id))
            .map(|field| field.name)
    }
}

impl Batch<TenantData> {
    /// Removes the first children of a parent permanently, at most `limit`. Emits no change events.
    pub fn remove_parts(&mut self, parts: ChildCollections, whole: ObjectId, limit: usize) {
        let declaration = parts.declaration;
        let span = parts.span(whole);
        self.writes.push(Write::RemoveRange {
            declaration,
            span,
            limit,
        });
    }
}

impl TenantStore {
    /// Returns the number of visible children of a parent; counting stops at `cap`.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
    pub async fn count_parts(
        &self,
        parts: ChildCollections,
        whole: ObjectId,
        cap: usize,
    ) -> Result<usize, ReadError> {
        let partition = self.partition.of(parts.declaration.database);
        let target = Target {
            partition,
            tenant: Some(self.id()),
            declaration: parts.declaration,
        };
        let spans = vec![parts.span(whole)];
        let now = self.context().now();
        let count = Count {
            target,
            spans,
            cap,
            unless: None,
            undeleted: false,
            now,
        };
        Ok(self.engine().count(count).await?.pop().unwrap_or(0))
    }
}
