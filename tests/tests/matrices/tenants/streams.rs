//! Ids in the query of `GET /v1/realtime/events`.

use reqwest::Method;
use serde_json::Value;
use testkit::api::Client;

use super::Fixture;
use crate::document::{Document, IdForm, IdLocation, IdLocations};
use crate::normalize::{masked, without_transient};
use crate::resources::Resources;

/// The parameters with the kind and form of each.
const ROWS: [(&str, &str, IdForm); 3] = [
    ("cursors", "conversation", IdForm::Id),
    ("device_id", "device", IdForm::Value),
    ("epoch", "epoch", IdForm::Value),
];

/// Asserts that the rows are those of the document, which describes no other connections.
pub fn assert_covered(document: &Document) {
    let described: Vec<_> = document.connections();
    let places: IdLocations = ROWS
        .iter()
        .map(|(name, _, form)| (IdLocation::Query((*name).to_owned()), *form))
        .collect();
    assert_eq!(
        described,
        [
            ("/v1/realtime".to_owned(), IdLocations::new()),
            ("/v1/realtime/events".to_owned(), places)
        ]
    );
}

/// Opens a stream for every cell. Returns the number of streams.
pub async fn check(fixture: &Fixture) -> usize {
    let mut opened = 0;
    for (name, kind, form) in ROWS {
        let after = if name == "cursors" { ":0" } else { "" };
        for (foreign, absent) in fixture
            .stranger
            .foreign_and_absent(kind, form, &fixture.ours)
        {
            let mut responses = Vec::with_capacity(2);
            for id in [&foreign, &absent] {
                let resources = Resources::create(&fixture.ours).await;
                let frame =
                    first(fixture, &resources, &format!("{name}={id}{after}"), "ready").await;
                responses.extend(
                    without_transient(frame)
                        .map(|frame| masked(&frame.to_string(), &resources.masks())),
                );
                opened += 1;
            }
            assert_eq!(
                responses[0], responses[1],
                "the stream tells a foreign from an absent id in {name}"
            );
        }
    }
    let resources = Resources::create(&fixture.ours).await;
    let conversation = &resources.values["conversation"];
    first(
        fixture,
        &resources,
        &format!("cursors={conversation}:0"),
        "event",
    )
    .await;
    opened + 1
}

/// Returns the first frame of a type; only the greeting may precede it.
async fn first(fixture: &Fixture, resources: &Resources, query: &str, kind: &str) -> Value {
    let client = Client::new(&fixture.url).bearer(&resources.token(&fixture.ours).await);
    let request = client.request(Method::GET, &format!("/v1/realtime/events?{query}"));
    let mut response = request.send().await.expect("the stream opens");
    assert_eq!(response.status(), 200, "{query}");
    let mut text = String::new();
    while let Some(chunk) = response.chunk().await.expect("the stream continues") {
        text.push_str(&String::from_utf8_lossy(&chunk));
        fixture.ours.assert_no_foreign_text(&text);
        let whole = text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
        let frames = whole.lines().filter_map(|line| line.strip_prefix("data: "));
        let mut frames =
            frames.map(|frame| serde_json::from_str::<Value>(frame).expect("a frame is JSON"));
        if let Some(frame) = frames.find(|frame| frame["t"] == kind) {
            return frame;
        }
    }
    panic!("the stream ended before {kind}: {text}");
}
