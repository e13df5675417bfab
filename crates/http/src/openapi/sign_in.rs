use serde_json::{Value, json};

use super::examples::{LATER, OBJECT, TIME, user};

const FLOW: &str = "caas_fl_3f2a9c0d8e7b6a5f4e3d2c1b0a9988773f2a9c0d8e7";

/// Returns the example of a schema of sign-in.
pub(super) fn example(name: &str) -> Option<Value> {
    Some(match name {
        "SignUp" => json!({
            "email": "alice@example.com", "password": "seven quiet looms", "name": "Alice",
        }),
        "CodeRequest" => json!({ "email": "alice@example.com", "language": "en" }),
        "AuthFlow" => json!({ "flow": FLOW, "code_expires_at": TIME, "expires_at": LATER }),
        "CodeResend" => json!({ "flow": FLOW }),
        "CodeVerification" => json!({
            "flow": FLOW, "code": "40718293",
            "device": { "device_id": "phone-1", "name": "Alice's phone" },
        }),
        "PasswordReset" => json!({
            "flow": FLOW, "code": "40718293", "password": "nine quiet looms",
        }),
        "PasswordSignIn" => json!({
            "email": "alice@example.com", "password": "seven quiet looms",
            "device": { "device_id": "phone-1", "name": "Alice's phone" },
        }),
        "GuestSignIn" => json!({ "name": "Guest 7" }),
        "EmailChange" => json!({ "email": "alice@example.org" }),
        "EmailVerification" => json!({ "flow": FLOW, "code": "40718293" }),
        "TokenRefresh" => json!({
            "refresh_token": "caas_rt_65a1b2c3d4e5f60718293f02.65a1b2c3d4e5f60718293d02.AAAAAeXA",
        }),
        "SessionTokens" => json!({
            "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI2NWEx4oCmIn0.c2lnbmF0dXJl",
            "expires_at": TIME,
            "refresh_token": "caas_rt_65a1b2c3d4e5f60718293f02.65a1b2c3d4e5f60718293d02.AAAAAeXA",
            "session_id": OBJECT, "session_expires_at": LATER, "user": user("User")?,
        }),
        "Session" => json!({
            "id": OBJECT, "device_id": "phone-1", "name": "Alice's phone",
            "address": "198.51.100.7", "user_agent": "Mozilla/5.0", "method": "password",
            "is_current": true, "created_at": TIME, "last_used_at": TIME, "expires_at": LATER,
        }),
        "SignOut" => json!({ "scope": "others" }),
        "PasswordChange" => json!({
            "current_password": "seven quiet looms", "password": "nine quiet looms",
        }),
        "Identity" => json!({ "provider": "valu", "subject": "u-1842", "created_at": TIME }),
        "NewIdentity" => json!({ "subject": "u-1842" }),
        _ => return None,
    })
}
