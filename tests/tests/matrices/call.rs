use reqwest::Method;
use serde_json::Value;

use crate::document::IdLocation;

/// A request to send.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The query parameters, as written in the query.
    pub query: Vec<(&'static str, String)>,
    /// The headers except those that identify the caller.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON body.
    pub body: Option<Value>,
    /// The body of another media type, and that type.
    pub raw: Option<(&'static str, String)>,
}

impl Call {
    /// Returns the path with its query.
    pub fn target(&self) -> String {
        let query: Vec<_> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, query.join("&"))
        }
    }

    /// Replaces the value at a location. `own` is the current value in the path.
    pub fn with(mut self, place: &IdLocation, own: &str, value: &str) -> Self {
        let put = |pairs: &mut Vec<(&'static str, String)>, wanted: &str| {
            for (_, present) in pairs.iter_mut().filter(|(name, _)| *name == wanted) {
                value.clone_into(present);
            }
        };
        match place {
            IdLocation::Path(_) => self.path = self.path.replace(own, value),
            IdLocation::Query(name) => put(&mut self.query, name),
            IdLocation::Header(name) if name == "Caas-User" => {
                self.headers.push(("caas-user", value.to_owned()));
            }
            IdLocation::Header(name) => put(&mut self.headers, name),
            IdLocation::Field(_) | IdLocation::Keys(_) => {
                put_in(
                    self.body.as_mut().expect("the row has a body"),
                    place,
                    value,
                );
            }
        }
        self
    }
}

/// Sets an id at a location of a body or frame.
pub fn put_in(body: &mut Value, place: &IdLocation, id: &str) {
    match place {
        IdLocation::Field(pointer) => {
            *body.pointer_mut(pointer).expect("the row fills the place") = id.into();
        }
        IdLocation::Keys(pointer) => {
            let object = body
                .pointer_mut(pointer)
                .and_then(Value::as_object_mut)
                .expect("the row fills the place");
            let values: Vec<_> = std::mem::take(object)
                .into_iter()
                .map(|(_, value)| value)
                .collect();
            object.extend(values.into_iter().map(|value| (id.to_owned(), value)));
        }
        IdLocation::Path(_) | IdLocation::Query(_) | IdLocation::Header(_) => {}
    }
}
