use std::ops::Bound;

use axum::Json;
use axum::extract::State;
use base::{Error, Result, limit};
use domain::messaging::read_log;
use wire::{LogPage, Record};

use crate::api::Api;
use crate::extract::{Caller, ConversationPath, LogQuery, Query};
use crate::refusal::Answer;

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
    let after = query.after()?;
    let part = read_log(
        &caller.tenant,
        caller.actor,
        &name,
        after,
        Bound::Unbounded,
        query.size()?,
    )
    .await?;
    let users = api
        .join(
            &caller.tenant,
            part.told
                .iter()
                .flat_map(|told| Record::users_of(&told.event)),
        )
        .await?;
    let (data, cut) = fitting(part.told.into_iter().map(|told| Record::of(told, &users)))?;
    let to = data.last().map_or(after, |record| record.seq);
    Ok(Json(LogPage {
        data,
        to,
        has_more: part.more || cut,
    }))
}

/// The first records whose encoded bytes stay within [`limit::RANGE_BYTES`],
/// at least one, and whether others were left.
fn fitting(records: impl Iterator<Item = Result<Record>>) -> Result<(Vec<Record>, bool)> {
    let mut kept = Vec::new();
    let mut bytes = 0;
    for record in records {
        let record = record?;
        bytes += serde_json::to_vec(&record).map_err(Error::internal)?.len();
        if bytes > limit::RANGE_BYTES && !kept.is_empty() {
            return Ok((kept, true));
        }
        kept.push(record);
    }
    Ok((kept, false))
}
