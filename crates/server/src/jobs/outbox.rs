use base::Result;
use domain::outbox::{Outbox, TaskKind};
use domain::user_log;
use domain::work::Leased;
use store::Tenant;

/// Does what a row of the outbox asks for.
pub async fn carry_out(tenant: Tenant, task: Leased<Outbox>) -> Result<()> {
    match task.doc.kind {
        TaskKind::TellUser => user_log::write(&tenant, task.id, task.doc.task()?).await,
    }
}
