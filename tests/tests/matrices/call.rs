use reqwest::Method;
use serde_json::Value;

use crate::document::Place;

/// A request to be made.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The parameters, as they stand in the query.
    pub query: Vec<(&'static str, String)>,
    /// The headers beside those that say who calls.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Option<Value>,
}

impl Call {
    /// The path with its query.
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

    /// The same with another value at a place. `own` is the one that the path has now.
    pub fn with(mut self, place: &Place, own: &str, value: &str) -> Self {
        let put = |pairs: &mut Vec<(&'static str, String)>, wanted: &str| {
            for (_, present) in pairs.iter_mut().filter(|(name, _)| *name == wanted) {
                value.clone_into(present);
            }
        };
        match place {
            Place::Path(_) => self.path = self.path.replace(own, value),
            Place::Query(name) => put(&mut self.query, name),
            Place::Header(name) if name == "Caas-User" => {
                self.headers.push(("caas-user", value.to_owned()));
            }
            Place::Header(name) => put(&mut self.headers, name),
            Place::Field(_) | Place::Keys(_) => {
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

/// Puts an id at a place of a body or frame.
pub fn put_in(body: &mut Value, place: &Place, id: &str) {
    match place {
        Place::Field(pointer) => {
            *body.pointer_mut(pointer).expect("the row fills the place") = id.into();
        }
        Place::Keys(pointer) => {
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
        Place::Path(_) | Place::Query(_) | Place::Header(_) => {}
    }
}
