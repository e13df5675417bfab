use base::{IdOrExternalId, Result};
use domain::Actor;
use domain::messaging::{self, Conversation, ConversationType, Draft, NewConversation};
use domain::users;
use store::TenantStore;

use super::people::{external, named};

/// The external id of the group, to which the printed `curl` line sends.
pub const GROUP: &str = "welcome";

/// Makes the first two conversations where they are missing, with a message
/// in each.
pub async fn make(tenant: &TenantStore) -> Result<()> {
    let group = NewConversation {
        name: Some("Welcome".to_owned()),
        external_id: Some(external(GROUP)?),
        ..between(ConversationType::Group)?
    };
    let direct = between(ConversationType::Direct)?;
    let first = "Hello Bob! Write me from the other side of the page.";
    let welcome = "Welcome to caas. The curl line that the server printed posts here.";
    begin(tenant, "alice", direct, "demo-direct", first).await?;
    begin(tenant, "bob", group, "demo-welcome", welcome).await
}

fn between(r#type: ConversationType) -> Result<NewConversation> {
    Ok(NewConversation::new(
        r#type,
        vec![named("alice")?, named("bob")?],
    ))
}

async fn begin(
    tenant: &TenantStore,
    from: &str,
    new: NewConversation,
    message_id: &str,
    text: &str,
) -> Result<()> {
    let actor = Actor::User(users::resolve(tenant, &named(from)?).await?.id);
    let created = messaging::create(tenant, actor, new).await?;
    if created.existed {
        return Ok(());
    }
    let conversation: IdOrExternalId<Conversation> =
        IdOrExternalId::Id(created.view.conversation.id);
    let client_message_id = Some(message_id.to_owned());
    let draft = Draft {
        content: Some(text.to_owned()),
        client_message_id,
        ..Draft::default()
    };
    messaging::send(tenant, actor, &conversation, draft)
        .await
        .map(drop)
}
