//! Rows as typed BSON documents.

use base::{ObjectId, TenantId, Timestamp};
use mongodb::bson::{self, Bson, DateTime, Document};
use store::{Cause, Declaration, FieldDecl, Kind, Row, Value};

use crate::json;

/// Says that a stored document is not what its declaration says.
#[derive(Debug, thiserror::Error)]
#[error("{collection}: the field {field} holds {found}")]
pub(crate) struct Strange {
    collection: &'static str,
    field: &'static str,
    found: String,
}

pub(crate) const fn id(id: ObjectId) -> Bson {
    Bson::ObjectId(bson::oid::ObjectId::from_bytes(id.0))
}

pub(crate) fn time(moment: Timestamp) -> Bson {
    Bson::DateTime(DateTime::from_millis(moment.millis()))
}

/// The BSON of a value that stands in a field of this kind.
pub(crate) fn value(kind: Kind, value: &Value) -> Result<Bson, Cause> {
    Ok(match value {
        Value::Bool(it) => Bson::Boolean(*it),
        Value::Int(it) => Bson::Int64(*it),
        Value::Float(it) => Bson::Double(*it),
        Value::Text(it) => Bson::String(it.clone()),
        Value::Id(it) => id(*it),
        Value::Time(it) => time(*it),
        Value::Json(text) if kind == Kind::JsonText => Bson::String(text.to_string()),
        Value::Json(text) => json::from_json(text).map_err(|error| std::sync::Arc::new(error) as Cause)?,
        Value::AssignedSeq | Value::AssignedTime => return Err(std::sync::Arc::new(Unassigned)),
    })
}

#[derive(Debug, thiserror::Error)]
#[error("a write holds a number that was never given")]
struct Unassigned;

/// The document of a row; absent fields are absent.
pub(crate) fn from_row(declaration: &Declaration, tenant: Option<TenantId>, row: &Row) -> Result<Document, Cause> {
    let mut document = Document::new();
    document.insert("_id", id(row.id));
    if let Some(tenant) = tenant {
        document.insert("tenant_id", tenant.to_string());
    }
    for (field, value_of) in declaration.fields.iter().zip(&row.values) {
        if let Some(present) = value_of {
            document.insert(field.name, value(field.kind, present)?);
        }
    }
    document.insert("created_at", time(row.created_at));
    document.insert("updated_at", time(row.updated_at));
    document.insert("__v", row.version);
    if let Some(at) = row.deleted_at {
        document.insert("deleted_at", time(at));
    }
    if let Some(by) = row.deleted_by {
        document.insert("deleted_by", id(by));
    }
    Ok(document)
}

/// The row of a document.
pub(crate) fn to_row(declaration: &'static Declaration, mut document: Document) -> Result<Row, Strange> {
    let mut take = |field: &FieldDecl| match document.remove(field.name) {
        None => Ok(None),
        Some(found) => load(field.kind, found).map(Some).map_err(|found| Strange {
            collection: declaration.name,
            field: field.name,
            found,
        }),
    };
    let values = declaration.fields.iter().map(&mut take).collect::<Result<_, _>>()?;
    let mut standard =
        |name: &'static str, kind| take(&FieldDecl { name, kind, optional: true, rust_type: || "", meaning: "" });
    let absent = |field| Strange { collection: declaration.name, field, found: "nothing".to_owned() };
    let (id, created_at) = (standard("_id", Kind::Id)?, standard("created_at", Kind::Time)?);
    let (updated_at, version) = (standard("updated_at", Kind::Time)?, standard("__v", Kind::Int)?);
    let (deleted_at, deleted_by) = (standard("deleted_at", Kind::Time)?, standard("deleted_by", Kind::Id)?);
    Ok(Row {
        id: as_id(id).ok_or_else(|| absent("_id"))?,
        created_at: as_time(created_at).ok_or_else(|| absent("created_at"))?,
        updated_at: as_time(updated_at).ok_or_else(|| absent("updated_at"))?,
        version: if let Some(Value::Int(version)) = version { version } else { return Err(absent("__v")) },
        deleted_at: as_time(deleted_at),
        deleted_by: as_id(deleted_by),
        values,
    })
}

/// The value of a declared or standard field.
pub(crate) fn field(declaration: &'static Declaration, name: &'static str, found: Bson) -> Result<Value, Strange> {
    let kind = declaration.kind_of(name).unwrap_or(Kind::Text);
    load(kind, found).map_err(|found| Strange { collection: declaration.name, field: name, found })
}

fn load(kind: Kind, found: Bson) -> Result<Value, String> {
    Ok(match (kind, found) {
        (Kind::Bool, Bson::Boolean(it)) => Value::Bool(it),
        (Kind::Int, Bson::Int64(it)) => Value::Int(it),
        (Kind::Int, Bson::Int32(it)) => Value::Int(i64::from(it)),
        (Kind::Float, Bson::Double(it)) => Value::Float(it),
        (Kind::Text, Bson::String(it)) => Value::Text(it),
        (Kind::Id, Bson::ObjectId(it)) => Value::Id(ObjectId(it.bytes())),
        (Kind::Time, Bson::DateTime(it)) => Value::Time(Timestamp::from_millis(it.timestamp_millis())),
        (Kind::JsonText, Bson::String(it)) => Value::Json(it.into_boxed_str()),
        (Kind::Json, it) => Value::Json(json::to_json(&it).map_err(|error| error.to_string())?),
        (_, found) => return Err(format!("{:?}", found.element_type())),
    })
}

fn as_id(value: Option<Value>) -> Option<ObjectId> {
    if let Some(Value::Id(id)) = value { Some(id) } else { None }
}

fn as_time(value: Option<Value>) -> Option<Timestamp> {
    if let Some(Value::Time(at)) = value { Some(at) } else { None }
}

/// The tenant that a document says it belongs to.
pub(crate) fn tenant_of(document: &Document) -> Option<TenantId> {
    document.get_str("tenant_id").ok()?.parse().ok()
}
