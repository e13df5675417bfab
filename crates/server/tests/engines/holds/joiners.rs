use base::{Id, IdOrExternalId, limit};
use domain::Actor;
use domain::erasure::{self, Stage};
use domain::messaging::{self, Conversation, ConversationType, NewConversation, Visibility};
use domain::users::User;

use super::scene::{Scene, say};
use crate::media::media;
use crate::person::person;

/// A user joins a channel while its only participant is erased.
///
/// The erasure is interrupted at each half of each statement of the steps that remove the
/// channel. Either the join is rejected and the channel is removed, or the user can send to it.
pub async fn tell(scene: &Scene) {
    let mut behind = 0;
    let mut joined = 0;
    let mut refused = 0;
    loop {
        let eve = person(&scene.tenant, &format!("eve-{behind}")).await;
        let channel = channel(scene, eve).await;
        let begun = erasure::request(&scene.tenant, &IdOrExternalId::Id(eve))
            .await
            .unwrap();
        let mut run = erasure::ErasureJob::lease(&scene.job, &media(), begun.id)
            .await
            .unwrap()
            .unwrap();
        let stage = async || erasure::get(&scene.tenant, begun.id).await.unwrap().stage;
        while stage().await != Stage::Conversations {
            run.step().await.unwrap();
        }
        let mut joins = None;
        let steps = async {
            while stage().await == Stage::Conversations {
                run.step().await.unwrap();
            }
        };
        let meanwhile = async {
            joins = Some(
                messaging::join(
                    &scene.tenant,
                    Actor::User(scene.bob),
                    &IdOrExternalId::Id(channel),
                )
                .await
                .is_ok(),
            );
        };
        if !scene
            .pausing_engine
            .interrupt(behind, steps, meanwhile)
            .await
        {
            break;
        }
        if joins == Some(true) {
            say(&scene.tenant, scene.bob, channel, "is somebody here?").await;
            joined += 1;
        } else {
            assert!(scene.tenant.get(channel).await.unwrap().is_none());
            refused += 1;
        }
        behind += 1;
    }
    assert!(
        joined > 5 && refused > 5,
        "{joined} joined, {refused} were refused"
    );
}

async fn channel(scene: &Scene, owner: Id<User>) -> Id<Conversation> {
    let channel = NewConversation::new(ConversationType::Channel, Vec::new());
    let new = NewConversation {
        visibility: Some(Visibility::Public),
        ..channel
    };
    let begun = messaging::create(&scene.tenant, Actor::User(owner), new)
        .await
        .unwrap();
    scene.wait(limit::ERASE_LEASE_SECONDS);
    begun.view.conversation.id
}
