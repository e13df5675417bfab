use serde::Serialize;
use utoipa::ToSchema;

/// A server-sent event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StreamEvent {
    /// A `ServerFrame` as JSON text.
    #[schema(content_media_type = "application/json")]
    pub data: String,
}
