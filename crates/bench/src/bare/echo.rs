use axum::Json;
use serde_json::Value;

/// Answers what was asked.
pub(super) async fn echo(Json(body): Json<Value>) -> Json<Value> {
    Json(body)
}
