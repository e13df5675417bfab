use base::{Error, ErrorCode, Id, Result, limit};
use store::TenantStore;

use crate::holds::Holds;
use crate::messaging::Participant;
use crate::users::User;

/// Refuses where a hold lies on the tenant, on the user, or on a conversation
/// that the user has or had a part in.
///
/// # Errors
/// 409 `legal_hold`.
pub(crate) async fn refuse_for(tenant: &TenantStore, holds: &Holds, user: Id<User>) -> Result<()> {
    let refused = |whose: &str| {
        Error::new(
            ErrorCode::LegalHold,
            format!("A legal hold on {whose} keeps what would go."),
        )
    };
    if holds.keep(user.object_id()).await? {
        return Err(refused("the tenant or the user"));
    }
    let mut after = None;
    loop {
        let query = Participant::by_user
            .eq(Participant::user_id, user)
            .limit(limit::BATCH)
            .after(after);
        let page = tenant.list(query).await?;
        if !holds
            .among(
                page.items
                    .iter()
                    .map(|part| part.conversation_id.object_id()),
            )
            .await?
            .is_empty()
        {
            return Err(refused("a conversation of the user"));
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}
