//! Wherever a direct conversation is in its beginning, a block that is answered
//! meanwhile lets no message follow; and the same wherever the block is: on
//! both engines.
//!
//! Seen to fail with a pair whose sides are read at once.

use std::sync::Arc;

use base::{Code, Context, Id, MockClock, Named, OsEntropy, TenantId, Timestamp};
use domain::Actor;
use domain::messaging::{self, Conversation, ConversationType, Draft, NewConversation};
use domain::relationships::Deed;
use domain::users::User;
use store::{Engine, Isolation, Store, Tenant};

use crate::halting::Halting;
use crate::on_both::{on_mongodb, on_sqlite};
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
    let halting = Halting::new(engine.clone());
    let id = TenantId::new(context.new_object_id());
    let tenant = Store::new(engine, context.clone()).tenant(id, Isolation::Set);
    let halted = Store::new(halting.clone(), context).tenant(id, Isolation::Set);
    for order in [Order::AdaFirst, Order::BobFirst] {
        Box::pin(a_beginning_meets_a_block(&halting, &halted, &tenant, order)).await;
        Box::pin(a_block_meets_a_beginning(&halting, &halted, &tenant, order)).await;
    }
}

async fn a_beginning_meets_a_block(halting: &Halting, halted: &Tenant, tenant: &Tenant, order: Order) {
    let mut behind = 0;
    loop {
        let two = Two::new(tenant, &format!("{order:?}-begun-{behind}"), order).await;
        let mut begun = None;
        let begins = async { begun = two.begin(halted).await };
        if !halting.interrupt(behind, begins, two.block(tenant)).await {
            break;
        }
        two.is_over(tenant, begun).await;
        behind += 1;
    }
    assert!(behind > 20, "{behind} moments");
}

async fn a_block_meets_a_beginning(halting: &Halting, halted: &Tenant, tenant: &Tenant, order: Order) {
    let mut behind = 0;
    loop {
        let two = Two::new(tenant, &format!("{order:?}-blocked-{behind}"), order).await;
        let mut begun = None;
        let begins = async { begun = two.begin(tenant).await };
        if !halting.interrupt(behind, Box::pin(two.block(halted)), begins).await {
            break;
        }
        two.is_over(tenant, begun).await;
        behind += 1;
    }
    assert!(behind > 10, "{behind} moments");
}

/// Whose id is the smaller one.
#[derive(Debug, Clone, Copy)]
enum Order {
    AdaFirst,
    BobFirst,
}

/// Ada, who blocks, and bob, who would talk to her.
struct Two {
    ada: Id<User>,
    bob: Id<User>,
}

impl Two {
    async fn new(tenant: &Tenant, story: &str, order: Order) -> Self {
        let first = person(tenant, &format!("{story}-one")).await;
        let second = person(tenant, &format!("{story}-other")).await;
        match order {
            Order::AdaFirst => Self { ada: first, bob: second },
            Order::BobFirst => Self { ada: second, bob: first },
        }
    }

    /// Bob begins; `None` when he is refused.
    async fn begin(&self, tenant: &Tenant) -> Option<Id<Conversation>> {
        let new = NewConversation::new(ConversationType::Direct, vec![Named::Id(self.ada)]);
        match messaging::create(tenant, Actor::User(self.bob), new).await {
            Ok(begun) => Some(begun.view.conversation.id),
            Err(failure) => {
                assert_eq!(failure.code, Code::UserBlocked, "{failure}");
                None
            }
        }
    }

    async fn block(&self, tenant: &Tenant) {
        messaging::relate(tenant, self.ada, self.bob, Deed::Block).await.unwrap();
    }

    /// Bob says nothing in what may have begun.
    async fn is_over(&self, tenant: &Tenant, begun: Option<Id<Conversation>>) {
        let Some(begun) = begun else { return };
        let draft = Draft { content: Some("hello".to_owned()), ..Draft::default() };
        let said = messaging::send(tenant, Actor::User(self.bob), &Named::Id(begun), draft).await;
        assert_eq!(said.map(|sent| sent.message.doc).unwrap_err().code, Code::UserBlocked);
    }
}
