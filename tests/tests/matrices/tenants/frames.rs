use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::iter;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::socket::Socket;

use super::Fixture;
use crate::AT_ONCE;
use crate::call::put_in;
use crate::document::{Document, IdForm, IdLocation, IdLocations};
use crate::normalize::{masked, without_transient};
use crate::resources::{Resources, is_client_chosen};
use crate::row::{Values, fill, kind_in};
use crate::rows::{FrameRow, frames};
use crate::tenant_fixture::TenantFixture;

/// Interval of the pings that keep connections open.
const PING_INTERVAL: Duration = Duration::from_secs(15);

/// One frame, with its own resources and connection.
pub struct Case {
    word: String,
    places: IdLocations,
    row: FrameRow,
    resources: Resources,
    socket: Socket,
}

impl Case {
    /// Returns the number of locations in the frame.
    pub fn size(&self) -> usize {
        self.places.len()
    }

    /// Returns the main collection of the frame.
    pub fn collection(&self) -> &'static str {
        self.row.collection
    }

    fn is_hello(&self) -> bool {
        self.word == "hello"
    }

    /// Returns the locations of client-chosen values, or those of ids that the server generates.
    fn places(&self, chosen: bool) -> Vec<(IdLocation, IdForm, String)> {
        let kinds = self
            .places
            .iter()
            .map(|(place, form)| (place.clone(), *form, self.kind(place)));
        kinds
            .filter(|(_, _, kind)| is_client_chosen(kind) == chosen)
            .collect()
    }

    fn kind(&self, place: &IdLocation) -> String {
        kind_in(&self.row.frame, place)
            .expect("the row fills the place")
            .to_owned()
    }
}

/// Returns every case of every type of frame.
///
/// # Panics
/// Panics if a type of frame or a location has no row.
pub async fn of(document: &Document, fixture: &Fixture) -> Vec<Case> {
    let mut planned = Vec::new();
    for (word, places) in document.frames() {
        let rows: Vec<_> = frames()
            .into_iter()
            .filter(|row| row.frame["t"] == *word)
            .collect();
        assert!(!rows.is_empty(), "the frame {word} has no row");
        for place in places.keys() {
            let filled = rows.iter().any(|row| kind_in(&row.frame, place).is_some());
            assert!(filled, "no row of the frame {word} fills {place}");
        }
        for row in rows {
            let own = places
                .iter()
                .filter(|(place, _)| kind_in(&row.frame, place).is_some());
            let places: IdLocations = own.map(|(place, form)| (place.clone(), *form)).collect();
            planned.push((word.clone(), places, row));
        }
    }
    let planned = fixture
        .coverage
        .select(planned, |(_, _, row)| (row.collection, Method::GET));
    let set = iter(planned).map(|(word, places, row)| async move {
        let resources = set(fixture).await;
        let socket = Socket::open(&fixture.url, &resources.values["token"]).await;
        Case {
            word,
            places,
            row,
            resources,
            socket,
        }
    });
    set.buffer_unordered(AT_ONCE).collect().await
}

/// Creates resources and a token for their user.
async fn set(fixture: &Fixture) -> Resources {
    let mut resources = Resources::create(&fixture.ours).await;
    let token = resources.token(&fixture.ours).await;
    resources.values.insert("token", token);
    resources
}

/// Keeps the connections from being closed as idle during a long operation.
pub async fn keep_open_during<T>(
    cases: &mut [Case],
    foreign_socket: &mut Socket,
    long: impl Future<Output = T>,
) -> T {
    let awake = async {
        loop {
            tokio::time::sleep(PING_INTERVAL).await;
            for socket in cases
                .iter_mut()
                .map(|case| &mut case.socket)
                .chain([&mut *foreign_socket])
            {
                socket.send(json!({"t": "ping"})).await;
            }
        }
    };
    tokio::select! {
        done = long => done,
        () = awake => unreachable!("the loop never ends"),
    }
}

/// Keeps connections from being closed as idle while other cases run.
async fn keep_open(cases: &mut [Case]) {
    for case in cases {
        case.socket.send(json!({"t": "ping"})).await;
    }
}

/// Sends a foreign and an absent id at every location. Returns the number of pairs.
pub async fn refused(cases: &mut [Case], fixture: &Fixture) -> usize {
    let mut pairs = 0;
    for index in 0..cases.len() {
        keep_open(cases).await;
        let case = &mut cases[index];
        for (place, form, kind) in case.places(false) {
            for (foreign, absent) in fixture
                .stranger
                .foreign_and_absent(&kind, form, &fixture.ours)
            {
                let responses = [
                    responses_to(case, &place, &foreign, fixture).await,
                    responses_to(case, &place, &absent, fixture).await,
                ];
                assert_eq!(
                    responses[0], responses[1],
                    "{} tells a foreign from an absent id in {place}",
                    case.word
                );
                pairs += 1;
            }
        }
    }
    pairs
}

/// Returns the masked responses to a frame with this id.
async fn responses_to(
    case: &mut Case,
    place: &IdLocation,
    id: &str,
    fixture: &Fixture,
) -> Vec<String> {
    let mut frame = fill(&case.row.frame, &case.resources.values);
    put_in(&mut frame, place, id);
    let mut other = if case.is_hello() {
        Some(connect(fixture).await)
    } else {
        None
    };
    let socket = other.as_mut().unwrap_or(&mut case.socket);
    socket.send(named(frame)).await;
    socket.send(json!({"t": "ping", "ref": "end"})).await;
    let mut responses = Vec::new();
    loop {
        let frame = next_frame(socket, fixture).await;
        if frame["ref"] == "end" {
            return responses;
        }
        let Some(frame) = without_transient(frame) else {
            continue;
        };
        let proven = frame["t"] == case.row.proof || frame["type"] == case.row.proof;
        assert!(
            !proven,
            "{} with {id} in {place} succeeds: {frame}",
            case.word
        );
        // The sender's read receipt advances asynchronously.
        if frame["type"] == "read.updated" {
            continue;
        }
        responses.push(masked(&frame.to_string(), &[id]));
    }
}

/// Sends every frame with own ids, internal and external.
///
/// Also sends words that another tenant has chosen and words that no tenant has. Returns the
/// number of frames.
pub async fn succeed(cases: &mut [Case], fixture: &Fixture) -> usize {
    let mut sent = 0;
    for index in 0..cases.len() {
        keep_open(cases).await;
        let case = &mut cases[index];
        for (place, form, kind) in case.places(true) {
            for (foreign, absent) in fixture
                .stranger
                .foreign_and_absent(&kind, form, &fixture.ours)
            {
                let responses = [
                    chosen(case, &place, &foreign, fixture).await,
                    chosen(case, &place, &absent, fixture).await,
                ];
                assert_eq!(
                    responses[0], responses[1],
                    "{} tells a foreign from a free word in {place}",
                    case.word
                );
                sent += 2;
            }
        }
        own(case, case.resources.values.clone(), fixture).await;
        sent += 1;
        if case
            .places
            .values()
            .any(|form| *form == IdForm::IdOrExternalId)
        {
            own(case, case.resources.by_external_id(), fixture).await;
            sent += 1;
        }
    }
    sent
}

async fn own(case: &mut Case, values: Values, fixture: &Fixture) {
    let frame = fill(&case.row.frame, &values);
    let mut other = if case.is_hello() {
        Some(connect(fixture).await)
    } else {
        None
    };
    let socket = other.as_mut().unwrap_or(&mut case.socket);
    if case.row.proof == "event" {
        socket.cursors.start_at(&values["conversation"], 0);
    }
    proof(socket, frame, case.row.proof, fixture).await;
}

/// Returns the masked response to a frame with this word and new resources.
async fn chosen(case: &Case, place: &IdLocation, word: &str, fixture: &Fixture) -> String {
    let resources = set(fixture).await;
    let mut frame = fill(&case.row.frame, &resources.values);
    put_in(&mut frame, place, word);
    let mut socket = connect(fixture).await;
    if !case.is_hello() {
        socket = Socket::open(&fixture.url, &resources.values["token"]).await;
    }
    let responses = proof(&mut socket, frame, case.row.proof, fixture).await;
    let masks: Vec<&str> = [word].into_iter().chain(resources.masks()).collect();
    without_transient(responses).map_or_else(String::new, |responses| {
        masked(&responses.to_string(), &masks)
    })
}

/// Returns the frame that confirms success.
async fn proof(socket: &mut Socket, frame: Value, kind: &str, fixture: &Fixture) -> Value {
    socket.send(named(frame.clone())).await;
    loop {
        let responses = next_frame(socket, fixture).await;
        assert!(responses["t"] != "error", "{frame} is refused: {responses}");
        if responses["t"] == kind || responses["type"] == kind {
            return responses;
        }
    }
}

/// Sends messages in both tenants and asserts that each connection receives only its own tenant's.
pub async fn receive_nothing_foreign(
    cases: &mut [Case],
    foreign_socket: &mut Socket,
    fixture: &Fixture,
) {
    let say = async |tenant_fixture: &TenantFixture, conversation: &str| {
        let last = json!({"content": tenant_fixture.text(), "type": "last"});
        let said = tenant_fixture
            .owner
            .api
            .post(&format!("/v1/conversations/{conversation}/messages"), last)
            .await;
        assert_eq!(said.status, 201, "{}", said.text);
    };
    say(&fixture.theirs, &fixture.stranger.values["conversation"]).await;
    for case in &mut *cases {
        say(&fixture.ours, &case.resources.values["conversation"]).await;
        while next_frame(&mut case.socket, fixture).await["data"]["type"] != "last" {}
    }
    loop {
        let frame = foreign_socket
            .next()
            .await
            .expect("another tenant's connection stays open");
        fixture.theirs.assert_no_foreign_text(&frame.to_string());
        if frame["data"]["type"] == "last" {
            return;
        }
    }
}

async fn connect(fixture: &Fixture) -> Socket {
    Socket::connect(&fixture.url).await.expect("a connection")
}

async fn next_frame(socket: &mut Socket, fixture: &Fixture) -> Value {
    let frame = socket
        .next()
        .await
        .unwrap_or_else(|closed| panic!("the server closed: {closed:?}"));
    fixture.ours.assert_no_foreign_text(&frame.to_string());
    frame
}

/// Returns the frame with a `ref`, so that the server responds.
fn named(mut frame: Value) -> Value {
    frame["ref"] = "cell".into();
    frame
}
