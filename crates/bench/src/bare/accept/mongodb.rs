use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::Database;

use crate::raw::object_id;

/// Reads by the driver.
pub(super) async fn read(database: &Database, tenant: &str, user: &str) -> Vec<(String, i64)> {
    let (user, named) = (object_id(user), |name: &str| database.collection::<Document>(name));
    let (users, own, parts) = (named("users"), named("user_log"), named("conversation_participants"));
    users.find_one(doc! { "tenant_id": tenant, "_id": user }).await.expect("an answer").expect("the user");
    let of_user = doc! { "tenant_id": tenant, "user_id": user };
    own.find_one(of_user).sort(doc! { "seq": -1 }).await.expect("an answer");
    let active = doc! { "tenant_id": tenant, "user_id": user, "is_active": true };
    let parts: Vec<Document> = parts.find(active).await.expect("a cursor").try_collect().await.expect("documents");
    let logs: Vec<Bson> = parts.into_iter().filter_map(|mut part| part.remove("conversation_id")).collect();
    let heads = named("messages").aggregate(pipeline(tenant, &logs)).await.expect("a cursor");
    let heads: Vec<Document> = heads.try_collect().await.expect("documents");
    let head = |found: &Document| Some((found.get_object_id("_id").ok()?.to_hex(), found.get_i64("seq").ok()?));
    heads.iter().filter(|found| !found.contains_key("shown")).filter_map(head).collect()
}

/// The heads of logs, and of what is shown of them.
fn pipeline(tenant: &str, logs: &[Bson]) -> Vec<Document> {
    let mut all = newest(
        doc! { "tenant_id": tenant, "conversation_id": { "$in": logs } },
        doc! { "tenant_id": -1, "conversation_id": -1, "seq": -1 },
    );
    let mut shown = newest(
        doc! { "tenant_id": tenant, "conversation_id": { "$in": logs }, "shown": true },
        doc! { "tenant_id": -1, "conversation_id": -1, "shown": -1, "seq": -1 },
    );
    shown.push(doc! { "$addFields": { "shown": true } });
    all.push(doc! { "$unionWith": { "coll": "messages", "pipeline": shown } });
    all
}

fn newest(filter: Document, order: Document) -> Vec<Document> {
    let group = doc! { "_id": "$conversation_id", "seq": { "$first": "$seq" }, "id": { "$first": "$_id" } };
    vec![doc! { "$match": filter }, doc! { "$sort": order }, doc! { "$group": group }]
}
