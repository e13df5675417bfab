use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream::iter;
use http_api::{Access, Operation};
use reqwest::Method;

use super::Fixture;
use crate::AT_ONCE;
use crate::call::Call;
use crate::document::{Document, IdLocation, IdLocations};
use crate::resources::{Resources, is_client_chosen};
use crate::row::{Actor, Row, Values};
use crate::rows::rows;
use crate::tenant_fixture::TenantFixture;

/// One request by one actor.
pub struct Case {
    /// The operation.
    pub operation: Operation,
    /// The locations of ids that the row fills.
    pub places: IdLocations,
    /// The contents of the request.
    pub row: Row,
    /// The caller.
    pub actor: Actor,
    /// Values of placeholders: the shared resources, with the cursor of this list.
    pub values: Values,
    /// Resources of another tenant, with words that ours has not used either.
    ///
    /// Only for requests with values that clients choose.
    pub stranger: Option<Resources>,
}

/// Returns the cases that run.
///
/// # Panics
/// Panics if an operation or a location has no row, or a row no operation.
pub async fn of(document: &Document, fixture: &Fixture) -> Vec<Case> {
    let rows = rows();
    let operations = document.operations();
    for row in &rows {
        let known = operations
            .iter()
            .any(|(operation, _)| operation.id == row.operation);
        assert!(known, "the row of {} has no operation", row.operation);
    }
    let mut planned = Vec::new();
    for (operation, places) in operations {
        let own: Vec<&Row> = rows
            .iter()
            .filter(|row| row.operation == operation.id)
            .collect();
        assert_covered(&operation, &places, &own);
        for row in own {
            planned.extend(
                row.actors(&operation)
                    .iter()
                    .map(|&actor| (operation.clone(), filled(&places, row), row.clone(), actor)),
            );
        }
    }
    let planned = fixture.coverage.select(
        planned,
        |(operation, _, row, _): &(Operation, _, Row, _)| {
            (row.collection, operation.method.clone())
        },
    );
    let set = iter(planned).map(|(operation, places, row, actor)| async move {
        let mut values = fixture.resources.values.clone();
        turn_page(&fixture.ours, &operation, &row, actor, &mut values).await;
        let chooses = places
            .keys()
            .any(|place| row.kind(place).is_some_and(is_client_chosen));
        let stranger = if chooses {
            Some(Resources::create(&fixture.theirs).await)
        } else {
            None
        };
        Case {
            operation,
            places,
            row,
            actor,
            values,
            stranger,
        }
    });
    set.buffer_unordered(AT_ONCE).collect().await
}

fn assert_covered(operation: &Operation, places: &IdLocations, rows: &[&Row]) {
    let id = &operation.id;
    let open = operation.access == Some(Access::Anyone) && places.is_empty();
    assert!(open || !rows.is_empty(), "{id} has no row");
    let covered: BTreeSet<IdLocation> = rows
        .iter()
        .flat_map(|row| filled(places, row).into_keys())
        .collect();
    let left_out: Vec<_> = places
        .keys()
        .filter(|place| !covered.contains(place))
        .map(ToString::to_string)
        .collect();
    assert!(left_out.is_empty(), "no row of {id} fills {left_out:?}");
}

fn filled(places: &IdLocations, row: &Row) -> IdLocations {
    let filled = places.iter().filter(|(place, _)| row.kind(place).is_some());
    filled.map(|(place, form)| (place.clone(), *form)).collect()
}

/// Sets the cursor of the second page if the row has a cursor.
pub async fn turn_page(
    tenant_fixture: &TenantFixture,
    operation: &Operation,
    row: &Row,
    actor: Actor,
    values: &mut Values,
) {
    if row.kind(&IdLocation::Query("cursor".to_owned())) == Some("cursor") {
        values.insert("cursor", String::new());
        let mut first = row.call(operation, values);
        first.query.retain(|(name, _)| *name != "cursor");
        let page = tenant_fixture
            .ask(&tenant_fixture.client(row, actor), &first)
            .await
            .expect(200);
        let cursor = page["next_cursor"]
            .as_str()
            .unwrap_or_else(|| panic!("{} has one page only", operation.id));
        values.insert("cursor", cursor.to_owned());
    }
}

impl Case {
    /// Returns the request with these values.
    pub fn call(&self, values: &Values) -> Call {
        self.row.call(&self.operation, values)
    }

    /// Returns whether the request writes.
    pub fn writes(&self) -> bool {
        self.operation.method != Method::GET
    }

    /// Returns the name of the case in failure messages.
    pub fn name(&self) -> String {
        format!("{} by {:?}", self.operation.id, self.actor)
    }
}
