use base::{ExternalId, Id, ObjectId, TenantId, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::value::{Kind, Value};

/// Error of a stored value that does not have its declared kind: something else has changed the
/// store.
#[derive(Debug, Clone, thiserror::Error)]
#[error("stored value of another kind than declared: {0}")]
pub struct Mismatch(pub String);

/// Rust type that can be a field of a document.
pub trait FieldType: Sized {
    /// Type without its `Option`.
    type Inner: FieldType;
    /// Kind of the stored values.
    const KIND: Kind;
    /// Whether the field may be absent.
    const OPTIONAL: bool = false;
    /// Allowed values, if they are a closed list; otherwise empty.
    const WORDS: &'static [&'static str] = &[];

    /// Returns the value to store; `None` is absent.
    fn store(&self) -> Option<Value>;

    /// Creates the field from its stored value.
    ///
    /// # Errors
    /// Fails with [`Mismatch`] if the value has another kind, or is absent from a field that is not
    /// optional.
    fn load(value: Option<Value>) -> Result<Self, Mismatch>;
}

impl<T: FieldType> FieldType for Option<T> {
    type Inner = T;
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;
    const WORDS: &'static [&'static str] = T::WORDS;

    fn store(&self) -> Option<Value> {
        self.as_ref().and_then(T::store)
    }

    fn load(value: Option<Value>) -> Result<Self, Mismatch> {
        value.map(|value| T::load(Some(value))).transpose()
    }
}

macro_rules! field_type {
    ($($type:ty: $kind:ident, $to:expr, $found:pat => $made:expr;)+) => {$(
        impl FieldType for $type {
            type Inner = Self;
            const KIND: Kind = Kind::$kind;

            fn store(&self) -> Option<Value> {
                let to: fn(&Self) -> Value = $to;
                Some(to(self))
            }

            fn load(value: Option<Value>) -> Result<Self, Mismatch> {
                let made: Option<Self> = match value {
                    Some($found) => $made,
                    other => return Err(Mismatch(format!("{} from {other:?}", stringify!($type)))),
                };
                made.ok_or_else(|| Mismatch(format!("{} from a text that is none", stringify!($type))))
            }
        }
    )+};
}

field_type! {
    bool: Bool, |it| Value::Bool(*it), Value::Bool(it) => Some(it);
    i64: Int, |it| Value::Int(*it), Value::Int(it) => Some(it);
    f64: Float, |it| Value::Float(*it), Value::Float(it) => Some(it);
    String: Text, |it| Value::Text(it.clone().into()), Value::Text(it) => Some(it.into_owned());
    ObjectId: Id, |it| Value::Id(*it), Value::Id(it) => Some(it);
    Timestamp: Time, |it| Value::Time(*it), Value::Time(it) => Some(it);
    TenantId: Text, |it| Value::Text(it.to_string().into()), Value::Text(it) => it.parse().ok();
    ExternalId: Text, |it| Value::Text(it.to_string().into()), Value::Text(it) => it.parse().ok();
    RawJson: Json, |it| Value::Json(it.0.clone()), Value::Json(it) => Some(RawJson(it));
    JsonText: JsonText, |it| Value::Json(it.0.clone()), Value::Json(it) => Some(JsonText(it));
}

impl<T> FieldType for Id<T> {
    type Inner = Self;
    const KIND: Kind = Kind::Id;

    fn store(&self) -> Option<Value> {
        Some(Value::Id(self.object_id()))
    }

    fn load(value: Option<Value>) -> Result<Self, Mismatch> {
        ObjectId::load(value).map(Self::new)
    }
}

/// Sequence number of a log record: known, or still to be assigned to the record that is written in
/// the same commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seq {
    /// Known number.
    At(i64),
    /// Number that the sequencer will assign.
    Assigned,
}

impl Seq {
    /// Returns the number; 0, which is before every record, while it is not assigned.
    #[must_use]
    pub const fn get(self) -> i64 {
        match self {
            Self::At(seq) => seq,
            Self::Assigned => 0,
        }
    }
}

impl FieldType for Seq {
    type Inner = Self;
    const KIND: Kind = Kind::Int;

    fn store(&self) -> Option<Value> {
        Some(match self {
            Self::At(seq) => Value::Int(*seq),
            Self::Assigned => Value::AssignedSeq,
        })
    }

    fn load(value: Option<Value>) -> Result<Self, Mismatch> {
        i64::load(value).map(Self::At)
    }
}

/// JSON value that is stored and returned unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawJson(pub Box<str>);

/// JSON value with arbitrary keys. Both engines store it as text, so that neither interprets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(pub Box<str>);

/// Field stored as JSON because it is a list or has fields of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned> FieldType for Json<T> {
    type Inner = Self;
    const KIND: Kind = Kind::Json;

    fn store(&self) -> Option<Value> {
        // The types of this workspace always have a JSON form; a value without one would be absent.
        serde_json::to_string(&self.0)
            .ok()
            .map(|text| Value::Json(text.into()))
    }

    fn load(value: Option<Value>) -> Result<Self, Mismatch> {
        match value {
            Some(Value::Json(text)) => serde_json::from_str(&text)
                .map(Json)
                .map_err(|error| Mismatch(error.to_string())),
            other => Err(Mismatch(format!("JSON from {other:?}"))),
        }
    }
}

/// Defines an enum as a field type: stored as text, with an error for an unknown text.
#[macro_export]
macro_rules! string_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the text as stored and as sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Returns the value of a text, or `None` if the text is unknown.
            #[must_use]
            pub fn from_word(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::FieldType for $name {
            type Inner = Self;
            const KIND: $crate::Kind = $crate::Kind::Text;
            const WORDS: &'static [&'static str] = &[$($text),+];

            fn store(&self) -> Option<$crate::Value> {
                Some($crate::Value::Text(self.as_str().into()))
            }

            fn load(value: Option<$crate::Value>) -> Result<Self, $crate::Mismatch> {
                match &value {
                    Some($crate::Value::Text(text)) => Self::from_word(text),
                    _ => None,
                }
                .ok_or_else(|| $crate::Mismatch(format!("{} from {value:?}", stringify!($name))))
            }
        }
    };
}
