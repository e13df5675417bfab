use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::stream::iter;
use http_api::Operation;
use reqwest::Method;
use testkit::api::Answer;
use tokio::sync::Mutex;

use super::Stage;
use super::wallet::Credential;
use crate::AT_ONCE;
use crate::call::Call;
use crate::cast::Cast;
use crate::document::Document;
use crate::row::{Actor, Row, row};
use crate::rows::rows;
use crate::scene::Scene;

/// What is answered, by operation and credential.
pub type Cells = BTreeMap<(String, &'static str), String>;

/// An operation, how it succeeds, and what it is about.
pub struct Planned {
    operation: Operation,
    rows: Vec<Row>,
    scene: Mutex<Scene>,
}

/// Every operation.
///
/// # Panics
/// When one that demands a credential has no row.
pub async fn plan(document: &Document, ours: &Cast) -> Vec<Planned> {
    let planned = iter(document.operations()).map(|(operation, places)| async move {
        let open = operation.who == Some(http_api::Who::Anyone) && places.is_empty();
        let mut rows: Vec<Row> = rows()
            .into_iter()
            .filter(|row| row.operation == operation.id)
            .collect();
        if open {
            rows.push(row("nothing but the path"));
        }
        assert!(!rows.is_empty(), "{} has no row", operation.id);
        let rows = rows.into_iter().map(Row::first_page).collect();
        let scene = Mutex::new(Scene::set(ours).await);
        Planned {
            operation,
            rows,
            scene,
        }
    });
    planned.buffered(AT_ONCE).collect().await
}

/// What each operation answers to each of these credentials.
pub async fn of(operations: &[Planned], credentials: &[&Credential], stage: &Stage) -> Cells {
    let answered = iter(operations).map(|planned| async move {
        let mut cells = Vec::with_capacity(credentials.len());
        for credential in credentials {
            let answer = planned.ask(credential, stage).await;
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
    /// Path before method, so that the table is in the order of paths.
    fn name(&self) -> String {
        format!("{} `{}`", self.operation.path, self.operation.method)
    }

    /// The row that such a caller would choose.
    fn row(&self, actor: Actor) -> &Row {
        let own = self
            .rows
            .iter()
            .find(|row| row.actors(&self.operation).contains(&actor));
        own.unwrap_or(&self.rows[0])
    }

    /// Makes the request; one that changed something had its scene.
    async fn ask(&self, credential: &Credential, stage: &Stage) -> Answer {
        let mut scene = self.scene.lock().await;
        let caller = if credential.is_foreign {
            &stage.theirs
        } else {
            &stage.ours
        };
        scene.values.insert("text", caller.text());
        let call = self
            .row(credential.actor())
            .call(&self.operation, &scene.values);
        let client = credential.client(&stage.url);
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
        if call.method != Method::GET && answer.status < 300 {
            *scene = Scene::set(&stage.ours).await;
        }
        answer
    }
}

/// A status, and the code of a refusal.
fn cell(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.code())
        .trim_end()
        .to_owned()
}
