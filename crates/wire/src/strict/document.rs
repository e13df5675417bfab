use std::cell::RefCell;
use std::fmt;

use base::{Error, Result, limit};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::pointer::{Step, pointer};

/// Byte order mark that some editors and clients put before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Parses JSON text into a value. A byte order mark before it is ignored (RFC 8259, section 8.1).
///
/// # Errors
/// Fails with 400 `invalid_request` for invalid UTF-8 or JSON, a duplicate key, nesting beyond
/// [`limit::JSON_DEPTH`], NUL, or an integer beyond 64 bits.
pub fn document(text: &[u8]) -> Result<Value> {
    let Ok(text) = std::str::from_utf8(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)) else {
        return Err(Error::invalid("", "The text is not valid UTF-8."));
    };
    let path = RefCell::new(Vec::new());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { path: &path }
        .deserialize(&mut deserializer)
        .and_then(|value| {
            deserializer.end()?;
            Ok(value)
        });
    value.map_err(|error| Error::invalid(pointer(&path.borrow()), sentence(&error)))
}

/// Returns the message of the parser; its own messages lose line and column, which the pointer
/// replaces.
fn sentence(error: &serde_json::Error) -> String {
    let message = error.to_string();
    if !error.is_data() {
        return format!("Invalid JSON: {message}.");
    }
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message[..end].to_owned()
}

/// Builds a value and keeps the path to the current position, so that an error names its place:
/// the path is only shortened after a successful step.
#[derive(Clone, Copy)]
struct Strict<'a> {
    path: &'a RefCell<Vec<Step>>,
}

impl Strict<'_> {
    fn enter(self, step: Step) {
        self.path.borrow_mut().push(step);
    }

    fn leave(self) {
        self.path.borrow_mut().pop();
    }

    fn deeper<E: de::Error>(self) -> Result<(), E> {
        if self.path.borrow().len() < limit::JSON_DEPTH {
            return Ok(());
        }
        Err(E::custom(format!(
            "Arrays and objects nest deeper than {} levels.",
            limit::JSON_DEPTH
        )))
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value)
            .map(Value::from)
            .map_err(|_| E::custom("The integer exceeds 64 bits."))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        if value.contains('\0') {
            Err(E::custom("The text contains NUL."))
        } else {
            Ok(Value::String(value))
        }
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.deeper()?;
        let mut list = Vec::new();
        loop {
            self.enter(Step::Index(list.len()));
            let value = seq.next_element_seed(self)?;
            self.leave();
            match value {
                Some(value) => list.push(value),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.enter(Step::Key(key.clone()));
            if key.contains('\0') {
                return Err(de::Error::custom("The key contains NUL."));
            }
            if object.contains_key(&key) {
                return Err(de::Error::custom("Duplicate key."));
            }
            object.insert(key, map.next_value_seed(self)?);
            self.leave();
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &[u8]) -> (String, String) {
        let fault = document(text).unwrap_err().faults.remove(0);
        (fault.pointer.into_owned(), fault.detail.into_owned())
    }

    #[test]
    fn bad_json_is_refused_at_its_place() {
        let cases: [(&[u8], &str, &str); 9] = [
            (br#"{"a":[1,{"b":2,"b":3}]}"#, "/a/1/b", "Duplicate key."),
            (br#"{"a":"x\u0000"}"#, "/a", "The text contains NUL."),
            (br#"{"a\u0000":1}"#, "/a\0", "The key contains NUL."),
            (
                br#"{"n":18446744073709551615}"#,
                "/n",
                "The integer exceeds 64 bits.",
            ),
            (
                br#"{"a":{"b":nope}}"#,
                "/a/b",
                "Invalid JSON: expected ident at line 1 column 12.",
            ),
            (
                br#"{"a":1} {}"#,
                "",
                "Invalid JSON: trailing characters at line 1 column 9.",
            ),
            (
                b"",
                "",
                "Invalid JSON: EOF while parsing a value at line 1 column 0.",
            ),
            (b"{\"a\":\"\xff\"}", "", "The text is not valid UTF-8."),
            (
                br#"{"a":"\ud800"}"#,
                "/a",
                "Invalid JSON: unexpected end of hex escape at line 1 column 13.",
            ),
        ];
        for (text, place, message) in cases {
            assert_eq!(
                refused(text),
                (place.to_owned(), message.to_owned()),
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }

    #[test]
    fn a_byte_order_mark_is_ignored() {
        assert_eq!(
            document(b"\xef\xbb\xbf{}").unwrap(),
            Value::Object(Map::new())
        );
        assert!(document(b"\xef\xbb\xbf\xef\xbb\xbf{}").is_err());
    }

    #[test]
    fn doubles_keep_their_last_digit() {
        let bits = (0..50_000_u64).map(|step| step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for number in bits.map(f64::from_bits).filter(|number| number.is_finite()) {
            let read = document(Value::from(number).to_string().as_bytes()).unwrap();
            assert_eq!(read.as_f64().map(f64::to_bits), Some(number.to_bits()));
        }
    }

    #[test]
    fn nesting_ends_at_its_limit() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(document(nested(limit::JSON_DEPTH).as_bytes()).is_ok());
        let (place, message) = refused(nested(limit::JSON_DEPTH + 1).as_bytes());
        assert_eq!(place, "/0".repeat(limit::JSON_DEPTH));
        assert_eq!(message, "Arrays and objects nest deeper than 32 levels.");
        assert!(document("[".repeat(500_000).as_bytes()).is_err());
    }
}
