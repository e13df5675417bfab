//! The platform's audit log: `/admin/v1/audit_logs`.

use std::io;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base::{Direction, Error, ErrorCode, PageSize, Result};
use domain::audit::{self, AuditFilter, Checkpoint};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use store::{PlatformStore, Position};
use utoipa::IntoParams;
use wire::Page;
use wire::admin::{AuditEntry, AuditVerification};

use super::auth::Admin;
use super::routes::{AdminRoutes, admin_routes};
use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{PageQuery, Paged, Query};
use crate::page;
use crate::state::AppState;

/// Filter of the audit log: one parameter at most.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only entries of this action, such as `tenant.suspended`.
    action: Option<String>,
    /// Only entries of this admin or admin key, by id.
    actor: Option<String>,
    /// Only entries about this object, by id.
    target: Option<String>,
    /// Only entries about this tenant, by id.
    tenant: Option<String>,
}

impl AuditQuery {
    fn filter(self) -> Result<AuditFilter> {
        let filters = [
            self.action.map(AuditFilter::Action),
            self.actor.map(AuditFilter::Actor),
            self.target.map(AuditFilter::Target),
            self.tenant.map(AuditFilter::Tenant),
        ];
        let mut filters = filters.into_iter().flatten();
        let filter = filters.next().unwrap_or(AuditFilter::All);
        match filters.next() {
            None => Ok(filter),
            Some(_) => Err(Error::new(
                ErrorCode::InvalidRequest,
                "Use one of the parameters action, actor, target and tenant at most.",
            )),
        }
    }
}

/// List the audit log
///
/// Returns the entries of the platform's audit log, newest first. At most one of `action`, `actor`,
/// `target` and `tenant` may be given.
#[utoipa::path(
    get, path = "/admin/v1/audit_logs", tag = "audit", params(AuditQuery, PageQuery),
    responses((status = 200, description = "A page of entries.", body = Page<AuditEntry>)),
)]
async fn list_audit_logs(
    State(state): State<AppState>,
    _: Admin,
    Paged(query, page): Paged<AuditQuery>,
) -> ApiResult<Response> {
    let direction = page.direction_or(Direction::Backward);
    let filter = query.filter()?;
    let shown = format!("{filter:?}");
    let cursors = ListCursors::of_platform(&state, "list_audit_logs", &shown, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    let platform = state.store().platform();
    audit::append_pending(&platform).await?;
    page::respond(page.size()?, async |size| {
        let found = audit::list(&platform, &filter, size, direction, after.clone()).await?;
        let entries = found.items.iter();
        let data = entries
            .map(|record| AuditEntry::of(record))
            .collect::<Result<_>>()?;
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Export the audit log
///
/// Returns all entries of the platform's audit log, oldest first, as JSON Lines: one entry of the
/// list per line. The response is aborted if the export fails midway.
#[utoipa::path(
    get, path = "/admin/v1/audit_logs/export", tag = "audit",
    responses((status = 200, description = "The entries.", content_type = "application/jsonl", body = String)),
)]
async fn export_audit_logs(State(state): State<AppState>, _: Admin) -> ApiResult<Response> {
    let platform = state.store().platform();
    audit::append_pending(&platform).await?;
    // Read before the response starts, so that an unavailable store returns 503.
    let (first, next) = export_page(&platform, None).await?;
    let rest = stream::try_unfold(next, move |after| {
        let platform = platform.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let page = export_page(&platform, Some(after)).await;
            page.map(Some).map_err(io::Error::other)
        }
    });
    let first: io::Result<Bytes> = Ok(first);
    let body = Body::from_stream(stream::iter([first]).chain(rest));
    let headers = [
        (CONTENT_TYPE, "application/jsonl"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"audit_logs.jsonl\"",
        ),
    ];
    Ok((headers, body).into_response())
}

/// Returns the lines of a page of the log, and the position of the next one.
async fn export_page(
    platform: &PlatformStore,
    after: Option<Position>,
) -> Result<(Bytes, Option<Position>)> {
    let size = PageSize::MAX;
    let direction = Direction::Forward;
    let page = audit::list(platform, &AuditFilter::All, size, direction, after).await?;
    let mut lines = Vec::new();
    for record in &page.items {
        serde_json::to_writer(&mut lines, &AuditEntry::of(record)?).map_err(Error::internal)?;
        lines.push(b'\n');
    }
    Ok((lines.into(), page.next))
}

/// Query parameters of a verification.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VerificationQuery {
    /// Checkpoint of an earlier verification: a number, a colon and a hash.
    checkpoint: Option<String>,
}

/// Verify the audit log
///
/// Checks the numbers and hashes of all entries, and returns the first problem. With the
/// `checkpoint` of an earlier verification it also finds a log whose end was cut or which was
/// written again.
#[utoipa::path(
    get, path = "/admin/v1/audit_logs/verify", tag = "audit", params(VerificationQuery),
    responses((status = 200, description = "The result.", body = AuditVerification)),
)]
async fn verify_audit_logs(
    State(state): State<AppState>,
    _: Admin,
    Query(query): Query<VerificationQuery>,
) -> ApiResult<Json<AuditVerification>> {
    let checkpoint = query.checkpoint.map(|text| text.parse::<Checkpoint>());
    let checkpoint = checkpoint.transpose()?;
    let platform = state.store().platform();
    let verification = audit::verify(&platform, checkpoint.as_ref()).await?;
    Ok(Json(verification.into()))
}

pub(crate) fn routes() -> AdminRoutes {
    admin_routes![
        "audit": "The audit log of the platform.";
        list_audit_logs: ListAuditLogs,
        export_audit_logs: ExportAuditLogs,
        verify_audit_logs: VerifyAuditLogs,
    ]
}
