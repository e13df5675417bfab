//! Conversion between JSON text and BSON that keeps the order of keys, `i64` and `f64`.

use std::fmt;

use mongodb::bson::{Bson, Document};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Returns the BSON of a JSON text.
///
/// Uses neither the driver's conversion, which interprets an object such as `{"$oid": …}` as
/// another type, nor the fast parser of fractions, which may lose the last digit.
///
/// # Errors
/// Fails for invalid JSON and for numbers that are neither an `i64` nor a finite `f64`.
pub(crate) fn from_json(text: &str) -> Result<Bson, serde_json::Error> {
    match text.trim_ascii_start().as_bytes().first() {
        Some(b'{') => Ok(Bson::Document(serde_json::from_str::<Object>(text)?.0)),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            items
                .into_iter()
                .map(|item| from_json(item.get()))
                .collect::<Result<_, _>>()
                .map(Bson::Array)
        }
        Some(b'"') => serde_json::from_str(text).map(Bson::String),
        Some(b't' | b'f') => serde_json::from_str(text).map(Bson::Boolean),
        Some(b'n') => serde_json::from_str::<()>(text).map(|()| Bson::Null),
        _ => number(text),
    }
}

/// Returns the JSON text of a value that [`from_json`] created.
pub(crate) fn to_json(value: &Bson) -> Result<Box<str>, serde_json::Error> {
    serde_json::to_string(value).map(String::into_boxed_str)
}

fn number(text: &str) -> Result<Bson, serde_json::Error> {
    let checked: &RawValue = serde_json::from_str(text)?;
    if let Ok(whole) = checked.get().parse() {
        return Ok(Bson::Int64(whole));
    }
    match checked.get().parse::<f64>() {
        Ok(broken) if broken.is_finite() && checked.get().contains(['.', 'e', 'E']) => {
            Ok(Bson::Double(broken))
        }
        _ => Err(serde_json::Error::custom(
            "a number is neither an i64 nor an f64",
        )),
    }
}

struct Object(Document);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields).map(Self)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut document = Document::new();
        while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
            document.insert(key, from_json(value.get()).map_err(A::Error::custom)?);
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_back_as_it_went() {
        let text = r#"{"b":1,"a":[-9223372036854775808,1.0,0.1,-0.0,true,null,"",[]],"$oid":{"x.y":"é\u0001"},"":{}}"#;
        assert_eq!(&*to_json(&from_json(text).unwrap()).unwrap(), text);
    }

    #[test]
    fn broken_numbers_keep_their_last_digit() {
        let bits = (0..20_000u64).map(|step| step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for number in bits.map(f64::from_bits).filter(|number| number.is_finite()) {
            let text = serde_json::to_string(&number).unwrap();
            assert_eq!(from_json(&text).unwrap(), Bson::Double(number));
        }
    }

    #[test]
    fn a_number_that_neither_kind_holds_is_refused() {
        for text in ["9223372036854775808", "1e999", "-"] {
            assert!(from_json(text).is_err(), "{text}");
        }
    }
}
