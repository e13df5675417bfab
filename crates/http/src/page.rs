use axum::Extension;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base::{Error, PageSize, Result, limit};
use wire::Page;

use crate::cost::{Cost, cost_of};
use crate::error::ApiResult;

/// Estimated bytes of an entry, so that the buffer of a page seldom grows.
const ENTRY_BYTES: usize = 768;

/// Returns a page as JSON. Reads it again with fewer entries if it has more
/// bytes than [`limit::PAGE_BYTES`]; discarded bytes count as further requests.
pub(crate) async fn respond<T, F, P>(size: PageSize, fetch: F) -> ApiResult<Response>
where
    T: serde::Serialize,
    F: Fn(PageSize) -> P,
    P: Future<Output = Result<Page<T>>>,
{
    let mut size = size;
    let mut discarded_bytes = 0;
    loop {
        let page = fetch(size).await?;
        let mut body = Vec::with_capacity((page.data.len() + 1) * ENTRY_BYTES);
        serde_json::to_writer(&mut body, &page).map_err(Error::internal)?;
        let Some(smaller) = smaller_size(size, body.len()) else {
            if body.capacity() > body.len() + limit::MESSAGE_BYTES {
                // The body stays in memory until a slow client has read it.
                body.shrink_to_fit();
            }
            let cost = Extension(Cost(cost_of(discarded_bytes)));
            return Ok((cost, [(CONTENT_TYPE, "application/json")], body).into_response());
        };
        discarded_bytes += body.len();
        size = smaller;
    }
}

/// Returns the size of a page that probably fits if one of this size has so many
/// bytes; `None` if that one fits or has a single entry.
fn smaller_size(size: PageSize, bytes: usize) -> Option<PageSize> {
    if bytes <= limit::PAGE_BYTES || size.get() == 1 {
        return None;
    }
    // A tenth less, because entries differ in size and another read is expensive.
    let entries = size.get() * limit::PAGE_BYTES / bytes * 9 / 10;
    PageSize::new(entries.clamp(1, size.get() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_large_page_is_read_again_with_a_size_that_fits() {
        let size = |entries| PageSize::new(entries).unwrap();
        assert!(smaller_size(size(100), limit::PAGE_BYTES).is_none());
        assert_eq!(
            smaller_size(size(100), limit::PAGE_BYTES * 6)
                .unwrap()
                .get(),
            14
        );
        assert_eq!(
            smaller_size(size(2), limit::PAGE_BYTES + 1).unwrap().get(),
            1
        );
        assert!(smaller_size(size(1), limit::PAGE_BYTES + 1).is_none());
    }
}
