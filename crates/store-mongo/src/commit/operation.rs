//! Translation of a write into one server command.

use std::sync::Arc;

use base::TenantId;
use mongodb::bson::{Bson, Document, doc};
use store::statement::Commit;
use store::{Cause, Declaration, Deletion, Expect, Row, Value, Write};

use super::conflict_error;
use crate::document;

/// Server command of a write.
#[derive(Debug)]
pub(super) enum Operation {
    Insert(Document),
    Update {
        filter: Document,
        update: Document,
        hint: &'static str,
        upsert: bool,
    },
    Remove(Document),
}

/// Returns the command of a write.
///
/// # Errors
/// Fails if a value has no BSON form, or for [`Write::RemoveRange`], which takes two commands.
pub(super) fn of(commit: &Commit, write: &Write) -> Result<Operation, Cause> {
    let tenant = *commit.tenant();
    match write {
        Write::Insert { declaration, row } => {
            document::from_row(declaration, tenant, row).map(Operation::Insert)
        }
        Write::Update { .. } => update(tenant, write),
        Write::Upsert { .. } => upsert(commit, write),
        Write::Increment {
            declaration,
            id,
            field,
            by,
            bound,
        } => {
            let name = declaration.fields[*field].name;
            let mut filter = living(declaration, tenant, *id);
            if let Some(bound) = bound {
                filter.extend(room_for(name, *by, *bound));
            }
            Ok(in_place(filter, doc! { "$inc": { name: *by } }))
        }
        Write::Raise {
            declaration,
            id,
            field,
            to,
        } => {
            let FieldValue(name, value) = field_value(declaration, *field, to)?;
            Ok(in_place(
                living(declaration, tenant, *id),
                doc! { "$max": { name: value } },
            ))
        }
        Write::Remove { id, .. } => Ok(Operation::Remove(stored(tenant, *id))),
        Write::RemoveRange { .. } => Err(Arc::new(NotOneCommand)),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a range can be removed only within a transaction")]
struct NotOneCommand;

const fn in_place(filter: Document, update: Document) -> Operation {
    Operation::Update {
        filter,
        update,
        hint: "_id_",
        upsert: false,
    }
}

struct FieldValue(&'static str, Bson);

fn field_value(
    declaration: &'static Declaration,
    field: usize,
    value: &Value,
) -> Result<FieldValue, Cause> {
    let field = &declaration.fields[field];
    Ok(FieldValue(field.name, document::value(field.kind, value)?))
}

/// Returns the filter for the document, whether or not it is soft-deleted.
pub(super) fn stored(tenant: Option<TenantId>, id: base::ObjectId) -> Document {
    let mut filter = doc! { "_id": document::id(id) };
    if let Some(tenant) = tenant {
        filter.insert("tenant_id", tenant.to_string());
    }
    filter
}

/// Returns the filter for the document unless it is soft-deleted.
pub(super) fn living(
    declaration: &Declaration,
    tenant: Option<TenantId>,
    id: base::ObjectId,
) -> Document {
    let mut filter = stored(tenant, id);
    if declaration.soft_delete {
        filter.insert("deleted_at", doc! { "$exists": false });
    }
    filter
}

/// Returns the condition that the sum stays within its bound; an absent number counts as 0.
fn room_for(name: &str, by: i64, bound: i64) -> Document {
    let (side, absent) = if by < 0 {
        ("$gte", by >= bound)
    } else {
        ("$lte", by <= bound)
    };
    let mut room = vec![doc! { name: { side: bound.saturating_sub(by) } }];
    if absent {
        room.push(doc! { name: { "$exists": false } });
    }
    doc! { "$or": room }
}

fn update(tenant: Option<TenantId>, write: &Write) -> Result<Operation, Cause> {
    let Write::Update {
        declaration,
        id,
        expect,
        changes,
        touch,
        deletion,
        now,
    } = write
    else {
        return Ok(in_place(Document::new(), Document::new()));
    };
    let mut filter = match deletion {
        Deletion::Clear => stored(tenant, *id),
        Deletion::Keep | Deletion::Mark(_) => living(declaration, tenant, *id),
    };
    match expect {
        Expect::Present => {}
        Expect::Version(version) => drop(filter.insert("__v", *version)),
        Expect::Field(field, Some(value)) => {
            let FieldValue(name, value) = field_value(declaration, *field, value)?;
            filter.insert(name, value);
        }
        Expect::Field(field, None) => {
            drop(filter.insert(declaration.fields[*field].name, doc! { "$exists": false }));
        }
    }
    let mut set = Document::new();
    let mut unset = Document::new();
    for (field, value) in changes {
        match value {
            Some(value) => {
                let FieldValue(name, value) = field_value(declaration, *field, value)?;
                set.insert(name, value);
            }
            None => drop(unset.insert(declaration.fields[*field].name, "")),
        }
    }
    mark(*deletion, *now, &mut set, &mut unset);
    let mut version = 0i64;
    if *touch {
        set.insert("updated_at", document::time(*now));
        version = 1;
    }
    Ok(in_place(
        filter,
        operators(set, unset, doc! { "__v": version }),
    ))
}

fn mark(deletion: Deletion, now: base::Timestamp, set: &mut Document, unset: &mut Document) {
    match deletion {
        Deletion::Keep => {}
        Deletion::Clear => unset.extend(doc! { "deleted_at": "", "deleted_by": "" }),
        Deletion::Mark(by) => {
            set.insert("deleted_at", document::time(now));
            match by {
                Some(by) => set.insert("deleted_by", document::id(by)),
                None => unset.insert("deleted_by", ""),
            };
        }
    }
}

/// Builds an update from these operators, without the empty ones. Adding 0 to `__v` keeps an update
/// without changes from being empty.
fn operators(set: Document, unset: Document, inc: Document) -> Document {
    let parts = [("$set", set), ("$unset", unset), ("$inc", inc)];
    parts
        .into_iter()
        .filter(|(_, part)| !part.is_empty())
        .map(|(name, part)| (name.to_owned(), part.into()))
        .collect()
}

fn upsert(commit: &Commit, write: &Write) -> Result<Operation, Cause> {
    let Write::Upsert {
        declaration,
        index,
        row,
        set,
        raise,
    } = write
    else {
        return Ok(in_place(Document::new(), Document::new()));
    };
    let new = document::from_row(declaration, *commit.tenant(), row)?;
    let Some(filter) = conflict_error::key(commit, declaration, index.name, row) else {
        return Ok(Operation::Insert(new));
    };
    let update = overwrite_and_raise(declaration, row, new, set, raise);
    Ok(Operation::Update {
        filter,
        update,
        hint: index.name,
        upsert: true,
    })
}

fn overwrite_and_raise(
    declaration: &Declaration,
    row: &Row,
    mut new: Document,
    set: &[usize],
    raise: &[usize],
) -> Document {
    let mut overwritten = Document::new();
    let mut absent = Document::new();
    let mut raised = Document::new();
    for field in set {
        let name = declaration.fields[*field].name;
        match new.remove(name) {
            Some(value) => overwritten.insert(name, value),
            None if row.values[*field].is_none() => absent.insert(name, ""),
            None => None,
        };
    }
    for field in raise {
        let name = declaration.fields[*field].name;
        if let Some(value) = new.remove(name) {
            raised.insert(name, value);
        }
    }
    let mut inc = Document::new();
    if !set.is_empty() {
        // A new document starts at 0, so it has version 1 as well.
        inc.insert("__v", 1i64);
        new.remove("__v");
        if let Some(at) = new.remove("updated_at") {
            overwritten.insert("updated_at", at);
        }
    }
    let mut update = operators(overwritten, absent, inc);
    if !raised.is_empty() {
        update.insert("$max", raised);
    }
    update.insert("$setOnInsert", new);
    update
}
