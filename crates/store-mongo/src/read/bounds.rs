//! Conversion of an index range to a filter, or to the two keys that bound it.

use std::ops::Bound;

use base::{Direction, TenantId, Timestamp};
use mongodb::bson::{self, Bson, DateTime, Document, doc};
use store::{Cause, Declaration, IndexDecl, IndexRange, Kind, Position, Range, Value};

use crate::document;
use crate::schema::index::{exists, must_be_present};

/// Adds a condition to a filter that may have a condition on the same field.
pub(crate) fn and(filter: &mut Document, field: &str, condition: impl Into<Bson>) {
    if !filter.contains_key(field) {
        filter.insert(field, condition);
    } else if let Ok(more) = filter.get_array_mut("$and") {
        more.push(doc! { field: condition }.into());
    } else {
        filter.insert("$and", vec![doc! { field: condition }]);
    }
}

/// Excludes expired documents and, unless `deleted`, soft-deleted ones.
pub(crate) fn visible(
    filter: &mut Document,
    declaration: &Declaration,
    deleted: bool,
    now: Timestamp,
) {
    if declaration.soft_delete && !deleted {
        and(filter, "deleted_at", doc! { "$exists": false });
    }
    if let Some(expires) = declaration.expires {
        and(
            filter,
            expires,
            doc! { "$not": { "$lte": document::time(now) } },
        );
    }
}

/// Returns the filter for the documents of an index range.
pub(crate) fn filter(
    declaration: &'static Declaration,
    tenant: Option<TenantId>,
    span: &IndexRange,
) -> Result<Document, Cause> {
    let mut filter = Document::new();
    if let Some(tenant) = tenant {
        filter.insert("tenant_id", tenant.to_string());
    }
    for (field, value) in span.index().fields.iter().zip(span.prefix()) {
        filter.insert(*field, plain(value)?);
    }
    if let Some(field) = span.index().fields.get(span.prefix().len()) {
        let kind = declaration.kind_of(field).unwrap_or(Kind::Text);
        if let Some(condition) = condition(kind, span.range())? {
            filter.insert(*field, condition);
        }
    }
    for field in must_be_present(declaration, span.index()) {
        if !filter.contains_key(field) {
            filter.insert(field, exists());
        }
    }
    Ok(filter)
}

fn condition(kind: Kind, range: &Range) -> Result<Option<Document>, Cause> {
    Ok(match range {
        Range::All => None,
        Range::OneOf(values) => {
            let values: Vec<Bson> = values.iter().map(plain).collect::<Result<_, _>>()?;
            Some(doc! { "$in": values })
        }
        Range::Between(Bound::Unbounded, Bound::Unbounded) => Some(doc! { "$gte": least(kind) }),
        Range::Between(from, to) => {
            let mut between = Document::new();
            match from {
                Bound::Included(value) => between.insert("$gte", plain(value)?),
                Bound::Excluded(value) => between.insert("$gt", plain(value)?),
                Bound::Unbounded => None,
            };
            match to {
                Bound::Included(value) => between.insert("$lte", plain(value)?),
                Bound::Excluded(value) => between.insert("$lt", plain(value)?),
                Bound::Unbounded => None,
            };
            Some(between)
        }
    })
}

fn plain(value: &Value) -> Result<Bson, Cause> {
    // Indexed fields are never JSON, so any other kind gives the same result.
    document::value(Kind::Text, value)
}

/// Returns the smallest value of a kind. Comparing with it excludes absent fields.
fn least(kind: Kind) -> Bson {
    match kind {
        Kind::Bool => Bson::Boolean(false),
        Kind::Int | Kind::Float => Bson::Double(f64::NEG_INFINITY),
        Kind::Text | Kind::Json | Kind::JsonText => Bson::String(String::new()),
        Kind::Id => Bson::ObjectId(bson::oid::ObjectId::from_bytes([0; 12])),
        Kind::Time => Bson::DateTime(DateTime::MIN),
    }
}

/// Returns the index keys that bound the page after a position: the first is inclusive, the second
/// exclusive.
pub(crate) fn edges(
    declaration: &'static Declaration,
    tenant: Option<TenantId>,
    span: &IndexRange,
    direction: Direction,
    after: &Position,
) -> Result<(Document, Document), Cause> {
    let edge = Edges::new(declaration, tenant, span)?;
    let here = edge.position(after)?;
    Ok(match direction {
        Direction::Forward => (edge.key(here, true), edge.end(span.range())?),
        Direction::Backward => (edge.start(span.range())?, edge.key(here, false)),
    })
}

struct Edges {
    fields: Vec<&'static str>,
    prefix: Vec<Bson>,
}

impl Edges {
    fn new(
        declaration: &'static Declaration,
        tenant: Option<TenantId>,
        span: &IndexRange,
    ) -> Result<Self, Cause> {
        let index: &'static IndexDecl = span.index();
        let tenant = tenant.map(|tenant| Ok(Bson::String(tenant.to_string())));
        let prefix = tenant
            .into_iter()
            .chain(span.prefix().iter().map(plain))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            fields: declaration.key_of(index).collect(),
            prefix,
        })
    }

    fn position(&self, after: &Position) -> Result<Vec<Bson>, Cause> {
        let mut here = self.prefix.clone();
        for value in &after.rest {
            here.push(value.as_ref().map_or(Ok(Bson::Null), plain)?);
        }
        if self.fields.last() == Some(&"_id") && here.len() < self.fields.len() {
            here.push(document::id(after.id));
        }
        Ok(here)
    }

    fn start(&self, range: &Range) -> Result<Document, Cause> {
        Ok(match range {
            Range::Between(Bound::Included(value), _) => self.key(self.with(plain(value)?), false),
            Range::Between(Bound::Excluded(value), _) => self.key(self.with(plain(value)?), true),
            Range::Between(Bound::Unbounded, _) => self.key(self.with(Bson::Null), true),
            Range::All | Range::OneOf(_) => self.key(self.prefix.clone(), false),
        })
    }

    fn end(&self, range: &Range) -> Result<Document, Cause> {
        Ok(match range {
            Range::Between(_, Bound::Included(value)) => self.key(self.with(plain(value)?), true),
            Range::Between(_, Bound::Excluded(value)) => self.key(self.with(plain(value)?), false),
            Range::Between(_, Bound::Unbounded) | Range::All | Range::OneOf(_) => {
                self.key(self.prefix.clone(), true)
            }
        })
    }

    fn with(&self, value: Bson) -> Vec<Bson> {
        self.prefix.iter().cloned().chain([value]).collect()
    }

    /// Returns a key less than or equal to every key that starts with these values or, if `beyond`,
    /// one greater than all of them.
    fn key(&self, mut values: Vec<Bson>, beyond: bool) -> Document {
        if beyond && values.len() == self.fields.len() {
            let last = values.pop().map_or(Bson::MaxKey, successor);
            values.push(last);
        }
        let filler = if beyond { Bson::MaxKey } else { Bson::MinKey };
        values.resize(self.fields.len(), filler);
        self.fields
            .iter()
            .map(|field| (*field).to_owned())
            .zip(values)
            .collect()
    }
}

/// Returns the next greater value of the same type, or one greater than all values of the type.
fn successor(value: Bson) -> Bson {
    match value {
        Bson::Null => Bson::Double(f64::NAN),
        Bson::Boolean(false) => Bson::Boolean(true),
        Bson::Int64(it) if it < i64::MAX => Bson::Int64(it + 1),
        Bson::Double(it) if it < f64::INFINITY => Bson::Double(it.next_up()),
        Bson::String(it) => Bson::String(it + "\0"),
        Bson::ObjectId(it) => next_id(it.bytes()),
        Bson::DateTime(it) => Bson::DateTime(DateTime::from_millis(
            it.timestamp_millis().saturating_add(1),
        )),
        _ => Bson::MaxKey,
    }
}

fn next_id(mut bytes: [u8; 12]) -> Bson {
    for byte in bytes.iter_mut().rev() {
        let (next, carried) = byte.overflowing_add(1);
        *byte = next;
        if !carried {
            return Bson::ObjectId(bson::oid::ObjectId::from_bytes(bytes));
        }
    }
    Bson::MaxKey
}
