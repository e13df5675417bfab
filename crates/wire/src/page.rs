use serde::Serialize;
use utoipa::ToSchema;

use crate::Record;

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub data: Vec<T>,
    /// Goes on after the last entry; absent when there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Goes back before the first entry; absent when there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev_cursor: Option<String>,
    /// Whether more follows in this direction.
    pub has_more: bool,
}

/// A list that is always whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListResponse<T> {
    /// The entries.
    pub data: Vec<T>,
}

/// Records of a conversation's log, oldest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogPage {
    /// The records, cut at 100 or 192 KiB, at least one.
    pub data: Vec<Record>,
    /// The last record of the page, or what was asked for: go on after it.
    pub to: i64,
    /// Whether more follow.
    pub has_more: bool,
}
