//! Writes the OpenAPI document to standard output, for `docs/reference/openapi.json`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(http_api::openapi_json().as_bytes())
}
