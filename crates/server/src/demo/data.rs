//! Demo data: tenant, users, conversations and API key.

use base::{Direction, Error, ErrorCode, ExternalId, IdOrExternalId, PageSize, Patch, Result};
use domain::Actor;
use domain::messaging::{self, Conversation, ConversationType, Draft, NewConversation};
use domain::tenants::{
    Application, NewApplication, NewKey, NewTenant, Scopes, Tenant, TenantStatus, Tier,
    create_application, create_key, create_tenant, finish_provisioning, list_applications,
    list_keys, list_tenants, revoke_key, tenant_id,
};
use domain::users::{self, NewUser, User, UserChanges, upsert_batch};
use store::{Entity, PlatformStore, Store, TenantStore};

use crate::services::Services;

/// Plan that identifies the demo tenant.
const DEMO_PLAN: &str = "demo";

/// Name of the demo API key, which identifies the key of the previous start.
const KEY_NAME: &str = "demo";

/// External id of the group to which the printed `curl` command sends.
pub const WELCOME_GROUP: &str = "welcome";

/// Demo users: external id and name.
pub const USERS: [(&str, &str); 2] = [("alice", "Alice"), ("bob", "Bob")];

/// Returns the demo tenant and its application; creates what is missing.
///
/// # Errors
/// Fails with 403 `tenant_suspended` if the operator has suspended the tenant.
pub async fn find_or_create(services: &Services) -> Result<(TenantStore, Entity<Application>)> {
    let tenant = match find_tenant(&services.store).await? {
        Some(tenant) => tenant,
        None => create_demo_tenant(&services.store).await?,
    };
    let id = tenant_id(tenant.id);
    if tenant.status == TenantStatus::Suspended {
        let detail = format!("the demo tenant is suspended: `caas tenant resume {id}`");
        return Err(Error::new(ErrorCode::TenantSuspended, detail));
    }
    let platform = services.store.platform();
    let existing = list_applications(&platform, id).await?.into_iter().next();
    let application = if let Some(application) = existing {
        application
    } else {
        let new = NewApplication {
            tenant: id,
            name: "Demo".to_owned(),
            origins: Vec::new(),
        };
        create_application(&platform, &services.key_ring, new).await?
    };
    Ok((services.authenticator.tenant(id).await?, application))
}

async fn create_demo_tenant(store: &Store) -> Result<Entity<Tenant>> {
    let new = NewTenant {
        name: "Demo".to_owned(),
        description: None,
        plan: Some(DEMO_PLAN.to_owned()),
        tier: Tier::Free,
    };
    create_tenant(store, new).await
}

async fn find_tenant(store: &Store) -> Result<Option<Entity<Tenant>>> {
    // An interrupted start may have left the tenant incomplete.
    finish_provisioning(store).await?;
    let mut after = None;
    loop {
        let page =
            list_tenants(&store.platform(), PageSize::MAX, Direction::Forward, after).await?;
        if let Some(tenant) = page
            .items
            .into_iter()
            .find(|tenant| tenant.plan == DEMO_PLAN)
        {
            return Ok(Some(tenant));
        }
        after = page.next;
        if after.is_none() {
            return Ok(None);
        }
    }
}

/// Creates the demo users that do not exist.
pub async fn create_users(tenant: &TenantStore) -> Result<()> {
    let user = |(id, name): (&str, &str)| {
        let changes = UserChanges {
            name: Patch::Set(name.to_owned()),
            ..UserChanges::default()
        };
        Ok(NewUser {
            external_id: external_id(id)?,
            changes,
        })
    };
    let users = USERS.into_iter().map(user).collect::<Result<Vec<_>>>()?;
    upsert_batch(tenant, users).await.map(drop)
}

/// Returns a demo user by external id.
pub fn user_by_external_id(id: &str) -> Result<IdOrExternalId<User>> {
    external_id(id).map(IdOrExternalId::External)
}

fn external_id(id: &str) -> Result<ExternalId> {
    id.parse().map_err(Error::internal)
}

/// Creates the demo conversations that do not exist, each with one message.
pub async fn create_conversations(tenant: &TenantStore) -> Result<()> {
    let group = NewConversation {
        name: Some("Welcome".to_owned()),
        external_id: Some(external_id(WELCOME_GROUP)?),
        ..new_conversation(ConversationType::Group)?
    };
    let direct = new_conversation(ConversationType::Direct)?;
    let first = "Hello Bob! Write me from the other side of the page.";
    let welcome = "Welcome to caas. The curl line that the server printed posts here.";
    create_conversation(tenant, "alice", direct, "demo-direct", first).await?;
    create_conversation(tenant, "bob", group, "demo-welcome", welcome).await
}

fn new_conversation(r#type: ConversationType) -> Result<NewConversation> {
    let participants = vec![user_by_external_id("alice")?, user_by_external_id("bob")?];
    Ok(NewConversation::new(r#type, participants))
}

async fn create_conversation(
    tenant: &TenantStore,
    from: &str,
    new: NewConversation,
    message_id: &str,
    text: &str,
) -> Result<()> {
    let sender = users::resolve(tenant, &user_by_external_id(from)?).await?;
    let actor = Actor::User(sender.id);
    let created = messaging::create(tenant, actor, new).await?;
    if created.existed {
        return Ok(());
    }
    let conversation: IdOrExternalId<Conversation> =
        IdOrExternalId::Id(created.view.conversation.id);
    let draft = Draft {
        content: Some(text.to_owned()),
        client_message_id: Some(message_id.to_owned()),
        ..Draft::default()
    };
    messaging::send(tenant, actor, &conversation, draft)
        .await
        .map(drop)
}

/// Creates the demo API key and revokes the one of the previous start.
pub async fn replace_api_key(
    platform: &PlatformStore,
    application: &Entity<Application>,
) -> Result<String> {
    let keys = list_keys(platform, application.tenant_id, Some(application.id)).await?;
    let previous = keys
        .iter()
        .filter(|key| key.name == KEY_NAME && key.revoked_at.is_none());
    for key in previous {
        revoke_key(platform, key.id).await?;
    }
    let new = NewKey {
        application: application.id,
        name: KEY_NAME.to_owned(),
        scopes: Scopes::ALL,
        expires_at: None,
    };
    Ok(create_key(platform, new).await?.text.to_string())
}
