use axum::Json;
use wire::Erasure;

use crate::extract::{Caller, ErasurePath};
use crate::refusal::Answer;

/// Get an erasure
///
/// How far it has got, and its report: what was removed and wiped in each collection. The report is kept.
#[utoipa::path(
    get, path = "/v1/erasures/{erasure}", tag = "users", params(("erasure" = wire::schema::Id, Path)),
    responses((status = 200, description = "The erasure.", body = Erasure)),
)]
pub(super) async fn get_erasure(
    caller: Caller,
    ErasurePath(id): ErasurePath,
) -> Answer<Json<Erasure>> {
    Ok(Json(Erasure::of(
        &domain::erasure::get(&caller.tenant, id).await?,
    )))
}
