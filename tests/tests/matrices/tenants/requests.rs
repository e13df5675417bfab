use futures_util::StreamExt;
use futures_util::stream::iter;

use super::Stage;
use super::cases::{Case, turn_page};
use crate::AT_ONCE;
use crate::document::{Form, Place};
use crate::plain::plain;
use crate::scene::{Scene, is_chosen};

/// Names what is another tenant's and what is nobody's, at every place.
/// Answers how many pairs there were.
pub async fn refused(cases: &[Case], stage: &Stage) -> usize {
    let pairs = iter(cases).map(|case| async move {
        let mut pairs = 0;
        for (place, form) in &case.places {
            let kind = case.row.kind(place).unwrap_or_default();
            for (foreign, absent) in strangers(case, kind, *form, stage).await {
                refused_alike(case, place, kind, [&foreign, &absent], stage).await;
                pairs += 1;
            }
        }
        pairs
    });
    pairs
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<usize>>()
        .await
        .into_iter()
        .sum()
}

async fn strangers(case: &Case, kind: &str, form: Form, stage: &Stage) -> Vec<(String, String)> {
    match kind {
        "cursor" => {
            let mut values = stage.stranger.values.clone();
            turn_page(
                &stage.theirs,
                &case.operation,
                &case.row,
                case.actor,
                &mut values,
            )
            .await;
            vec![(
                values["cursor"].clone(),
                forged(&case.scene.values["cursor"]),
            )]
        }
        chosen if is_chosen(chosen) => Vec::new(),
        _ => stage.stranger.strangers(kind, form, &stage.ours),
    }
}

/// A cursor that was never handed out.
fn forged(cursor: &str) -> String {
    let (before, after) = cursor.split_at(cursor.len() / 2);
    let other = if after.starts_with('A') { "B" } else { "A" };
    format!("{before}{other}{}", &after[1..])
}

async fn refused_alike(case: &Case, place: &Place, kind: &str, ids: [&str; 2], stage: &Stage) {
    let own = &case.scene.values[kind];
    let mut told = Vec::with_capacity(2);
    for id in ids {
        let call = case.call(&case.scene.values).with(place, own, id);
        let answer = stage
            .ours
            .ask(&stage.ours.client(&case.row, case.actor), &call)
            .await;
        let refused = (400..500).contains(&answer.status);
        assert!(
            refused,
            "{} with {id} in {place}: {} {}",
            case.name(),
            answer.status,
            answer.text
        );
        told.push(plain(&answer, &[id]));
    }
    assert_eq!(
        told[0],
        told[1],
        "{} tells a foreign from an absent id in {place}",
        case.name()
    );
}

/// Makes every request with own ids, by id and by name, and with words that
/// another tenant and nobody has chosen. Answers how many there were.
pub async fn succeed(cases: &[Case], stage: &Stage) -> usize {
    let made = iter(cases).map(|case| async move {
        let answer = ask(case, &case.scene, None, stage).await;
        assert!(
            (200..300).contains(&answer.status),
            "{}: {}",
            case.name(),
            answer.text
        );
        let mut named = Scene::set(&stage.ours).await;
        named.values = named.by_name();
        if let Some(cursor) = case.scene.values.get("cursor") {
            turn_page(
                &stage.ours,
                &case.operation,
                &case.row,
                case.actor,
                &mut named.values,
            )
            .await;
            assert_ne!(cursor, "", "{} has a cursor", case.name());
        }
        let answer = ask(case, &named, None, stage).await;
        assert!(
            (200..300).contains(&answer.status),
            "{} by name: {}",
            case.name(),
            answer.text
        );
        2 + chosen_alike(case, stage).await
    });
    made.buffer_unordered(AT_ONCE)
        .collect::<Vec<usize>>()
        .await
        .into_iter()
        .sum()
}

async fn ask(
    case: &Case,
    scene: &Scene,
    other: Option<(&Place, &str, &str)>,
    stage: &Stage,
) -> testkit::api::Answer {
    let call = case.call(&scene.values);
    let call = other.map_or_else(
        || call.clone(),
        |(place, own, word)| call.clone().with(place, own, word),
    );
    stage
        .ours
        .ask(&stage.ours.client(&case.row, case.actor), &call)
        .await
}

/// A word that another tenant chose is as free as one that nobody did.
async fn chosen_alike(case: &Case, stage: &Stage) -> usize {
    let mut made = 0;
    for (place, form) in &case.places {
        let Some(kind) = case.row.kind(place).filter(|kind| is_chosen(kind)) else {
            continue;
        };
        for (foreign, absent) in case.stranger.strangers(kind, *form, &stage.ours) {
            let mut told = Vec::with_capacity(2);
            for word in [&foreign, &absent] {
                let scene = Scene::set(&stage.ours).await;
                let answer = ask(
                    case,
                    &scene,
                    Some((place, &scene.values[kind], word)),
                    stage,
                )
                .await;
                assert!(
                    (200..300).contains(&answer.status),
                    "{} with {word}: {}",
                    case.name(),
                    answer.text
                );
                let masks: Vec<&str> = [&**word].into_iter().chain(scene.masks()).collect();
                told.push(plain(&answer, &masks));
                made += 1;
            }
            assert_eq!(
                told[0],
                told[1],
                "{} tells a foreign from a free word in {place}",
                case.name()
            );
        }
    }
    made
}
