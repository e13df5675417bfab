//! Query parameters as values, which are then parsed as a type.

use base::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Returns the parameters of a query, each at most once.
///
/// # Errors
/// Fails with 400 for a duplicate, and for text that is not UTF-8 or contains NUL.
pub fn query(query: &str) -> Result<Map<String, Value>> {
    let mut parameters = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name)
            .ok_or_else(|| Error::invalid("", "The name of a parameter is not valid UTF-8."))?;
        let value = decoded(value).ok_or_else(|| {
            Error::invalid(name.clone(), "The value must be valid UTF-8 without NUL.")
        })?;
        if parameters.contains_key(&name) {
            return Err(Error::invalid(name, "Duplicate parameter."));
        }
        parameters.insert(name, Value::String(value));
    }
    Ok(parameters)
}

/// Decodes percent and plus signs; `None` if the result is not UTF-8 or contains NUL.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let mut value = [0];
                hex::decode_to_slice(digits, &mut value).ok()?;
                value[0]
            }
            other => other,
        });
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
}

/// Returns the parameters as a type; unknown ones are rejected.
///
/// # Errors
/// Fails with 400 and the name of the invalid parameter.
pub fn parameters<T: DeserializeOwned>(parameters: Map<String, Value>) -> Result<T> {
    super::typed(Value::Object(parameters)).map_err(by_name)
}

/// Names parameters without the slash of a JSON Pointer.
pub fn by_name(mut failure: Error) -> Error {
    for fault in &mut failure.faults {
        fault.pointer = fault.pointer.trim_start_matches('/').to_owned().into();
    }
    if let [fault] = &failure.faults[..] {
        failure.detail = format!("{}: {}", fault.pointer, fault.detail).into();
    }
    failure
}
