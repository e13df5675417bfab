use base::{Direction, Error, ErrorCode, Id, PageSize, Result, Timestamp, limit};
use store::{
    Batch, Changes, CommitError, Entity, Json, Page, PlatformData, PlatformStore, Position, Update,
};
use zeroize::Zeroizing;

use super::collections::{AdminRoster, AdminSession, PlatformAdmin};
use super::{AdminRole, totp};
use crate::key_ring::{EncryptionContext, KeyRing};
use crate::password;
use crate::tenants::secret_text::{generate_secret, hash_of_secret, show_hash};
use crate::validation::{self, ValidationErrors};

/// Prefix of the one-time codes that set password and second factor.
const SETUP_PREFIX: &str = "caas_ac_";
/// Id of the only document with the number of owners.
const ROSTER: Id<AdminRoster> = Id::new(base::ObjectId([0; 12]));
/// Attempts of a change that conflicts with concurrent ones.
const ATTEMPTS: usize = 5;

/// Request to create an admin.
#[derive(Clone, Debug)]
pub struct NewAdmin {
    /// E-mail address, unique among admins.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Role.
    pub role: AdminRole,
}

/// An admin with the one-time code that sets password and second factor.
#[derive(Debug)]
pub struct InvitedAdmin {
    /// The stored admin.
    pub admin: Entity<PlatformAdmin>,
    /// The code, to be shown once.
    pub code: Zeroizing<String>,
}

/// Result of a setup: the secret of the second factor, to be shown once.
#[derive(Debug)]
pub struct SetUpAdmin {
    /// The stored admin.
    pub admin: Entity<PlatformAdmin>,
    /// Secret in base 32.
    pub secret: Zeroizing<String>,
    /// The secret as `otpauth` URI.
    pub uri: Zeroizing<String>,
}

/// Creates an admin, who sets password and second factor with the returned code.
///
/// # Errors
/// 400 with the invalid fields, 409 `email_taken`, 422 `limit_reached`.
pub async fn create_admin(platform: &PlatformStore, new: NewAdmin) -> Result<InvitedAdmin> {
    let NewAdmin { email, name, role } = new;
    let mut errors = ValidationErrors::default();
    errors.add(validation::email("/email", &email))?;
    errors.add(validation::name("/name", &name))?;
    errors.finish()?;
    let all = PlatformAdmin::by_created.all();
    if platform.count(all, limit::PLATFORM_ADMINS).await? >= limit::PLATFORM_ADMINS {
        let message = format!("There can be at most {} admins.", limit::PLATFORM_ADMINS);
        return Err(Error::new(ErrorCode::LimitReached, message));
    }
    if role == AdminRole::Owner {
        ensure_roster(platform).await?;
    }
    let mut batch = platform.batch();
    let (code, setup_hash) = setup_code(platform)?;
    let admin = batch.insert(PlatformAdmin {
        email_key: validation::email_key(&email),
        email,
        name,
        role,
        password_hash: None,
        totp_secret: None,
        totp_step: None,
        setup_hash: Some(setup_hash),
        setup_expires_at: Some(setup_end(batch.now())),
        failures: 0,
        locked_until: None,
        last_login_at: None,
    });
    if role == AdminRole::Owner {
        batch.increment(ROSTER, AdminRoster::owners, 1, None);
    }
    match platform.commit(batch).await {
        Ok(()) => Ok(InvitedAdmin { admin, code }),
        Err(CommitError::Conflict { index, .. }) if index == PlatformAdmin::by_email.name() => Err(
            Error::new(ErrorCode::EmailTaken, "An admin has this e-mail address."),
        ),
        Err(error) => Err(error.into()),
    }
}

/// Creates the document with the number of owners, unless it exists.
async fn ensure_roster(platform: &PlatformStore) -> Result<()> {
    if platform.get(ROSTER).await?.is_some() {
        return Ok(());
    }
    let mut batch = platform.batch();
    batch.insert_as(ROSTER, AdminRoster { owners: 0 });
    match platform.without_companion().commit(batch).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn setup_code(platform: &PlatformStore) -> Result<(Zeroizing<String>, String)> {
    let code = generate_secret(SETUP_PREFIX, platform.context());
    let hash = hash_of_secret(SETUP_PREFIX, &code).ok_or_else(|| Error::internal(Unhashable))?;
    Ok((code, show_hash(&hash)))
}

fn setup_end(now: Timestamp) -> Timestamp {
    now.plus_millis(limit::signed(limit::ADMIN_SETUP_SECONDS) * 1_000)
}

/// Returns an admin.
///
/// # Errors
/// 404 `admin_not_found`.
pub async fn get_admin(
    platform: &PlatformStore,
    id: Id<PlatformAdmin>,
) -> Result<Entity<PlatformAdmin>> {
    platform.get(id).await?.ok_or_else(not_found)
}

/// Finds the admin with this e-mail address.
///
/// # Errors
/// 404 `admin_not_found`.
pub async fn find_admin(platform: &PlatformStore, email: &str) -> Result<Entity<PlatformAdmin>> {
    let key = validation::email_key(email);
    let query = PlatformAdmin::by_email.eq(PlatformAdmin::email_key, key);
    platform.find(query).await?.ok_or_else(not_found)
}

fn not_found() -> Error {
    Error::new(ErrorCode::AdminNotFound, "There is no such admin.")
}

/// Lists the admins by creation time, one page at a time.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_admins(
    platform: &PlatformStore,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<PlatformAdmin>> {
    let query = PlatformAdmin::by_created.all().limit(size.get());
    Ok(platform.list(query.towards(direction).after(after)).await?)
}

/// Partial update of an admin; omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct AdminChanges {
    /// Display name.
    pub name: Option<String>,
    /// Role.
    pub role: Option<AdminRole>,
}

/// Updates the given fields of an admin. If `version` is given, the stored version must match.
///
/// # Errors
/// 400 with the invalid fields, 404 `admin_not_found`, 409 `version_conflict`, 409 `last_owner` if
/// no other owner would remain.
pub async fn update_admin(
    platform: &PlatformStore,
    id: Id<PlatformAdmin>,
    changes: AdminChanges,
    version: Option<i64>,
) -> Result<Entity<PlatformAdmin>> {
    let AdminChanges { name, role } = changes;
    let mut fields = Changes::new();
    if let Some(name) = name {
        validation::name("/name", &name)?;
        fields = fields.set(PlatformAdmin::name, name);
    }
    if let Some(role) = role {
        fields = fields.set(PlatformAdmin::role, role);
    }
    if fields.is_empty() {
        return Err(Error::new(
            ErrorCode::InvalidRequest,
            "The request contains no field to change.",
        ));
    }
    for _ in 0..ATTEMPTS {
        let admin = get_admin(platform, id).await?;
        let mut batch = platform.batch();
        let update = Update::of(fields.clone());
        batch.update(
            id,
            update.expecting_version(version.unwrap_or(admin.version)),
        );
        if let Some(role) = role {
            count_owner(platform, &mut batch, admin.role, Some(role)).await?;
        }
        match platform.commit(batch).await {
            Ok(()) => return get_admin(platform, id).await,
            // The role that was counted has changed since it was read.
            Err(CommitError::PreconditionFailed { .. }) if version.is_none() => {}
            Err(CommitError::LimitExceeded { .. }) => return Err(last_owner()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(busy())
}

/// Removes an admin and ends their sessions.
///
/// # Errors
/// 404 `admin_not_found`, 409 `last_owner` for the last owner.
pub async fn remove_admin(platform: &PlatformStore, id: Id<PlatformAdmin>) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let admin = get_admin(platform, id).await?;
        let mut batch = platform.batch();
        let unchanged = Update::of(Changes::new()).expecting_version(admin.version);
        batch.update(id, unchanged);
        batch.remove(id, true);
        count_owner(platform, &mut batch, admin.role, None).await?;
        match platform.commit(batch).await {
            Ok(()) => return end_sessions(platform, id).await,
            Err(CommitError::PreconditionFailed { .. }) => {}
            Err(CommitError::LimitExceeded { .. }) => return Err(last_owner()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(busy())
}

/// Adds the change of the number of owners to a batch. The count cannot drop to zero.
async fn count_owner(
    platform: &PlatformStore,
    batch: &mut Batch<PlatformData>,
    before: AdminRole,
    after: Option<AdminRole>,
) -> Result<()> {
    match (before == AdminRole::Owner, after == Some(AdminRole::Owner)) {
        (true, false) => batch.increment(ROSTER, AdminRoster::owners, -1, Some(1)),
        (false, true) => {
            ensure_roster(platform).await?;
            batch.increment(ROSTER, AdminRoster::owners, 1, None);
        }
        _ => {}
    }
    Ok(())
}

fn last_owner() -> Error {
    Error::new(
        ErrorCode::LastOwner,
        "The last owner can neither leave nor get another role; make another admin an owner first.",
    )
}

fn busy() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "The admin is being changed concurrently; retry shortly.",
    )
    .retry_after_ms(1_000)
}

/// Creates a new one-time code for an admin, for a lost password or second factor. The present
/// ones stay valid until it is used; a lockout ends.
///
/// # Errors
/// 404 `admin_not_found`.
pub async fn reset_admin(platform: &PlatformStore, id: Id<PlatformAdmin>) -> Result<InvitedAdmin> {
    get_admin(platform, id).await?;
    let (code, hash) = setup_code(platform)?;
    let mut batch = platform.batch();
    let changes = Changes::new()
        .set(PlatformAdmin::setup_hash, hash)
        .set(PlatformAdmin::setup_expires_at, setup_end(batch.now()))
        .set(PlatformAdmin::failures, 0)
        .clear(PlatformAdmin::locked_until);
    batch.update(id, Update::of(changes));
    platform.commit(batch).await?;
    let admin = get_admin(platform, id).await?;
    Ok(InvitedAdmin { admin, code })
}

/// Sets the password with a one-time code and creates a new second factor. All sessions of the
/// admin end.
///
/// # Errors
/// 400 for an invalid password, 401 `unauthenticated` if the code is unknown, used or expired.
pub async fn set_up(
    platform: &PlatformStore,
    key_ring: &KeyRing,
    code: &str,
    new_password: &str,
) -> Result<SetUpAdmin> {
    password::validate("/password", new_password)?;
    let invalid = || {
        Error::new(
            ErrorCode::Unauthenticated,
            "The code is unknown, was used, or has expired.",
        )
    };
    let hash = show_hash(&hash_of_secret(SETUP_PREFIX, code).ok_or_else(invalid)?);
    let query = PlatformAdmin::by_setup.eq(PlatformAdmin::setup_hash, hash.clone());
    let admin = platform.find(query).await?.ok_or_else(invalid)?;
    let now = platform.context().now();
    if admin.setup_expires_at.is_none_or(|end| end <= now) {
        return Err(invalid());
    }
    let password_hash = password::hash(platform.context(), new_password).await?;
    let secret = Zeroizing::new(platform.context().random::<{ totp::SECRET_BYTES }>());
    let sealed = key_ring.seal(&bound(admin.id), &*secret)?;
    let mut batch = platform.batch();
    let changes = Changes::new()
        .set(PlatformAdmin::password_hash, password_hash)
        .set(PlatformAdmin::totp_secret, Json(sealed))
        .clear(PlatformAdmin::totp_step)
        .clear(PlatformAdmin::setup_hash)
        .clear(PlatformAdmin::setup_expires_at)
        .set(PlatformAdmin::failures, 0)
        .clear(PlatformAdmin::locked_until);
    let unused = Update::of(changes).expecting(PlatformAdmin::setup_hash, Some(hash));
    batch.update(admin.id, unused);
    match platform.commit(batch).await {
        Ok(()) => {}
        Err(CommitError::PreconditionFailed { .. }) => return Err(invalid()),
        Err(error) => return Err(error.into()),
    }
    end_sessions(platform, admin.id).await?;
    let admin = get_admin(platform, admin.id).await?;
    let secret = Zeroizing::new(totp::show_secret(&*secret));
    let uri = Zeroizing::new(totp::uri(&admin.email, &secret));
    Ok(SetUpAdmin { admin, secret, uri })
}

/// Returns the field that the secret of a second factor is encrypted for.
pub(super) fn bound(id: Id<PlatformAdmin>) -> EncryptionContext {
    EncryptionContext {
        collection: "platform_admins",
        // The platform is no tenant.
        tenant: base::TenantId::new(base::ObjectId([0; 12])),
        id: id.object_id(),
        field: "totp_secret",
    }
}

/// Ends all sessions of an admin.
pub(super) async fn end_sessions(platform: &PlatformStore, id: Id<PlatformAdmin>) -> Result<()> {
    let mut batch = platform.batch();
    let sessions = AdminSession::by_admin.eq(AdminSession::admin_id, id);
    batch.delete_range(sessions.limit(limit::ADMIN_SESSIONS + 1));
    Ok(platform.commit(batch).await?)
}

#[derive(Debug, thiserror::Error)]
#[error("a generated code has an invalid checksum")]
struct Unhashable;
