//! Locations of ids in requests and frames, as described by the OpenAPI document.

use std::collections::BTreeMap;
use std::fmt;

use http_api::{Access, Operation, operations};
use serde_json::Value;

/// A location of an id in a request or frame.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdLocation {
    /// A parameter of the path.
    Path(String),
    /// A parameter of the query.
    Query(String),
    /// A header.
    Header(String),
    /// A field of the body or frame, by its JSON pointer.
    Field(String),
    /// The keys of an object in the body or frame, by its JSON pointer.
    Keys(String),
}

/// The form of an id at a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// Our id.
    Id,
    /// Our id, or `ext:` and the tenant's own id.
    IdOrExternalId,
    /// A value chosen by a tenant or client, or a cursor.
    Value,
}

/// The locations of a request or frame with the form of each.
pub type IdLocations = BTreeMap<IdLocation, IdForm>;

/// The OpenAPI document as served.
#[derive(Debug)]
pub struct Document(pub Value);

/// Schemas of ids.
const SCHEMAS: [(&str, IdForm); 8] = [
    ("Id", IdForm::Id),
    ("Named", IdForm::IdOrExternalId),
    ("ExternalId", IdForm::Value),
    ("Email", IdForm::Value),
    ("SearchEmail", IdForm::Value),
    ("ClientMessageId", IdForm::Value),
    ("EventId", IdForm::Value),
    ("DeviceId", IdForm::Value),
];

/// Parameters and fields that are ids but have no schema of their own.
const NAMES: [(&str, IdForm); 4] = [
    ("cursor", IdForm::Value),
    ("Idempotency-Key", IdForm::Value),
    ("epoch", IdForm::Value),
    ("cursors", IdForm::Id),
];

impl fmt::Display for IdLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(name) => write!(f, "path {name}"),
            Self::Query(name) => write!(f, "query {name}"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Field(pointer) => write!(f, "field {pointer}"),
            Self::Keys(pointer) => write!(f, "keys of {pointer}"),
        }
    }
}

impl Document {
    /// Returns every operation of the router with its locations.
    pub fn operations(&self) -> Vec<(Operation, IdLocations)> {
        operations()
            .into_iter()
            .map(|operation| (operation.clone(), self.places_of(&operation)))
            .collect()
    }

    /// Returns the description of an operation.
    pub fn described(&self, operation: &Operation) -> &Value {
        &self.0["paths"][&operation.path][operation.method.as_str().to_ascii_lowercase()]
    }

    /// Returns the paths that are not operations of the router: the connections, with their
    /// locations.
    pub fn connections(&self) -> Vec<(String, IdLocations)> {
        let operations = operations();
        let paths = self.0["paths"]
            .as_object()
            .expect("the document has paths")
            .iter();
        let others =
            paths.filter(|(path, _)| operations.iter().all(|operation| operation.path != **path));
        others
            .map(|(path, item)| (path.clone(), self.places_in(&item["get"])))
            .collect()
    }

    /// Returns every type of frame that clients send, with its locations.
    pub fn frames(&self) -> Vec<(String, IdLocations)> {
        let kinds = self.schema("ClientFrame")["oneOf"]
            .as_array()
            .expect("the kinds of frames are listed");
        kinds
            .iter()
            .map(|kind| self.frame(name_of(kind).expect("a kind of frame has a name")))
            .collect()
    }

    fn frame(&self, name: &str) -> (String, IdLocations) {
        let schema = self.schema(name);
        let mut places = IdLocations::new();
        self.fields(schema, "", &mut places);
        (
            text(&schema["properties"]["t"]["enum"][0]).to_owned(),
            places,
        )
    }

    fn places_of(&self, operation: &Operation) -> IdLocations {
        let described =
            &self.0["paths"][&operation.path][operation.method.as_str().to_ascii_lowercase()];
        assert!(
            described.is_object(),
            "the served document leaves {} out",
            operation.id
        );
        let mut places = self.places_in(described);
        if !matches!(operation.access, Some(Access::Anyone | Access::Publishable)) {
            // Parsed in every request with a credential, even if it has no effect.
            places.insert(
                IdLocation::Header("Caas-User".to_owned()),
                IdForm::IdOrExternalId,
            );
        }
        places
    }

    fn places_in(&self, described: &Value) -> IdLocations {
        let mut places = IdLocations::new();
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            let parameter = parameter["$ref"]
                .as_str()
                .map_or(parameter, |reference| self.at(reference));
            let name = text(&parameter["name"]).to_owned();
            if let Some(form) = form(&name, &parameter["schema"]) {
                let place = match text(&parameter["in"]) {
                    "path" => IdLocation::Path(name),
                    "query" => IdLocation::Query(name),
                    _ => IdLocation::Header(name),
                };
                places.insert(place, form);
            }
        }
        self.fields(
            &described["requestBody"]["content"]["application/json"]["schema"],
            "",
            &mut places,
        );
        places
    }

    fn fields(&self, schema: &Value, pointer: &str, places: &mut IdLocations) {
        if let Some(form) = form(pointer.rsplit('/').next().unwrap_or_default(), schema) {
            places.insert(IdLocation::Field(pointer.to_owned()), form);
        } else if let Some(reference) = schema["$ref"].as_str() {
            self.fields(self.at(reference), pointer, places);
        }
        if schema["propertyNames"]["pattern"] == self.schema("Id")["pattern"] {
            places.insert(IdLocation::Keys(pointer.to_owned()), IdForm::Id);
        }
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            self.fields(field, &format!("{pointer}/{name}"), places);
        }
        for kind in ["oneOf", "allOf"]
            .iter()
            .filter_map(|kind| schema[*kind].as_array())
            .flatten()
        {
            self.fields(kind, pointer, places);
        }
        if schema["items"].is_object() {
            self.fields(&schema["items"], &format!("{pointer}/0"), places);
        }
    }

    fn schema(&self, name: &str) -> &Value {
        &self.0["components"]["schemas"][name]
    }

    fn at(&self, reference: &str) -> &Value {
        self.0
            .pointer(reference.trim_start_matches('#'))
            .expect("a reference leads somewhere")
    }
}

fn form(name: &str, schema: &Value) -> Option<IdForm> {
    let named = SCHEMAS
        .iter()
        .find(|(known, _)| Some(*known) == name_of(schema))
        .map(|(_, form)| *form);
    let known = || {
        NAMES
            .iter()
            .find(|(known, _)| schema["type"] == "string" && *known == name)
    };
    named.or_else(|| known().map(|(_, form)| *form))
}

fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
