use base::Result;
use domain::leases::Leased;
use domain::outbox::{Outbox, TaskKind};
use domain::{messaging, user_log};
use store::TenantStore;

/// Does what a row of the outbox asks for.
pub async fn carry_out(tenant: TenantStore, task: Leased<Outbox>) -> Result<()> {
    match task.doc.kind {
        TaskKind::EnforceBlock => messaging::enforce(&tenant, &task.doc.task()?).await,
        TaskKind::HandOver => messaging::hand_over(&tenant, task.doc.task()?).await,
        TaskKind::TellUser => user_log::write(&tenant, task.id, task.doc.task()?).await,
    }
}
