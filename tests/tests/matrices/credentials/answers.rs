use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::stream::iter;
use http_api::Operation;
use reqwest::Method;
use testkit::api::Answer;
use tokio::sync::Mutex;

use super::Fixture;
use super::credential::Credential;
use crate::AT_ONCE;
use crate::call::Call;
use crate::coverage::Coverage;
use crate::document::Document;
use crate::resources::Resources;
use crate::row::{Actor, Row, row};
use crate::rows::rows;
use crate::tenant_fixture::TenantFixture;

/// Results by operation and credential.
pub type Cells = BTreeMap<(String, &'static str), String>;

/// An operation with its rows and resources.
pub struct Planned {
    operation: Operation,
    rows: Vec<Row>,
    resources: Mutex<Resources>,
}

/// Returns the operations that run. All use one shared set of resources.
///
/// # Panics
/// Panics if an operation that requires a credential has no row.
pub async fn plan(document: &Document, ours: &TenantFixture, coverage: Coverage) -> Vec<Planned> {
    let shared = Resources::create(ours).await;
    let planned = document
        .operations()
        .into_iter()
        .map(|(operation, places)| {
            let open = operation.access == Some(http_api::Access::Anyone) && places.is_empty();
            let mut rows: Vec<Row> = rows()
                .into_iter()
                .filter(|row| row.operation == operation.id)
                .collect();
            if open {
                rows.push(row("nothing but the path", ""));
            }
            assert!(!rows.is_empty(), "{} has no row", operation.id);
            let rows = rows.into_iter().map(Row::first_page).collect();
            let resources = Mutex::new(shared.clone());
            Planned {
                operation,
                rows,
                resources,
            }
        });
    coverage.select(planned.collect(), |planned| {
        (planned.rows[0].collection, planned.operation.method.clone())
    })
}

/// Creates separate resources for each operation that writes.
pub async fn create_own_resources(operations: &[Planned], ours: &TenantFixture) {
    iter(operations)
        .filter(|planned| std::future::ready(!planned.operation.method.is_safe()))
        .for_each_concurrent(AT_ONCE, |planned| async move {
            *planned.resources.lock().await = Resources::create(ours).await;
        })
        .await;
}

/// Sends each operation with each of these credentials and returns the results.
pub async fn of(operations: &[Planned], credentials: &[&Credential], fixture: &Fixture) -> Cells {
    let answered = iter(operations).map(|planned| async move {
        let mut cells = Vec::with_capacity(credentials.len());
        for credential in credentials {
            let answer = planned.ask(credential, fixture).await;
            cells.push(((planned.name(), credential.name), cell(&answer)));
        }
        cells
    });
    answered
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .flatten()
        .collect()
}

impl Planned {
    /// Returns the path before the method, so that the table is sorted by path.
    fn name(&self) -> String {
        format!("{} `{}`", self.operation.path, self.operation.method)
    }

    /// Returns the row that applies to this actor, or the first one if none does.
    fn row(&self, actor: Actor) -> &Row {
        let own = self
            .rows
            .iter()
            .find(|row| row.actors(&self.operation).contains(&actor));
        own.unwrap_or(&self.rows[0])
    }

    /// Sends the request. After a successful write, new resources are created.
    async fn ask(&self, credential: &Credential, fixture: &Fixture) -> Answer {
        let mut resources = self.resources.lock().await;
        let caller = if credential.is_foreign {
            &fixture.theirs
        } else {
            &fixture.ours
        };
        resources.values.insert("text", caller.text());
        let call = self
            .row(credential.actor())
            .call(&self.operation, &resources.values);
        let client = credential.client(&fixture.url);
        let answer = caller.ask(&client, &call).await;
        if call.method == Method::GET {
            let head = caller
                .ask(
                    &client,
                    &Call {
                        method: Method::HEAD,
                        ..call.clone()
                    },
                )
                .await;
            let of = |answer: &Answer| {
                (
                    answer.status,
                    answer.header("content-type").map(str::to_owned),
                )
            };
            assert_eq!(
                (of(&head), &*head.text),
                (of(&answer), ""),
                "HEAD of {} with a {}",
                self.name(),
                credential.name
            );
        }
        if !call.method.is_safe() && answer.status < 300 {
            *resources = Resources::create(&fixture.ours).await;
        }
        answer
    }
}

/// Returns the status, and the error code if rejected.
fn cell(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.code())
        .trim_end()
        .to_owned()
}
