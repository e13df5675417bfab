//! Users that were created before their profile and preferences: the first use creates these.

#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::future::join_all;
use mongodb::bson::{Document, doc};
use serde_json::json;
use testkit::{DataDir, World};

testkit::stories!(the_first_use_makes_what_an_older_server_did_not);

/// Fifty concurrent reads of a missing document return the same one.
async fn the_first_use_makes_what_an_older_server_did_not(mut world: World) {
    world.server.kill().await;
    forget(world.server.data_dir()).await;
    world.server.run().await;
    let user = format!("/v1/users/{}", world.alice.id);
    for companion in ["profile", "preferences"] {
        let path = format!("{user}/{companion}");
        let answers = join_all((0..50).map(|_| world.alice.api.get(&path))).await;
        let seen: BTreeSet<String> = answers
            .into_iter()
            .map(|answer| answer.expect(200).to_string())
            .collect();
        assert_eq!(seen.len(), 1, "{seen:?}");
    }
    let path = format!("/v1/users/{}/preferences", world.bob.id);
    let changed = world
        .bob
        .api
        .patch(&path, json!({"theme": "dark"}))
        .await
        .expect(200);
    assert_eq!(changed["version"], 2);
    let both = world
        .bob
        .api
        .get(&format!("{path}?expand=profile"))
        .await
        .expect(200);
    assert_eq!(both["profile"]["version"], 1);
}

/// Returns whether an older server did not have the collection.
fn is_new(collection: &str) -> bool {
    ["profiles", "preferences"]
        .iter()
        .any(|name| collection.ends_with(name))
}

/// Empties these collections without the server.
async fn forget(data_dir: &DataDir) {
    match data_dir.mongodb() {
        Some((uri, prefix)) => forget_in_mongodb(uri, prefix)
            .await
            .expect("collections can be emptied"),
        None => forget_in(data_dir.path()).expect("tables can be emptied"),
    }
}

async fn forget_in_mongodb(uri: &str, prefix: &str) -> mongodb::error::Result<()> {
    let client = mongodb::Client::with_uri_str(uri).await?;
    let mut emptied = 0;
    for name in client
        .list_database_names()
        .await?
        .iter()
        .filter(|name| name.starts_with(prefix))
    {
        let database = client.database(name);
        for collection in database
            .list_collection_names()
            .await?
            .iter()
            .filter(|name| is_new(name))
        {
            emptied += database
                .collection::<Document>(collection)
                .delete_many(doc! {})
                .await?
                .deleted_count;
        }
    }
    assert!(emptied > 0, "nothing was there to forget");
    Ok(())
}

fn forget_in(folder: &Path) -> rusqlite::Result<()> {
    let listed = |folder: &Path| {
        std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
    };
    let files = listed(folder)
        .chain(listed(&folder.join("pro")))
        .filter(|path| path.extension().is_some_and(|it| it == "db"));
    let mut emptied = 0;
    for file in files {
        let connection = rusqlite::Connection::open(file)?;
        let mut tables =
            connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?;
        let tables: Vec<String> = tables
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for table in tables.iter().filter(|table| is_new(table)) {
            emptied += connection.execute(&format!("DELETE FROM \"{table}\""), [])?;
        }
    }
    assert!(emptied > 0, "nothing was there to forget");
    Ok(())
}
