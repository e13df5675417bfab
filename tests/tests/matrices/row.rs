use std::collections::BTreeMap;

use http_api::{Access, Operation};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::document::IdLocation;

/// Values of placeholders such as `{user}`.
pub type Values = BTreeMap<&'static str, String>;

/// The caller of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The tenant's server, on its own behalf.
    Server,
    /// A user with their token.
    User,
    /// The tenant's server, acting as a user.
    Acting,
    /// A client with the publishable key.
    Visitor,
}

/// The contents of a request that succeeds with own ids. The path is the operation's.
#[derive(Debug, Clone)]
pub struct Row {
    /// The operation id.
    pub operation: &'static str,
    /// The main collection that the operation reads or writes.
    pub collection: &'static str,
    query: &'static [(&'static str, &'static str)],
    headers: &'static [(&'static str, &'static str)],
    body: Option<Value>,
    raw: Option<(&'static str, &'static str)>,
    actors: Option<&'static [Actor]>,
    /// Whether the caller is a user who does not participate in the conversation.
    pub by_outsider: bool,
    /// Whether the path's user is the acting user.
    own_user: bool,
    /// Whether no cursor is sent.
    first_page: bool,
    /// Path parameters whose kind differs from their name.
    in_path: &'static [(&'static str, &'static str)],
}

/// Creates a row without anything but the path.
pub fn row(operation: &'static str, collection: &'static str) -> Row {
    let query: &[_] = &[];
    let headers: &[_] = &[];
    let in_path: &[_] = &[];
    let by_outsider = false;
    let own_user = false;
    let first_page = false;
    Row {
        operation,
        collection,
        query,
        headers,
        body: None,
        raw: None,
        actors: None,
        by_outsider,
        own_user,
        first_page,
        in_path,
    }
}

impl Row {
    /// Sets the query parameters.
    pub fn query(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    /// Sets the headers.
    pub fn headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    /// Sets the body.
    pub fn body(self, body: Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// Sets a body of another media type than JSON.
    pub fn raw(self, content_type: &'static str, body: &'static str) -> Self {
        Self {
            raw: Some((content_type, body)),
            ..self
        }
    }

    /// Restricts the row to these actors, if the operation permits more.
    pub fn only(self, actors: &'static [Actor]) -> Self {
        Self {
            actors: Some(actors),
            ..self
        }
    }

    /// Sends the request as a user who does not participate yet.
    pub fn by_outsider(self) -> Self {
        Self {
            by_outsider: true,
            ..self
        }
    }

    /// Uses the acting user in the path.
    pub fn own_user(self) -> Self {
        Self {
            own_user: true,
            ..self
        }
    }

    /// Sets the kinds of path parameters.
    pub fn in_path(self, in_path: &'static [(&'static str, &'static str)]) -> Self {
        Self { in_path, ..self }
    }

    /// Omits the cursor, for the first page of a list.
    pub fn first_page(self) -> Self {
        Self {
            first_page: true,
            ..self
        }
    }

    /// Returns the actors that send the request.
    pub fn actors(&self, operation: &Operation) -> &'static [Actor] {
        self.actors.unwrap_or(match operation.access {
            None | Some(Access::Anyone) => &[],
            Some(Access::Publishable) => &[Actor::Visitor],
            Some(Access::Server) => &[Actor::Server],
            Some(Access::User) => &[Actor::User, Actor::Acting],
            Some(Access::Caller) => &[Actor::Server, Actor::User, Actor::Acting],
        })
    }

    /// Returns the request with filled placeholders.
    pub fn call(&self, operation: &Operation, values: &Values) -> Call {
        let mut values = values.clone();
        if self.own_user {
            values.insert("user", values["owner"].clone());
        }
        for (name, kind) in self.in_path {
            values.insert(name, values[kind].clone());
        }
        let values = &values;
        let query: Vec<_> = self
            .query
            .iter()
            .copied()
            .filter(|(_, value)| !self.first_page || *value != "{cursor}")
            .collect();
        let pairs = |pairs: &[(&'static str, &str)]| -> Vec<_> {
            pairs
                .iter()
                .map(|&(name, value)| (name, filled(value, values)))
                .collect()
        };
        Call {
            method: operation.method.clone(),
            path: filled(&operation.path, values),
            query: pairs(&query),
            headers: pairs(self.headers),
            body: self.body.as_ref().map(|body| fill(body, values)),
            raw: self
                .raw
                .map(|(content_type, body)| (content_type, filled(body, values))),
        }
    }

    /// Returns the kind of value at a location, such as `user`; `None` if the row leaves it out.
    pub fn kind<'a>(&'a self, place: &'a IdLocation) -> Option<&'a str> {
        match place {
            IdLocation::Path(name) if name == "emoji" => None,
            IdLocation::Path(name) if self.own_user && name == "user" => Some("owner"),
            IdLocation::Path(name) => find(self.in_path, name).or(Some(name)),
            IdLocation::Header(name) if name == "Caas-User" => Some("owner"),
            IdLocation::Query(name) => find(self.query, name).and_then(placeholder),
            IdLocation::Header(name) => find(self.headers, name).and_then(placeholder),
            IdLocation::Field(_) | IdLocation::Keys(_) => kind_in(self.body.as_ref()?, place),
        }
    }
}

/// Returns the kind of value at a location of a body or frame.
pub fn kind_in<'a>(body: &'a Value, place: &IdLocation) -> Option<&'a str> {
    match place {
        IdLocation::Field(pointer) => placeholder(body.pointer(pointer)?.as_str()?),
        IdLocation::Keys(pointer) => {
            placeholder(body.pointer(pointer)?.as_object()?.keys().next()?)
        }
        IdLocation::Path(_) | IdLocation::Query(_) | IdLocation::Header(_) => None,
    }
}

/// Returns a body or frame with filled placeholders.
pub fn fill(template: &Value, values: &Values) -> Value {
    match template {
        Value::String(text) => filled(text, values).into(),
        Value::Array(entries) => entries.iter().map(|entry| fill(entry, values)).collect(),
        Value::Object(fields) => {
            let filled = fields
                .iter()
                .map(|(key, value)| (filled(key, values), fill(value, values)));
            Value::Object(filled.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn filled(text: &str, values: &Values) -> String {
    let fill =
        |text: String, (name, value): (&&str, &String)| text.replace(&format!("{{{name}}}"), value);
    let text = values.iter().fold(text.to_owned(), fill);
    assert!(!text.contains('{'), "nothing fills {text}");
    text
}

fn find(pairs: &'static [(&'static str, &'static str)], wanted: &str) -> Option<&'static str> {
    pairs
        .iter()
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| *value)
}

fn placeholder(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}
