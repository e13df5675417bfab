//! Conversion of the rows of a table's `SELECT`.

use base::{ObjectId, TenantId, Timestamp};
use rusqlite::Result;
use rusqlite::types::{FromSqlError, Type, ValueRef};
use store::{Declaration, FieldDecl, Kind, STANDARD_FIELDS, Value};

/// Returns the document in a row of the collection's `SELECT`.
pub(crate) fn read(declaration: &Declaration, row: &rusqlite::Row<'_>) -> Result<store::Row> {
    let mut values = Vec::with_capacity(declaration.fields.len());
    for (column, field) in (STANDARD_FIELDS.len()..).zip(declaration.fields) {
        values.push(value(row, column, field)?);
    }
    Ok(store::Row {
        id: id(row, 0)?,
        created_at: Timestamp::from_millis(row.get(1)?),
        updated_at: Timestamp::from_millis(row.get(2)?),
        version: row.get(3)?,
        deleted_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
        deleted_by: optional_id(row, 5)?,
        values,
    })
}

/// Returns the value of a field in a column, or `None` if it is absent.
pub(crate) fn value(
    row: &rusqlite::Row<'_>,
    column: usize,
    field: &FieldDecl,
) -> Result<Option<Value>> {
    let stored = row.get_ref(column)?;
    let value = match (field.kind, stored) {
        (_, ValueRef::Null) => return Ok(None),
        (Kind::Bool, ValueRef::Integer(truth)) => Value::Bool(truth != 0),
        (Kind::Int, ValueRef::Integer(number)) => Value::Int(number),
        (Kind::Float, ValueRef::Real(number)) => Value::Float(number),
        (Kind::Time, ValueRef::Integer(millis)) => Value::Time(Timestamp::from_millis(millis)),
        (Kind::Id, ValueRef::Text(_)) => Value::Id(id(row, column)?),
        (Kind::Text, ValueRef::Text(_)) => field.text(text(stored, column)?),
        (Kind::Json | Kind::JsonText, ValueRef::Text(_)) => {
            Value::Json(text(stored, column)?.into())
        }
        (_, other) => {
            return Err(mismatch(
                column,
                other.data_type(),
                FromSqlError::InvalidType,
            ));
        }
    };
    Ok(Some(value))
}

/// Returns the id in a column.
pub(crate) fn id(row: &rusqlite::Row<'_>, column: usize) -> Result<ObjectId> {
    let parsed = text(row.get_ref(column)?, column)?.parse();
    parsed.map_err(|error| mismatch(column, Type::Text, FromSqlError::other(error)))
}

/// Returns the id in a column, or `None` if it is absent.
pub(crate) fn optional_id(row: &rusqlite::Row<'_>, column: usize) -> Result<Option<ObjectId>> {
    if row.get_ref(column)? == ValueRef::Null {
        Ok(None)
    } else {
        id(row, column).map(Some)
    }
}

/// Returns the tenant id in a column.
pub(crate) fn tenant(row: &rusqlite::Row<'_>, column: usize) -> Result<TenantId> {
    let parsed = text(row.get_ref(column)?, column)?.parse();
    parsed.map_err(|error| mismatch(column, Type::Text, FromSqlError::other(error)))
}

fn text(value: ValueRef<'_>, column: usize) -> Result<&str> {
    value
        .as_str()
        .map_err(|error| mismatch(column, value.data_type(), error))
}

fn mismatch(column: usize, found: Type, error: FromSqlError) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, found, Box::new(error))
}
