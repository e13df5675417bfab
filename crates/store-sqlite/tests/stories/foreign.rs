//! Access to the files by other programs.

use store::{Changes, CommitError, Isolation, ReadError, Update};
use store_conformance::User;

use crate::world::{World, join, members};

/// Opens a connection of another program.
fn foreigner(world: &World) -> rusqlite::Connection {
    rusqlite::Connection::open(world.folder.path().join("caas_shared.db")).unwrap()
}

#[tokio::test]
async fn rows_are_readable_by_eye() {
    let world = World::new();
    let store = world.store(4);
    let tenant = world.tenant(&store, Isolation::Shared);
    let ada = join(&tenant, "red", Some("ada")).await.unwrap();
    let mut batch = tenant.batch();
    batch.update(
        ada.id,
        Update::of(Changes::new().set(User::age, 36)).deleting(Some(ada.id.object_id())),
    );
    tenant.commit(batch).await.unwrap();
    let text = "SELECT json_object('id', _id, 'tenant', tenant_id, 'team', team, 'age', age, 'version', __v,
        'created', created_at, 'by', deleted_by, 'points', points) FROM proof_people WHERE external_id = 'ada'";
    let seen: String = foreigner(&world)
        .query_row(text, [], |row| row.get(0))
        .unwrap();
    let expected = format!(
        r#"{{"id":"{0}","tenant":"{1}","team":"red","age":36,"version":2,"created":{2},"by":"{0}","points":null}}"#,
        ada.id,
        tenant.id(),
        ada.created_at.millis(),
    );
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_file_is_kept_as_promised() {
    let world = World::new();
    let store = world.store(4);
    join(&world.tenant(&store, Isolation::Shared), "red", None)
        .await
        .unwrap();
    let mode: String = foreigner(&world)
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let without_rowid = "SELECT count(*) FROM pragma_table_list WHERE wr AND schema = 'main'";
    assert_eq!(
        foreigner(&world)
            .query_row(without_rowid, [], |row| row.get::<_, i64>(0))
            .unwrap(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_writer_is_waited_for() {
    let world = World::new();
    let store = world.store(4);
    let tenant = world.tenant(&store, Isolation::Shared);
    join(&tenant, "red", None).await.unwrap();
    let foreigner = foreigner(&world);
    foreigner
        .execute_batch("BEGIN IMMEDIATE; UPDATE proof_people SET team = 'blue'")
        .unwrap();
    let waiting = tokio::spawn({
        let tenant = tenant.clone();
        async move { join(&tenant, "red", None).await }
    });
    assert_eq!(
        members(&tenant, "red").await,
        1,
        "reading goes on meanwhile"
    );
    foreigner.execute_batch("COMMIT").unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(
        (
            members(&tenant, "red").await,
            members(&tenant, "blue").await
        ),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_writer_that_never_ends_is_told_of_and_nothing_is_written() {
    let world = World::new();
    let store = world.store(4);
    let tenant = world.tenant(&store, Isolation::Shared);
    join(&tenant, "red", None).await.unwrap();
    let foreigner = foreigner(&world);
    foreigner.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = join(&tenant, "red", None).await;
    assert!(
        matches!(refused, Err(CommitError::Unavailable(_))),
        "{refused:?}"
    );
    foreigner.execute_batch("ROLLBACK").unwrap();
    assert_eq!(members(&tenant, "red").await, 1);
    join(&tenant, "red", None).await.unwrap();
}

#[tokio::test]
async fn a_damaged_ephemeral_file_is_made_again_and_a_damaged_shared_one_keeps_the_engine_closed() {
    let world = World::new();
    std::fs::write(world.folder.path().join("ephemeral.db"), [7; 8_192]).unwrap();
    let store = world.store(4);
    let tenant = world.tenant(&store, Isolation::Shared);
    assert_eq!(
        tenant
            .count(store_conformance::Typing::by_room.all(), 1)
            .await
            .unwrap(),
        0
    );
    store.close().await;
    for name in ["caas_platform.db", "caas_shared.db", "caas_analytics.db"] {
        for damage in [vec![7; 8_192], Vec::new()] {
            let file = world.folder.path().join(name);
            std::fs::write(&file, damage).unwrap();
            let error = world.open(4).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
            std::fs::remove_file(file).unwrap();
        }
    }
}

#[tokio::test]
async fn a_damaged_file_of_one_tenant_fails_that_tenant_and_the_readiness() {
    let world = World::new();
    let store = world.store(4);
    let tenants = [
        Isolation::DedicatedDatabase,
        Isolation::DedicatedCollections,
        Isolation::Shared,
    ]
    .map(|isolation| world.tenant(&store, isolation));
    for tenant in &tenants {
        join(tenant, "red", None).await.unwrap();
    }
    store.ready().await.unwrap();
    store.close().await;
    for name in world
        .files()
        .into_iter()
        .filter(|name| name.contains("clnt_"))
    {
        std::fs::write(world.folder.path().join(name), [7; 8_192]).unwrap();
    }
    let store = world.store(4);
    store.ready().await.unwrap();
    for (tenant, isolation) in tenants.iter().zip([
        Isolation::DedicatedDatabase,
        Isolation::DedicatedCollections,
    ]) {
        let tenant = store.tenant(tenant.id(), isolation);
        assert!(matches!(
            tenant.count(User::by_team.all(), 1).await,
            Err(ReadError::Halted(_))
        ));
        assert!(matches!(
            join(&tenant, "red", None).await,
            Err(CommitError::Halted(_))
        ));
    }
    assert_eq!(
        members(&store.tenant(tenants[2].id(), Isolation::Shared), "red").await,
        1
    );
    let reason = store.ready().await.unwrap_err();
    assert!(format!("{reason:?}").contains("clnt_"), "{reason:?}");
}

#[tokio::test]
async fn a_file_that_is_damaged_or_removed_later_fails_its_statements_and_the_readiness() {
    for removed in [false, true] {
        let world = World::new();
        let store = world.store(1);
        let tenant = world.tenant(&store, Isolation::DedicatedDatabase);
        join(&tenant, "red", None).await.unwrap();
        // The only file that may be open is now another one.
        join(&world.tenant(&store, Isolation::Shared), "red", None)
            .await
            .unwrap();
        let file = world
            .files()
            .into_iter()
            .find(|name| name.contains("clnt_"))
            .unwrap();
        let file = world.folder.path().join(file);
        if removed {
            std::fs::remove_file(file)
        } else {
            std::fs::write(file, [7; 8_192])
        }
        .unwrap();
        let failed = tenant.count(User::by_team.all(), 1).await;
        assert!(matches!(failed, Err(ReadError::Halted(_))), "{failed:?}");
        assert!(store.ready().await.is_err());
    }
}
