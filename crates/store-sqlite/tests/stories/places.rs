use store::{Isolation, Partition};
use store_conformance::{Operator, User};

use crate::world::{World, join, members};

#[tokio::test]
async fn every_place_is_a_file_of_its_own() {
    let world = World::new();
    let store = world.store(8);
    let [shared, set, own] = [
        Isolation::Shared,
        Isolation::DedicatedCollections,
        Isolation::DedicatedDatabase,
    ]
    .map(|it| world.tenant(&store, it));
    for tenant in [&shared, &set, &own] {
        join(tenant, "red", None).await.unwrap();
    }
    let mut batch = store.platform().batch();
    batch.insert(Operator {
        email: None,
        name: "Root".to_owned(),
    });
    store.platform().commit(batch).await.unwrap();
    let pro = format!("pro/{}.db", set.id());
    let mut expected = vec![
        format!("caas_{}.db", own.id()),
        "caas_platform.db".into(),
        "caas_shared.db".into(),
        pro,
    ];
    expected.sort();
    assert_eq!(world.files(), expected);
}

#[tokio::test]
async fn reading_makes_no_file() {
    let world = World::new();
    let store = world.store(8);
    for isolation in [
        Isolation::Shared,
        Isolation::DedicatedCollections,
        Isolation::DedicatedDatabase,
    ] {
        let tenant = world.tenant(&store, isolation);
        assert!(
            tenant
                .list(User::by_age.all())
                .await
                .unwrap()
                .items
                .is_empty()
        );
        assert!(
            tenant
                .get(world.context.new_id::<User>())
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(members(&tenant, "red").await, 0);
    }
    assert_eq!(world.files(), [] as [String; 0]);
}

#[tokio::test]
async fn the_first_write_makes_the_whole_set() {
    let world = World::new();
    let store = world.store(8);
    join(
        &world.tenant(&store, Isolation::DedicatedCollections),
        "red",
        None,
    )
    .await
    .unwrap();
    let whole = world.tenant(&store, Isolation::DedicatedCollections);
    store
        .migrate(Partition::DedicatedCollections(whole.id()))
        .await
        .unwrap();
    let tables = |file: &str| -> Vec<String> {
        let connection = rusqlite::Connection::open(world.folder.path().join(file)).unwrap();
        let mut statement = connection
            .prepare("SELECT name FROM sqlite_schema ORDER BY name")
            .unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    };
    let files: Vec<_> = world
        .files()
        .into_iter()
        .filter(|name| name != "ephemeral.db")
        .collect();
    assert_eq!(files.len(), 2);
    assert_eq!(tables(&files[0]), tables(&files[1]));
    assert!(tables(&files[0]).contains(&"proof_entries".to_owned()));
}

#[tokio::test]
#[cfg(unix)]
async fn nobody_else_may_read_a_file() {
    use std::os::unix::fs::PermissionsExt;

    let world = World::new();
    let store = world.store(8);
    join(&world.tenant(&store, Isolation::Shared), "red", None)
        .await
        .unwrap();
    for name in ["caas_shared.db", "caas_shared.db-wal"] {
        let mode = std::fs::metadata(world.folder.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
