use std::borrow::Cow;

use base::{ObjectId, Timestamp};

/// What a field holds, in terms both engines share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// A number of 64 bits.
    Float,
    /// Text, compared by bytes.
    Text,
    /// Twelve bytes that name a document.
    Id,
    /// A moment in milliseconds.
    Time,
    /// A JSON value: text in SQLite, a sub-document in MongoDB. Never indexed.
    Json,
    /// A JSON value that may hold any key and is therefore text in both engines. Never indexed.
    JsonText,
}

/// The value of one field. Absent is `None` around it, never a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Int`].
    Int(i64),
    /// Of [`Kind::Float`].
    Float(f64),
    /// Of [`Kind::Text`]; borrowed where it is one of a closed list of words.
    Text(Cow<'static, str>),
    /// Of [`Kind::Id`].
    Id(ObjectId),
    /// Of [`Kind::Time`].
    Time(Timestamp),
    /// JSON text, of [`Kind::Json`] or [`Kind::JsonText`].
    Json(Box<str>),
    /// Stands, in a write beside a log record, for the number that the
    /// sequencer will give the record. Never reaches an engine.
    AssignedSeq,
    /// Stands, in a write beside a log record, for the time the record gets.
    /// Never reaches an engine.
    AssignedTime,
}
