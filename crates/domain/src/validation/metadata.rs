use std::collections::BTreeMap;
use std::fmt;

use base::{Error, Result, limit};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use store::{JsonText, RawJson};

/// Validates a metadata object and returns its shortest form: at most [`limit::METADATA_BYTES`],
/// numbers of i64 or f64, no duplicate key, no key that starts with `$` or contains `.` or NUL, no
/// NUL in strings.
pub fn metadata(pointer: &'static str, given: &RawJson) -> Result<RawJson> {
    let value = read(
        pointer,
        &given.0,
        Strict {
            depth: 0,
            any_key: false,
        },
    )?;
    if !value.is_object() {
        return Err(Error::invalid(pointer, "must be an object"));
    }
    shortest(pointer, &value, limit::METADATA_BYTES).map(RawJson)
}

/// Validates a JSON value of any kind and with any keys, and returns its shortest form: at most
/// `bytes`, numbers of i64 or f64, no duplicate key, no NUL.
pub fn json_text(pointer: &'static str, given: &str, bytes: usize) -> Result<JsonText> {
    let value = read(
        pointer,
        given,
        Strict {
            depth: 0,
            any_key: true,
        },
    )?;
    shortest(pointer, &value, bytes).map(JsonText)
}

fn read(pointer: &'static str, given: &str, strict: Strict) -> Result<Value> {
    let refuse = |error: &serde_json::Error| Error::invalid(pointer, message(error));
    let mut reader = serde_json::Deserializer::from_str(given);
    let value = strict
        .deserialize(&mut reader)
        .map_err(|error| refuse(&error))?;
    reader.end().map_err(|error| refuse(&error))?;
    Ok(value)
}

fn shortest(pointer: &'static str, value: &Value, bytes: usize) -> Result<Box<str>> {
    let text = value.to_string();
    if text.len() > bytes {
        return Err(Error::invalid(
            pointer,
            format!("must have at most {bytes} bytes"),
        ));
    }
    Ok(text.into())
}

fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// Deserializes a JSON value that both engines can store, rejecting all others.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
    /// Whether keys may have forms that are invalid in a sub-document.
    any_key: bool,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth < limit::JSON_DEPTH {
            Ok(Self {
                depth: self.depth + 1,
                ..self
            })
        } else {
            Err(E::custom(format!(
                "must have at most {} levels",
                limit::JSON_DEPTH
            )))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value)
            .map(Value::from)
            .map_err(|_| E::custom("an integer must fit into 64 bits with a sign"))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number must be finite"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        if value.contains('\0') {
            Err(E::custom("a string must not contain NUL"))
        } else {
            Ok(Value::String(value.to_owned()))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut fields = BTreeMap::new();
        while let Some(key) = object.next_key::<String>()? {
            if !self.any_key && (key.starts_with('$') || key.contains('.')) {
                return Err(A::Error::custom(format!(
                    "the key {key:?} must not start with $ or contain ."
                )));
            }
            if key.contains('\0') {
                return Err(A::Error::custom(format!(
                    "the key {key:?} must not contain NUL"
                )));
            }
            let value = object.next_value_seed(inner)?;
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} is a duplicate")));
            }
            fields.insert(key, value);
        }
        Ok(Value::Object(fields.into_iter().collect::<Map<_, _>>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validated(text: &str) -> Result<String> {
        metadata("/metadata", &RawJson(text.into())).map(|json| json.0.into())
    }

    #[test]
    fn object_is_stored_in_its_shortest_form() {
        assert_eq!(
            validated(r#"{ "b": [1, -2.5, null], "a": {"é": true} }"#).unwrap(),
            r#"{"a":{"é":true},"b":[1,-2.5,null]}"#
        );
    }

    #[test]
    fn value_that_an_engine_could_change_is_rejected() {
        let deep = format!(
            r#"{{"a":{}1{}}}"#,
            "[".repeat(limit::JSON_DEPTH),
            "]".repeat(limit::JSON_DEPTH)
        );
        let big = format!(r#"{{"a":"{}"}}"#, "x".repeat(limit::METADATA_BYTES));
        for bad in [
            "[]",
            "1",
            r#"{"$ne":null}"#,
            r#"{"a":{"$gt":1}}"#,
            r#"{"a.b":1}"#,
            r#"{"a\u0000":1}"#,
            r#"{"a":"\u0000"}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":18446744073709551615}"#,
            r#"{"a":1e999}"#,
            r#"{"a":1} x"#,
            "{",
            &deep,
            &big,
        ] {
            let failure = validated(bad).unwrap_err();
            assert_eq!(failure.faults[0].pointer, "/metadata", "{bad}");
        }
    }

    /// Fails if `serde_json` parses numbers without its feature `float_roundtrip`.
    #[test]
    fn floating_point_numbers_round_trip() {
        let bits = (0..50_000_u64).map(|step| step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for number in bits
            .map(f64::from_bits)
            .filter(|number| number.is_finite())
            .chain([952_510_211.185_840_1])
        {
            let given = format!(r#"{{"n":{}}}"#, Value::from(number));
            assert_eq!(validated(&given).unwrap(), given);
        }
    }

    #[test]
    fn json_text_accepts_any_key_within_its_limit() {
        let text = |given: &str| json_text("/data", given, 20).map(|json| json.0);
        assert_eq!(&*text(r#"{ "$a.b": [1] }"#).unwrap(), r#"{"$a.b":[1]}"#);
        assert_eq!(&*text("null").unwrap(), "null");
        for bad in [
            r#"{"a\u0000":1}"#,
            r#"{"a":1,"a":2}"#,
            r#""aaaaaaaaaaaaaaaaaaa""#,
        ] {
            assert_eq!(text(bad).unwrap_err().faults[0].pointer, "/data", "{bad}");
        }
    }
}
