use base::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::exact::Exact;
use super::pointer::{Step, pointer};

/// Reads a `T` from a value.
///
/// # Errors
/// 400 `invalid_request` for an unknown or missing field or a wrong type,
/// with a pointer to the place.
pub fn typed<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_path_to_error::deserialize(Exact(value)).map_err(|error| {
        let told = error.inner().to_string();
        let mut path: Vec<Step> = error.path().iter().filter_map(step).collect();
        if let Some(missing) = missing_field(&told) {
            path.push(Step::Key(missing));
        }
        Error::invalid(pointer(&path), sentence(&told))
    })
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

fn missing_field(told: &str) -> Option<String> {
    let (name, _) = told.strip_prefix("missing field `")?.split_once('`')?;
    Some(name.to_owned())
}

/// Serde's message in the words of JSON.
fn sentence(told: &str) -> String {
    if told.starts_with("missing field") {
        return "The field is missing.".to_owned();
    }
    if let Some((_, known)) = told
        .split_once("`, expected ")
        .filter(|_| told.starts_with("unknown field"))
    {
        return format!(
            "There is no such field; known here: {}.",
            known.trim_start_matches("one of ")
        );
    }
    let told = told
        .replace("invalid type: ", "wrong type: ")
        .replace("sequence", "array")
        .replace("map", "object");
    let mut letters = told.chars();
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
        let told = refused::<NewMessage>(r#"{"content":{"$ne":null}}"#);
        assert_eq!(
            told,
            (
                "/content".into(),
                "Wrong type: object, expected a string.".into()
            )
        );
        let told = refused::<NewMessage>(r#"{"content":null}"#);
        assert_eq!(
            told,
            (
                "/content".into(),
                "Wrong type: null, expected a string.".into()
            )
        );
        let told = refused::<NewMessage>(r#"{"attachments":[{"type":"image"}]}"#);
        assert_eq!(
            told,
            ("/attachments/0/url".into(), "The field is missing.".into())
        );
        let told = refused::<NewMessage>(r#"{"attachments":[["image","https://a.example"]]}"#);
        assert_eq!(
            told,
            (
                "/attachments/0".into(),
                "Wrong type: array, expected an object.".into()
            )
        );
        let told = refused::<NewMessage>("[]");
        assert_eq!(
            told,
            (
                String::new(),
                "Wrong type: array, expected an object.".into()
            )
        );
        let told = refused::<UserBatch>(r#"{"users":[{"external_id":"a"},{"external_id":"ä"}]}"#);
        assert_eq!(told.0, "/users/1/external_id");
        let told = refused::<ConversationPatch>(r#"{"nam":"x"}"#);
        assert_eq!(told.0, "/nam");
        assert!(
            told.1
                .starts_with("There is no such field; known here: `name`"),
            "{}",
            told.1
        );
    }
}
