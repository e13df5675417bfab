//! `GET /v1/realtime/events`: the same frames as server-sent events, for
//! clients that only read.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use base::{Code, Failure, Id, Result, limit};
use domain::messaging::Conversation;
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use tokio::time::{Instant, sleep, sleep_until};
use wire::frames::Hello;

use crate::connection::Connection;
use crate::hub::Hub;
use crate::outbox::Next;
use crate::presence::RENEWAL;
use crate::router::origin;
use crate::session;

/// From where the stream goes on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resume {
    /// `<conversation_id>:<seq>,…`, at most [`limit::RESUME_CURSORS`].
    cursors: Option<String>,
    /// The last record of the user's own log.
    user_cursor: Option<i64>,
    device_id: Option<String>,
    epoch: Option<String>,
}

pub(crate) async fn events(
    State(hub): State<Hub>,
    headers: HeaderMap,
    query: Result<Query<Resume>, QueryRejection>,
) -> Response {
    let Query(resume) = match query {
        Ok(resume) => resume,
        Err(rejection) => return refused(Failure::invalid("", rejection.body_text())),
    };
    match open(&hub, &headers, resume).await {
        Ok(open) => Sse::new(frames(open)).keep_alive(KeepAlive::default()).into_response(),
        Err(failure) => refused(failure),
    }
}

async fn open(hub: &Hub, headers: &HeaderMap, resume: Resume) -> Result<Open> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let token = token
        .ok_or_else(|| Failure::new(Code::Unauthenticated, "A user token is needed: Authorization: Bearer …"))?
        .to_owned();
    let cursors = resume.cursors.as_deref().map(cursors).transpose()?.unwrap_or_default();
    let Resume { device_id, user_cursor, epoch, .. } = resume;
    let hello = Hello { token, device_id, cursors, user_cursor, epoch };
    let connection = session::enter(hub, hello, origin(headers).as_deref()).await?;
    Ok(Open { hub: hub.clone(), connection, renewed: Instant::now() })
}

fn cursors(text: &str) -> Result<HashMap<Id<Conversation>, i64>> {
    let wrong = || {
        Failure::invalid("cursors", format!("Expected at most {} of <conversation_id>:<seq>.", limit::RESUME_CURSORS))
    };
    let one = |cursor: &str| {
        let (id, seq) = cursor.split_once(':')?;
        Some((id.parse().ok()?, seq.parse().ok()?))
    };
    let all: Vec<_> =
        text.split(',').take(limit::RESUME_CURSORS + 1).map(one).collect::<Option<_>>().ok_or_else(wrong)?;
    if all.len() > limit::RESUME_CURSORS { Err(wrong()) } else { Ok(all.into_iter().collect()) }
}

/// A refusal, which the envelope of the API turns into a problem document.
fn refused(failure: Failure) -> Response {
    let status = StatusCode::from_u16(failure.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    response.extensions_mut().insert(failure);
    response
}

/// A stream that is open; leaves when it is dropped.
struct Open {
    hub: Hub,
    connection: Arc<Connection>,
    /// When its presence was last renewed.
    renewed: Instant,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.hub.0.leave(&self.connection, true);
    }
}

fn frames(open: Open) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold((open, std::collections::VecDeque::<crate::frame::Frame>::new()), |(mut open, mut ready)| async move {
        loop {
            if let Some(frame) = ready.pop_front() {
                let event = Event::default().data(frame.as_str());
                return Some((Ok(event), (open, ready)));
            }
            let next = tokio::select! {
                next = open.connection.outbox.next() => next,
                () = sleep(open.connection.until_token_ends()) => return None,
                () = sleep_until(open.renewed + RENEWAL) => {
                    open.renewed = Instant::now();
                    open.hub.0.there(&open.connection);
                    continue;
                }
            };
            match next {
                Next::Frames(frames) => {
                    open.connection.relieve();
                    ready.extend(frames);
                }
                Next::Close(..) => return None,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use futures_util::StreamExt;
    use futures_util::future::join;

    use super::*;
    use crate::world::World;

    /// A stream says nothing by itself, so that the server renews for it.
    #[tokio::test]
    async fn a_client_that_only_reads_stays_there() {
        let world = World::new().await;
        let (bob, hello) = world.person("bob").await;
        let hub = world.node();
        let connection = session::enter(&hub, hello, None).await.unwrap();
        let mut frames = pin!(frames(Open { hub: hub.clone(), connection, renewed: Instant::now() }));
        drop(frames.next().await.expect("ready"));
        for _ in 0..4 {
            hub.settled().await;
            assert!(world.presence(bob).await.unwrap().online);
            let reads = tokio::time::timeout(RENEWAL + Duration::from_secs(1), frames.next());
            let (read, ()) = join(reads, world.pass(RENEWAL + Duration::from_secs(1))).await;
            assert!(read.is_err(), "there is nothing to read");
        }
    }
}
