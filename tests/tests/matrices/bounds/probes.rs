use std::fmt;

use serde_json::{Value, json};

use super::samples::text;
use crate::document::IdLocation;

/// A character that no bounded text may contain.
const CONTROL: &str = "\u{1}";

/// A value for a location of a request.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The value; for a body the whole body.
    pub value: Value,
    /// Whether the document allows the value.
    pub inside: bool,
    /// The JSON pointer of the location in the body.
    pub at: String,
    /// The tested bound.
    why: String,
}

/// The document, whose schemas refer to each other.
pub struct Schemas<'a>(pub &'a Value);

pub fn shown((place, probe): &(IdLocation, Probe)) -> String {
    let mut value = probe.value.to_string();
    if let Some((end, _)) = value.char_indices().nth(200) {
        value.truncate(end);
    }
    let side = if probe.inside { "inside" } else { "outside" };
    format!("{place}{} {side} {}: {value}", probe.at, probe.why)
}

fn probe(value: Value, inside: bool, why: impl fmt::Display) -> Probe {
    Probe {
        value,
        inside,
        at: String::new(),
        why: why.to_string(),
    }
}

impl<'a> Schemas<'a> {
    /// Resolves a reference; returns the schema and its name, which is empty without a reference.
    fn resolved(&self, schema: &'a Value) -> (&'a Value, &'a str) {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let found = self
                    .0
                    .pointer(reference.trim_start_matches('#'))
                    .expect("a reference leads somewhere");
                (found, reference.rsplit('/').next().unwrap_or_default())
            }
            None => (schema, ""),
        }
    }

    /// Returns the smallest valid value of a schema. Different numbers give different values.
    pub fn sample(&self, schema: &'a Value, number: usize) -> Value {
        let (schema, name) = self.resolved(without_null(schema).0);
        if let Some(word) = schema["enum"].get(0) {
            return word.clone();
        }
        match schema["type"].as_str() {
            Some("string") => text(name, None, number).unwrap_or_default().into(),
            Some("integer" | "number") => schema["minimum"].as_i64().unwrap_or(1).into(),
            Some("boolean") => true.into(),
            Some("array") => {
                let least = schema["minItems"].as_u64().unwrap_or(0);
                (0..least)
                    .map(|_| self.sample(&schema["items"], number))
                    .collect()
            }
            Some("object") => {
                let required = schema["required"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str);
                let fields = required.map(|field| {
                    (
                        field.to_owned(),
                        self.sample(&schema["properties"][field], number),
                    )
                });
                Value::Object(fields.collect())
            }
            _ => 1.into(),
        }
    }

    /// Returns the values of a parameter, which are texts.
    pub fn of_text(&self, schema: &'a Value) -> Vec<Probe> {
        let probes = self.of(schema).into_iter();
        probes
            .filter(|probe| {
                probe.value.is_string() || (probe.value.is_i64() && probe.why != "type")
            })
            .collect()
    }

    /// Returns bodies that differ from a valid one at one location.
    pub fn of_object(&self, schema: &'a Value, like: &Value) -> Vec<Probe> {
        let (schema, _) = self.resolved(schema);
        let mut probes = Vec::new();
        let with = |field: &str, value: Value| {
            let mut body = like.clone();
            body[field] = value;
            body
        };
        for (field, of_field) in schema["properties"].as_object().into_iter().flatten() {
            for Probe {
                value,
                inside,
                at,
                why,
            } in self.of(of_field)
            {
                probes.push(Probe {
                    value: with(field, value),
                    inside,
                    at: format!("/{field}{at}"),
                    why,
                });
            }
        }
        for field in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            let mut value = like.clone();
            value.as_object_mut().expect("an object").remove(field);
            probes.push(Probe {
                value,
                inside: false,
                at: format!("/{field}"),
                why: "required".to_owned(),
            });
        }
        if schema["additionalProperties"] == false {
            let value = with("colour", "red".into());
            probes.push(Probe {
                value,
                inside: false,
                at: "/colour".to_owned(),
                why: "unknown".to_owned(),
            });
        }
        probes
    }

    fn of(&self, schema: &'a Value) -> Vec<Probe> {
        let (schema, nullable) = without_null(schema);
        let (schema, name) = self.resolved(schema);
        let mut probes = match schema["type"].as_str() {
            _ if schema["enum"].is_array() => of_enum(schema),
            Some("string") => of_string(schema, name),
            Some("integer") => of_integer(schema),
            Some("boolean") => vec![probe("true".into(), false, "type")],
            Some("array") => self.of_array(schema),
            Some("object") => {
                let mut probes = self.of_object(schema, &self.sample(schema, 0));
                probes.push(probe(7.into(), false, "type"));
                probes
            }
            _ => return Vec::new(),
        };
        probes.push(probe(Value::Null, nullable, "null"));
        probes
    }

    fn of_array(&self, schema: &'a Value) -> Vec<Probe> {
        let items = |number: u64| -> Value {
            (0..number)
                .map(|number| {
                    self.sample(&schema["items"], usize::try_from(number).unwrap_or(0) + 1)
                })
                .collect()
        };
        let mut probes = vec![probe(7.into(), false, "type")];
        if let Some(most) = schema["maxItems"].as_u64() {
            probes.push(probe(items(most), true, "maxItems"));
            probes.push(probe(items(most + 1), false, "maxItems"));
        }
        if let Some(least) = schema["minItems"].as_u64() {
            probes.push(probe(items(least), true, "minItems"));
            if least > 0 {
                probes.push(probe(items(least - 1), false, "minItems"));
            }
        }
        if schema["uniqueItems"] == true {
            let item = self.sample(&schema["items"], 1);
            let at = "/1".to_owned();
            probes.push(Probe {
                at,
                ..probe(json!([item, item]), false, "uniqueItems")
            });
        }
        for Probe {
            value,
            inside,
            at,
            why,
        } in self.of(&schema["items"])
        {
            probes.push(Probe {
                value: json!([value]),
                inside,
                at: format!("/0{at}"),
                why,
            });
        }
        probes
    }
}

/// Returns the schema without `null`, and whether `null` is allowed.
fn without_null(schema: &Value) -> (&Value, bool) {
    let Some(kinds) = schema["oneOf"].as_array() else {
        return (schema, false);
    };
    let mut others = kinds.iter().filter(|kind| kind["type"] != "null");
    let other = others.next().expect("a schema has more than null");
    assert!(
        others.next().is_none(),
        "a choice of schemas is not understood: {schema}"
    );
    (other, kinds.len() > 1)
}

fn of_enum(schema: &Value) -> Vec<Probe> {
    let words = schema["enum"].as_array().into_iter().flatten();
    let mut probes: Vec<Probe> = words
        .map(|word| probe(word.clone(), true, "enum"))
        .collect();
    probes.push(probe("nonsense".into(), false, "enum"));
    probes
}

fn of_string(schema: &Value, name: &str) -> Vec<Probe> {
    let mut probes = vec![probe(7.into(), false, "type")];
    let long = |length: u64| text(name, usize::try_from(length).ok(), 0);
    let filled = |length: u64| {
        long(length).unwrap_or_else(|| "a".repeat(usize::try_from(length).unwrap_or(0)))
    };
    if let Some(most) = schema["maxLength"].as_u64() {
        probes.extend(long(most).map(|text| probe(text.into(), true, "maxLength")));
        probes.push(probe(filled(most + 1).into(), false, "maxLength"));
    }
    if let Some(least) = schema["minLength"].as_u64().filter(|least| *least > 0) {
        probes.extend(long(least).map(|text| probe(text.into(), true, "minLength")));
        probes.push(probe(
            "a".repeat(usize::try_from(least - 1).unwrap_or(0)).into(),
            false,
            "minLength",
        ));
    }
    if schema["pattern"].is_string() || schema["format"].is_string() {
        probes.extend(
            text(name, None, 0)
                .filter(|_| !name.is_empty())
                .map(|text| probe(text.into(), true, "pattern")),
        );
        probes.push(probe(CONTROL.into(), false, "pattern"));
    }
    probes
}

fn of_integer(schema: &Value) -> Vec<Probe> {
    let mut probes = vec![
        probe("nonsense".into(), false, "type"),
        probe(json!(1.5), false, "type"),
    ];
    if let Some(least) = schema["minimum"].as_i64() {
        probes.push(probe(least.into(), true, "minimum"));
        probes.push(probe((least - 1).into(), false, "minimum"));
        #[expect(clippy::cast_precision_loss, reason = "bounds are small")]
        probes.push(probe(
            json!(least as f64),
            true,
            "integer with a fraction of zero",
        ));
    }
    if let Some(most) = schema["maximum"].as_i64() {
        probes.push(probe(most.into(), true, "maximum"));
        probes.push(probe((most + 1).into(), false, "maximum"));
    }
    probes
}
