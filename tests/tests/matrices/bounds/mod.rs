//! Bounds of requests: each bound in the OpenAPI document is tested with a value inside and one
//! outside.
//!
//! The value inside is accepted, and the one outside is rejected with its location.

mod probes;
mod samples;

use futures_util::StreamExt;
use futures_util::stream::iter;
use http_api::{Access, Operation};
use serde_json::{Value, json};
use testkit::World;
use testkit::api::Answer;

use crate::AT_ONCE;
use crate::call::Call;
use crate::document::{Document, IdLocation};
use crate::resources::Resources;
use crate::row::{Actor, Row, Values};
use crate::rows::rows;
use crate::tenant_fixture::TenantFixture;
use probes::{Probe, Schemas, shown};

/// Beginnings of error details for values that depend on others: the schema allows them, the
/// server rejects them.
const DEPENDENT: &str = include_str!("../../contract/dependent.txt");

/// Operations on the whole tenant, which would affect the others.
///
/// They run one after the other; no fixture can be created after the last of them.
const LAST: [&str; 3] = [
    "set_retention",
    "update_settings",
    "revoke_application_tokens",
];

/// An operation with a request that succeeds.
struct Subject<'a> {
    operation: Operation,
    described: &'a Value,
    row: Row,
    values: Values,
    ours: &'a TenantFixture,
}

/// Sends all values and prints their number.
pub async fn check(world: &World) {
    let document = Document(world.alice.api.get("/openapi.json").await.expect(200));
    let ours = TenantFixture::ours(&world.tenant).await;
    let operations = document.operations();
    let (mut last, first): (Vec<_>, Vec<_>) = operations
        .iter()
        .partition(|(operation, _)| LAST.contains(&operation.id));
    last.sort_by_key(|(operation, _)| LAST.iter().position(|id| *id == operation.id));
    let mut checked: Vec<(usize, Vec<String>)> = Vec::new();
    for (operations, at_once) in [(first, AT_ONCE), (last, 1)] {
        let pass = iter(operations).map(|(operation, _)| {
            let described = document.described(operation);
            check_one(operation, described, &document, &ours)
        });
        checked.extend(pass.buffered(at_once).collect::<Vec<_>>().await);
    }
    let wrong: Vec<String> = checked
        .iter()
        .flat_map(|(_, wrong)| wrong.clone())
        .collect();
    assert!(
        wrong.is_empty(),
        "{} values against the document:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let values: usize = checked.iter().map(|(values, _)| values).sum();
    println!("bounds: {values} values of {} operations", operations.len());
}

/// Returns the number of values and the mismatches.
async fn check_one<'a>(
    operation: &Operation,
    described: &'a Value,
    document: &'a Document,
    ours: &'a TenantFixture,
) -> (usize, Vec<String>) {
    let mut rows = rows().into_iter();
    let Some(row) = rows
        .find(|row| row.operation == operation.id)
        .map(Row::first_page)
    else {
        return (0, Vec::new());
    };
    let values = Resources::create(ours).await.values;
    let subject = Subject {
        operation: operation.clone(),
        described,
        row,
        values,
        ours,
    };
    let probes = subject.probes(&Schemas(&document.0));
    let mut wrong = Vec::new();
    for probe in &probes {
        let answer = subject.ask(probe).await;
        if !conforms(probe, &answer) {
            wrong.push(format!(
                "{} {}: {} {}",
                operation.id,
                shown(probe),
                answer.status,
                answer.text
            ));
        }
    }
    if operation.id == "update_settings" {
        // The fixtures of what follows upload files.
        let accept_all = json!({"allowed_file_types": [], "denied_file_types": []});
        let accepted = ours.tenant.api.patch("/v1/settings", accept_all).await;
        assert_eq!(accepted.status, 200);
    }
    (probes.len(), wrong)
}

impl<'a> Subject<'a> {
    fn call(&self) -> Call {
        self.row.call(&self.operation, &self.values)
    }

    fn probes(&self, schemas: &Schemas<'a>) -> Vec<(IdLocation, Probe)> {
        let mut probes = Vec::new();
        for parameter in self.described["parameters"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let of_parameter = schemas.of_text(&parameter["schema"]).into_iter();
            match parameter["in"].as_str() {
                Some("query") => probes
                    .extend(of_parameter.map(|probe| (IdLocation::Query(name.clone()), probe))),
                // Valid values of the path succeed in the other matrices.
                Some("path") => {
                    let outside = of_parameter.filter(|probe| !probe.inside && probe.value != "");
                    probes.extend(outside.map(|probe| (IdLocation::Path(name.clone()), probe)));
                }
                _ => {}
            }
        }
        let content = self.described["requestBody"]["content"].as_object();
        let json = |content: &'a serde_json::Map<String, Value>| {
            let merge_patch = || content.get("application/merge-patch+json");
            content.get("application/json").or_else(merge_patch)
        };
        // Forms and bytes have stories of their own.
        if let Some(media) = content.and_then(json) {
            let body = self
                .call()
                .body
                .unwrap_or_else(|| schemas.sample(&media["schema"], 0));
            probes.extend(
                schemas
                    .of_object(&media["schema"], &body)
                    .into_iter()
                    .map(|probe| (IdLocation::Field(String::new()), probe)),
            );
        }
        probes
    }

    async fn ask(&self, (place, probe): &(IdLocation, Probe)) -> Answer {
        let mut call = self.call();
        let text = || {
            probe
                .value
                .as_str()
                .map_or_else(|| probe.value.to_string(), str::to_owned)
        };
        match place {
            IdLocation::Query(name) => {
                call.query.retain(|(known, _)| known != name);
                let query = call.target();
                let separator = if query.contains('?') { '&' } else { '?' };
                call.path = format!("{query}{separator}{name}={}", encoded(&text()));
                call.query.clear();
            }
            IdLocation::Path(name) => {
                let own = self.row.kind(place).map_or_else(
                    || self.values[name.as_str()].clone(),
                    |kind| self.values[kind].clone(),
                );
                call.path = call.path.replacen(&own, &encoded(&text()), 1);
            }
            _ => call.body = Some(probe.value.clone()),
        }
        // Another body with the same key would be rejected for that reason.
        call.headers.retain(|(name, _)| *name != "Idempotency-Key");
        let actors = self.row.actors(&self.operation);
        // A row without an actor belongs to a flow, which needs a code from a mail.
        let without = match self.operation.access {
            Some(Access::Publishable) => Actor::Visitor,
            _ => Actor::Server,
        };
        let actor = actors.first().copied().unwrap_or(without);
        self.ours
            .ask(&self.ours.client(&self.row, actor), &call)
            .await
    }
}

fn conforms((place, probe): &(IdLocation, Probe), answer: &Answer) -> bool {
    let pointer = match place {
        IdLocation::Query(name) => name.clone(),
        _ => probe.at.clone(),
    };
    if probe.inside {
        return answer.status < 500 && (answer.status != 400 || is_dependent(&answer.body));
    }
    match place {
        // A malformed id in the path may be rejected as absent.
        IdLocation::Path(_) => matches!(answer.status, 400 | 404),
        _ => answer.status == 400 && (named(&answer.body, &pointer) || is_dependent(&answer.body)),
    }
}

/// Returns whether a problem is about the combination of several values.
fn is_dependent(problem: &Value) -> bool {
    let errors = problem["errors"].as_array().into_iter().flatten();
    let mut details = errors.map(|error| {
        (
            error["pointer"].as_str(),
            error["detail"].as_str().unwrap_or_default(),
        )
    });
    details.all(|(pointer, detail)| {
        // Whether a patch needs all fields depends on the stored value.
        let is_patch = pointer.is_some_and(|pointer| pointer.contains("/quiet_hours/"));
        (is_patch && detail == "The field is required.")
            || DEPENDENT.lines().any(|known| detail.starts_with(known))
    })
}

/// Returns whether a problem names the location or one within it.
fn named(problem: &Value, pointer: &str) -> bool {
    let errors = problem["errors"].as_array().into_iter().flatten();
    let mut pointers = errors.filter_map(|error| error["pointer"].as_str());
    pointers.any(|named| {
        named == pointer
            || named
                .strip_prefix(pointer)
                .is_some_and(|rest| rest.starts_with('/'))
    })
}

fn encoded(text: &str) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(encode).collect()
}
