use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base::{Direction, Error, PageSize, Result, limit};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use wire::strict;

use super::number;
use crate::api::Api;
use crate::refusal::Refusal;

/// The query of the right shape: no parameter twice, none unknown.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Api> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Refusal> {
        Ok(Self(strict::parameters(strict::query(
            parts.uri.query().unwrap_or_default(),
        )?)?))
    }
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Entries of the page.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = limit_schema)]
    limit: Option<usize>,
    /// `next_cursor` of another page in the same direction, or `prev_cursor` of one in the other direction.
    pub(crate) cursor: Option<String>,
    /// Which way to go.
    #[serde(default)]
    #[param(inline)]
    direction: Option<Way>,
}

/// Which part of a log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// The last record that the client has; 0, the default, for none.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Records of the page.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = log_limit_schema)]
    limit: Option<usize>,
}

impl LogQuery {
    /// Returns the record after which the page begins.
    ///
    /// # Errors
    /// 400 below 0.
    pub(crate) fn after(&self) -> Result<i64> {
        match self.after.unwrap_or(0) {
            after @ 0.. => Ok(after),
            _ => Err(Error::invalid("after", "Expected 0 or more.")),
        }
    }

    /// Returns how many records are wanted: as many as a page has at most when the request does not say.
    ///
    /// # Errors
    /// 400 outside 1 to [`limit::PAGE`].
    pub(crate) fn size(&self) -> Result<PageSize> {
        self.limit
            .map_or(Ok(PageSize::MAX), |limit| size(Some(limit)))
    }
}

/// Which way a list goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// In the list's order.
    Forward,
    /// Against the list's order.
    Backward,
}

impl From<Way> for Direction {
    fn from(way: Way) -> Self {
        match way {
            Way::Forward => Self::Forward,
            Way::Backward => Self::Backward,
        }
    }
}

impl PageQuery {
    /// How many entries.
    ///
    /// # Errors
    /// 400 outside 1 to [`limit::PAGE`].
    pub(crate) fn size(&self) -> Result<PageSize> {
        size(self.limit)
    }

    /// Which way; forward when the request does not say.
    pub(crate) fn direction(&self) -> Direction {
        self.direction_or(Direction::Forward)
    }

    /// Which way, with what is meant when the request does not say.
    pub(crate) fn direction_or(&self, unsaid: Direction) -> Direction {
        self.direction.map_or(unsaid, Direction::from)
    }
}

/// How many entries a page has.
///
/// # Errors
/// 400 outside 1 to [`limit::PAGE`].
pub(crate) fn size(asked: Option<usize>) -> Result<PageSize> {
    let told = || Error::invalid("limit", format!("Expected 1 to {}.", limit::PAGE));
    asked.map_or(Ok(PageSize::default()), |asked| {
        PageSize::new(asked).ok_or_else(told)
    })
}

/// The schema of `limit`.
pub(crate) fn limit_schema() -> Schema {
    limit_with_default(limit::PAGE_DEFAULT)
}

/// The schema of a log's `limit`.
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

    fn refused(query: &str) -> String {
        let read = strict::query(query).and_then(strict::parameters::<PageQuery>);
        read.and_then(|page| page.size().map(drop))
            .unwrap_err()
            .faults
            .remove(0)
            .pointer
            .into_owned()
    }

    #[test]
    fn a_bad_query_is_refused_by_the_name_of_its_parameter() {
        for query in [
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=NaN",
            "limit=",
            "limit=1&limit=1",
            "limit=%31&lim%69t=2",
        ] {
            assert_eq!(refused(query), "limit", "{query}");
        }
        assert_eq!(refused("page=1"), "page");
        assert_eq!(refused("cursor=%ff"), "cursor");
        assert_eq!(refused("cursor=%00"), "cursor");
        assert_eq!(refused("direction=sideways"), "direction");
    }
}
