//! Sends messages sequentially through the domain into SQLite, on one thread with
//! a fixed clock and seeded entropy. `cargo xtask instructions` counts its
//! instructions.
//!
//! `send_path <messages>`

use std::error::Error;
use std::sync::Arc;

use base::{Context, ExternalId, Id, IdOrExternalId, MockClock, SeededEntropy, Timestamp};
use domain::Actor;
use domain::messaging::{Conversation, ConversationType, Draft, NewConversation, create, send};
use domain::tenants::{NewTenant, Tier, create_tenant, tenant_id};
use domain::users::{NewUser, User, UserChanges, upsert};
use store::{Store, TenantStore};
use store_sqlite::{Options, SqliteEngine};

/// Fixed time: 2026-01-31.
const TEST_EPOCH_MS: i64 = 1_769_850_000_000;

/// Length of a message in characters.
const LENGTH: usize = 300;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let messages = std::env::args()
        .nth(1)
        .ok_or("send_path <messages>")?
        .parse()?;
    let path = tempfile::tempdir()?;
    let options = Options {
        data_dir: path.path().to_owned(),
        catalogue: domain::catalogue(),
        open_files: 8,
    };
    let clock = Arc::new(MockClock::at(Timestamp::from_millis(TEST_EPOCH_MS)));
    let context = Context::new(clock, Arc::new(SeededEntropy::new(1)));
    let store = Store::new(SqliteEngine::open(options)?, context);
    let sent = send_all(&store, messages).await;
    store.close().await;
    sent
}

async fn send_all(store: &Store, messages: usize) -> Outcome<()> {
    let new = NewTenant {
        name: "Acme".to_owned(),
        description: None,
        plan: None,
        tier: Tier::Free,
    };
    let tenant = create_tenant(store, new).await?;
    let tenant = store.tenant(tenant_id(tenant.id), Tier::Free.isolation());
    let ada = user(&tenant, "ada").await?;
    let bob = user(&tenant, "bob").await?;
    let group = IdOrExternalId::Id(group(&tenant, ada, bob).await?);
    for number in 0..messages {
        let content = Some("x".repeat(LENGTH));
        let id = Some(format!("message-{number:09}"));
        let draft = Draft {
            content,
            client_message_id: id,
            ..Draft::default()
        };
        send(&tenant, Actor::User(ada), &group, draft).await?;
    }
    Ok(())
}

async fn user(tenant: &TenantStore, name: &str) -> Outcome<Id<User>> {
    let external_id: ExternalId = name.parse()?;
    Ok(upsert(
        tenant,
        NewUser {
            external_id,
            changes: UserChanges::default(),
        },
    )
    .await?
    .user
    .id)
}

async fn group(
    tenant: &TenantStore,
    owner: Id<User>,
    other: Id<User>,
) -> Outcome<Id<Conversation>> {
    let new = NewConversation::new(ConversationType::Group, vec![IdOrExternalId::Id(other)]);
    Ok(create(tenant, Actor::User(owner), new)
        .await?
        .view
        .conversation
        .id)
}
