use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base::{Direction, Error, PageSize, Result, limit};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::IntoParams;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use wire::strict;

use super::number;
use crate::error::ApiError;
use crate::state::AppState;

/// Query parameters of a `T`. Unknown and duplicate parameters are invalid.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        Ok(Self(strict::parameters(parameters(parts)?)?))
    }
}

/// Query parameters of a list: a filter and a page.
#[derive(Debug)]
pub(crate) struct Paged<T>(pub(crate) T, pub(crate) PageQuery);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Paged<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        Ok(Self::from_query(parameters(parts)?)?)
    }
}

/// Types that can be read from all parameters of a query.
pub(crate) trait FromQuery: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// 400 for an invalid or unknown parameter.
    fn from_query(parameters: Map<String, Value>) -> Result<Self>;
}

impl FromQuery for NoQuery {
    fn from_query(parameters: Map<String, Value>) -> Result<Self> {
        strict::parameters(parameters)
    }
}

impl FromQuery for PageQuery {
    fn from_query(parameters: Map<String, Value>) -> Result<Self> {
        strict::parameters(parameters)
    }
}

impl<T: DeserializeOwned> FromQuery for Paged<T> {
    fn from_query(mut parameters: Map<String, Value>) -> Result<Self> {
        let page = ["limit", "cursor", "direction"]
            .into_iter()
            .filter_map(|name| parameters.remove_entry(name))
            .collect();
        let page = strict::parameters(page)?;
        Ok(Self(strict::parameters(parameters)?, page))
    }
}

fn parameters(parts: &Parts) -> Result<Map<String, Value>> {
    strict::query(parts.uri.query().unwrap_or_default())
}

/// Query without parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoQuery {}

/// Query parameters of a page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Maximum number of entries of the page.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = limit_schema)]
    limit: Option<usize>,
    /// Cursor of another page of the same list: its `next_cursor` with the same `direction`, or its `prev_cursor` with
    /// the opposite one.
    pub(crate) cursor: Option<String>,
    /// Direction of the list: `forward` by its order, `backward` against it.
    #[serde(default)]
    #[param(inline)]
    direction: Option<SortDirection>,
}

/// Query parameters of a log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// Number of the last record that the client has; 0, the default, returns the log from its start.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Maximum number of records.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = log_limit_schema)]
    limit: Option<usize>,
}

impl LogQuery {
    /// Returns the number of the record after which the page begins.
    ///
    /// # Errors
    /// 400 below 0.
    pub(crate) fn after(&self) -> Result<i64> {
        match self.after.unwrap_or(0) {
            after @ 0.. => Ok(after),
            _ => Err(Error::invalid("after", "Expected 0 or more.")),
        }
    }

    /// Returns the maximum number of records, by default [`limit::PAGE`].
    ///
    /// # Errors
    /// 400 outside 1 to [`limit::PAGE`].
    pub(crate) fn size(&self) -> Result<PageSize> {
        self.limit.map_or(Ok(PageSize::MAX), page_size)
    }
}

/// Direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SortDirection {
    /// By the list's order.
    Forward,
    /// Against the list's order.
    Backward,
}

impl From<SortDirection> for Direction {
    fn from(direction: SortDirection) -> Self {
        match direction {
            SortDirection::Forward => Self::Forward,
            SortDirection::Backward => Self::Backward,
        }
    }
}

impl PageQuery {
    /// Returns the maximum number of entries, by default [`limit::PAGE_DEFAULT`].
    ///
    /// # Errors
    /// 400 outside 1 to [`limit::PAGE`].
    pub(crate) fn size(&self) -> Result<PageSize> {
        self.limit.map_or(Ok(PageSize::default()), page_size)
    }

    /// Returns the direction, by default forward.
    pub(crate) fn direction(&self) -> Direction {
        self.direction_or(Direction::Forward)
    }

    /// Returns the direction, or a default.
    pub(crate) fn direction_or(&self, default: Direction) -> Direction {
        self.direction.map_or(default, Direction::from)
    }

    /// Returns whether the query has a direction.
    pub(crate) fn has_direction(&self) -> bool {
        self.direction.is_some()
    }
}

fn page_size(limit: usize) -> Result<PageSize> {
    let invalid = || Error::invalid("limit", format!("Expected 1 to {}.", limit::PAGE));
    PageSize::new(limit).ok_or_else(invalid)
}

fn limit_schema() -> Schema {
    limit_with_default(limit::PAGE_DEFAULT)
}

fn log_limit_schema() -> Schema {
    limit_with_default(limit::PAGE)
}

fn limit_with_default(default: usize) -> Schema {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(limit::PAGE));
    Schema::from(number.default(Some(Value::from(default))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid_parameter(query: &str) -> String {
        let read = strict::query(query).and_then(Paged::<NoQuery>::from_query);
        read.and_then(|Paged(_, page)| page.size().map(drop))
            .unwrap_err()
            .faults
            .remove(0)
            .pointer
            .into_owned()
    }

    #[test]
    fn invalid_query_is_rejected_by_the_name_of_its_parameter() {
        for query in [
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=NaN",
            "limit=",
            "limit=1&limit=1",
            "limit=%31&lim%69t=2",
        ] {
            assert_eq!(invalid_parameter(query), "limit", "{query}");
        }
        assert_eq!(invalid_parameter("page=1"), "page");
        assert_eq!(invalid_parameter("cursor=%ff"), "cursor");
        assert_eq!(invalid_parameter("cursor=%00"), "cursor");
        assert_eq!(invalid_parameter("direction=sideways"), "direction");
    }
}
