use std::ops::Bound;

use axum::Json;
use axum::extract::State;
use base::{Failure, Result, limit};
use domain::messaging::read_log;
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{LogPage, Record};

use crate::api::Api;
use crate::extract::{Caller, ConversationPath, Query, number};
use crate::refusal::Answer;

/// Which part of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LogQuery {
    /// The last record that the client has; 0, the default, for none.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 0)]
    after: Option<i64>,
}

/// Get the log
///
/// Every record of a conversation after a number, oldest first and without holes: what a client without a connection
/// reads to catch up. What the reader may not see is `hidden`. Who left or was removed gets the log up to that record,
/// and everything in it as of then.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/log", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path), LogQuery),
    responses((status = 200, description = "Records.", body = LogPage)),
)]
pub(super) async fn get_log(
    State(api): State<Api>,
    caller: Caller,
    ConversationPath(name): ConversationPath,
    Query(query): Query<LogQuery>,
) -> Answer<Json<LogPage>> {
    let after = query.after.unwrap_or(0);
    if after < 0 {
        return Err(Failure::invalid("after", "Expected 0 or more.").into());
    }
    let part = read_log(&caller.tenant, caller.actor, &name, after, Bound::Unbounded).await?;
    let users = api.join(&caller.tenant, part.told.iter().flat_map(|told| Record::users_of(&told.event))).await?;
    let (data, cut) = fitting(part.told.into_iter().map(|told| Record::of(told, &users)))?;
    let to = data.last().map_or(after, |record| record.seq);
    Ok(Json(LogPage { data, to, has_more: part.more || cut }))
}

/// The first records whose encoded bytes stay within [`limit::RANGE_BYTES`],
/// at least one, and whether others were left.
fn fitting(records: impl Iterator<Item = Result<Record>>) -> Result<(Vec<Record>, bool)> {
    let (mut kept, mut bytes) = (Vec::new(), 0);
    for record in records {
        let record = record?;
        bytes += serde_json::to_vec(&record).map_err(Failure::internal)?.len();
        if bytes > limit::RANGE_BYTES && !kept.is_empty() {
            return Ok((kept, true));
        }
        kept.push(record);
    }
    Ok((kept, false))
}
