use base::{Error, ErrorCode, Id, Result, TenantId, Timestamp, limit};
use store::{Changes, Entity, Json, PlatformStore, Update};
use url::Url;

use super::signing_secret::new_secret;
use super::{Application, ApplicationSettings, get_tenant};
use crate::key_ring::KeyRing;
use crate::users::{past_moment, usable_from};
use crate::validation::{self, ValidationErrors};

/// Request to create an application.
#[derive(Clone, Debug)]
pub struct NewApplication {
    /// Tenant of the application.
    pub tenant: TenantId,
    /// Display name.
    pub name: String,
    /// Origins from which browsers may call; an empty list allows all.
    pub origins: Vec<String>,
}

/// Creates an application with its first signing secret.
///
/// # Errors
/// 400 with the invalid fields, 404 `tenant_not_found`, 422 `limit_reached`.
pub async fn create_application(
    platform: &PlatformStore,
    key_ring: &KeyRing,
    new: NewApplication,
) -> Result<Entity<Application>> {
    let NewApplication {
        tenant,
        name,
        origins,
    } = new;
    let mut errors = ValidationErrors::default();
    errors.add(validation::name("/name", &name))?;
    let origins = errors.add(canonical_origins(&origins))?.unwrap_or_default();
    errors.finish()?;
    get_tenant(platform, tenant).await?;
    let query = Application::by_tenant.eq(Application::tenant_id, tenant);
    if platform.count(query, limit::TENANT_APPLICATIONS).await? >= limit::TENANT_APPLICATIONS {
        let message = format!(
            "A tenant can have at most {} applications.",
            limit::TENANT_APPLICATIONS
        );
        return Err(Error::new(ErrorCode::LimitReached, message));
    }
    let id: Id<Application> = platform.context().new_id();
    let secrets = Json(vec![new_secret(
        key_ring,
        platform.context(),
        tenant,
        id,
        1,
    )?]);
    let origins = Json(origins);
    let settings = Json(ApplicationSettings::default());
    let mut batch = platform.batch();
    let doc = Application {
        tenant_id: tenant,
        name,
        origins,
        settings,
        secrets,
        tokens_revoked_before: None,
        token_generation: None,
    };
    let application = batch.insert_as(id, doc);
    platform.commit(batch).await?;
    Ok(application)
}

/// Returns an application.
///
/// # Errors
/// 404 `application_not_found`.
pub async fn get_application(
    platform: &PlatformStore,
    id: Id<Application>,
) -> Result<Entity<Application>> {
    platform.get(id).await?.ok_or_else(application_not_found)
}

/// Returns an application of a tenant.
///
/// # Errors
/// 404 `application_not_found`, also for an application of another tenant.
pub async fn get_application_of(
    platform: &PlatformStore,
    tenant: TenantId,
    id: Id<Application>,
) -> Result<Entity<Application>> {
    let found = platform.get(id).await?;
    found
        .filter(|application| application.tenant_id == tenant)
        .ok_or_else(application_not_found)
}

/// Lists all applications of a tenant, oldest first. Their number is bounded by
/// [`limit::TENANT_APPLICATIONS`].
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_applications(
    platform: &PlatformStore,
    tenant: TenantId,
) -> Result<Vec<Entity<Application>>> {
    let query = Application::by_tenant
        .eq(Application::tenant_id, tenant)
        .limit(limit::TENANT_APPLICATIONS);
    Ok(platform.list(query).await?.items)
}

pub(super) fn application_not_found() -> Error {
    Error::new(
        ErrorCode::ApplicationNotFound,
        "There is no such application.",
    )
}

/// Partial update of an application; omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct ApplicationChanges {
    /// Display name.
    pub name: Option<String>,
    /// Complete list of origins from which browsers may call.
    pub origins: Option<Vec<String>>,
    /// Complete settings.
    pub settings: Option<ApplicationSettings>,
}

/// Updates the given fields of an application. If `version` is given, the stored version must
/// match.
///
/// # Errors
/// 400 with the invalid fields, 404 `application_not_found`, 409 `version_conflict`.
pub async fn update_application(
    platform: &PlatformStore,
    id: Id<Application>,
    changes: ApplicationChanges,
    version: Option<i64>,
) -> Result<Entity<Application>> {
    let update = Update::of(validated(changes)?);
    let update = if let Some(version) = version {
        update.expecting_version(version)
    } else {
        update
    };
    get_application(platform, id).await?;
    let mut batch = platform.batch();
    batch.update(id, update);
    platform.commit(batch).await?;
    get_application(platform, id).await
}

fn validated(given: ApplicationChanges) -> Result<Changes<Application>> {
    let mut errors = ValidationErrors::default();
    let mut changes = Changes::new();
    if let Some(name) = given.name {
        errors.add(validation::name("/name", &name))?;
        changes = changes.set(Application::name, name);
    }
    if let Some(origins) = given.origins {
        let origins = errors.add(canonical_origins(&origins))?.unwrap_or_default();
        changes = changes.set(Application::origins, Json(origins));
    }
    if let Some(settings) = given.settings {
        let longest = limit::signed(limit::USER_TOKEN_SECONDS);
        if !(1..=longest).contains(&settings.token_seconds) {
            let message = format!("must be 1 to {longest}");
            errors.add::<()>(Err(Error::invalid("/settings/token_seconds", message)))?;
        }
        changes = changes.set(Application::settings, Json(settings));
    }
    errors.finish()?;
    if changes.is_empty() {
        return Err(Error::new(
            ErrorCode::InvalidRequest,
            "The request contains no field to change.",
        ));
    }
    Ok(changes)
}

/// Revokes the tokens of all users of an application that were issued before `before`, or until now
/// if it is absent.
///
/// Returns the time from which a token signed by the tenant must be issued to be accepted. A token
/// minted by this server afterwards is accepted at once. The stored time never decreases.
///
/// # Errors
/// 404 `application_not_found`, 400 if the time is in the future.
pub async fn revoke_application_tokens(
    platform: &PlatformStore,
    id: Id<Application>,
    before: Option<Timestamp>,
) -> Result<Timestamp> {
    let moment = past_moment(before, platform.context().now())?;
    let application = get_application(platform, id).await?;
    let mut batch = platform.batch();
    batch.raise(id, Application::tokens_revoked_before, moment);
    if before.is_none() {
        batch.increment(id, Application::token_generation, 1, None);
    }
    platform.commit(batch).await?;
    Ok(usable_from(
        application
            .tokens_revoked_before
            .map_or(moment, |earlier| earlier.max(moment)),
    ))
}

const PREFIX: &str = "app_";

/// Formats an application's id: `app_` and 24 hexadecimal digits.
#[must_use]
pub fn show_application(id: Id<Application>) -> String {
    format!("{PREFIX}{id}")
}

/// Parses a formatted application id.
#[must_use]
pub fn parse_application(text: &str) -> Option<Id<Application>> {
    text.strip_prefix(PREFIX)?.parse().ok()
}

/// Returns the origins as browsers send them, without duplicates: lower case, international names
/// in Punycode, without the scheme's default port.
///
/// # Errors
/// 400 that names the first entry which no browser can send.
pub(crate) fn canonical_origins(origins: &[String]) -> Result<Vec<String>> {
    if origins.len() > limit::APPLICATION_ORIGINS {
        return Err(Error::invalid(
            "/origins",
            format!("must have at most {} entries", limit::APPLICATION_ORIGINS),
        ));
    }
    let mut all = Vec::with_capacity(origins.len());
    for (at, origin) in origins.iter().enumerate() {
        let place = format!("/origins/{at}");
        validation::url(place.clone(), origin)?;
        if origin.contains('*') {
            return Err(Error::invalid(
                place,
                "must name one host; browsers never send an origin with *",
            ));
        }
        let message = "must be scheme, host and port without a path, such as https://app.example";
        let canonical = canonical(origin).ok_or_else(|| Error::invalid(place, message))?;
        if !all.contains(&canonical) {
            all.push(canonical);
        }
    }
    Ok(all)
}

/// Returns the origin as browsers send it, or `None` if it is invalid.
fn canonical(origin: &str) -> Option<String> {
    let (_, host) = origin.split_once("://")?;
    if host.contains(['/', '?', '#', '@']) {
        return None;
    }
    let origin = Url::parse(origin).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// Returns whether a request from this origin may use the application. An empty list allows all
/// origins. A request without an origin is allowed, since it does not come from a browser.
pub(crate) fn allows(origins: &[String], origin: Option<&str>) -> bool {
    let Some(origin) = origin else { return true };
    origins.is_empty()
        || origins.iter().any(|allowed| allowed == origin)
        // Older documents may contain origins in a form that is not canonical.
        || origins.iter().any(|allowed| canonical(allowed).as_deref() == Some(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_id_has_its_prefix() {
        let text = "app_00010203feff060708090a0b";
        assert_eq!(
            parse_application(text).map(show_application).as_deref(),
            Some(text)
        );
        assert_eq!(parse_application("00010203feff060708090a0b"), None);
    }

    fn list(origins: &[&str]) -> Vec<String> {
        origins.iter().map(|&origin| origin.to_owned()).collect()
    }

    #[test]
    fn only_listed_origins_are_allowed() {
        let origins =
            canonical_origins(&list(&["https://app.example", "http://localhost:8080"])).unwrap();
        assert!(allows(&origins, Some("http://localhost:8080")) && allows(&origins, None));
        for foreign in [
            "https://evil.example",
            "https://app.example.evil.example",
            "null",
            "",
            "*",
        ] {
            assert!(!allows(&origins, Some(foreign)), "{foreign}");
        }
        assert!(allows(&[], Some("https://app.example")));
    }

    #[test]
    fn origin_is_canonicalized() {
        for (given, sent) in [
            ("https://App.Example", "https://app.example"),
            ("HTTPS://app.example:443", "https://app.example"),
            ("http://app.example:80", "http://app.example"),
            ("https://app.example:80", "https://app.example:80"),
            (
                "https://b\u{fc}cher.example",
                "https://xn--bcher-kva.example",
            ),
            (
                "https://B\u{dc}CHER.example:8443",
                "https://xn--bcher-kva.example:8443",
            ),
            (
                "https://bu\u{308}cher.example",
                "https://xn--bcher-kva.example",
            ),
            ("http://[::0:1]:8080", "http://[::1]:8080"),
            ("http://127.1", "http://127.0.0.1"),
        ] {
            assert_eq!(
                canonical_origins(&list(&[given])).unwrap(),
                [sent],
                "{given}"
            );
            assert!(
                allows(&list(&[given]), Some(sent)),
                "{given} in an older document"
            );
        }
        let doubled = list(&[
            "https://a.example",
            "https://A.example",
            "https://a.example:443",
        ]);
        assert_eq!(canonical_origins(&doubled).unwrap(), ["https://a.example"]);
    }

    #[test]
    fn invalid_origin_is_rejected() {
        for bad in [
            "app.example",
            "https://app.example/",
            "https://a@b",
            "file://x",
            "null",
            "*",
            "https://*.example",
            "https://*",
            "https://x:99999",
            "https://x:https",
            "https://a b.example",
            "https://xn--a",
        ] {
            let failure = canonical_origins(&list(&["https://a", bad])).unwrap_err();
            assert_eq!(failure.faults[0].pointer, "/origins/1", "{bad}");
        }
    }
}
