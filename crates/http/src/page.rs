use axum::Extension;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base::{Error, PageSize, Result, limit};
use serde::Serialize;
use tokio::task::yield_now;
use wire::Page;

use crate::cost::{Cost, cost_of};
use crate::error::ApiResult;

/// The bytes that an entry takes by and large: a page that is written at once
/// need not be moved as it grows.
const ENTRY_BYTES: usize = 768;

/// Start of every page.
const OPENING: &[u8] = b"{\"data\":[";

/// Returns a page as JSON. Reads it again with fewer entries if it has more
/// bytes than [`limit::PAGE_BYTES`]; discarded bytes count as further requests.
pub(crate) async fn respond<T, F, P>(size: PageSize, fetch: F) -> ApiResult<Response>
where
    T: Serialize + Send + Sync,
    F: Fn(PageSize) -> P,
    P: Future<Output = Result<Page<T>>>,
{
    let mut size = size;
    // Bytes that were read and cannot be returned.
    let mut discarded = 0;
    loop {
        let page = fetch(size).await?;
        let entries = page.data.len();
        match serialize(page).await? {
            Serialized::Whole(body) => {
                let cost = Extension(Cost(cost_of(discarded)));
                return Ok((cost, [(CONTENT_TYPE, "application/json")], body).into_response());
            }
            Serialized::TooLarge { fitting, each } => {
                // All entries were read, though not all were serialized.
                discarded += each * entries;
                size = PageSize::new(fitting).unwrap_or(size);
            }
        }
    }
}

/// A page as JSON.
#[derive(Debug, PartialEq, Eq)]
enum Serialized {
    Whole(Vec<u8>),
    /// Only the first entries fit, at least one.
    TooLarge {
        fitting: usize,
        /// Average bytes of an entry.
        each: usize,
    },
}

/// Serializes a page up to [`limit::PAGE_BYTES`]; a single entry may be larger.
/// Yields after each request's worth of bytes, so that small requests on the same
/// thread do not wait for the whole page.
async fn serialize<T: Serialize + Send + Sync>(page: Page<T>) -> Result<Serialized> {
    let Page { data, .. } = page;
    let end = serde_json::to_vec(&Page::<T> {
        data: Vec::new(),
        ..page
    });
    let end = end.map_err(Error::internal)?;
    let end = end.strip_prefix(OPENING);
    let end = end.ok_or_else(|| Error::internal(DataIsNotFirst))?;
    let mut body = Vec::with_capacity((data.len() + 1) * ENTRY_BYTES);
    body.extend_from_slice(OPENING);
    let mut turn_ends = limit::REQUEST_COST_BYTES;
    for (before, entry) in data.iter().enumerate() {
        if before > 0 {
            body.push(b',');
        }
        serde_json::to_writer(&mut body, entry).map_err(Error::internal)?;
        if before > 0 && body.len() + end.len() > limit::PAGE_BYTES {
            return Ok(Serialized::TooLarge {
                fitting: before,
                each: body.len() / (before + 1),
            });
        }
        if body.len() > turn_ends {
            turn_ends = body.len() + limit::REQUEST_COST_BYTES;
            yield_now().await;
        }
    }
    body.extend_from_slice(end);
    if body.capacity() > body.len() + limit::MESSAGE_BYTES {
        // The body stays in memory until a slow client has read it.
        body.shrink_to_fit();
    }
    Ok(Serialized::Whole(body))
}

/// Error for a page whose first field is not `data`.
#[derive(Debug, thiserror::Error)]
#[error("the first field of a page is not `data`")]
struct DataIsNotFirst;

#[cfg(test)]
mod tests {
    use super::*;

    fn page(entries: usize, bytes: usize) -> Page<String> {
        Page {
            data: vec!["x".repeat(bytes); entries],
            next_cursor: Some("next".to_owned()),
            prev_cursor: None,
            has_more: true,
        }
    }

    #[tokio::test]
    async fn serialized_page_is_the_same_as_in_one_step() {
        for (entries, bytes) in [(0, 0), (1, 10), (100, 10), (10, limit::MESSAGE_BYTES)] {
            let whole = serde_json::to_vec(&page(entries, bytes)).unwrap();
            let serialized = serialize(page(entries, bytes)).await.unwrap();
            assert_eq!(serialized, Serialized::Whole(whole));
        }
    }

    #[tokio::test]
    async fn page_that_is_too_large_says_how_many_entries_fit() {
        let serialized = serialize(page(100, limit::MESSAGE_BYTES)).await.unwrap();
        let fitting = limit::PAGE_BYTES / (limit::MESSAGE_BYTES + 3);
        let each = limit::MESSAGE_BYTES + 3;
        assert_eq!(serialized, Serialized::TooLarge { fitting, each });
        let fitting = serialize(page(fitting, limit::MESSAGE_BYTES))
            .await
            .unwrap();
        assert!(matches!(fitting, Serialized::Whole(_)));
    }

    #[tokio::test]
    async fn single_entry_is_returned_whatever_its_size() {
        let serialized = serialize(page(1, limit::PAGE_BYTES)).await.unwrap();
        assert!(matches!(serialized, Serialized::Whole(_)));
        let serialized = serialize(page(2, limit::PAGE_BYTES)).await.unwrap();
        assert!(matches!(
            serialized,
            Serialized::TooLarge { fitting: 1, .. }
        ));
    }
}
