use serde_json::json;

use crate::row::Actor::Server;
use crate::row::{Row, row};

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const OCTETS: &str = "application/offset+octet-stream";
const FORM: &str = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
    Content-Type: text/plain\r\n\r\n{text}\r\n--X--\r\n";
const PAGE: &[(&str, &str)] = &[("limit", "1"), ("cursor", "{cursor}")];
const AVATAR: &[(&str, &str)] = &[("file", "avatar_file")];

/// Files, uploads and links.
pub fn rows() -> Vec<Row> {
    let link = json!({"file_id": "{file}", "message_id": "{message}"});
    let avatar = json!({"file_id": "{avatar_file}"});
    vec![
        row("upload_file", "files").raw("multipart/form-data; boundary=X", FORM),
        row("list_files", "files").query(PAGE).only(&[Server]),
        row("list_files", "files").query(&[("user", "{owner}")]),
        row("get_file", "media_metadata").query(&[("message_id", "{message}")]),
        row("delete_file", "files").in_path(AVATAR),
        row("get_file_content", "files").query(&[("message_id", "{message}")]),
        row("list_conversation_files", "file_references").query(PAGE),
        row("create_file_links", "files").body(json!({"links": [link]})),
        row("set_user_avatar", "users")
            .own_user()
            .body(avatar.clone()),
        row("set_conversation_avatar", "conversations").body(avatar),
        row("create_upload", "storage_usage").headers(&[TUS, ("upload-length", "1")]),
        row("get_upload", "file_uploads")
            .only(&[Server])
            .headers(&[TUS]),
        row("append_to_upload", "file_uploads")
            .only(&[Server])
            .headers(&[TUS, ("upload-offset", "0")])
            .raw(OCTETS, "x"),
        row("delete_upload", "files")
            .only(&[Server])
            .headers(&[TUS]),
        row("override_upload_method", "file_uploads")
            .only(&[Server])
            .headers(&[TUS, ("x-http-method-override", "DELETE")]),
        row("get_usage", "storage_usage"),
    ]
}
