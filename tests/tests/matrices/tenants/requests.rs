use futures_util::StreamExt;
use futures_util::stream::iter;

use super::Fixture;
use super::cases::{Case, turn_page};
use crate::AT_ONCE;
use crate::call::Call;
use crate::document::{IdForm, IdLocation};
use crate::normalize::normalized;
use crate::resources::{Resources, is_client_chosen};
use crate::row::Values;

/// Sends a foreign and an absent id at every location. Returns the number of pairs.
pub async fn refused(cases: &[Case], fixture: &Fixture) -> usize {
    let pairs = iter(cases).map(|case| async move {
        let mut pairs = 0;
        for (place, form) in &case.places {
            let kind = case.row.kind(place).unwrap_or_default();
            for (foreign, absent) in foreign_and_absent(case, kind, *form, fixture).await {
                assert_rejected_alike(case, place, kind, [&foreign, &absent], fixture).await;
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

async fn foreign_and_absent(
    case: &Case,
    kind: &str,
    form: IdForm,
    fixture: &Fixture,
) -> Vec<(String, String)> {
    match kind {
        "cursor" => {
            let mut values = fixture.stranger.values.clone();
            turn_page(
                &fixture.theirs,
                &case.operation,
                &case.row,
                case.actor,
                &mut values,
            )
            .await;
            vec![(values["cursor"].clone(), forged(&case.values["cursor"]))]
        }
        chosen if is_client_chosen(chosen) => Vec::new(),
        _ => fixture
            .stranger
            .foreign_and_absent(kind, form, &fixture.ours),
    }
}

/// Returns a cursor that the server never issued.
fn forged(cursor: &str) -> String {
    let (before, after) = cursor.split_at(cursor.len() / 2);
    let other = if after.starts_with('A') { "B" } else { "A" };
    format!("{before}{other}{}", &after[1..])
}

async fn assert_rejected_alike(
    case: &Case,
    place: &IdLocation,
    kind: &str,
    ids: [&str; 2],
    fixture: &Fixture,
) {
    let own = &case.values[kind];
    let mut responses = Vec::with_capacity(2);
    for id in ids {
        let call = case.call(&case.values).with(place, own, id);
        let answer = fixture
            .ours
            .ask(&fixture.ours.client(&case.row, case.actor), &call)
            .await;
        let refused = (400..500).contains(&answer.status);
        assert!(
            refused,
            "{} with {id} in {place}: {} {}",
            case.name(),
            answer.status,
            answer.text
        );
        responses.push(normalized(&answer, &[id]));
    }
    assert_eq!(
        responses[0],
        responses[1],
        "{} tells a foreign from an absent id in {place}",
        case.name()
    );
}

/// Sends every request with own ids, internal and external.
///
/// Also sends words that another tenant has chosen and words that no tenant has. Returns the
/// number of requests.
pub async fn succeed(cases: &[Case], fixture: &Fixture) -> usize {
    let made = iter(cases).map(|case| async move {
        let resources = own_resources(case, fixture).await;
        let cursor = case.values.get("cursor").cloned();
        let with_cursor = |mut values: Values| {
            values.extend(cursor.clone().map(|cursor| ("cursor", cursor)));
            case.call(&values)
        };
        let by_id = with_cursor(resources.values.clone());
        succeeds(case, &by_id, fixture).await;
        let mut made = 1;
        if with_cursor(resources.by_external_id()) != by_id {
            let resources = own_resources(case, fixture).await;
            succeeds(case, &with_cursor(resources.by_external_id()), fixture).await;
            made += 1;
        }
        made + chosen_alike(case, fixture).await
    });
    made.buffer_unordered(AT_ONCE)
        .collect::<Vec<usize>>()
        .await
        .into_iter()
        .sum()
}

/// Returns the shared resources, or new ones if the request writes.
async fn own_resources(case: &Case, fixture: &Fixture) -> Resources {
    if case.writes() {
        Resources::create(&fixture.ours).await
    } else {
        fixture.resources.clone()
    }
}

async fn succeeds(case: &Case, call: &Call, fixture: &Fixture) {
    let answer = ask(case, call, fixture).await;
    assert!(
        (200..300).contains(&answer.status),
        "{} of {}: {}",
        case.name(),
        call.target(),
        answer.text
    );
}

async fn ask(case: &Case, call: &Call, fixture: &Fixture) -> testkit::api::Answer {
    fixture
        .ours
        .ask(&fixture.ours.client(&case.row, case.actor), call)
        .await
}

/// Asserts that a word chosen by another tenant is as free as one that no tenant has chosen.
///
/// Returns the number of requests.
async fn chosen_alike(case: &Case, fixture: &Fixture) -> usize {
    let mut made = 0;
    for (place, form) in &case.places {
        let Some(kind) = case.row.kind(place).filter(|kind| is_client_chosen(kind)) else {
            continue;
        };
        let stranger = case.stranger.as_ref().expect("the case chooses a word");
        for (foreign, absent) in stranger.foreign_and_absent(kind, *form, &fixture.ours) {
            let mut responses = Vec::with_capacity(2);
            for word in [&foreign, &absent] {
                let resources = own_resources(case, fixture).await;
                let call = case
                    .call(&resources.values)
                    .with(place, &resources.values[kind], word);
                let answer = ask(case, &call, fixture).await;
                assert!(
                    (200..300).contains(&answer.status),
                    "{} with {word}: {}",
                    case.name(),
                    answer.text
                );
                let masks: Vec<&str> = [&**word].into_iter().chain(resources.masks()).collect();
                responses.push(normalized(&answer, &masks));
                made += 1;
            }
            assert_eq!(
                responses[0],
                responses[1],
                "{} tells a foreign from a free word in {place}",
                case.name()
            );
        }
    }
    made
}
