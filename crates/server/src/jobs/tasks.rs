//! Jobs of the domain, adapted to the job runners.

use base::{ErrorCode, Id, IdOrExternalId, Result, limit};
use domain::Actor;
use domain::analytics::{self, Category, NewEvent, Recount};
use domain::erasure::{Erasure, ErasureJob};
use domain::file_processing::FileJob;
use domain::integrations::{OutboundJob, WebhookEvent, WebhookJob};
use domain::leases::Leased;
use domain::media::{File, Media};
use domain::messaging::{OutboundMessage, SupportTicket};
use domain::outbox::{Outbox, TaskKind};
use domain::retention::{RetentionJob, Rule};
use domain::sign_in::RecordLogin;
use domain::tenants::{self, get_tenant};
use domain::{messaging, support, user_log};
use store::{Store, TenantStore};

use super::step_runner::SteppedWork;
use crate::services::Services;

/// Runs a task of the outbox.
pub async fn run_outbox_task(
    services: Services,
    tenant: TenantStore,
    task: Leased<Outbox>,
) -> Result<()> {
    match task.doc.kind {
        TaskKind::SendMail => {
            let mail = task.doc.task()?;
            services
                .mailer
                .send(&services, &tenant, task.id, mail)
                .await
        }
        TaskKind::RecordLogin => record_login(&services, &tenant, task.id, task.doc.task()?).await,
        TaskKind::EnforceBlock => messaging::enforce(&tenant, &task.doc.task()?).await,
        TaskKind::HandOver => messaging::hand_over(&tenant, task.doc.task()?).await,
        TaskKind::TellUser => user_log::write(&tenant, task.id, task.doc.task()?).await,
    }
}

/// Records the analytics event of a sign-in, once per task.
async fn record_login(
    services: &Services,
    tenant: &TenantStore,
    task: Id<Outbox>,
    login: RecordLogin,
) -> Result<()> {
    let isolation = get_tenant(&services.store.platform(), tenant.id())
        .await?
        .tier
        .isolation();
    let tenant = services.store.tenant(tenant.id(), isolation);
    let event = NewEvent {
        event_id: format!("login-{task}"),
        name: "login".to_owned(),
        category: Category::Engagement,
        user: Some(IdOrExternalId::Id(login.user)),
        app_id: Some(login.app_id),
        session_id: Some(login.session.to_string()),
        timestamp: Some(login.at),
        data: Some(serde_json::json!({"method": login.method}).to_string()),
    };
    match services
        .event_ingest
        .ingest(&tenant, Actor::Server, vec![event])
        .await
    {
        // The user was deleted in the meantime.
        Err(error) if error.code == ErrorCode::UserNotFound => Ok(()),
        recorded => recorded.map(drop),
    }
}

/// Recounts a bucket of events. The tenant is resolved again, since the
/// analytics partition also holds events of tenants with dedicated partitions.
pub async fn recount(store: Store, tenant: TenantStore, bucket: Leased<Recount>) -> Result<()> {
    let isolation = get_tenant(&store.platform(), tenant.id())
        .await?
        .tier
        .isolation();
    analytics::recount(&store.tenant(tenant.id(), isolation), bucket.id).await
}

/// Leases the erasure of a user.
pub async fn lease_erasure(
    tenant: TenantStore,
    media: Media,
    id: Id<Erasure>,
) -> Result<Option<ErasureJob>> {
    ErasureJob::lease(&tenant, &media, id).await
}

impl SteppedWork for ErasureJob {
    async fn step(&mut self) -> Result<bool> {
        Self::step(self).await
    }
}

/// Leases the next steps of a file.
pub async fn lease_file(
    tenant: TenantStore,
    media: Media,
    id: Id<File>,
) -> Result<Option<FileJob>> {
    FileJob::lease(&tenant, &media, id).await
}

impl SteppedWork for FileJob {
    async fn step(&mut self) -> Result<bool> {
        Self::step(self).await
    }
}

/// Leases a run of a retention rule, which deletes messages older than the rule allows.
pub async fn lease_retention(tenant: TenantStore, id: Id<Rule>) -> Result<Option<RetentionJob>> {
    RetentionJob::lease(&tenant, id).await
}

impl SteppedWork for RetentionJob {
    async fn step(&mut self) -> Result<bool> {
        Self::step(self).await
    }
}

/// Completes the provisioning of tenants that was interrupted.
pub async fn finish_provisioning(store: Store) -> Result<()> {
    while tenants::finish_provisioning(&store).await? > 0 {}
    Ok(())
}

/// Leases a webhook event of a platform; postpones it if the tenant is not active.
pub async fn lease_webhook_event(
    services: Services,
    tenant: TenantStore,
    id: Id<WebhookEvent>,
) -> Result<Option<WebhookJob>> {
    let job = WebhookJob::lease(&services.bridge, &tenant, id).await?;
    let is_active = services.authenticator.is_active(tenant.id()).await?;
    match job {
        Some(job) if !is_active => {
            job.postpone(limit::WORK_PAUSE_SECONDS).await?;
            Ok(None)
        }
        job => Ok(job),
    }
}

impl SteppedWork for WebhookJob {
    async fn step(&mut self) -> Result<bool> {
        Self::step(self).await
    }
}

/// Leases a message for the platform of a client; postpones it if the tenant is not active.
pub async fn lease_outbound_message(
    services: Services,
    tenant: TenantStore,
    id: Id<OutboundMessage>,
) -> Result<Option<OutboundJob>> {
    let job = OutboundJob::lease(&services.bridge, &tenant, id).await?;
    let is_active = services.authenticator.is_active(tenant.id()).await?;
    match job {
        Some(job) if !is_active => {
            job.postpone(limit::WORK_PAUSE_SECONDS).await?;
            Ok(None)
        }
        job => Ok(job),
    }
}

impl SteppedWork for OutboundJob {
    async fn step(&mut self) -> Result<bool> {
        Self::step(self).await
    }
}

/// Opens a snoozed ticket. There is nothing left to do in steps.
pub async fn wake_ticket(tenant: TenantStore, id: Id<SupportTicket>) -> Result<Option<WebhookJob>> {
    support::wake(&tenant, id).await?;
    Ok(None)
}
