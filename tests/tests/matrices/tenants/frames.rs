use std::time::Duration;

use serde_json::{Value, json};
use testkit::socket::Socket;

use super::Stage;
use crate::call::put_in;
use crate::cast::Cast;
use crate::document::{Document, Form, Place, Places};
use crate::plain::{lasting, masked};
use crate::row::{Values, fill, kind_in};
use crate::rows::{FrameRow, frames};
use crate::scene::{Scene, is_chosen};

/// Between two signs of life.
const AWAKE: Duration = Duration::from_secs(15);

/// One frame, with a scene and a connection of its own.
pub struct Case {
    word: String,
    places: Places,
    row: FrameRow,
    scene: Scene,
    socket: Socket,
}

impl Case {
    /// How many places the frame has.
    pub fn size(&self) -> usize {
        self.places.len()
    }

    fn is_hello(&self) -> bool {
        self.word == "hello"
    }

    /// The places whose id somebody chose, or those whose id we did.
    fn places(&self, chosen: bool) -> Vec<(Place, Form, String)> {
        let kinds = self
            .places
            .iter()
            .map(|(place, form)| (place.clone(), *form, self.kind(place)));
        kinds
            .filter(|(_, _, kind)| is_chosen(kind) == chosen)
            .collect()
    }

    fn kind(&self, place: &Place) -> String {
        kind_in(&self.row.frame, place)
            .expect("the row fills the place")
            .to_owned()
    }
}

/// Every case of every kind of frame.
///
/// # Panics
/// When a kind of frame or a place has no row.
pub async fn of(document: &Document, stage: &Stage) -> Vec<Case> {
    let mut cases = Vec::new();
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
            let places = own.map(|(place, form)| (place.clone(), *form)).collect();
            let scene = set(stage).await;
            let socket = Socket::open(&stage.url, &scene.values["token"]).await;
            cases.push(Case {
                word: word.clone(),
                places,
                row,
                scene,
                socket,
            });
        }
    }
    cases
}

/// A scene whose user has a token.
async fn set(stage: &Stage) -> Scene {
    let mut scene = Scene::set(&stage.ours).await;
    let token = scene.token(&stage.ours).await;
    scene.values.insert("token", token);
    scene
}

/// Does something that may take long, while the connections are kept from
/// being closed as idle.
pub async fn kept_open<T>(
    cases: &mut [Case],
    ear: &mut Socket,
    long: impl Future<Output = T>,
) -> T {
    let awake = async {
        loop {
            tokio::time::sleep(AWAKE).await;
            for socket in cases
                .iter_mut()
                .map(|case| &mut case.socket)
                .chain([&mut *ear])
            {
                socket.send(json!({"t": "ping"})).await;
            }
        }
    };
    tokio::select! {
        done = long => done,
        () = awake => unreachable!("it goes on for ever"),
    }
}

/// Keeps connections from being closed as idle while others take their turn.
async fn keep_open(cases: &mut [Case]) {
    for case in cases {
        case.socket.send(json!({"t": "ping"})).await;
    }
}

/// Names what is another tenant's and what is nobody's, at every place.
/// Answers how many pairs there were.
pub async fn refused(cases: &mut [Case], stage: &Stage) -> usize {
    let mut pairs = 0;
    for index in 0..cases.len() {
        keep_open(cases).await;
        let case = &mut cases[index];
        for (place, form, kind) in case.places(false) {
            for (foreign, absent) in stage.stranger.strangers(&kind, form, &stage.ours) {
                let told = [
                    told(case, &place, &foreign, stage).await,
                    told(case, &place, &absent, stage).await,
                ];
                assert_eq!(
                    told[0], told[1],
                    "{} tells a foreign from an absent id in {place}",
                    case.word
                );
                pairs += 1;
            }
        }
    }
    pairs
}

/// All that a frame with this id is answered, masked.
async fn told(case: &mut Case, place: &Place, id: &str, stage: &Stage) -> Vec<String> {
    let mut frame = fill(&case.row.frame, &case.scene.values);
    put_in(&mut frame, place, id);
    let mut other = if case.is_hello() {
        Some(connect(stage).await)
    } else {
        None
    };
    let socket = other.as_mut().unwrap_or(&mut case.socket);
    socket.send(named(frame)).await;
    socket.send(json!({"t": "ping", "ref": "end"})).await;
    let mut told = Vec::new();
    loop {
        let frame = heard(socket, stage).await;
        if frame["ref"] == "end" {
            return told;
        }
        let Some(frame) = lasting(frame) else {
            continue;
        };
        let proven = frame["t"] == case.row.proof || frame["type"] == case.row.proof;
        assert!(
            !proven,
            "{} with {id} in {place} succeeds: {frame}",
            case.word
        );
        // The mark of who sent rises by itself a moment later.
        if frame["type"] == "read.updated" {
            continue;
        }
        told.push(masked(&frame.to_string(), &[id]));
    }
}

/// Sends every frame with own ids, by id and by name, and with words that
/// another tenant and nobody has chosen. Answers how many there were.
pub async fn succeed(cases: &mut [Case], stage: &Stage) -> usize {
    let mut sent = 0;
    for index in 0..cases.len() {
        keep_open(cases).await;
        let case = &mut cases[index];
        for (place, form, kind) in case.places(true) {
            for (foreign, absent) in stage.stranger.strangers(&kind, form, &stage.ours) {
                let told = [
                    chosen(case, &place, &foreign, stage).await,
                    chosen(case, &place, &absent, stage).await,
                ];
                assert_eq!(
                    told[0], told[1],
                    "{} tells a foreign from a free word in {place}",
                    case.word
                );
                sent += 2;
            }
        }
        own(case, case.scene.values.clone(), stage).await;
        sent += 1;
        if case.places.values().any(|form| *form == Form::Named) {
            own(case, case.scene.by_name(), stage).await;
            sent += 1;
        }
    }
    sent
}

async fn own(case: &mut Case, values: Values, stage: &Stage) {
    let frame = fill(&case.row.frame, &values);
    let mut other = if case.is_hello() {
        Some(connect(stage).await)
    } else {
        None
    };
    let socket = other.as_mut().unwrap_or(&mut case.socket);
    if case.row.proof == "event" {
        socket.cursors.start_at(&values["conversation"], 0);
    }
    proof(socket, frame, case.row.proof, stage).await;
}

/// What a frame with this word is answered, masked, about a scene of its own.
async fn chosen(case: &Case, place: &Place, word: &str, stage: &Stage) -> String {
    let scene = set(stage).await;
    let mut frame = fill(&case.row.frame, &scene.values);
    put_in(&mut frame, place, word);
    let mut socket = connect(stage).await;
    if !case.is_hello() {
        socket = Socket::open(&stage.url, &scene.values["token"]).await;
    }
    let told = proof(&mut socket, frame, case.row.proof, stage).await;
    let masks: Vec<&str> = [word].into_iter().chain(scene.masks()).collect();
    lasting(told).map_or_else(String::new, |told| masked(&told.to_string(), &masks))
}

/// The frame that shows success.
async fn proof(socket: &mut Socket, frame: Value, kind: &str, stage: &Stage) -> Value {
    socket.send(named(frame.clone())).await;
    loop {
        let told = heard(socket, stage).await;
        assert!(told["t"] != "error", "{frame} is refused: {told}");
        if told["t"] == kind || told["type"] == kind {
            return told;
        }
    }
}

/// Speaks in both tenants and sees that each hears only its own.
pub async fn hear_nothing_foreign(cases: &mut [Case], ear: &mut Socket, stage: &Stage) {
    let say = async |cast: &Cast, conversation: &str| {
        let last = json!({"content": cast.text(), "type": "last"});
        let said = cast
            .owner
            .api
            .post(&format!("/v1/conversations/{conversation}/messages"), last)
            .await;
        assert_eq!(said.status, 201, "{}", said.text);
    };
    say(&stage.theirs, &stage.stranger.values["conversation"]).await;
    for case in &mut *cases {
        say(&stage.ours, &case.scene.values["conversation"]).await;
        while heard(&mut case.socket, stage).await["data"]["type"] != "last" {}
    }
    loop {
        let frame = ear
            .next()
            .await
            .expect("another tenant's connection stays open");
        stage.theirs.sees(&frame.to_string());
        if frame["data"]["type"] == "last" {
            return;
        }
    }
}

async fn connect(stage: &Stage) -> Socket {
    Socket::connect(&stage.url).await.expect("a connection")
}

async fn heard(socket: &mut Socket, stage: &Stage) -> Value {
    let frame = socket
        .next()
        .await
        .unwrap_or_else(|closed| panic!("the server closed: {closed:?}"));
    stage.ours.sees(&frame.to_string());
    frame
}

/// The frame with a name, so that it is answered.
fn named(mut frame: Value) -> Value {
    frame["ref"] = "cell".into();
    frame
}
