//! Integrations with WhatsApp and Instagram, against a fake of the Graph API. The stories of an
//! engine share one server; each has an account of its own.

#![cfg(test)]

mod accounts;
mod inbound;
mod outbound;
mod support;

use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use testkit::{Engine, Tier};

use support::Scene;

/// Runs all stories on one server of the engine and tier.
async fn run(engine: Engine, tier: Tier) {
    if !engine.covered() {
        return;
    }
    let scene = &Scene::new(engine, tier).await;
    let stories: [Pin<Box<dyn Future<Output = ()>>>; 18] = [
        Box::pin(accounts::secrets_are_never_returned(scene.clone())),
        Box::pin(accounts::account_belongs_to_one_integration(scene.clone())),
        Box::pin(accounts::handshake_requires_the_verify_token(scene.clone())),
        Box::pin(inbound::first_message_creates_client_and_channel(
            scene.clone(),
        )),
        Box::pin(inbound::only_signed_bodies_are_stored(scene.clone())),
        Box::pin(inbound::repeated_and_concurrent_updates_store_one_message(
            scene.clone(),
        )),
        Box::pin(inbound::every_kind_is_shown(scene.clone())),
        Box::pin(inbound::update_of_an_unknown_account_is_replayed(
            scene.clone(),
        )),
        Box::pin(inbound::instagram_updates_are_routed(scene.clone())),
        Box::pin(outbound::answer_reaches_the_client_and_its_status_returns(
            scene.clone(),
        )),
        Box::pin(outbound::failures_are_retried_decided_and_explained(
            scene.clone(),
        )),
        Box::pin(inbound::media_becomes_a_file(scene.clone())),
        Box::pin(outbound::ticket_follows_the_conversation(scene.clone())),
        Box::pin(outbound::notes_reach_staff_only(scene.clone())),
        Box::pin(outbound::notes_are_inaccessible_to_the_client(
            scene.clone(),
        )),
        Box::pin(outbound::message_waits_for_a_renewed_token(scene.clone())),
        Box::pin(inbound::reaction_is_replaced_and_removed(scene.clone())),
        Box::pin(outbound::closed_window_allows_templates_only(scene.clone())),
    ];
    let stories = stories.map(|story| AssertUnwindSafe(story).catch_unwind());
    let outcomes = join_all(stories).await;
    scene.clear().await;
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    assert_eq!(failed, 0, "stories failed; see above");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_free() {
    run(Engine::Sqlite, Tier::Free).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_enterprise() {
    run(Engine::Sqlite, Tier::Enterprise).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_free() {
    run(Engine::MongoDb, Tier::Free).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_pro() {
    run(Engine::MongoDb, Tier::Pro).await;
}
