//! Journal of webhooks: verifies requests of platforms and stores their updates before they are
//! acknowledged.

use base::{Direction, Error, ErrorCode, Id, ObjectId, PageSize, Result, TenantId, limit};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use store::{
    Changes, Collection as _, Entity, Json, Page, Position, TenantStore, Update as StoreUpdate,
};
use subtle::ConstantTimeEq as _;

use super::collections::{PlatformIntegration, WebhookEvent, WebhookEventState};
use super::integration::{get, not_found};
use super::meta::{Update, split};
use super::secrets::Secret;
use crate::key_ring::{EncryptionContext, KeyRing};

/// Prefix of the header `X-Hub-Signature-256`.
const SIGNATURE_PREFIX: &str = "sha256=";

/// Verifies the handshake of a webhook.
///
/// # Errors
/// 403 `verify_token_invalid`, 404 `integration_not_found`.
pub async fn verify_handshake(
    tenant: &TenantStore,
    key_ring: &KeyRing,
    id: Id<PlatformIntegration>,
    token: &str,
) -> Result<()> {
    let integration = get(tenant, id).await?;
    let secrets = &integration.secrets.0;
    let expected = Secret::VerifyToken.open(key_ring, tenant.id(), id, secrets)?;
    if bool::from(expected.as_bytes().ct_eq(token.as_bytes())) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::VerifyTokenInvalid,
        "The verify token does not match.",
    ))
}

/// Stores the updates of a signed request; repeated updates are stored once. Returns their number.
///
/// # Errors
/// 401 `signature_invalid`, 404 `integration_not_found`, 422 `limit_reached`, 503 if the updates
/// are not stored.
pub async fn journal(
    tenant: &TenantStore,
    key_ring: &KeyRing,
    id: Id<PlatformIntegration>,
    signature: Option<&str>,
    raw: &[u8],
) -> Result<usize> {
    let integration = get(tenant, id).await?;
    let secrets = &integration.secrets.0;
    let secret = Secret::App.open(key_ring, tenant.id(), id, secrets)?;
    verify(secret.as_bytes(), signature, raw)?;
    let updates = split(integration.platform, raw);
    if updates.len() > limit::PLATFORM_WEBHOOK_UPDATES {
        let message = format!(
            "A request can have at most {} updates.",
            limit::PLATFORM_WEBHOOK_UPDATES
        );
        return Err(Error::new(ErrorCode::LimitReached, message));
    }
    let mut batch = tenant.batch();
    for (index, update) in (0..).zip(&updates) {
        let position = batch.now().millis().saturating_mul(1_000) + index;
        let event = event(tenant, key_ring, update, position)?;
        batch.upsert(WebhookEvent::by_key, event, &[], &[]);
    }
    tenant.commit(batch).await?;
    Ok(updates.len())
}

/// Verifies the signature of a request over its raw bytes, in constant time.
fn verify(secret: &[u8], signature: Option<&str>, raw: &[u8]) -> Result<()> {
    let invalid = || {
        Error::new(
            ErrorCode::SignatureInvalid,
            "X-Hub-Signature-256 is not the signature of the body under the app secret.",
        )
    };
    let digits = signature.and_then(|text| text.strip_prefix(SIGNATURE_PREFIX));
    // Meta sends lower case; another spelling is not its signature.
    let digits = digits.filter(|digits| !digits.bytes().any(|byte| byte.is_ascii_uppercase()));
    let expected = digits.and_then(|digits| hex::decode(digits).ok());
    let expected = expected.ok_or_else(invalid)?;
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).map_err(Error::internal)?;
    mac.update(raw);
    mac.verify_slice(&expected).map_err(|_| invalid())
}

fn event(
    tenant: &TenantStore,
    key_ring: &KeyRing,
    update: &Update,
    position: i64,
) -> Result<WebhookEvent> {
    let now = tenant.context().now();
    let payload = update.payload.to_string();
    let event_key = hex::encode(update.key);
    let sealed = key_ring.seal(&bound(tenant.id(), &update.key), payload.as_bytes())?;
    let lane = update.alias.as_ref().map(|alias| {
        let account = update.account_id.as_deref().unwrap_or_default();
        format!("{account}/{alias}")
    });
    // The order of statuses does not matter, since they never go backward.
    let lane = lane.filter(|_| update.kind != super::meta::kind::STATUS);
    Ok(WebhookEvent {
        platform: update.platform,
        kind: update.kind.clone(),
        event_key,
        account_id: update.account_id.clone(),
        external_id: update.external_id.clone(),
        alias: update.alias.clone(),
        lane,
        position,
        user_id: None,
        message_id: None,
        state: WebhookEventState::Pending,
        detail: None,
        payload: Json(sealed),
        due_at: Some(now),
        attempts: 0,
        expires_at: now.plus_millis(limit::signed(limit::WEBHOOK_EVENT_SECONDS) * 1_000),
    })
}

/// Returns the encryption context of an event: its key takes the place of its id, which is not
/// known before it is stored.
fn bound(tenant: TenantId, key: &[u8]) -> EncryptionContext {
    let mut id = [0; 12];
    for (to, from) in id.iter_mut().zip(key) {
        *to = *from;
    }
    EncryptionContext {
        collection: WebhookEvent::DECLARATION.name,
        tenant,
        id: ObjectId(id),
        field: WebhookEvent::payload.name(),
    }
}

/// Returns the decrypted update of an event.
///
/// # Errors
/// 500 if it was encrypted under another master key.
pub(super) fn payload(
    tenant: &TenantStore,
    key_ring: &KeyRing,
    event: &WebhookEvent,
) -> Result<serde_json::Value> {
    let key = hex::decode(&event.event_key).map_err(Error::internal)?;
    let bytes = key_ring.open(&bound(tenant.id(), &key), &event.payload.0)?;
    serde_json::from_slice(&bytes).map_err(Error::internal)
}

/// Lists webhook events in the order of their arrival.
///
/// # Errors
/// When the store is unavailable.
pub async fn list_events(
    tenant: &TenantStore,
    state: Option<WebhookEventState>,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<WebhookEvent>> {
    let query = match state {
        Some(state) => WebhookEvent::by_state.eq(WebhookEvent::state, state),
        None => WebhookEvent::by_position.all(),
    };
    let query = query.towards(direction).after(after).limit(size.get());
    Ok(tenant.list(query).await?)
}

/// Schedules failed and ignored events again, oldest first. Returns their number, at most
/// [`limit::WEBHOOK_REPLAY`].
///
/// # Errors
/// When the store is unavailable.
pub async fn replay_events(tenant: &TenantStore, state: WebhookEventState) -> Result<usize> {
    let query = WebhookEvent::by_state
        .eq(WebhookEvent::state, state)
        .limit(limit::WEBHOOK_REPLAY);
    let events = tenant.list(query).await?.items;
    let mut batch = tenant.batch();
    for event in &events {
        let changes = Changes::new()
            .set(WebhookEvent::state, WebhookEventState::Pending)
            .set(WebhookEvent::attempts, 0)
            .clear(WebhookEvent::detail)
            .set(WebhookEvent::due_at, batch.now());
        batch.update(
            event.id,
            StoreUpdate::of(changes).expecting_version(event.version),
        );
    }
    tenant.commit(batch).await?;
    Ok(events.len())
}

/// Returns the integration of a tenant to which an update belongs.
///
/// # Errors
/// 404 `integration_not_found`.
pub(super) async fn integration_of(
    tenant: &TenantStore,
    event: &WebhookEvent,
) -> Result<Entity<PlatformIntegration>> {
    let account_id = event.account_id.clone().ok_or_else(not_found)?;
    let query = PlatformIntegration::by_routing_id
        .eq(PlatformIntegration::platform, event.platform)
        .eq(PlatformIntegration::routing_id, account_id);
    tenant.find(query).await?.ok_or_else(not_found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(secret: &[u8], raw: &[u8]) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).unwrap();
        mac.update(raw);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    #[test]
    fn only_the_signature_of_the_raw_bytes_is_accepted() {
        let raw = r#"{"text":"ja \ud83d\ude00 / 😀"}"#.as_bytes();
        let signature = signed(b"secret", raw);
        assert!(verify(b"secret", Some(&signature), raw).is_ok());
        let reserialized: serde_json::Value = serde_json::from_slice(raw).unwrap();
        let reserialized = reserialized.to_string();
        let digits = signature.strip_prefix("sha256=").unwrap();
        let other = signed(b"other", raw);
        let empty = signed(b"secret", b"");
        let upper = format!("sha256={}", digits.to_uppercase());
        for invalid in [None, Some(""), Some("sha256="), Some(digits), Some(&*upper)] {
            assert!(verify(b"secret", invalid, raw).is_err(), "{invalid:?}");
        }
        for invalid in [&other, &empty, &signature[..signature.len() - 2].to_owned()] {
            assert!(verify(b"secret", Some(invalid), raw).is_err(), "{invalid}");
        }
        assert!(verify(b"secret", Some(&signature), reserialized.as_bytes()).is_err());
    }
}
