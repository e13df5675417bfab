//! A direct conversation and a block that are created concurrently, on both engines.
//!
//! One of both is interrupted at each statement while the other runs. No message may be sent
//! after the block has returned.
//!
//! Verified to fail if both sides of a pair are read at the same time.

use std::sync::Arc;

use base::{Context, ErrorCode, Id, IdOrExternalId, MockClock, OsEntropy, TenantId, Timestamp};
use domain::Actor;
use domain::messaging::{self, Conversation, ConversationType, Draft, NewConversation};
use domain::relationships::RelationshipAction;
use domain::users::User;
use store::{Engine, Isolation, Store, TenantStore};

use crate::on_both::{on_mongodb, on_sqlite};
use crate::pausing_engine::PausingEngine;
use crate::person::person;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_follows_a_block_on_sqlite() {
    on_sqlite(stories).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_follows_a_block_on_mongodb() {
    on_mongodb(stories).await;
}

async fn stories(engine: Arc<dyn Engine>) {
    let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_860_800_000)));
    let context = Context::new(clock, Arc::new(OsEntropy));
    let pausing_engine = PausingEngine::new(engine.clone());
    let id = TenantId::new(context.new_object_id());
    let tenant = Store::new(engine, context.clone()).tenant(id, Isolation::DedicatedCollections);
    let halted =
        Store::new(pausing_engine.clone(), context).tenant(id, Isolation::DedicatedCollections);
    for order in [Order::AdaFirst, Order::BobFirst] {
        Box::pin(a_beginning_meets_a_block(
            &pausing_engine,
            &halted,
            &tenant,
            order,
        ))
        .await;
        Box::pin(a_block_meets_a_beginning(
            &pausing_engine,
            &halted,
            &tenant,
            order,
        ))
        .await;
    }
}

async fn a_beginning_meets_a_block(
    pausing_engine: &PausingEngine,
    halted: &TenantStore,
    tenant: &TenantStore,
    order: Order,
) {
    let interrupted = async |behind, two: &Two, begun: &mut Option<Id<Conversation>>| {
        let beginning = async { *begun = two.begin(halted).await };
        Box::pin(pausing_engine.interrupt(behind, beginning, two.block(tenant))).await
    };
    Box::pin(at_each_moment(
        tenant,
        &format!("{order:?}-begun"),
        order,
        interrupted,
    ))
    .await;
}

async fn a_block_meets_a_beginning(
    pausing_engine: &PausingEngine,
    halted: &TenantStore,
    tenant: &TenantStore,
    order: Order,
) {
    let interrupted = async |behind, two: &Two, begun: &mut Option<Id<Conversation>>| {
        let beginning = async { *begun = two.begin(tenant).await };
        pausing_engine
            .interrupt(behind, Box::pin(two.block(halted)), beginning)
            .await
    };
    at_each_moment(tenant, &format!("{order:?}-blocked"), order, interrupted).await;
}

/// Runs a race of two new users for each interruption point of the interrupted operation.
///
/// A conversation that was created must reject messages of the blocked user.
async fn at_each_moment(
    tenant: &TenantStore,
    story: &str,
    order: Order,
    interrupted: impl AsyncFn(usize, &Two, &mut Option<Id<Conversation>>) -> bool,
) {
    let mut behind = 0;
    let mut begins = 0;
    let mut refused = 0;
    loop {
        let two = Two::new(tenant, &format!("{story}-{behind}"), order).await;
        let mut begun = None;
        if !interrupted(behind, &two, &mut begun).await {
            break;
        }
        match begun {
            Some(begun) => {
                two.is_over(tenant, begun).await;
                begins += 1;
            }
            None => refused += 1,
        }
        behind += 1;
    }
    assert!(
        begins > 0 && refused > 0,
        "{begins} began, {refused} were refused"
    );
}

/// The user with the smaller id.
#[derive(Debug, Clone, Copy)]
enum Order {
    AdaFirst,
    BobFirst,
}

/// Ada, the blocking user, and Bob, the creator of a conversation with her.
struct Two {
    ada: Id<User>,
    bob: Id<User>,
}

impl Two {
    async fn new(tenant: &TenantStore, story: &str, order: Order) -> Self {
        let one = person(tenant, &format!("{story}-one")).await;
        let other = person(tenant, &format!("{story}-other")).await;
        let low = one.min(other);
        let high = one.max(other);
        match order {
            Order::AdaFirst => Self {
                ada: low,
                bob: high,
            },
            Order::BobFirst => Self {
                ada: high,
                bob: low,
            },
        }
    }

    /// Begins a conversation as Bob; returns `None` if it is rejected.
    async fn begin(&self, tenant: &TenantStore) -> Option<Id<Conversation>> {
        let new =
            NewConversation::new(ConversationType::Direct, vec![IdOrExternalId::Id(self.ada)]);
        match messaging::create(tenant, Actor::User(self.bob), new).await {
            Ok(begun) => Some(begun.view.conversation.id),
            Err(failure) => {
                assert_eq!(failure.code, ErrorCode::UserBlocked, "{failure}");
                None
            }
        }
    }

    async fn block(&self, tenant: &TenantStore) {
        messaging::relate(tenant, self.ada, self.bob, RelationshipAction::Block)
            .await
            .unwrap();
    }

    /// Asserts that Bob cannot send to the conversation.
    async fn is_over(&self, tenant: &TenantStore, begun: Id<Conversation>) {
        let draft = Draft {
            content: Some("hello".to_owned()),
            ..Draft::default()
        };
        let said = messaging::send(
            tenant,
            Actor::User(self.bob),
            &IdOrExternalId::Id(begun),
            draft,
        )
        .await;
        assert_eq!(
            said.map(|sent| sent.message.doc).unwrap_err().code,
            ErrorCode::UserBlocked
        );
    }
}
