use mongodb::Client;
use mongodb::bson::doc;
use store::ReadError;
use store_conformance::User;

use crate::world::{Fresh, person, tenant};

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_somebody_dropped_comes_back() {
    let fresh = Fresh::shared().await;
    let store = fresh.store().await;
    let tenant = tenant(&store);
    let mut batch = tenant.batch();
    batch.insert(person("ada"));
    tenant.commit(batch).await.unwrap();
    let options = fresh.options();
    let database = Client::with_uri_str(&options.uri)
        .await
        .unwrap()
        .database(&format!("{}_shared", options.prefix));
    database
        .run_command(doc! { "dropIndexes": "proof_people", "index": "by_team" })
        .await
        .unwrap();
    let ask = || tenant.list(User::by_team.eq(User::team, "red".to_owned()));
    assert!(matches!(ask().await, Err(ReadError::Unavailable(_))));
    assert_eq!(ask().await.unwrap().items.len(), 1);
}
