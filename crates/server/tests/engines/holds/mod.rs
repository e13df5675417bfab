//! Legal holds and joins that are concurrent with erasure and retention, on both engines.
//!
//! Each step is interrupted at each half of its statements. A hold keeps all data that exists
//! when the request to set it returns. A conversation that a user joins meanwhile is not removed.
//!
//! Verified to fail if the batch of a step has no precondition on the holds.

mod joiners;
mod scene;

use std::collections::HashSet;
use std::sync::Arc;

use base::limit;
use domain::erasure::{self, ErasureStatus};
use domain::retention::{self, RetentionSubject};
use store::Engine;

use crate::media::media;
use crate::on_both::{on_mongodb, on_sqlite};
use scene::Scene;

/// Days after which the content of messages is removed.
const DAYS: i64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_hold_and_no_joiner_is_overtaken_on_sqlite() {
    on_sqlite(stories).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_hold_and_no_joiner_is_overtaken_on_mongodb() {
    on_mongodb(stories).await;
}

async fn stories(engine: Arc<dyn Engine>) {
    Box::pin(an_erasure(Scene::new(engine.clone()).await)).await;
    Box::pin(joiners::tell(&Scene::new(engine.clone()).await)).await;
    Box::pin(retention(Scene::new(engine.clone()).await)).await;
    Box::pin(requests(Scene::new(engine).await)).await;
}

/// Interrupts each kind of step at each half of its statements.
async fn an_erasure(scene: Scene) {
    let begun = erasure::request(&scene.tenant, &scene.ada_named())
        .await
        .unwrap();
    let mut known = HashSet::new();
    let mut behind = 0;
    let mut met = 0;
    loop {
        let now = erasure::get(&scene.tenant, begun.id).await.unwrap();
        if now.status == ErasureStatus::Done {
            break;
        }
        scene.wait(limit::HELD_SECONDS);
        let mut run = erasure::ErasureJob::lease(&scene.job, &media(), begun.id)
            .await
            .unwrap()
            .unwrap();
        let step = async {
            run.step().await.unwrap();
        };
        let place = (now.stage.to_string(), now.line);
        if known.contains(&place) {
            step.await;
        } else if scene
            .hold_within(RetentionSubject::Conversation(scene.group), behind, step)
            .await
        {
            (behind, met) = (behind + 1, met + 1);
        } else {
            known.insert(place);
            behind = 0;
        }
    }
    assert!(met > 40, "{met} moments");
    assert_eq!(scene.contents().await, [""; 0]);
}

/// Interrupts requests that delete or edit messages, with a hold on the tenant, the user and the
/// conversation.
async fn requests(scene: Scene) {
    let mut met = 0;
    for holder in [
        RetentionSubject::Tenant(scene.tenant.id()),
        RetentionSubject::User(scene.ada),
        RetentionSubject::Conversation(scene.group),
    ] {
        let mut behind = 0;
        loop {
            let message = scene.say("a word").await;
            if !scene
                .hold_within(holder, behind, scene.delete(message))
                .await
            {
                break;
            }
            (behind, met) = (behind + 1, met + 1);
        }
        let message = scene.say("the original").await;
        for at in 0..limit::MESSAGE_HISTORY {
            scene.edit(&scene.tenant, message, at).await.unwrap();
        }
        let mut behind = 0;
        while scene
            .hold_within(holder, behind, scene.edit_once(message, behind))
            .await
        {
            (behind, met) = (behind + 1, met + 1);
        }
    }
    assert!(met > 20, "{met} moments");
}

/// Interrupts the retention job of a conversation, with a hold on the tenant, the user and the
/// conversation.
async fn retention(scene: Scene) {
    let group = RetentionSubject::Conversation(scene.group);
    let mut met = 0;
    scene.wait(20 * 24 * 60 * 60);
    let wanted = retention::Wanted {
        days: Some(DAYS),
        legal_hold: false,
    };
    for holder in [
        RetentionSubject::Tenant(scene.tenant.id()),
        RetentionSubject::User(scene.ada),
        group,
    ] {
        let mut behind = 0;
        loop {
            scene.say("a word").await;
            scene.wait(20 * 24 * 60 * 60);
            let rule = retention::set(&scene.tenant, group, wanted).await.unwrap();
            let mut run = retention::RetentionJob::lease(&scene.job, rule.id)
                .await
                .unwrap()
                .unwrap();
            let step = async {
                run.step().await.unwrap();
            };
            if !scene.hold_within(holder, behind, step).await {
                break;
            }
            (behind, met) = (behind + 1, met + 1);
        }
    }
    assert!(met > 30, "{met} moments");
}
