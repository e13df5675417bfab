use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::given;
use crate::schema;

/// A file of a message, by its URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// What kind of file it is: `image`, `video`, `audio`, `file` or a word of the tenant's own.
    #[serde(rename = "type")]
    #[schema(value_type = schema::Word)]
    pub kind: String,
    /// Where it is: `https` or `http`.
    #[schema(value_type = schema::Url)]
    pub url: String,
    /// What people see.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<schema::FileName>)]
    pub name: Option<String>,
    /// Its size in bytes.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 0)]
    pub size: Option<i64>,
    /// Its media type, such as `image/png`.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<schema::MediaType>)]
    pub mime_type: Option<String>,
}
