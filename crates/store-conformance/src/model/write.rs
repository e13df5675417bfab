use std::sync::Arc;

use base::{ObjectId, TenantId};

use super::order::{Key, compare, compare_keys, key};
use super::read::spanned;
use super::{Stored, Table, Tables};
use store::CommitError;
use store::IndexRange;
use store::Row;
use store::Value;
use store::statement::Commit;
use store::{Declaration, IndexDecl, Uniqueness};
use store::{Deletion, Expect, Write};

/// Applies all writes or none: they change copies, which then replace the tables.
pub(super) fn commit(tables: &mut Tables, commit: &Commit) -> Result<(), CommitError> {
    let mut changed = Tables::new();
    for (position, write) in commit.writes().iter().enumerate() {
        let name = (*commit.partition(), write.declaration().name);
        let table = changed
            .entry(name)
            .or_insert_with(|| tables.get(&name).cloned().unwrap_or_default());
        Step {
            table,
            tenant: *commit.tenant(),
            declaration: write.declaration(),
            position,
        }
        .apply(write)?;
    }
    tables.extend(changed);
    Ok(())
}

/// Single write to a table.
struct Step<'a> {
    table: &'a mut Table,
    tenant: Option<TenantId>,
    declaration: &'static Declaration,
    position: usize,
}

impl Step<'_> {
    fn apply(&mut self, write: &Write) -> Result<(), CommitError> {
        match write {
            Write::Insert { row, .. } => self.insert(row),
            Write::Update { .. } => self.update(write),
            Write::Upsert {
                index,
                row,
                set,
                raise,
                ..
            } => self.upsert(index, row, set, raise),
            Write::Increment {
                id,
                field,
                by,
                bound,
                ..
            } => self.increment(*id, *field, *by, *bound),
            Write::Raise { id, field, to, .. } => self.raise(*id, *field, to),
            Write::Remove { id, required, .. } => self.remove(*id, *required),
            Write::RemoveRange { span, limit, .. } => {
                self.remove_range(span, *limit);
                Ok(())
            }
        }
    }

    fn insert(&mut self, row: &Row) -> Result<(), CommitError> {
        if self.table.contains_key(&row.id) {
            return Err(CommitError::Conflict {
                write: self.position,
                index: "_id",
            });
        }
        self.put(row.clone())
    }

    fn update(&mut self, write: &Write) -> Result<(), CommitError> {
        let Write::Update {
            id,
            expect,
            changes,
            touch,
            deletion,
            now,
            ..
        } = write
        else {
            return Ok(());
        };
        let found = if *deletion == Deletion::Clear {
            self.stored(*id)
        } else {
            self.living(*id)
        };
        let mut row = found.ok_or_else(|| self.stale(None))?;
        let holds = match expect {
            Expect::Present => true,
            Expect::Version(version) => row.version == *version,
            Expect::Field(field, value) => row.values[*field] == *value,
        };
        if !holds {
            return Err(self.stale(Some(row.version)));
        }
        for (field, value) in changes {
            row.values[*field].clone_from(value);
        }
        if *touch {
            (row.version, row.updated_at) = (row.version + 1, *now);
        }
        match deletion {
            Deletion::Keep => {}
            Deletion::Mark(by) => (row.deleted_at, row.deleted_by) = (Some(*now), *by),
            Deletion::Clear => (row.deleted_at, row.deleted_by) = (None, None),
        }
        self.put(row)
    }

    fn upsert(
        &mut self,
        index: &IndexDecl,
        new: &Row,
        set: &[usize],
        raise: &[usize],
    ) -> Result<(), CommitError> {
        let key = self.key(index, new);
        let known = self
            .others()
            .find(|row| key.is_some() && self.key(index, row) == key)
            .cloned();
        let Some(mut row) = known else {
            return self.insert(new);
        };
        for field in set {
            row.values[*field].clone_from(&new.values[*field]);
        }
        for field in raise {
            raise_to(&mut row.values[*field], new.values[*field].as_ref());
        }
        if !set.is_empty() {
            (row.version, row.updated_at) = (row.version + 1, new.updated_at);
        }
        self.put(row)
    }

    fn increment(
        &mut self,
        id: ObjectId,
        field: usize,
        by: i64,
        bound: Option<i64>,
    ) -> Result<(), CommitError> {
        let mut row = self.living(id).ok_or_else(|| self.stale(None))?;
        let before = if let Some(Value::Int(before)) = row.values[field] {
            before
        } else {
            0
        };
        let sum = before.saturating_add(by);
        if bound.is_some_and(|bound| if by < 0 { sum < bound } else { sum > bound }) {
            return Err(CommitError::LimitExceeded {
                write: self.position,
            });
        }
        row.values[field] = Some(Value::Int(sum));
        self.put(row)
    }

    fn raise(&mut self, id: ObjectId, field: usize, to: &Value) -> Result<(), CommitError> {
        let Some(mut row) = self.living(id) else {
            return Ok(());
        };
        raise_to(&mut row.values[field], Some(to));
        self.put(row)
    }

    fn remove(&mut self, id: ObjectId, required: bool) -> Result<(), CommitError> {
        if self.stored(id).is_some() {
            self.table.remove(&id);
        } else if required {
            return Err(self.stale(None));
        }
        Ok(())
    }

    fn remove_range(&mut self, span: &IndexRange, limit: usize) {
        let rest = &span.index().fields[span.prefix().len()..];
        let spanned = self
            .others()
            .filter(|row| spanned(self.declaration, span, row));
        let mut keys: Vec<Key> = spanned
            .map(|row| key(self.declaration, rest, row))
            .collect();
        keys.sort_by(compare_keys);
        keys.into_iter()
            .take(limit)
            .for_each(|(_, id)| drop(self.table.remove(&id)));
    }

    /// Stores a row. Fails if another row has one of its unique keys.
    fn put(&mut self, row: Row) -> Result<(), CommitError> {
        for index in self.declaration.indexes {
            let key = self
                .key(index, &row)
                .filter(|_| index.uniqueness != Uniqueness::None);
            let taken =
                |other: &Row| key.is_some() && other.id != row.id && self.key(index, other) == key;
            if self.others().any(taken) {
                return Err(CommitError::Conflict {
                    write: self.position,
                    index: index.name,
                });
            }
        }
        self.table.insert(
            row.id,
            Stored {
                tenant: self.tenant,
                row: Arc::new(row),
            },
        );
        Ok(())
    }

    /// Returns the key of a row in an index, or `None` if a value is absent: absent equals
    /// nothing.
    fn key(&self, index: &IndexDecl, row: &Row) -> Option<Vec<Value>> {
        index
            .fields
            .iter()
            .map(|field| row.field(self.declaration, field))
            .collect()
    }

    fn others(&self) -> impl Iterator<Item = &Row> {
        self.table
            .values()
            .filter(|stored| stored.tenant == self.tenant)
            .map(|stored| stored.row.as_ref())
    }

    fn stored(&self, id: ObjectId) -> Option<Row> {
        let stored = self
            .table
            .get(&id)
            .filter(|stored| stored.tenant == self.tenant)?;
        Some(stored.row.as_ref().clone())
    }

    fn living(&self, id: ObjectId) -> Option<Row> {
        self.stored(id)
            .filter(|row| !self.declaration.soft_delete || row.deleted_at.is_none())
    }

    const fn stale(&self, current: Option<i64>) -> CommitError {
        CommitError::PreconditionFailed {
            write: self.position,
            current,
        }
    }
}

fn raise_to(field: &mut Option<Value>, to: Option<&Value>) {
    if compare(to, field.as_ref()).is_gt() {
        *field = to.cloned();
    }
}
