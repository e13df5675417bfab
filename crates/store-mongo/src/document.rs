//! Conversion between rows and typed BSON documents.

use base::{ObjectId, TenantId, Timestamp};
use mongodb::bson::spec::ElementType;
use mongodb::bson::{self, Bson, DateTime, Document, RawDocument};
use store::{Cause, Declaration, FieldDecl, Kind, Row, Value};

use crate::fields::{Field, Fields, find};
use crate::json;

/// Mismatch between a stored document and its declaration.
#[derive(Debug, thiserror::Error)]
#[error("{collection}: the field {field} holds {found}")]
pub(crate) struct Strange {
    collection: &'static str,
    field: &'static str,
    found: String,
}

impl Strange {
    /// Creates the error for a required field that is absent.
    pub(crate) fn nothing(declaration: &'static Declaration, field: &'static str) -> Self {
        Self {
            collection: declaration.name,
            field,
            found: "nothing".to_owned(),
        }
    }
}

pub(crate) const fn id(id: ObjectId) -> Bson {
    Bson::ObjectId(bson::oid::ObjectId::from_bytes(id.0))
}

pub(crate) fn time(moment: Timestamp) -> Bson {
    Bson::DateTime(DateTime::from_millis(moment.millis()))
}

/// Returns the BSON of a value in a field of this kind.
///
/// # Errors
/// Fails for invalid JSON and for sequence numbers and times that are not assigned yet.
pub(crate) fn value(kind: Kind, value: &Value) -> Result<Bson, Cause> {
    Ok(match value {
        Value::Bool(it) => Bson::Boolean(*it),
        Value::Int(it) => Bson::Int64(*it),
        Value::Float(it) => Bson::Double(*it),
        Value::Text(it) => Bson::String(it.clone().into_owned()),
        Value::Id(it) => id(*it),
        Value::Time(it) => time(*it),
        Value::Json(text) if kind == Kind::JsonText => Bson::String(text.to_string()),
        Value::Json(text) => {
            json::from_json(text).map_err(|error| std::sync::Arc::new(error) as Cause)?
        }
        Value::AssignedSeq | Value::AssignedTime => return Err(std::sync::Arc::new(Unassigned)),
    })
}

#[derive(Debug, thiserror::Error)]
#[error("a value to be assigned by a log was written outside a log")]
struct Unassigned;

/// Returns the document of a row. Absent fields are omitted.
pub(crate) fn from_row(
    declaration: &Declaration,
    tenant: Option<TenantId>,
    row: &Row,
) -> Result<Document, Cause> {
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

/// Decodes the row of a document in the server's response buffer. Undeclared fields are ignored.
///
/// # Errors
/// Fails with [`Strange`] if a field has the wrong type or a standard field is absent.
pub(crate) fn to_row(
    declaration: &'static Declaration,
    document: &RawDocument,
) -> Result<Row, Strange> {
    let strange = |field, found| Strange {
        collection: declaration.name,
        field,
        found,
    };
    let mut standard = Standard::default();
    let mut values = vec![None; declaration.fields.len()];
    // Fields are usually in declaration order; fields that were set later follow at the end.
    let mut next = 0;
    for found in Fields::of(document) {
        let found = found.map_err(|broken| strange("a field", broken.to_string()))?;
        if standard
            .take(found)
            .map_err(|found| strange("a standard field", found))?
        {
            continue;
        }
        let mut places = (next..values.len()).chain(0..next);
        let is_declared = |place: &usize| declaration.fields[*place].name.as_bytes() == found.name;
        let Some(place) = places.find(is_declared) else {
            continue;
        };
        let field = &declaration.fields[place];
        values[place] =
            Some(load(document, field, found).map_err(|found| strange(field.name, found))?);
        next = place + 1;
    }
    standard
        .row(values)
        .map_err(|field| Strange::nothing(declaration, field))
}

/// Standard fields of every document.
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
    /// Stores a standard field. Returns whether the field is one; fails with the type it has if
    /// that is wrong.
    fn take(&mut self, found: Field<'_>) -> Result<bool, String> {
        let wrong = || format!("{:?}", found.kind);
        let id = || found.id().ok_or_else(wrong);
        let time = || found.time().ok_or_else(wrong);
        match found.name {
            b"_id" => self.id = Some(id()?),
            b"created_at" => self.created_at = Some(time()?),
            b"updated_at" => self.updated_at = Some(time()?),
            b"__v" => self.version = Some(found.whole().ok_or_else(wrong)?),
            b"deleted_at" => self.deleted_at = Some(time()?),
            b"deleted_by" => self.deleted_by = Some(id()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Builds the row. Fails with the name of the required field that is absent.
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

/// Returns the value of a declared or standard field that the document has under `name`, or `None`
/// if it is absent or null.
pub(crate) fn field(
    declaration: &'static Declaration,
    field: &'static FieldDecl,
    document: &RawDocument,
    name: &str,
) -> Result<Option<Value>, Strange> {
    let Some(found) = find(document, name).filter(|found| found.kind != ElementType::Null) else {
        return Ok(None);
    };
    let loaded = load(document, field, found);
    loaded.map(Some).map_err(|found| Strange {
        collection: declaration.name,
        field: field.name,
        found,
    })
}

fn load(document: &RawDocument, field: &FieldDecl, found: Field<'_>) -> Result<Value, String> {
    let value = match field.kind {
        Kind::Bool => found.truth().map(Value::Bool),
        Kind::Int => found.whole().map(Value::Int),
        Kind::Float => found.fraction().map(Value::Float),
        Kind::Text => found.text().map(|text| field.text(text)),
        Kind::Id => found.id().map(Value::Id),
        Kind::Time => found.time().map(Value::Time),
        Kind::JsonText => found.text().map(|text| Value::Json(text.into())),
        Kind::Json => Some(Value::Json(json_of(document, found)?)),
    };
    value.ok_or_else(|| format!("{:?}", found.kind))
}

/// The field may contain any JSON value, so the driver decodes it.
fn json_of(document: &RawDocument, found: Field<'_>) -> Result<Box<str>, String> {
    let name = std::str::from_utf8(found.name).map_err(|broken| broken.to_string())?;
    let value = document
        .get(name)
        .map_err(|broken| broken.to_string())?
        .ok_or("nothing")?;
    let value = Bson::try_from(value).map_err(|broken| broken.to_string())?;
    json::to_json(&value).map_err(|error| error.to_string())
}

/// Returns an integer that the server computed, of either width; 0 if there is none.
pub(crate) fn number(value: Option<&Bson>) -> i64 {
    match value {
        Some(Bson::Int64(it)) => *it,
        Some(Bson::Int32(it)) => i64::from(*it),
        _ => 0,
    }
}

/// Returns the tenant in the document's `tenant_id`.
pub(crate) fn tenant_of(document: &RawDocument) -> Option<TenantId> {
    find(document, "tenant_id")?.text()?.parse().ok()
}
