//! Create, list, change and delete integrations.

use base::{Direction, Error, ErrorCode, Id, IdOrExternalId, PageSize, Result, limit};
use store::{Changes, CommitError, Entity, Json, Page, Position, TenantStore, Update};
use zeroize::Zeroizing;

use super::collections::{
    IntegrationSecrets, IntegrationSettings, Platform, PlatformIntegration, UnknownSender,
};
use super::secrets::Secret;
use crate::actor::Actor;
use crate::key_ring::KeyRing;
use crate::users::{self, Role, User};
use crate::validation::{self, ValidationErrors};

/// Settings of an integration as given by the tenant.
#[derive(Clone, Debug, Default)]
pub struct SettingsChanges {
    /// Treatment of messages from senders without a link.
    pub unknown_sender: Option<UnknownSender>,
    /// Complete list of the users who become participants of each new channel.
    pub staff: Option<Vec<IdOrExternalId<User>>>,
    /// Version of the Graph API.
    pub graph_version: Option<String>,
}

/// Input of [`create`].
#[derive(Clone, Debug)]
pub struct NewIntegration {
    /// Platform.
    pub platform: Platform,
    /// Display name.
    pub integration_name: String,
    /// Phone number as displayed.
    pub business_phone: Option<String>,
    /// Id of the WhatsApp Business or Instagram account.
    pub business_account_id: String,
    /// Id of the phone number; required for WhatsApp.
    pub phone_number_id: Option<String>,
    /// Access token of the Graph API.
    pub access_token: Zeroizing<String>,
    /// App secret.
    pub app_secret: Zeroizing<String>,
    /// Verify token.
    pub verify_token: Zeroizing<String>,
    /// Settings.
    pub settings: SettingsChanges,
}

/// Changes of an integration; omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct IntegrationChanges {
    /// Display name.
    pub integration_name: Option<String>,
    /// Phone number as displayed.
    pub business_phone: Option<String>,
    /// Access token of the Graph API.
    pub access_token: Option<Zeroizing<String>>,
    /// App secret.
    pub app_secret: Option<Zeroizing<String>>,
    /// Verify token.
    pub verify_token: Option<Zeroizing<String>>,
    /// Settings.
    pub settings: SettingsChanges,
    /// Whether messages are received and sent.
    pub is_active: Option<bool>,
    /// Expected version.
    pub version: Option<i64>,
}

/// Creates an integration.
///
/// # Errors
/// 400 with the invalid fields, 409 `integration_exists`, 422 `limit_reached`.
pub async fn create(
    tenant: &TenantStore,
    key_ring: &KeyRing,
    actor: Actor,
    new: NewIntegration,
) -> Result<Entity<PlatformIntegration>> {
    validate(&new)?;
    let all = PlatformIntegration::by_created.all();
    if tenant.count(all, limit::TENANT_INTEGRATIONS).await? >= limit::TENANT_INTEGRATIONS {
        let message = format!(
            "A tenant can have at most {} integrations.",
            limit::TENANT_INTEGRATIONS
        );
        return Err(Error::new(ErrorCode::LimitReached, message));
    }
    let mut settings = IntegrationSettings::default();
    apply(tenant, new.settings, &mut settings).await?;
    let id = tenant.context().new_id();
    let seal = |secret: Secret, text: &str| secret.seal(key_ring, tenant.id(), id, text);
    let secrets = IntegrationSecrets {
        access_token: seal(Secret::AccessToken, &new.access_token)?,
        app_secret: seal(Secret::App, &new.app_secret)?,
        verify_token: seal(Secret::VerifyToken, &new.verify_token)?,
    };
    let routing_id = match new.platform {
        Platform::Whatsapp => new.phone_number_id.clone(),
        Platform::Instagram => Some(new.business_account_id.clone()),
    };
    let mut batch = tenant.batch();
    let integration = batch.insert_as(
        id,
        PlatformIntegration {
            platform: new.platform,
            integration_name: new.integration_name,
            business_phone: new.business_phone,
            business_account_id: new.business_account_id,
            phone_number_id: new.phone_number_id,
            routing_id,
            settings: Json(settings),
            secrets: Json(secrets),
            is_active: true,
            reauthorization_reason: None,
            created_by: actor.user().ok(),
        },
    );
    match tenant.commit(batch).await {
        Ok(()) => Ok(integration),
        Err(CommitError::Conflict { .. }) => Err(Error::new(
            ErrorCode::IntegrationExists,
            "Another integration of the tenant has this account.",
        )),
        Err(error) => Err(error.into()),
    }
}

fn validate(new: &NewIntegration) -> Result<()> {
    let mut errors = ValidationErrors::default();
    errors.add(validation::name("/integration_name", &new.integration_name))?;
    errors.add(account_id("/business_account_id", &new.business_account_id))?;
    match (&new.platform, &new.phone_number_id) {
        (Platform::Whatsapp, Some(id)) => {
            errors.add(account_id("/phone_number_id", id))?;
        }
        (Platform::Whatsapp, None) => {
            let message = "is required for WhatsApp";
            errors.add::<()>(Err(Error::invalid("/phone_number_id", message)))?;
        }
        (Platform::Instagram, Some(_)) => {
            let message = "must not be given for Instagram";
            errors.add::<()>(Err(Error::invalid("/phone_number_id", message)))?;
        }
        (Platform::Instagram, None) => {}
    }
    if let Some(phone) = &new.business_phone {
        errors.add(validation::name("/business_phone", phone))?;
    }
    errors.add(secret("/access_token", &new.access_token))?;
    errors.add(secret("/app_secret", &new.app_secret))?;
    errors.add(secret("/verify_token", &new.verify_token))?;
    errors.finish()
}

/// Validates an id of the Graph API: 1 to 64 digits.
fn account_id(pointer: &'static str, id: &str) -> Result<()> {
    if (1..=limit::GRAPH_ID_LENGTH).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_digit()) {
        return Ok(());
    }
    let message = format!("must be 1 to {} digits", limit::GRAPH_ID_LENGTH);
    Err(Error::invalid(pointer, message))
}

fn secret(pointer: &'static str, text: &str) -> Result<()> {
    let is_valid = (1..=limit::PLATFORM_SECRET_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_valid {
        return Ok(());
    }
    let message = format!(
        "must be 1 to {} printable ASCII characters without spaces",
        limit::PLATFORM_SECRET_LENGTH
    );
    Err(Error::invalid(pointer, message))
}

/// Validates a version of the Graph API: `v` and a decimal number.
fn graph_version(version: &str) -> Result<()> {
    let number = version.strip_prefix('v').and_then(|v| v.split_once('.'));
    let is_number = |text: &str| {
        (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if number.is_some_and(|(major, minor)| is_number(major) && is_number(minor)) {
        return Ok(());
    }
    Err(Error::invalid(
        "/settings/graph_version",
        "must be a version such as v23.0",
    ))
}

async fn apply(
    tenant: &TenantStore,
    changes: SettingsChanges,
    settings: &mut IntegrationSettings,
) -> Result<()> {
    if let Some(unknown_sender) = changes.unknown_sender {
        settings.unknown_sender = unknown_sender;
    }
    if let Some(version) = changes.graph_version {
        graph_version(&version)?;
        settings.graph_version = Some(version);
    }
    if let Some(staff) = changes.staff {
        settings.staff = resolve_staff(tenant, "/settings/staff", &staff).await?;
    }
    Ok(())
}

/// Returns the ids of the users who will be the staff of a channel.
///
/// # Errors
/// 400 that names `pointer` if a user does not exist or there are more than
/// [`limit::INTEGRATION_STAFF`].
pub async fn resolve_staff(
    tenant: &TenantStore,
    pointer: &'static str,
    staff: &[IdOrExternalId<User>],
) -> Result<Vec<Id<User>>> {
    if staff.len() > limit::INTEGRATION_STAFF {
        let message = format!("must have at most {} entries", limit::INTEGRATION_STAFF);
        return Err(Error::invalid(pointer, message));
    }
    let users = users::resolve_many(tenant, staff)
        .await
        .map_err(|error| error.within(pointer))?;
    if users
        .iter()
        .any(|user| Role::of(&user.roles.0) == Role::Client)
    {
        return Err(Error::invalid(
            pointer,
            "must not name users of the role client",
        ));
    }
    Ok(users.into_iter().map(|user| user.id).collect())
}

/// Returns an integration.
///
/// # Errors
/// 404 `integration_not_found`.
pub async fn get(
    tenant: &TenantStore,
    id: Id<PlatformIntegration>,
) -> Result<Entity<PlatformIntegration>> {
    tenant.get(id).await?.ok_or_else(not_found)
}

pub(super) fn not_found() -> Error {
    Error::new(
        ErrorCode::IntegrationNotFound,
        "There is no such integration.",
    )
}

/// Lists integrations, oldest first by default.
///
/// # Errors
/// When the store is unavailable.
pub async fn list(
    tenant: &TenantStore,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<PlatformIntegration>> {
    let query = PlatformIntegration::by_created
        .all()
        .towards(direction)
        .after(after)
        .limit(size.get());
    Ok(tenant.list(query).await?)
}

/// Updates the given fields of an integration.
///
/// # Errors
/// 400 with the invalid fields, 404 `integration_not_found`, 409 `version_conflict`.
pub async fn update(
    tenant: &TenantStore,
    key_ring: &KeyRing,
    id: Id<PlatformIntegration>,
    changes: IntegrationChanges,
) -> Result<Entity<PlatformIntegration>> {
    let integration = get(tenant, id).await?;
    let mut errors = ValidationErrors::default();
    let mut update = Changes::new();
    if let Some(name) = changes.integration_name {
        errors.add(validation::name("/integration_name", &name))?;
        update = update.set(PlatformIntegration::integration_name, name);
    }
    if let Some(phone) = changes.business_phone {
        errors.add(validation::name("/business_phone", &phone))?;
        update = update.set(PlatformIntegration::business_phone, phone);
    }
    if let Some(is_active) = changes.is_active {
        update = update.set(PlatformIntegration::is_active, is_active);
    }
    let mut settings = integration.settings.0.clone();
    apply(tenant, changes.settings, &mut settings).await?;
    update = update.set(PlatformIntegration::settings, Json(settings));
    let mut secrets = integration.secrets.0.clone();
    if let Some(token) = changes.access_token {
        errors.add(secret("/access_token", &token))?;
        secrets.access_token = Secret::AccessToken.seal(key_ring, tenant.id(), id, &token)?;
        update = update.clear(PlatformIntegration::reauthorization_reason);
    }
    if let Some(text) = changes.app_secret {
        errors.add(secret("/app_secret", &text))?;
        secrets.app_secret = Secret::App.seal(key_ring, tenant.id(), id, &text)?;
    }
    if let Some(text) = changes.verify_token {
        errors.add(secret("/verify_token", &text))?;
        secrets.verify_token = Secret::VerifyToken.seal(key_ring, tenant.id(), id, &text)?;
    }
    errors.finish()?;
    update = update.set(PlatformIntegration::secrets, Json(secrets));
    let version = changes.version.unwrap_or(integration.version);
    let mut batch = tenant.batch();
    batch.update(id, Update::of(update).expecting_version(version));
    tenant.commit(batch).await?;
    get(tenant, id).await
}

/// Deletes an integration. Its links and its messages stay; its account can be connected again.
///
/// # Errors
/// 404 `integration_not_found`.
pub async fn delete(tenant: &TenantStore, actor: Actor, id: Id<PlatformIntegration>) -> Result<()> {
    get(tenant, id).await?;
    let by = actor.user().ok().map(Id::object_id);
    let changes = Changes::new()
        .clear(PlatformIntegration::routing_id)
        .set(PlatformIntegration::is_active, false);
    let mut batch = tenant.batch();
    batch.update(id, Update::of(changes).deleting(by));
    Ok(tenant.commit(batch).await?)
}
