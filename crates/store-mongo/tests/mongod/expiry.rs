//! The server itself removes expired documents, by its own clock.

use std::time::Duration;

use futures_util::StreamExt;
use mongodb::Client;
use mongodb::bson::doc;
use mongodb::change_stream::event::OperationType;
use store_conformance::Voucher;
use testkit::mongod::{ReplicaSet, Setup};

use crate::world::{Fresh, tenant};

/// Far more than the second between two sweeps.
const CEILING: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn the_server_removes_what_has_expired_and_nothing_else() {
    let set = ReplicaSet::with(
        1,
        Setup {
            expires: true,
            ..Setup::default()
        },
    )
    .await
    .unwrap();
    let fresh = Fresh::on(&set.uri());
    let store = fresh.store().await;
    let tenant = tenant(&store);
    let client = Client::with_uri_str(set.uri()).await.unwrap();
    let mut changes = client.watch().await.unwrap();
    let now = store.context().now();
    let mut batch = tenant.batch();
    for (code, expires_at) in [
        ("old", Some(now)),
        ("new", Some(now.plus_millis(3_600_000))),
        ("lasting", None),
    ] {
        batch.insert(Voucher {
            code: code.to_owned(),
            expires_at,
        });
    }
    tenant.commit(batch).await.unwrap();
    let removal = async {
        while changes.next().await.unwrap().unwrap().operation_type != OperationType::Delete {}
    };
    tokio::time::timeout(CEILING, removal).await.unwrap();
    let vouchers = client
        .database(&format!("{}_shared", fresh.options().prefix))
        .collection("proof_vouchers");
    let left: Vec<mongodb::bson::Document> = vouchers
        .find(doc! {})
        .sort(doc! { "code": 1 })
        .await
        .unwrap()
        .map(Result::unwrap)
        .collect()
        .await;
    let left: Vec<_> = left
        .iter()
        .map(|voucher| voucher.get_str("code").unwrap())
        .collect();
    assert_eq!(left, ["lasting", "new"]);
}
