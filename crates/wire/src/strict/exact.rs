use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// A value that deserializes only from its own JSON type: serde would also accept an array of
/// fields as an object. A number with a zero fraction is an integer, as in JSON Schema.
pub(super) struct Exact(pub(super) Value);

/// The largest range of integers that a double represents exactly: 2^53.
const EXACT_FLOAT: f64 = 9_007_199_254_740_992.0;

impl Exact {
    /// Returns the value with floats such as `1279.0` as integers.
    fn whole(self) -> Self {
        let float = self
            .0
            .as_f64()
            .filter(|float| self.0.is_f64() && float.fract() == 0.0);
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and fits")]
        let integer = float
            .filter(|float| float.abs() <= EXACT_FLOAT)
            .map(|float| float as i64);
        Self(integer.map_or(self.0, Value::from))
    }
}

macro_rules! integers {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.whole().deserialize_any(visitor)
        }
    )+};
}

impl<'de> Deserializer<'de> for Exact {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(value) => value.deserialize_any(visitor),
            Value::String(value) => visitor.visit_string(value),
            Value::Array(values) => {
                visitor.visit_seq(SeqDeserializer::new(values.into_iter().map(Exact)))
            }
            Value::Object(fields) => visitor.visit_map(MapDeserializer::new(
                fields.into_iter().map(|(key, value)| (key, Exact(value))),
            )),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.is_array() {
            return Err(Error::invalid_type(Unexpected::Seq, &"an object"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            // Without this, a free-form object would be read as an empty one.
            return Err(Error::invalid_type(Unexpected::Unit, &"an object"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(StringDeserializer::new(word)),
            _ => Err(Error::invalid_type(Unexpected::Other("value"), &"a string")),
        }
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Exact {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn numbers_without_a_fraction_are_integers_and_null_is_no_object() {
        let read = |value: Value| i64::deserialize(Exact(value));
        for (float, integer) in [
            (1279.0, 1279),
            (-0.0, 0),
            (-1e3, -1_000),
            (EXACT_FLOAT, 9_007_199_254_740_992),
        ] {
            assert_eq!(read(Value::from(float)).unwrap(), integer);
        }
        for float in [1.5, 1e300, EXACT_FLOAT * 2.0] {
            assert!(read(Value::from(float)).is_err(), "{float}");
        }
        assert!(u8::deserialize(Exact(Value::from(-1.0))).is_err());
        assert!(
            serde_json::Map::deserialize(Exact(Value::Null)).is_err(),
            "null is no object"
        );
        assert_eq!(
            Value::deserialize(Exact(Value::from(1.0))).unwrap(),
            Value::from(1.0)
        );
    }
}
