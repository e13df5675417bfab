use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream::iter;
use http_api::{Operation, Who};

use super::Stage;
use crate::AT_ONCE;
use crate::call::Call;
use crate::cast::Cast;
use crate::document::{Document, Place, Places};
use crate::row::{Actor, Row, Values};
use crate::rows::rows;
use crate::scene::Scene;

/// One request by one actor, with a scene of its own.
pub struct Case {
    /// The operation.
    pub operation: Operation,
    /// Where an id can stand, of the places that the row fills.
    pub places: Places,
    /// The rest of the request.
    pub row: Row,
    /// Who makes it.
    pub actor: Actor,
    /// What it is about.
    pub scene: Scene,
    /// What is another tenant's, with words that ours has not used either.
    pub stranger: Scene,
}

/// Every case of every operation.
///
/// # Panics
/// When an operation or a place has no row, or a row no operation.
pub async fn of(document: &Document, stage: &Stage) -> Vec<Case> {
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
    let set = iter(planned).map(|(operation, places, row, actor)| async move {
        let (mut scene, stranger) =
            tokio::join!(Scene::set(&stage.ours), Scene::set(&stage.theirs));
        turn_page(&stage.ours, &operation, &row, actor, &mut scene.values).await;
        Case {
            operation,
            places,
            row,
            actor,
            scene,
            stranger,
        }
    });
    set.buffer_unordered(AT_ONCE).collect().await
}

fn assert_covered(operation: &Operation, places: &Places, rows: &[&Row]) {
    let id = &operation.id;
    let open = operation.who == Some(Who::Anyone) && places.is_empty();
    assert!(open || !rows.is_empty(), "{id} has no row");
    let covered: BTreeSet<Place> = rows
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

fn filled(places: &Places, row: &Row) -> Places {
    let filled = places.iter().filter(|(place, _)| row.kind(place).is_some());
    filled.map(|(place, form)| (place.clone(), *form)).collect()
}

/// Puts the cursor of the second page among the values, where the row has one.
pub async fn turn_page(
    cast: &Cast,
    operation: &Operation,
    row: &Row,
    actor: Actor,
    values: &mut Values,
) {
    if row.kind(&Place::Query("cursor".to_owned())) == Some("cursor") {
        values.insert("cursor", String::new());
        let mut first = row.call(operation, values);
        first.query.retain(|(name, _)| *name != "cursor");
        let page = cast.ask(&cast.client(row, actor), &first).await.expect(200);
        let cursor = page["next_cursor"]
            .as_str()
            .unwrap_or_else(|| panic!("{} has one page only", operation.id));
        values.insert("cursor", cursor.to_owned());
    }
}

impl Case {
    /// The request about a scene.
    pub fn call(&self, values: &Values) -> Call {
        self.row.call(&self.operation, values)
    }

    /// What this is, for who reads of its failure.
    pub fn name(&self) -> String {
        format!("{} by {:?}", self.operation.id, self.actor)
    }
}
