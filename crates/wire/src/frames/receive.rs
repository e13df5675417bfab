use std::collections::HashMap;

use base::{Error, Result, limit};
use domain::validation;
use serde_json::{Map, Value};

use super::client::{ClientFrame, Hello, Presence, Resume, Send};
use super::kinds::KINDS;
use super::{Seq, reference};
use crate::strict::{document, typed};
use crate::{ConversationId, NewMessage};

/// A frame from a client with its reference.
#[derive(Debug)]
pub struct Received {
    /// Returned in the response, also if the frame is rejected.
    pub reference: Option<String>,
    /// The frame, or the error for which it is rejected.
    pub frame: Result<ClientFrame>,
}

/// Parses a text frame.
#[must_use]
pub fn receive(text: &[u8]) -> Received {
    let mut fields = match document(text) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return refused(Error::invalid("", "A frame must be a JSON object.")),
        Err(failure) => {
            return Received {
                reference: reference::lenient(text),
                frame: Err(failure),
            };
        }
    };
    match named(&mut fields) {
        Ok(reference) => Received {
            reference,
            frame: frame(fields),
        },
        Err(failure) => refused(failure),
    }
}

fn refused(failure: Error) -> Received {
    Received {
        reference: None,
        frame: Err(failure),
    }
}

fn named(fields: &mut Map<String, Value>) -> Result<Option<String>> {
    match fields.remove("ref") {
        None => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= limit::FRAME_REF_LENGTH => {
            Ok(Some(text))
        }
        Some(_) => Err(Error::invalid(
            "/ref",
            format!(
                "Expected a string of at most {} characters.",
                limit::FRAME_REF_LENGTH
            ),
        )),
    }
}

fn frame(mut fields: Map<String, Value>) -> Result<ClientFrame> {
    let kind = match fields.remove("t") {
        Some(Value::String(kind)) => kind,
        Some(_) => return Err(Error::invalid("/t", "Expected a string.")),
        None => return Err(Error::invalid("/t", "The field is required.")),
    };
    match KINDS.iter().find(|known| known.word == kind) {
        Some(known) => (known.read)(fields),
        None => Err(Error::invalid("/t", "Unknown frame type.")),
    }
}

/// Parses a message with its conversation.
pub(super) fn send(mut fields: Map<String, Value>) -> Result<Send> {
    let missing = |place| move || Error::invalid(place, "The field is required.");
    let name = fields
        .remove("conversation_id")
        .ok_or_else(missing("/conversation_id"))?;
    let conversation_id = typed(name).map_err(|failure| failure.within("/conversation_id"))?;
    let message: NewMessage = typed(Value::Object(fields))?;
    if message.client_message_id.is_none() {
        return Err(missing("/client_message_id")());
    }
    Ok(Send {
        conversation_id,
        message,
    })
}

/// Validates the limits of a `hello`, sent as a frame or as the query of an event stream.
///
/// # Errors
/// Fails with 400 `invalid_request` and the field.
pub fn hello(hello: Hello) -> Result<Hello> {
    bounded(&hello.cursors)?;
    if let Some(device) = &hello.device_id {
        validation::device_id("/device_id", device)?;
    }
    Ok(hello)
}

/// Validates the limits of a `resume` frame.
pub(super) fn resume(resume: Resume) -> Result<Resume> {
    bounded(&resume.cursors).map(|()| resume)
}

/// Validates the limits of a `presence` frame.
pub(super) fn presence(presence: Presence) -> Result<Presence> {
    if presence
        .user_ids
        .as_ref()
        .is_none_or(|users| users.len() <= limit::PRESENCE_WATCHED)
    {
        return Ok(presence);
    }
    Err(Error::invalid(
        "/user_ids",
        format!("At most {} users.", limit::PRESENCE_WATCHED),
    ))
}

fn bounded(cursors: &HashMap<ConversationId, Seq>) -> Result<()> {
    if cursors.len() > limit::RESUME_CURSORS {
        let detail = format!(
            "At most {} cursors; send more with resume.",
            limit::RESUME_CURSORS
        );
        return Err(Error::invalid("/cursors", detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_send_is_the_body_of_a_post_and_where_it_goes() {
        let text = br#"{"t":"send","ref":"7","conversation_id":"ext:room","content":"hi","client_message_id":"a"}"#;
        let received = receive(text);
        assert_eq!(received.reference.as_deref(), Some("7"));
        let Ok(ClientFrame::Send(send)) = received.frame else {
            panic!("{received:?}")
        };
        assert_eq!(send.conversation_id.to_string(), "ext:room");
        assert_eq!(send.message.content.as_deref(), Some("hi"));
    }

    #[test]
    fn a_refused_frame_names_the_place_and_keeps_its_ref() {
        let cases = [
            (
                r#"{"t":"send","ref":"7","conversation_id":"ext:a","content":"hi"}"#,
                "/client_message_id",
            ),
            (
                r#"{"t":"send","ref":"7","conversation_id":"ü","client_message_id":"a"}"#,
                "/conversation_id",
            ),
            (
                r#"{"t":"ack","ref":"7","conversation_id":"ext:a","seq":"1"}"#,
                "/seq",
            ),
            (
                r#"{"t":"ack","ref":"7","conversation_id":"ext:a","seq":-1}"#,
                "/seq",
            ),
            (
                r#"{"t":"read","ref":"7","conversation_id":"ext:a","seq":-1}"#,
                "/seq",
            ),
            (
                r#"{"t":"hello","ref":"7","token":"a","device_id":""}"#,
                "/device_id",
            ),
            (
                r#"{"t":"hello","ref":"7","token":"a","device_id":"a\nb"}"#,
                "/device_id",
            ),
            (
                r#"{"t":"hello","ref":"7","token":"a","user_cursor":-1}"#,
                "/user_cursor",
            ),
            (
                r#"{"t":"resume","ref":"7","cursors":{"0123456789abcdef01234567":-9223372036854775808}}"#,
                "/cursors/0123456789abcdef01234567",
            ),
            (r#"{"t":"ping","ref":"7","more":1}"#, "/more"),
            (r#"{"t":"dance","ref":"7"}"#, "/t"),
            (r#"{"ref":"7"}"#, "/t"),
        ];
        for (text, place) in cases {
            let received = receive(text.as_bytes());
            assert_eq!(received.reference.as_deref(), Some("7"), "{text}");
            assert_eq!(
                received.frame.unwrap_err().faults[0].pointer,
                place,
                "{text}"
            );
        }
    }
}
