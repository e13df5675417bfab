//! `GET /v1/realtime/events`: the same frames as server-sent events, for
//! clients that only read.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use base::{Error, Id, Result, limit};
use domain::messaging::Conversation;
use futures_util::stream::{self, Stream, unfold};
use serde::Deserialize;
use tokio::time::{Instant, sleep, sleep_until};
use wire::frames::{Hello, Seq, check_hello};
use wire::strict;

use crate::error_response::refused;
use crate::hub::{Hub, Registration};
use crate::presence::RENEWAL;
use crate::router::{bearer, origin};
use crate::send_queue::{Batch, Next};
use crate::session;

/// From where the stream goes on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resume {
    /// `<conversation_id>:<seq>,…`, at most [`limit::RESUME_CURSORS`].
    cursors: Option<String>,
    /// The last record of the user's own log.
    #[serde(default, deserialize_with = "strict::number")]
    user_cursor: Option<Seq>,
    device_id: Option<String>,
    epoch: Option<String>,
}

/// Tells nginx and the proxies that understand its header not to buffer the stream.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

pub(crate) async fn events(
    State(hub): State<Hub>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let opened = async {
        let hello = hello(&headers, uri.query().unwrap_or_default())?;
        let origin = origin(&headers)?;
        if method == Method::HEAD {
            // Nothing is opened, since the device's connection would be replaced.
            return session::admit(&hub, &hello.token, origin)
                .await
                .map(|_| None);
        }
        let connection = session::enter(&hub, hello, origin).await?;
        Ok(Some(Open {
            hub: hub.clone(),
            connection,
            renewed: Instant::now(),
        }))
    };
    match opened.await {
        Ok(Some(open)) => (
            [UNBUFFERED],
            Sse::new(frames(open)).keep_alive(KeepAlive::default()),
        )
            .into_response(),
        Ok(None) => (
            [UNBUFFERED],
            Sse::new(stream::empty::<Result<Event, Infallible>>()),
        )
            .into_response(),
        Err(failure) => refused(failure),
    }
}

/// Returns what a socket says in its hello, within the same bounds.
fn hello(headers: &HeaderMap, query: &str) -> Result<Hello> {
    let token = bearer(headers)?.to_owned();
    let Resume {
        cursors,
        user_cursor,
        device_id,
        epoch,
    } = strict::parameters(strict::query(query)?)?;
    let cursors = cursors
        .as_deref()
        .map(self::cursors)
        .transpose()?
        .unwrap_or_default();
    check_hello(Hello {
        token,
        device_id,
        cursors,
        user_cursor,
        epoch,
    })
    .map_err(strict::by_name)
}

fn cursors(text: &str) -> Result<HashMap<Id<Conversation>, Seq>> {
    let wrong = || {
        Error::invalid(
            "cursors",
            format!(
                "Expected at most {} of <conversation_id>:<seq>, each conversation once.",
                limit::RESUME_CURSORS
            ),
        )
    };
    let one = |cursor: &str| {
        let (id, seq) = cursor.split_once(':').ok_or_else(wrong)?;
        let id: Id<Conversation> = id.parse().map_err(|_| wrong())?;
        let seq: i64 = seq.parse().map_err(|_| wrong())?;
        let negative = |_| Error::invalid(format!("cursors/{id}"), "Expected 0 or more.");
        Ok((id, Seq::try_from(seq).map_err(negative)?))
    };
    let all = text
        .split(',')
        .take(limit::RESUME_CURSORS + 1)
        .map(one)
        .collect::<Result<Vec<_>>>()?;
    let cursors: HashMap<_, _> = all.iter().copied().collect();
    if cursors.len() < all.len() || cursors.len() > limit::RESUME_CURSORS {
        Err(wrong())
    } else {
        Ok(cursors)
    }
}

/// A stream that is open.
struct Open {
    hub: Hub,
    connection: Registration,
    /// When its presence was last renewed.
    renewed: Instant,
}

fn frames(open: Open) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold((open, None::<Batch>), |(mut open, mut batch)| async move {
        loop {
            if let Some(frame) = batch.as_mut().and_then(|batch| batch.frames.pop_front()) {
                let event = Event::default().data(frame.as_str());
                return Some((Ok(event), (open, batch)));
            }
            // The client has taken all but what the connection itself buffers.
            if let Some(batch) = batch.take() {
                open.connection.outbox.written(batch);
                open.connection.resume_blocked();
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
                Next::Frames(frames) => batch = Some(frames),
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

    #[test]
    fn a_query_has_the_bounds_of_a_hello() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "bearer T".parse().unwrap());
        let room = "0123456789abcdef01234567";
        let read = hello(
            &headers,
            &format!("cursors={room}:0&user_cursor=0&device_id=%C3%A4"),
        )
        .unwrap();
        assert_eq!(
            (&*read.token, read.device_id.as_deref(), read.cursors.len()),
            ("T", Some("ä"), 1)
        );
        let long = format!("device_id={}", "a".repeat(limit::DEVICE_ID_LENGTH + 1));
        let cases = [
            ("device_id=", "device_id"),
            (&long, "device_id"),
            ("device_id=%00", "device_id"),
            ("device_id=a%0Ab", "device_id"),
            ("device_id=%ff", "device_id"),
            ("device_id=a&device_id=a", "device_id"),
            ("user_cursor=-1", "user_cursor"),
            ("user_cursor=x", "user_cursor"),
            (&format!("cursors={room}:-1"), &format!("cursors/{room}")),
            (&format!("cursors={room}:1,{room}:2"), "cursors"),
            (&format!("cursors={room}"), "cursors"),
            ("cursors=", "cursors"),
            ("since=1", "since"),
        ];
        for (query, place) in cases {
            let failure = hello(&headers, query).unwrap_err();
            assert_eq!(
                (failure.code.status(), &*failure.faults[0].pointer),
                (400, place),
                "{query}"
            );
        }
        headers.append("authorization", "Bearer T".parse().unwrap());
        assert_eq!(hello(&headers, "").unwrap_err().code.status(), 400);
        assert_eq!(hello(&HeaderMap::new(), "").unwrap_err().code.status(), 401);
    }

    /// A stream says nothing by itself, so that the server renews for it.
    #[tokio::test]
    async fn a_client_that_only_reads_stays_there() {
        let world = World::new().await;
        let (bob, hello) = world.person("bob").await;
        let hub = world.node();
        let connection = session::enter(&hub, hello, None).await.unwrap();
        let mut frames = pin!(frames(Open {
            hub: hub.clone(),
            connection,
            renewed: Instant::now()
        }));
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
