use serde::Serialize;
use utoipa::ToSchema;

use crate::Record;

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub data: Vec<T>,
    /// Cursor of the following entries; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Cursor of the preceding entries; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev_cursor: Option<String>,
    /// Whether more entries follow in this direction.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Creates the only page of a list.
    #[must_use]
    pub const fn only(data: Vec<T>) -> Self {
        Self {
            data,
            next_cursor: None,
            prev_cursor: None,
            has_more: false,
        }
    }
}

/// A list that is returned completely.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListResponse<T> {
    /// The entries.
    pub data: Vec<T>,
}

/// Records of a conversation's log, oldest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogPage {
    /// The records: at most 100 or 192 KiB, at least one.
    pub data: Vec<Record>,
    /// The last record of the page, or the requested position: continue after it.
    pub to: i64,
    /// Whether more records follow.
    pub has_more: bool,
}

impl<T> FromIterator<T> for ListResponse<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        Self {
            data: entries.into_iter().collect(),
        }
    }
}
