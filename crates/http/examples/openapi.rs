//! Writes the OpenAPI document of the public API to standard output, for
//! `docs/reference/openapi.json`; with the argument `admin` that of the admin API.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let document = match std::env::args().nth(1).as_deref() {
        Some("admin") => http_api::admin::openapi_json(),
        _ => http_api::openapi_json(),
    };
    std::io::stdout().write_all(document.as_bytes())
}
