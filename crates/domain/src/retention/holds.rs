use base::{Code, Failure, Id, Result, limit};
use store::Tenant;

use super::{Rule, Whose};
use crate::messaging::{Conversation, Participant};
use crate::users::User;

/// Whether a legal hold lies on the tenant or on the user.
///
/// # Errors
/// When the store cannot answer.
pub(crate) async fn held(tenant: &Tenant, user: Id<User>) -> Result<bool> {
    lies(tenant, [Whose::Tenant(tenant.id()), Whose::User(user)]).await
}

/// Refuses where a legal hold lies on the tenant, on the user, or on a
/// conversation that the user has or had a part in.
///
/// # Errors
/// 409 `legal_hold`.
pub(crate) async fn held_anywhere(tenant: &Tenant, user: Id<User>) -> Result<()> {
    let refused = |whose: &str| Failure::new(Code::LegalHold, format!("A legal hold on {whose} keeps what would go."));
    if held(tenant, user).await? {
        return Err(refused("the tenant or the user"));
    }
    let mut after = None;
    loop {
        let query = Participant::by_user.eq(Participant::user_id, user).limit(limit::BATCH).after(after);
        let page = tenant.list(query).await?;
        let theirs = page.items.iter().map(|part| Whose::Conversation(part.conversation_id));
        if lies(tenant, theirs).await? {
            return Err(refused("a conversation of the user"));
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Which of these users a legal hold lies on.
pub(super) async fn held_users(tenant: &Tenant, users: impl IntoIterator<Item = Id<User>>) -> Result<Vec<Id<User>>> {
    let ids: Vec<Id<Rule>> = users.into_iter().map(|user| Whose::User(user).id()).collect();
    let rules = tenant.get_many(&ids).await?;
    Ok(rules.into_iter().filter(|rule| rule.legal_hold).map(|rule| Id::new(rule.id.object_id())).collect())
}

/// Whether a legal hold lies on the tenant or on the conversation.
pub(super) async fn kept(tenant: &Tenant, conversation: Id<Conversation>) -> Result<bool> {
    lies(tenant, [Whose::Tenant(tenant.id()), Whose::Conversation(conversation)]).await
}

async fn lies(tenant: &Tenant, whose: impl IntoIterator<Item = Whose>) -> Result<bool> {
    let ids: Vec<Id<Rule>> = whose.into_iter().map(Whose::id).collect();
    Ok(tenant.get_many(&ids).await?.iter().any(|rule| rule.legal_hold))
}
