//! Tests of the messaging module on the embedded engine.

mod access;
mod bans;
mod blocks;
mod conversations;
mod delivery;
mod history;
mod messages;
mod owners;
mod past;
mod reactions;
mod readers;
mod sends;

use base::{Id, IdOrExternalId};
use store::{Entity, TenantStore};

use super::{
    Conversation, ConversationType, Created, Draft, Message, NewConversation, Visibility, create,
    send,
};
use crate::Actor;
use crate::users::User;
use crate::world::{Company, World, person};

/// A company with three users.
struct Scene {
    world: World,
    company: Company,
    alice: Id<User>,
    bob: Id<User>,
    carol: Id<User>,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new();
        let company = world.company("Acme").await;
        let alice = person(&company.tenant, "alice").await;
        let bob = person(&company.tenant, "bob").await;
        let carol = person(&company.tenant, "carol").await;
        Self {
            world,
            company,
            alice,
            bob,
            carol,
        }
    }

    fn tenant(&self) -> &TenantStore {
        &self.company.tenant
    }

    /// Creates a group owned by Alice with Bob in it.
    async fn group(&self) -> Id<Conversation> {
        begin(
            self.tenant(),
            self.alice,
            asked(ConversationType::Group, &[self.bob]),
        )
        .await
        .view
        .conversation
        .id
    }
}

fn asked(r#type: ConversationType, participants: &[Id<User>]) -> NewConversation {
    NewConversation::new(
        r#type,
        participants
            .iter()
            .map(|user| IdOrExternalId::Id(*user))
            .collect(),
    )
}

fn channel(visibility: Visibility) -> NewConversation {
    NewConversation {
        visibility: Some(visibility),
        ..asked(ConversationType::Channel, &[])
    }
}

async fn begin(tenant: &TenantStore, by: Id<User>, new: NewConversation) -> Created {
    create(tenant, Actor::User(by), new).await.unwrap()
}

fn text(content: &str) -> Draft {
    Draft {
        content: Some(content.to_owned()),
        ..Draft::default()
    }
}

async fn say(
    tenant: &TenantStore,
    by: Id<User>,
    to: Id<Conversation>,
    content: &str,
) -> Entity<Message> {
    send(
        tenant,
        Actor::User(by),
        &IdOrExternalId::Id(to),
        text(content),
    )
    .await
    .unwrap()
    .message
}
