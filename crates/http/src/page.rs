use axum::Extension;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base::{Error, PageSize, Result, limit};
use wire::Page;

use crate::cost::{Cost, cost_of};
use crate::refusal::Answer;

/// The bytes that an entry takes by and large: a page that is written at once
/// need not be moved as it grows.
const ENTRY_BYTES: usize = 768;

/// Answers a page, a smaller one where it would have more bytes than
/// [`limit::PAGE_BYTES`]. What was read in vain counts as further requests.
pub(crate) async fn answer<T, F, P>(size: PageSize, fetch: F) -> Answer<Response>
where
    T: serde::Serialize,
    F: Fn(PageSize) -> P,
    P: Future<Output = Result<Page<T>>>,
{
    let mut size = size;
    // Bytes that were read and cannot be returned.
    let mut discarded = 0;
    loop {
        let page = fetch(size).await?;
        let mut body = Vec::with_capacity((page.data.len() + 1) * ENTRY_BYTES);
        serde_json::to_writer(&mut body, &page).map_err(Error::internal)?;
        let Some(smaller) = fitting(size, body.len()) else {
            if body.capacity() > body.len() + limit::MESSAGE_BYTES {
                // The client may take a while to read it.
                body.shrink_to_fit();
            }
            let cost = Extension(Cost(cost_of(discarded)));
            return Ok((cost, [(CONTENT_TYPE, "application/json")], body).into_response());
        };
        discarded += body.len();
        size = smaller;
    }
}

/// Returns the size of a page that will probably fit if one of this size has
/// so many bytes; `None` if that fits, or cannot be smaller.
fn fitting(size: PageSize, bytes: usize) -> Option<PageSize> {
    if bytes <= limit::PAGE_BYTES || size.get() == 1 {
        return None;
    }
    // A tenth less: entries differ in size, and each further read costs as much as this one.
    let entries = size.get() * limit::PAGE_BYTES / bytes * 9 / 10;
    PageSize::new(entries.clamp(1, size.get() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_that_is_too_large_is_read_again_at_a_size_that_fits() {
        let size = |entries| PageSize::new(entries).unwrap();
        assert!(fitting(size(100), limit::PAGE_BYTES).is_none());
        assert_eq!(fitting(size(100), limit::PAGE_BYTES * 6).unwrap().get(), 14);
        assert_eq!(fitting(size(2), limit::PAGE_BYTES + 1).unwrap().get(), 1);
        assert!(fitting(size(1), limit::PAGE_BYTES + 1).is_none());
    }
}
