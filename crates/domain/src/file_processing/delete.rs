use base::{Error, ErrorCode, Id, Result, limit};
use store::{CommitError, Entity, TenantStore};

use crate::actor::Actor;
use crate::holds::NoHold;
use crate::media::{self, File, schedule_removal};
use crate::messaging::holders;

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Deletes a file. Messages that hold it show it as removed; its content is removed soon.
///
/// # Errors
/// 404 `file_not_found`, also for the file of another user; 409 `legal_hold` if its user or a
/// conversation that holds it is under a hold.
pub async fn delete(tenant: &TenantStore, actor: Actor, id: Id<File>) -> Result<()> {
    for _ in 0..MAX_ATTEMPTS {
        let file = media::get(tenant, id).await?;
        if !file.belongs_to(actor) {
            return Err(media::not_found());
        }
        let no_hold = no_hold(tenant, &file).await?;
        match schedule_removal(tenant, &file, &no_hold).await {
            Ok(()) => return Ok(()),
            Err(CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "The file is changed concurrently; retry.",
    ))
}

/// Checks that neither the user of a file nor a conversation that holds it is under a legal hold.
pub(super) async fn no_hold(tenant: &TenantStore, file: &Entity<File>) -> Result<NoHold> {
    let mut subjects: Vec<_> = file.user_id.map(Id::object_id).into_iter().collect();
    let mut after = None;
    loop {
        let page = holders(tenant, file.id, limit::BATCH, after).await?;
        subjects.extend(
            page.items
                .iter()
                .map(|reference| reference.conversation_id.object_id()),
        );
        subjects.sort_unstable();
        subjects.dedup();
        after = page.next;
        if after.is_none() {
            return NoHold::check(tenant, subjects).await;
        }
    }
}
