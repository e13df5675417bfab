use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::options::Hint;
use mongodb::{Collection, Database};

use crate::raw::object_id;

/// Batch size above the number of participations, so that one batch has all.
const PARTS: u32 = 10_000;

/// Reads with the driver.
pub(super) async fn read(database: &Database, tenant: &str, user: &str) -> Vec<(String, i64)> {
    let user = object_id(user);
    let named = |name: &str| database.collection::<Document>(name);
    let users = named("users");
    let own = named("user_log");
    let parts = named("conversation_participants");
    users
        .find_one(doc! { "tenant_id": tenant, "_id": user })
        .await
        .expect("an answer")
        .expect("the user");
    let of_user = doc! { "tenant_id": tenant, "user_id": user };
    own.find_one(of_user)
        .sort(doc! { "seq": -1 })
        .await
        .expect("an answer");
    let active = doc! { "tenant_id": tenant, "user_id": user, "is_active": true };
    let fields = doc! {
        "conversation_id": 1, "role": 1, "visible_from": 1, "joined_seq": 1, "joined_at": 1, "_id": 0,
    };
    let parts = parts
        .find(active)
        .projection(fields)
        .hint(Hint::Name("by_user".to_owned()))
        .batch_size(PARTS);
    let parts: Vec<Document> = parts
        .await
        .expect("a cursor")
        .try_collect()
        .await
        .expect("documents");
    let logs: Vec<Bson> = parts
        .into_iter()
        .filter_map(|mut part| part.remove("conversation_id"))
        .collect();
    let all = newest(&named("messages"), tenant, &logs, false).await;
    let hidden = all
        .iter()
        .filter(|found| !found.get_bool("shown").unwrap_or(false));
    let hidden: Vec<Bson> = hidden
        .filter_map(|found| found.get("_id").cloned())
        .collect();
    if !hidden.is_empty() {
        newest(&named("messages"), tenant, &hidden, true).await;
    }
    let head = |found: &Document| {
        Some((
            found.get_object_id("_id").ok()?.to_hex(),
            found.get_i64("seq").ok()?,
        ))
    };
    all.iter().filter_map(head).collect()
}

/// Returns the last record of each log, or the last that is shown.
async fn newest(
    messages: &Collection<Document>,
    tenant: &str,
    logs: &[Bson],
    shown: bool,
) -> Vec<Document> {
    let mut filter = doc! { "tenant_id": tenant, "conversation_id": { "$in": logs } };
    let mut order = doc! { "tenant_id": -1, "conversation_id": -1 };
    if shown {
        filter.insert("shown", true);
        order.insert("shown", -1);
    }
    order.insert("seq", -1);
    let group = doc! {
        "_id": "$conversation_id", "seq": { "$first": "$seq" }, "id": { "$first": "$_id" },
        "created_at": { "$first": "$created_at" }, "shown": { "$first": "$shown" },
    };
    let pipeline = [
        doc! { "$match": filter },
        doc! { "$sort": order },
        doc! { "$group": group },
    ];
    let heads = messages
        .aggregate(pipeline)
        .batch_size(PARTS)
        .await
        .expect("a cursor");
    heads.try_collect().await.expect("documents")
}
