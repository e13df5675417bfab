use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base::{Failure, PageSize, Result, limit};
use wire::Page;

use crate::refusal::Answer;

/// The bytes that an entry takes by and large: a page that is written at once
/// need not be moved as it grows.
const ENTRY_BYTES: usize = 768;

/// Answers a page, a smaller one where it would have more bytes than
/// [`limit::PAGE_BYTES`].
pub(crate) async fn answer<T, F, P>(size: PageSize, fetch: F) -> Answer<Response>
where
    T: serde::Serialize,
    F: Fn(PageSize) -> P,
    P: Future<Output = Result<Page<T>>>,
{
    let mut size = size;
    loop {
        let page = fetch(size).await?;
        let mut body = Vec::with_capacity((page.data.len() + 1) * ENTRY_BYTES);
        serde_json::to_writer(&mut body, &page).map_err(Failure::internal)?;
        match PageSize::new(size.get() / 2) {
            Some(half) if body.len() > limit::PAGE_BYTES => size = half,
            _ => {
                if body.capacity() > body.len() + limit::MESSAGE_BYTES {
                    // The client may take a while to read it.
                    body.shrink_to_fit();
                }
                return Ok(([(CONTENT_TYPE, "application/json")], body).into_response());
            }
        }
    }
}
