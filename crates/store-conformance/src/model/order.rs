use std::cmp::Ordering;

use base::ObjectId;

use store::Declaration;
use store::Row;
use store::Value;

/// Compares two values of one field in index order: absent comes first.
pub(super) fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => compare_present(left, right),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

fn compare_present(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Float(left), Value::Float(right)) => left.total_cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Id(left), Value::Id(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right)) => left.cmp(right),
        _ => unreachable!("a field has one kind, and JSON is not indexed"),
    }
}

/// Key of an index after its equal fields, with the id that makes the order total.
pub(super) type Key = (Vec<Option<Value>>, ObjectId);

pub(super) fn key(declaration: &Declaration, fields: &[&'static str], row: &Row) -> Key {
    (
        fields
            .iter()
            .map(|field| row.field(declaration, field))
            .collect(),
        row.id,
    )
}

pub(super) fn compare_keys(left: &Key, right: &Key) -> Ordering {
    let values = left
        .0
        .iter()
        .zip(&right.0)
        .map(|(left, right)| compare(left.as_ref(), right.as_ref()));
    values
        .fold(Ordering::Equal, Ordering::then)
        .then(left.1.cmp(&right.1))
}
