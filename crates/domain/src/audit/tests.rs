use base::{Direction, PageSize};
use store::{Changes, JsonText, Update};

use super::*;
use crate::tenants::{resume, suspend};
use crate::world::World;

async fn suspended_and_resumed(world: &World, rounds: usize) {
    let platform = world.store.platform();
    let id = world.company("Acme").await.tenant.id();
    for _ in 0..rounds {
        let audited = |action| audited(&platform, action, Origin::command_line(), None);
        suspend(&audited("tenant.suspended"), id).await.unwrap();
        resume(&audited("tenant.resumed"), id).await.unwrap();
    }
}

async fn records(world: &World) -> Vec<store::Entity<AuditRecord>> {
    let platform = world.store.platform();
    append_pending(&platform).await.unwrap();
    list(
        &platform,
        &AuditFilter::All,
        PageSize::MAX,
        Direction::Forward,
        None,
    )
    .await
    .unwrap()
    .items
}

#[tokio::test]
async fn action_is_recorded_once_with_its_target_and_changes() {
    let world = World::new();
    suspended_and_resumed(&world, 1).await;
    let records = records(&world).await;
    assert_eq!(records.len(), 2);
    let entry = entry_of(&records[0]).unwrap();
    assert_eq!(entry.action, "tenant.suspended");
    assert_eq!(entry.target_type.as_deref(), Some("saas_clients"));
    assert_eq!(entry.changes["status"], "suspended");
    assert_eq!(entry.origin.actor_type, ActorType::CommandLine);
}

#[tokio::test]
async fn action_without_effect_is_not_recorded() {
    let world = World::new();
    let platform = world.store.platform();
    let id = world.company("Acme").await.tenant.id();
    let handle = audited(&platform, "tenant.resumed", Origin::command_line(), None);
    resume(&handle, id).await.unwrap();
    assert!(records(&world).await.is_empty());
}

#[tokio::test]
async fn concurrent_writers_number_without_gaps_and_duplicates() {
    let world = World::new();
    suspended_and_resumed(&world, 20).await;
    let nodes: Vec<_> = (0..4).map(|_| world.isolated_store().platform()).collect();
    let appended = nodes.iter().map(append_pending);
    for outcome in futures_util::future::join_all(appended).await {
        outcome.unwrap();
    }
    let seqs: Vec<_> = records(&world)
        .await
        .iter()
        .map(|record| record.seq)
        .collect();
    assert_eq!(seqs, (1..=40).collect::<Vec<_>>());
    let intact = verify(&world.store.platform(), None).await.unwrap();
    assert_eq!((intact.entries, intact.problem), (40, None));
}

#[tokio::test]
async fn every_manipulation_is_found_where_it_was_made() {
    let world = World::new();
    suspended_and_resumed(&world, 5).await;
    let stored = records(&world).await;
    let platform = world.store.platform();
    let checkpoint = verify(&platform, None).await.unwrap().checkpoint;
    for record in &stored {
        let changes = [
            Changes::new().set(AuditRecord::action, "tenant.created".to_owned()),
            Changes::new().set(AuditRecord::actor, "someone".to_owned()),
            Changes::new().set(
                AuditRecord::entry,
                JsonText(record.entry.0.replace("status", "statuS").into()),
            ),
            Changes::new().set(AuditRecord::previous_hash, record.hash.clone()),
            Changes::new().set(AuditRecord::hash, record.previous_hash.clone()),
            Changes::new().set(AuditRecord::seq, 1_000),
        ];
        for changes in changes {
            write(&platform, record, changes).await;
            let found = verify(&platform, checkpoint.as_ref()).await.unwrap();
            assert_eq!(found.problem.unwrap().seq, record.seq);
            restore(&platform, record).await;
        }
        let mut batch = platform.batch();
        batch.remove(record.id, true);
        platform.commit(batch).await.unwrap();
        let found = verify(&platform, checkpoint.as_ref()).await.unwrap();
        assert_eq!(found.problem.unwrap().seq, record.seq, "a removed entry");
        let mut batch = platform.batch();
        batch.insert_as(record.id, record.doc.clone());
        platform.commit(batch).await.unwrap();
    }
    let intact = verify(&platform, checkpoint.as_ref()).await.unwrap();
    assert_eq!(intact.problem, None);
}

async fn restore(platform: &PlatformStore, record: &store::Entity<AuditRecord>) {
    let doc = record.doc.clone();
    let changes = Changes::new()
        .set(AuditRecord::seq, doc.seq)
        .set(AuditRecord::action, doc.action)
        .put(AuditRecord::actor, doc.actor)
        .set(AuditRecord::entry, doc.entry)
        .set(AuditRecord::previous_hash, doc.previous_hash)
        .set(AuditRecord::hash, doc.hash);
    write(platform, record, changes).await;
}

async fn write(
    platform: &PlatformStore,
    record: &store::Entity<AuditRecord>,
    changes: Changes<AuditRecord>,
) {
    let mut batch = platform.batch();
    batch.update(record.id, Update::of(changes));
    platform.commit(batch).await.unwrap();
}
