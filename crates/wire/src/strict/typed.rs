use base::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::exact::Exact;
use super::pointer::{Step, pointer};

/// Parses a `T` from a value.
///
/// # Errors
/// Fails with 400 `invalid_request` for an unknown or missing field or a wrong type, with a
/// pointer to the place.
pub fn typed<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_path_to_error::deserialize(Exact(value)).map_err(|error| {
        let message = error.inner().to_string();
        let mut path: Vec<Step> = error.path().iter().filter_map(step).collect();
        if let Some(missing) = missing_field(&message) {
            path.push(Step::Key(missing));
        }
        Error::invalid(pointer(&path), sentence(&message))
    })
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

fn missing_field(message: &str) -> Option<String> {
    let (name, _) = message.strip_prefix("missing field `")?.split_once('`')?;
    Some(name.to_owned())
}

/// Converts a message of serde to the terms of JSON.
fn sentence(message: &str) -> String {
    if message.starts_with("missing field") {
        return "The field is required.".to_owned();
    }
    if let Some((_, known)) = message
        .split_once("`, expected ")
        .filter(|_| message.starts_with("unknown field"))
    {
        return format!(
            "Unknown field; expected one of: {}.",
            known.trim_start_matches("one of ")
        );
    }
    let message = message
        .replace("invalid type: ", "wrong type: ")
        .replace("sequence", "array")
        .replace("map", "object");
    let mut letters = message.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use crate::strict::parse;
    use crate::{ConversationPatch, NewMessage, UserBatch};

    fn refused<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str) -> (String, String) {
        let fault = parse::<T>(text.as_bytes()).unwrap_err().faults.remove(0);
        (fault.pointer.into_owned(), fault.detail.into_owned())
    }

    #[test]
    fn wrong_shapes_are_refused_at_their_place() {
        let message = refused::<NewMessage>(r#"{"content":{"$ne":null}}"#);
        assert_eq!(
            message,
            (
                "/content".into(),
                "Wrong type: object, expected a string.".into()
            )
        );
        let message = refused::<NewMessage>(r#"{"content":null}"#);
        assert_eq!(
            message,
            (
                "/content".into(),
                "Wrong type: null, expected a string.".into()
            )
        );
        let message = refused::<NewMessage>(r#"{"attachments":[{"type":1}]}"#);
        assert_eq!(
            message,
            (
                "/attachments/0/type".into(),
                "Wrong type: integer `1`, expected a string.".into()
            )
        );
        let message = refused::<NewMessage>(r#"{"attachments":[["image","https://a.example"]]}"#);
        assert_eq!(
            message,
            (
                "/attachments/0".into(),
                "Wrong type: array, expected an object.".into()
            )
        );
        let message = refused::<NewMessage>("[]");
        assert_eq!(
            message,
            (
                String::new(),
                "Wrong type: array, expected an object.".into()
            )
        );
        let message =
            refused::<UserBatch>(r#"{"users":[{"external_id":"a"},{"external_id":"ä"}]}"#);
        assert_eq!(message.0, "/users/1/external_id");
        let message = refused::<ConversationPatch>(r#"{"nam":"x"}"#);
        assert_eq!(message.0, "/nam");
        assert!(
            message
                .1
                .starts_with("Unknown field; expected one of: `name`"),
            "{}",
            message.1
        );
    }
}
