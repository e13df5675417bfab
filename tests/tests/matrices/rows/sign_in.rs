use serde_json::json;

use crate::row::Actor::Server;
use crate::row::{Row, row};

/// Sign-in, sessions, passwords and identities. Flows that need a code have stories of their own.
pub fn rows() -> Vec<Row> {
    let device = json!({"device_id": "{device}", "name": "{text}"});
    let new = json!({"email": "{email}", "password": "seven quiet looms", "name": "{text}"});
    let code = json!({"flow": "caas_fl_none", "code": "12345678", "device": device});
    let reset = json!({
        "flow": "caas_fl_none", "code": "12345678", "password": "seven quiet looms",
        "device": device,
    });
    let password = json!({"email": "{email}", "password": "wrong", "device": device});
    vec![
        row("sign_up", "auth_flows").body(new),
        row("request_code", "auth_flows").body(json!({"email": "{email}"})),
        row("recover_password", "auth_flows").body(json!({"email": "{email}"})),
        row("resend_code", "auth_flows")
            .only(&[])
            .body(json!({"flow": "caas_fl_none"})),
        row("verify_code", "auth_flows").only(&[]).body(code),
        row("reset_password", "auth_flows").only(&[]).body(reset),
        row("sign_in_with_password", "user_sessions")
            .only(&[])
            .body(password),
        row("sign_in_as_guest", "user_sessions").body(json!({"name": "{text}", "device": device})),
        row("change_email", "auth_flows")
            .only(&[])
            .body(json!({"email": "{email}"})),
        row("verify_email", "auth_flows")
            .only(&[])
            .body(json!({"flow": "caas_fl_none", "code": "12345678"})),
        row("refresh_tokens", "user_sessions")
            .only(&[])
            .body(json!({"refresh_token": "caas_rt_none"})),
        row("sign_out", "user_sessions").body(json!({"scope": "others"})),
        row("list_sessions", "user_sessions").own_user(),
        row("end_session", "user_sessions").only(&[Server]),
        row("set_password", "user_credentials")
            .only(&[Server])
            .body(json!({"password": "seven quiet looms"})),
        row("set_password", "user_credentials")
            .only(&[])
            .body(json!({"current_password": "seven quiet looms", "password": "nine quiet looms"})),
        row("list_user_identities", "user_identities").own_user(),
        row("link_user_identity", "user_identities")
            .in_path(&[("provider", "new_provider")])
            .body(json!({"subject": "{subject}"})),
        row("unlink_user_identity", "user_identities"),
        row("list_users", "users").query(&[("provider", "{provider}"), ("subject", "{subject}")]),
    ]
}
