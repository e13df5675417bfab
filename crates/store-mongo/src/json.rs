//! JSON text to BSON and back, keeping the order of keys, `i64` and `f64`.

use std::fmt;

use mongodb::bson::{Bson, Document};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The BSON of a JSON text.
pub(crate) fn from_json(text: &str) -> Result<Bson, serde_json::Error> {
    serde_json::from_str::<Parsed>(text).map(|parsed| parsed.0)
}

/// The JSON text of what [`from_json`] made.
pub(crate) fn to_json(value: &Bson) -> Result<Box<str>, serde_json::Error> {
    serde_json::to_string(value).map(String::into_boxed_str)
}

/// BSON as its JSON says it: the driver's own reading would take an object
/// such as `{"$oid": …}` for something else.
struct Parsed(Bson);

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Plain).map(Self)
    }
}

struct Plain;

impl<'de> Visitor<'de> for Plain {
    type Value = Bson;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Bson, E> {
        Ok(Bson::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Bson, E> {
        Ok(Bson::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Bson, E> {
        Ok(Bson::Int64(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Bson, E> {
        i64::try_from(value).map(Bson::Int64).map_err(|_| E::custom("a whole number is too large"))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Bson, E> {
        Ok(Bson::Double(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Bson, E> {
        Ok(Bson::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bson, A::Error> {
        let mut items = Vec::new();
        while let Some(Parsed(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Bson::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bson, A::Error> {
        let mut document = Document::new();
        while let Some((key, Parsed(value))) = map.next_entry::<String, Parsed>()? {
            document.insert(key, value);
        }
        Ok(Bson::Document(document))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_back_as_it_went() {
        let text = r#"{"b":1,"a":[-9223372036854775808,1.0,0.1,1e300,true,null,""],"$oid":{"x.y":"é\u0001"},"":{}}"#;
        assert_eq!(&*to_json(&from_json(text).unwrap()).unwrap(), &text.replace("1e300", "1e+300"));
    }

    #[test]
    fn a_number_that_neither_kind_holds_is_refused() {
        assert!(from_json("9223372036854775808").is_err());
    }
}
