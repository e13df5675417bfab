//! Rows as typed BSON documents.

use base::{ObjectId, TenantId, Timestamp};
use mongodb::bson::{self, Bson, DateTime, Document, RawBsonRef, RawDocument};
use store::{Cause, Declaration, Kind, Row, Value};

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

/// The row of a document, read where it lies in the server's answer.
pub(crate) fn to_row(declaration: &'static Declaration, document: &RawDocument) -> Result<Row, Strange> {
    let strange = |field, found| Strange { collection: declaration.name, field, found };
    let (mut standard, mut values) = (Standard::default(), vec![None; declaration.fields.len()]);
    // Fields stand as they are declared, unless they were set later.
    let mut next = 0;
    for element in document {
        let (name, found) = element.map_err(|broken| strange("a field", broken.to_string()))?;
        if standard.take(name.as_str(), &found).map_err(|found| strange("a standard field", found))? {
            continue;
        }
        let mut places = (next..values.len()).chain(0..next);
        let Some(place) = places.find(|place| declaration.fields[*place].name == name.as_str()) else { continue };
        let field = &declaration.fields[place];
        values[place] = Some(load(field.kind, found).map_err(|found| strange(field.name, found))?);
        next = place + 1;
    }
    standard.row(values).map_err(|field| strange(field, "nothing".to_owned()))
}

/// The fields that every document has.
#[derive(Default)]
struct Standard {
    id: Option<ObjectId>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    version: Option<i64>,
    deleted_at: Option<Timestamp>,
    deleted_by: Option<ObjectId>,
}

impl Standard {
    /// Takes a field, if it is one of these.
    fn take(&mut self, name: &str, found: &RawBsonRef<'_>) -> Result<bool, String> {
        let wrong = || format!("{:?}", found.element_type());
        let (id, time) = (|| as_id(found).ok_or_else(wrong), || as_time(found).ok_or_else(wrong));
        match name {
            "_id" => self.id = Some(id()?),
            "created_at" => self.created_at = Some(time()?),
            "updated_at" => self.updated_at = Some(time()?),
            "__v" => self.version = Some(as_whole(found).ok_or_else(wrong)?),
            "deleted_at" => self.deleted_at = Some(time()?),
            "deleted_by" => self.deleted_by = Some(id()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The row with these fields, or the one that is missing.
    fn row(self, values: Vec<Option<Value>>) -> Result<Row, &'static str> {
        Ok(Row {
            id: self.id.ok_or("_id")?,
            created_at: self.created_at.ok_or("created_at")?,
            updated_at: self.updated_at.ok_or("updated_at")?,
            version: self.version.ok_or("__v")?,
            deleted_at: self.deleted_at,
            deleted_by: self.deleted_by,
            values,
        })
    }
}

/// The value of a declared or standard field.
pub(crate) fn field(
    declaration: &'static Declaration,
    name: &'static str,
    found: RawBsonRef<'_>,
) -> Result<Value, Strange> {
    let kind = declaration.kind_of(name).unwrap_or(Kind::Text);
    load(kind, found).map_err(|found| Strange { collection: declaration.name, field: name, found })
}

fn load(kind: Kind, found: RawBsonRef<'_>) -> Result<Value, String> {
    Ok(match (kind, found) {
        (Kind::Bool, RawBsonRef::Boolean(it)) => Value::Bool(it),
        (Kind::Int, RawBsonRef::Int64(it)) => Value::Int(it),
        (Kind::Int, RawBsonRef::Int32(it)) => Value::Int(i64::from(it)),
        (Kind::Float, RawBsonRef::Double(it)) => Value::Float(it),
        (Kind::Text, RawBsonRef::String(it)) => Value::Text(it.to_owned()),
        (Kind::Id, RawBsonRef::ObjectId(it)) => Value::Id(ObjectId(it.bytes())),
        (Kind::Time, RawBsonRef::DateTime(it)) => Value::Time(Timestamp::from_millis(it.timestamp_millis())),
        (Kind::JsonText, RawBsonRef::String(it)) => Value::Json(it.into()),
        (Kind::Json, it) => {
            let parsed = Bson::try_from(it).map_err(|broken| broken.to_string())?;
            Value::Json(json::to_json(&parsed).map_err(|error| error.to_string())?)
        }
        (_, found) => return Err(format!("{:?}", found.element_type())),
    })
}

/// The id that a document holds there.
pub(crate) fn as_id(found: &RawBsonRef<'_>) -> Option<ObjectId> {
    found.as_object_id().map(|id| ObjectId(id.bytes()))
}

/// The moment that a document holds there.
pub(crate) fn as_time(found: &RawBsonRef<'_>) -> Option<Timestamp> {
    found.as_datetime().map(|at| Timestamp::from_millis(at.timestamp_millis()))
}

/// A whole number of whatever width: the server makes small ones narrow.
pub(crate) fn as_whole(found: &RawBsonRef<'_>) -> Option<i64> {
    found.as_i64().or_else(|| found.as_i32().map(i64::from))
}

/// A number that the server made, of whatever width.
pub(crate) fn number(value: Option<&Bson>) -> i64 {
    match value {
        Some(Bson::Int64(it)) => *it,
        Some(Bson::Int32(it)) => i64::from(*it),
        _ => 0,
    }
}

/// The tenant that a document says it belongs to.
pub(crate) fn tenant_of(document: &RawDocument) -> Option<TenantId> {
    document.get_str("tenant_id").ok()?.parse().ok()
}
