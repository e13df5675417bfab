//! Examples of the admin API.

use serde_json::{Value, json};

const ADMIN: &str = "65a1b2c3d4e5f60718293f03";
const SESSION: &str = "65a1b2c3d4e5f60718293f04";
const ADMIN_KEY: &str = "65a1b2c3d4e5f60718293f05";
const API_KEY: &str = "65a1b2c3d4e5f60718293f06";
const IP_RULE: &str = "65a1b2c3d4e5f60718293f07";
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const TENANT: &str = "clnt_65a1b2c3d4e5f60718293f01";
const APPLICATION: &str = "app_65a1b2c3d4e5f60718293f02";
const TIME: &str = "2026-01-31T12:00:00.000Z";
const LATER: &str = "2036-01-31T12:00:00.000Z";

/// Returns the example of a schema of the admin API.
pub(super) fn example(name: &str) -> Option<Value> {
    account(name).or_else(|| tenant(name))
}

fn account(name: &str) -> Option<Value> {
    Some(match name {
        "Admin" => json!({
            "id": ADMIN, "email": "ada@example.com", "name": "Ada", "role": "owner",
            "is_set_up": true, "last_login_at": TIME, "created_at": TIME, "updated_at": TIME,
            "version": 3,
        }),
        "NewAdmin" => json!({ "email": "bob@example.com", "name": "Bob", "role": "support" }),
        "AdminPatch" => json!({ "role": "admin", "version": 3 }),
        "AdminInvitation" => json!({
            "admin": account("Admin")?,
            "setup_code": "caas_ac_4fGhJ2kLmN5pQrS7tUvW9xYzA1bC3dE6fGhJ2kLmN5p0aBcDe",
        }),
        "SetUpRequest" => json!({
            "setup_code": "caas_ac_4fGhJ2kLmN5pQrS7tUvW9xYzA1bC3dE6fGhJ2kLmN5p0aBcDe",
            "password": "correct horse battery staple",
        }),
        "AdminSetUp" => json!({
            "admin": account("Admin")?,
            "totp_secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "totp_uri": "otpauth://totp/caas:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=caas",
        }),
        "CurrentAdmin" => json!({
            "admin_id": ADMIN, "session_id": SESSION, "name": "ada@example.com", "role": "owner",
        }),
        "NewAdminSession" => json!({
            "email": "ada@example.com", "password": "correct horse battery staple",
            "totp_code": "287082",
        }),
        "AdminSession" => json!({
            "id": SESSION, "admin_id": ADMIN, "address": "192.0.2.7", "user_agent": "curl/8.5.0",
            "expires_at": LATER, "created_at": TIME,
        }),
        "StartedAdminSession" => json!({
            "token": "caas_as_4fGhJ2kLmN5pQrS7tUvW9xYzA1bC3dE6fGhJ2kLmN5p0aBcDe",
            "session": account("AdminSession")?, "admin": account("Admin")?,
        }),
        "AdminKey" => json!({
            "id": ADMIN_KEY, "name": "monitoring", "role": "read_only", "last4": "BcDe",
            "networks": ["192.0.2.0/24"], "expires_at": LATER, "created_at": TIME,
        }),
        "NewAdminKey" => json!({
            "name": "monitoring", "role": "read_only", "networks": ["192.0.2.0/24"],
            "expires_at": LATER,
        }),
        _ => return None,
    })
}

fn tenant(name: &str) -> Option<Value> {
    Some(match name {
        "Tenant" => json!({
            "id": TENANT, "name": "Acme", "plan": "pro", "status": "active", "tier": "pro",
            "created_at": TIME, "updated_at": TIME, "version": 2,
        }),
        "NewTenant" => json!({ "name": "Acme", "tier": "pro", "description": "Customer 4711" }),
        "TenantPatch" => json!({ "plan": "pro-yearly", "version": 2 }),
        "AdminApplication" => json!({
            "id": APPLICATION, "tenant_id": TENANT, "name": "web",
            "origins": ["https://app.example"], "key_id": "app_65a1b2c3d4e5f60718293f02.1",
            "settings": { "token_seconds": 86_400 }, "created_at": TIME, "updated_at": TIME,
            "version": 1,
        }),
        "NewApplication" => json!({ "name": "web", "origins": ["https://app.example"] }),
        "ApplicationPatch" => json!({ "settings": { "token_seconds": 3_600 }, "version": 1 }),
        "SecretRotation" | "KeyRotation" => json!({ "overlap_seconds": 3_600 }),
        "ApiKey" => json!({
            "id": API_KEY, "application_id": APPLICATION, "name": "server", "last4": "BcDe",
            "scopes": ["users:write", "messages:read"], "created_at": TIME,
        }),
        "AuditEntry" => json!({
            "seq": 42, "time": TIME, "action": "tenant.suspended", "outcome": "success",
            "actor_type": "admin", "actor_id": ADMIN, "actor_name": "ada@example.com",
            "session_id": SESSION, "address": "192.0.2.7", "user_agent": "curl/8.5.0",
            "request_id": "req_65a1b2c3d4e5f60718293f08", "target_type": "saas_clients",
            "target_id": "65a1b2c3d4e5f60718293f01", "tenant_id": TENANT,
            "changes": { "status": "suspended" }, "previous_hash": HASH, "hash": HASH,
        }),
        "AuditVerification" => json!({
            "is_intact": true, "entries": 42, "checkpoint": format!("42:{HASH}"),
        }),
        "BlockedNetwork" => json!({
            "id": IP_RULE, "network": "192.0.2.0/24", "reason": "Abuse", "created_by": "ada@example.com",
            "expires_at": LATER, "created_at": TIME,
        }),
        "NewBlockedNetwork" => json!({ "network": "192.0.2.0/24", "reason": "Abuse" }),
        "AllowedNetwork" => json!({
            "id": IP_RULE, "tenant_id": TENANT, "network": "2001:db8::/32", "label": "office",
            "created_by": "ada@example.com", "created_at": TIME,
        }),
        "NewAllowedNetwork" => json!({ "network": "2001:db8::/32", "label": "office" }),
        "NewApiKey" => json!({ "name": "server", "scopes": ["users:write", "messages:read"] }),
        _ => return None,
    })
}
