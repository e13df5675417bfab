//! Statement under construction: its text, its values, and the index searches that its plan must
//! contain.

use std::borrow::Cow;
use std::fmt::Write as _;

use base::ObjectId;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Result, Row};
use store::Value;

use crate::connection::Connection;
use crate::plans::Seek;

/// Value to bind.
pub(crate) enum Bound<'a> {
    Absent,
    Int(i64),
    Text(Cow<'a, str>),
    Id(ObjectId),
    Value(&'a Value),
}

impl<'a> Bound<'a> {
    pub(crate) fn optional(value: Option<&'a Value>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }

    pub(crate) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

/// Statement under construction.
pub(crate) struct Sql<'a> {
    text: Cow<'a, str>,
    bound: Vec<Bound<'a>>,
    seeks: Vec<Seek>,
}

impl<'a> Sql<'a> {
    pub(crate) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            text: text.into(),
            bound: Vec::new(),
            seeks: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Adds a value and its placeholder in the text.
    pub(crate) fn bind(&mut self, value: Bound<'a>) -> &mut Self {
        self.push("?").value(value)
    }

    /// Adds the value of a placeholder that is already in the text.
    pub(crate) fn value(&mut self, value: Bound<'a>) -> &mut Self {
        self.bound.push(value);
        self
    }

    /// Reserves capacity for this number of additional values.
    pub(crate) fn reserve(&mut self, values: usize) {
        self.bound.reserve(values);
    }

    /// Adds an index search that the plan must contain.
    pub(crate) fn expect(&mut self, seek: Seek) -> &mut Self {
        self.seeks.push(seek);
        self
    }

    /// Runs the statement and returns the number of changed rows.
    pub(crate) fn execute(&self, connection: &Connection) -> Result<usize> {
        self.prepared(connection)?.raw_execute()
    }

    /// Runs the statement and reads every row.
    pub(crate) fn query<T>(
        &self,
        connection: &Connection,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.prepared(connection)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    fn prepared<'c>(&self, connection: &'c Connection) -> Result<CachedStatement<'c>> {
        let mut statement = connection.prepare(&self.text, &self.seeks)?;
        for (place, value) in self.bound.iter().enumerate() {
            bind(&mut statement, place + 1, value)?;
        }
        Ok(statement)
    }
}

fn bind(statement: &mut CachedStatement<'_>, place: usize, value: &Bound<'_>) -> Result<()> {
    match value {
        Bound::Absent => statement.raw_bind_parameter(place, Null),
        Bound::Int(number) => statement.raw_bind_parameter(place, number),
        Bound::Text(text) => statement.raw_bind_parameter(place, text.as_ref()),
        Bound::Id(id) => bind_id(statement, place, *id),
        Bound::Value(value) => match value {
            Value::Bool(truth) => statement.raw_bind_parameter(place, truth),
            Value::Int(number) => statement.raw_bind_parameter(place, number),
            Value::Float(number) => statement.raw_bind_parameter(place, number),
            Value::Text(text) => statement.raw_bind_parameter(place, &**text),
            Value::Id(id) => bind_id(statement, place, *id),
            Value::Time(time) => statement.raw_bind_parameter(place, time.millis()),
            Value::Json(text) => statement.raw_bind_parameter(place, text.as_ref()),
            Value::AssignedSeq | Value::AssignedTime => Err(
                rusqlite::Error::ToSqlConversionFailure(Box::new(Unassigned)),
            ),
        },
    }
}

fn bind_id(statement: &mut CachedStatement<'_>, place: usize, id: ObjectId) -> Result<()> {
    statement.raw_bind_parameter(place, ToSqlOutput::Borrowed(ValueRef::Text(&id.hex())))
}

/// Error for a value that the sequencer should have assigned.
#[derive(Debug, thiserror::Error)]
#[error("a value to be assigned by a log was written outside a log")]
struct Unassigned;

/// Returns a JSON list of values for `json_each`.
pub(crate) fn json_list<'v>(values: impl IntoIterator<Item = &'v Value>) -> String {
    let mut list = String::from("[");
    for value in values {
        if list.len() > 1 {
            list.push(',');
        }
        push_json(&mut list, value);
    }
    list.push(']');
    list
}

/// Returns a JSON list of ids.
pub(crate) fn json_ids(ids: &[ObjectId]) -> String {
    let mut list = String::with_capacity(2 + ids.len() * 27);
    list.push('[');
    for id in ids {
        list.push_str(if list.len() > 1 { ",\"" } else { "\"" });
        list.extend(id.hex().map(char::from));
        list.push('"');
    }
    list.push(']');
    list
}

/// Appends a value in its JSON form.
pub(crate) fn push_json(list: &mut String, value: &Value) {
    // Writing to a string cannot fail, and text always has a JSON form.
    let _ = match value {
        Value::Bool(truth) => write!(list, "{}", i32::from(*truth)),
        Value::Int(number) => write!(list, "{number}"),
        Value::Float(number) => write!(list, "{number:?}"),
        Value::Text(text) => write!(list, "{}", serde_json::Value::from(&**text)),
        Value::Json(text) => write!(list, "{}", serde_json::Value::from(text.as_ref())),
        Value::Id(id) => write!(list, "\"{id}\""),
        Value::Time(time) => write!(list, "{}", time.millis()),
        Value::AssignedSeq | Value::AssignedTime => write!(list, "null"),
    };
}
