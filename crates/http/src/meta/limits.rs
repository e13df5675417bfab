use axum::Json;
use wire::Limits;

/// Get the limits
///
/// Every bound of the product with its number and unit.
#[utoipa::path(
    get, path = "/v1/limits", tag = "meta", responses((status = 200, description = "The limits.", body = Limits)),
)]
pub(super) async fn get_limits() -> Json<Limits> {
    Json(Limits::all())
}
