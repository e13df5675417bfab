/// Is the server there
///
/// Answers while the process runs.
#[utoipa::path(get, path = "/healthz", tag = "meta", responses((status = 200, description = "It is.", body = str)))]
pub(super) async fn get_health() -> &'static str {
    "ok"
}
