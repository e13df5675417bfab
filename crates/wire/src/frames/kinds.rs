use std::borrow::Cow;

use base::Result;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::openapi::schema::{Discriminator, Object, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::client::{
    Ack, Auth, ClientFrame, Get, Hello, Presence, Read, Resume, Send, Typing, UserGet,
};
use super::receive::{hello, presence, resume, send};
use crate::strict::typed;
use crate::{NewMessage, schema};

/// A type of client frame: its name, its fields and its parser.
pub(super) struct Kind {
    pub(super) word: &'static str,
    pub(super) read: fn(Map<String, Value>) -> Result<ClientFrame>,
    name: fn() -> Cow<'static, str>,
    fields: fn() -> RefOr<Schema>,
    inner: fn(&mut Vec<(String, RefOr<Schema>)>),
}

/// All types of client frames, in one list.
pub(super) const KINDS: &[Kind] = &[
    kind::<Hello>("hello", |fields| {
        of(fields).and_then(hello).map(ClientFrame::Hello)
    }),
    kind::<Resume>("resume", |fields| {
        of(fields).and_then(resume).map(ClientFrame::Resume)
    }),
    kind::<Send>("send", |fields| {
        send(fields).map(|send| ClientFrame::Send(Box::new(send)))
    }),
    kind::<Ack>("ack", |fields| of(fields).map(ClientFrame::Ack)),
    kind::<Get>("get", |fields| of(fields).map(ClientFrame::Get)),
    kind::<UserGet>("user_get", |fields| of(fields).map(ClientFrame::UserGet)),
    kind::<Typing>("typing", |fields| of(fields).map(ClientFrame::Typing)),
    kind::<Read>("read", |fields| of(fields).map(ClientFrame::Read)),
    kind::<Presence>("presence", |fields| {
        of(fields).and_then(presence).map(ClientFrame::Presence)
    }),
    kind::<Auth>("auth", |fields| of(fields).map(ClientFrame::Auth)),
    kind::<Ping>("ping", |fields| of(fields).map(|Ping {}| ClientFrame::Ping)),
];

/// Keeps the connection open; the server responds with `pong`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Ping {}

const fn kind<T: ToSchema>(
    word: &'static str,
    read: fn(Map<String, Value>) -> Result<ClientFrame>,
) -> Kind {
    Kind {
        word,
        read,
        name: T::name,
        fields: T::schema,
        inner: T::schemas,
    }
}

fn of<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T> {
    typed(Value::Object(fields))
}

impl Kind {
    /// Returns the schema of the frame with its own fields and the common ones.
    fn schema(&self) -> RefOr<Schema> {
        let RefOr::T(Schema::Object(mut frame)) = (self.fields)() else {
            return (self.fields)();
        };
        let word = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some([self.word]));
        require(&mut frame, "t", Object::from(word));
        frame.properties.insert(
            "ref".to_owned(),
            Ref::from_schema_name(schema::FrameRef::name()).into(),
        );
        frame.into()
    }
}

impl PartialSchema for ClientFrame {
    fn schema() -> RefOr<Schema> {
        let frames = OneOfBuilder::new().description(Some("A frame from a client."));
        let frames = frames.discriminator(Some(Discriminator::new("t")));
        KINDS
            .iter()
            .fold(frames, |frames, kind| {
                frames.item(Ref::from_schema_name((kind.name)()))
            })
            .into()
    }
}

impl ToSchema for ClientFrame {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((
            schema::FrameRef::name().into_owned(),
            schema::FrameRef::schema(),
        ));
        for kind in KINDS {
            schemas.push(((kind.name)().into_owned(), kind.schema()));
            (kind.inner)(schemas);
        }
    }
}

impl PartialSchema for Send {
    fn schema() -> RefOr<Schema> {
        let RefOr::T(Schema::Object(mut send)) = NewMessage::schema() else {
            return NewMessage::schema();
        };
        send.description =
            Some("A message to send: the body of `POST …/messages` and where it goes.".to_owned());
        require(
            &mut send,
            "conversation_id",
            Ref::from_schema_name(schema::Named::name()),
        );
        send.required.push("client_message_id".to_owned());
        send.into()
    }
}

impl ToSchema for Send {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        NewMessage::schemas(schemas);
    }
}

fn require(object: &mut Object, field: &str, schema: impl Into<RefOr<Schema>>) {
    object.required.push(field.to_owned());
    object.properties.insert(field.to_owned(), schema.into());
}
