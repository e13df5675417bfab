//! `GET /v1/realtime/events`: the same frames as server-sent events, for clients that
//! only read.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use base::{ClientAddress, Error, Id, Result, limit};
use domain::auth::Entry;
use domain::messaging::Conversation;
use futures_util::stream::{self, Stream, unfold};
use serde::Deserialize;
use tokio::time::{Instant, sleep, sleep_until};
use wire::frames::{Hello, Seq, check_hello};
use wire::strict;

use crate::error_response::error_response;
use crate::hub::{Hub, Registration};
use crate::presence::RENEWAL_INTERVAL;
use crate::router::{bearer, origin};
use crate::send_queue::{Batch, Next};
use crate::session;

/// Query parameters that say where the stream resumes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resume {
    /// `<conversation_id>:<seq>,…`, at most [`limit::RESUME_CURSORS`].
    cursors: Option<String>,
    /// The last record of the user's own log that the client has.
    #[serde(default, deserialize_with = "strict::number")]
    user_cursor: Option<Seq>,
    device_id: Option<String>,
    epoch: Option<String>,
}

/// Header that stops nginx and compatible proxies from buffering the stream.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

pub(crate) async fn events(
    State(hub): State<Hub>,
    method: Method,
    uri: Uri,
    client: Option<Extension<ClientAddress>>,
    headers: HeaderMap,
) -> Response {
    let client = client.map_or(ClientAddress::UNKNOWN, |Extension(client)| client);
    let opened = async {
        let hello = hello(&headers, uri.query().unwrap_or_default())?;
        let entry = Entry::from(origin(&headers)?).at(client);
        if method == Method::HEAD {
            // A HEAD request opens nothing, since that would replace the device's
            // connection.
            return session::admit(&hub, &hello.token, entry)
                .await
                .map(|_| None);
        }
        let connection = session::enter_from(&hub, hello, entry).await?;
        Ok(Some(EventStream {
            hub: hub.clone(),
            connection,
            renewed_at: Instant::now(),
        }))
    };
    match opened.await {
        Ok(Some(stream_state)) => (
            [UNBUFFERED],
            Sse::new(frames(stream_state)).keep_alive(KeepAlive::default()),
        )
            .into_response(),
        Ok(None) => (
            [UNBUFFERED],
            Sse::new(stream::empty::<Result<Event, Infallible>>()),
        )
            .into_response(),
        Err(failure) => error_response(failure),
    }
}

/// Returns the hello of a request, within the same bounds as that of a socket.
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
    let invalid = || {
        Error::invalid(
            "cursors",
            format!(
                "Expected at most {} of <conversation_id>:<seq>, each conversation once.",
                limit::RESUME_CURSORS
            ),
        )
    };
    let parse = |cursor: &str| {
        let (id, seq) = cursor.split_once(':').ok_or_else(invalid)?;
        let id: Id<Conversation> = id.parse().map_err(|_| invalid())?;
        let seq: i64 = seq.parse().map_err(|_| invalid())?;
        let negative = |_| Error::invalid(format!("cursors/{id}"), "Expected 0 or more.");
        Ok((id, Seq::try_from(seq).map_err(negative)?))
    };
    let all = text
        .split(',')
        .take(limit::RESUME_CURSORS + 1)
        .map(parse)
        .collect::<Result<Vec<_>>>()?;
    let cursors: HashMap<_, _> = all.iter().copied().collect();
    if cursors.len() < all.len() || cursors.len() > limit::RESUME_CURSORS {
        Err(invalid())
    } else {
        Ok(cursors)
    }
}

/// An open event stream.
struct EventStream {
    hub: Hub,
    connection: Registration,
    /// Time at which its presence was last renewed.
    renewed_at: Instant,
}

fn frames(stream_state: EventStream) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(
        (stream_state, None::<Batch>),
        |(mut stream_state, mut batch)| async move {
            loop {
                if let Some(frame) = batch.as_mut().and_then(|batch| batch.frames.pop_front()) {
                    let event = Event::default().data(frame.as_str());
                    return Some((Ok(event), (stream_state, batch)));
                }
                // The client has taken everything except what the connection itself
                // buffers.
                if let Some(batch) = batch.take() {
                    stream_state.connection.send_queue.written(batch);
                    stream_state.connection.resume_blocked();
                }
                let next = tokio::select! {
                    next = stream_state.connection.send_queue.next() => next,
                    () = sleep(stream_state.connection.token_remaining()) => return None,
                    () = sleep_until(stream_state.renewed_at + RENEWAL_INTERVAL) => {
                        stream_state.renewed_at = Instant::now();
                        stream_state.hub.0.set_online(&stream_state.connection);
                        continue;
                    }
                };
                match next {
                    Next::Frames(frames) => batch = Some(frames),
                    Next::Close(..) => return None,
                }
            }
        },
    )
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
    fn query_out_of_bounds_is_rejected_like_a_hello() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "bearer T".parse().unwrap());
        let conversation = "0123456789abcdef01234567";
        let parsed = hello(
            &headers,
            &format!("cursors={conversation}:0&user_cursor=0&device_id=%C3%A4"),
        )
        .unwrap();
        assert_eq!(
            (
                &*parsed.token,
                parsed.device_id.as_deref(),
                parsed.cursors.len()
            ),
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
            (
                &format!("cursors={conversation}:-1"),
                &format!("cursors/{conversation}"),
            ),
            (
                &format!("cursors={conversation}:1,{conversation}:2"),
                "cursors",
            ),
            (&format!("cursors={conversation}"), "cursors"),
            ("cursors=", "cursors"),
            ("since=1", "since"),
        ];
        for (query, pointer) in cases {
            let failure = hello(&headers, query).unwrap_err();
            assert_eq!(
                (failure.code.status(), &*failure.faults[0].pointer),
                (400, pointer),
                "{query}"
            );
        }
        headers.append("authorization", "Bearer T".parse().unwrap());
        assert_eq!(hello(&headers, "").unwrap_err().code.status(), 400);
        assert_eq!(hello(&HeaderMap::new(), "").unwrap_err().code.status(), 401);
    }

    /// An event stream receives nothing, so the server renews its presence.
    #[tokio::test]
    async fn reading_client_stays_online() {
        let world = World::new().await;
        let (bob, hello) = world.user("bob").await;
        let hub = world.node();
        let connection = session::enter(&hub, hello, None).await.unwrap();
        let mut frames = pin!(frames(EventStream {
            hub: hub.clone(),
            connection,
            renewed_at: Instant::now()
        }));
        drop(frames.next().await.expect("ready"));
        for _ in 0..4 {
            hub.settled().await;
            assert!(world.presence(bob).await.unwrap().online);
            let reads =
                tokio::time::timeout(RENEWAL_INTERVAL + Duration::from_secs(1), frames.next());
            let (parsed, ()) = join(
                reads,
                world.advance(RENEWAL_INTERVAL + Duration::from_secs(1)),
            )
            .await;
            assert!(parsed.is_err(), "unexpected frame");
        }
    }
}
