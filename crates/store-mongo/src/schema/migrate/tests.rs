use mongodb::Client;
use mongodb::bson::Bson;
use store::Collection as _;
use testkit::server::Namespace;

use super::*;

/// Former declaration.
mod before {
    store::collection! {
        /// A thing.
        pub struct Thing: TenantData "things" {
            /// Name.
            name: String,
            /// Price.
            price: i64,
        }
        indexes {
            by_name: None [name];
            by_price: None [price];
        }
        personal: none("it is of no person");
    }
}

/// Current declaration: one more field and index, one index changed, one removed.
mod after {
    store::collection! {
        /// A thing.
        pub struct Thing: TenantData "things" {
            /// Name.
            name: String,
            /// Price.
            price: i64,
            /// Expiry time.
            expires_at: Option<base::Timestamp>,
        }
        expires: expires_at;
        indexes {
            by_name: Unique [name];
            by_name_and_price: None [name, price];
        }
        personal: none("it is of no person");
    }
}

struct Scratch {
    namespace: Namespace,
    database: Database,
}

impl Scratch {
    /// Creates a collection of the former declaration, with one document.
    async fn with_an_old_collection() -> Self {
        let scratch = Self::empty().await;
        scratch.bring_to(before::Thing::DECLARATION).await;
        let old = doc! { "tenant_id": "t", "name": "lamp", "price": 5i64 };
        scratch
            .database
            .collection("things")
            .insert_one(old)
            .await
            .unwrap();
        scratch
    }

    async fn empty() -> Self {
        let namespace = Namespace::shared().await;
        let client = Client::with_uri_str(namespace.uri()).await.unwrap();
        let database = client.database(&format!("{}_shared", namespace.prefix()));
        Self {
            namespace,
            database,
        }
    }

    async fn lacks(&self, declaration: &'static Declaration) -> Vec<Step> {
        steps(&self.database, "things", declaration).await.unwrap()
    }

    async fn bring_to(&self, declaration: &'static Declaration) {
        for step in self.lacks(declaration).await {
            apply(&self.database, "things", step).await.unwrap();
        }
    }

    async fn indexes(&self) -> Vec<Document> {
        let mut indexes = listed(&self.database, "things").await.unwrap().unwrap();
        indexes.sort_by_key(|index| index.get_str("name").unwrap().to_owned());
        indexes
    }
}

#[tokio::test]
async fn a_migration_killed_after_any_step_ends_as_a_fresh_create() {
    let fresh = Scratch::empty().await;
    fresh.bring_to(after::Thing::DECLARATION).await;
    let whole = Scratch::with_an_old_collection()
        .await
        .lacks(after::Thing::DECLARATION)
        .await;
    assert_eq!(
        whole.len(),
        3,
        "two indexes go, then the new ones come: {whole:?}"
    );
    for killed_after in 0..=whole.len() {
        let scratch = Scratch::with_an_old_collection().await;
        for step in scratch
            .lacks(after::Thing::DECLARATION)
            .await
            .into_iter()
            .take(killed_after)
        {
            apply(&scratch.database, "things", step).await.unwrap();
        }
        scratch.bring_to(after::Thing::DECLARATION).await;
        assert_eq!(scratch.indexes().await, fresh.indexes().await);
        assert_eq!(scratch.lacks(after::Thing::DECLARATION).await, []);
        let things = scratch.database.collection::<Document>("things");
        assert_eq!(
            things
                .count_documents(doc! { "name": "lamp" })
                .await
                .unwrap(),
            1
        );
        scratch.namespace.clear().await;
    }
    fresh.namespace.clear().await;
}

#[tokio::test]
async fn every_step_may_be_done_twice() {
    let scratch = Scratch::with_an_old_collection().await;
    for step in scratch.lacks(after::Thing::DECLARATION).await {
        apply(&scratch.database, "things", step.clone())
            .await
            .unwrap();
        apply(&scratch.database, "things", step).await.unwrap();
    }
    assert_eq!(scratch.lacks(after::Thing::DECLARATION).await, []);
    scratch.namespace.clear().await;
}

#[tokio::test]
async fn an_operators_index_is_left_alone() {
    let scratch = Scratch::with_an_old_collection().await;
    let theirs = doc! { "key": { "price": Bson::Int32(1) }, "name": "price_1" };
    apply(&scratch.database, "things", Step::Create(vec![theirs]))
        .await
        .unwrap();
    assert_eq!(scratch.lacks(before::Thing::DECLARATION).await, []);
    scratch.namespace.clear().await;
}
