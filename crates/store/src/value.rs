use std::borrow::Cow;

use base::{ObjectId, Timestamp};

/// Kind of a field's values, in terms that both engines share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// Signed 64-bit integer.
    Int,
    /// 64-bit floating-point number.
    Float,
    /// Text, compared by bytes.
    Text,
    /// Document id of twelve bytes.
    Id,
    /// Time in milliseconds.
    Time,
    /// JSON value: text in SQLite, a sub-document in MongoDB. Never indexed.
    Json,
    /// JSON value with arbitrary keys, therefore text in both engines. Never indexed.
    JsonText,
}

/// Value of one field. An absent value is `None` around it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Value of [`Kind::Bool`].
    Bool(bool),
    /// Value of [`Kind::Int`].
    Int(i64),
    /// Value of [`Kind::Float`].
    Float(f64),
    /// Value of [`Kind::Text`]; borrowed if it is one of a closed list.
    Text(Cow<'static, str>),
    /// Value of [`Kind::Id`].
    Id(ObjectId),
    /// Value of [`Kind::Time`].
    Time(Timestamp),
    /// JSON text of [`Kind::Json`] or [`Kind::JsonText`].
    Json(Box<str>),
    /// Placeholder for the number that the sequencer assigns to the log record of the same commit.
    /// Never reaches an engine.
    AssignedSeq,
    /// Placeholder for the time of the log record of the same commit. Never reaches an engine.
    AssignedTime,
}
