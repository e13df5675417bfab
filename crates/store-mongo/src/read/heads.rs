use std::collections::HashMap;

use base::ObjectId;
use mongodb::bson::{Bson, Document, RawDocument, doc};
use store::statement::{Head, Heads, Shown};
use store::{LogDecl, ReadError};

use super::find::number;
use crate::document::{as_id, as_time};
use crate::{MongoEngine, document};

impl MongoEngine {
    /// One hop through the fence and one through the timeline for each log:
    /// a group over sorted keys that takes the first of each is a distinct
    /// scan, which a search for each log would be eighty times slower than.
    pub(crate) async fn heads_of(&self, heads: Heads) -> Result<Vec<Head>, ReadError> {
        let (target, declaration) = (heads.target(), heads.target().declaration());
        let Some(log) = declaration.log else { return Ok(Vec::new()) };
        let collection = self.names.collection(target.place(), declaration);
        let mut pipeline = newest(&heads, log, false);
        let mut shown = newest(&heads, log, true);
        shown.push(doc! { "$addFields": { "shown": true } });
        pipeline.push(doc! { "$unionWith": { "coll": collection.name(), "pipeline": shown } });
        let read = |document: &RawDocument| Ok(last(document));
        let found = if *heads.newest() {
            self.aggregate_newest(target.place(), declaration, pipeline, read).await?
        } else {
            self.aggregate(target.place(), declaration, pipeline, None, read).await?
        };
        Ok(joined(found.into_iter().flatten()))
    }
}

fn newest(heads: &Heads, log: LogDecl, shown: bool) -> Vec<Document> {
    let logs: Vec<Bson> = heads.logs().iter().map(|log| document::id(*log)).collect();
    let (mut filter, mut sort) = (Document::new(), Document::new());
    if let Some(tenant) = heads.target().tenant() {
        filter.insert("tenant_id", tenant.to_string());
        sort.insert("tenant_id", -1);
    }
    filter.insert(log.key, doc! { "$in": logs });
    sort.insert(log.key, -1);
    if shown {
        filter.insert(log.shown, true);
        sort.insert(log.shown, -1);
    }
    sort.insert(log.seq, -1);
    let first = |field: &str| doc! { "$first": format!("${field}") };
    vec![
        doc! { "$match": filter },
        doc! { "$sort": sort },
        doc! { "$group": {
            "_id": format!("${}", log.key), "seq": first(log.seq), "id": first("_id"),
            "created_at": first("created_at"),
        } },
    ]
}

/// The last record of a log, and whether it is the last one that is shown.
fn last(document: &RawDocument) -> Option<(ObjectId, bool, Shown)> {
    let found = |field| document.get(field).ok().flatten();
    let (log, id) = (as_id(&found("_id")?)?, as_id(&found("id")?)?);
    let (seq, created_at) = (number(document, "seq"), as_time(&found("created_at")?)?);
    Some((log, found("shown").is_some(), Shown { seq, id, created_at }))
}

fn joined(found: impl Iterator<Item = (ObjectId, bool, Shown)>) -> Vec<Head> {
    let (mut shown, mut heads) = (HashMap::new(), Vec::new());
    for (log, is_shown, last) in found {
        if is_shown {
            shown.insert(log, last);
        } else {
            heads.push(Head { log, seq: last.seq, created_at: last.created_at, shown: None });
        }
    }
    for head in &mut heads {
        head.shown = shown.get(&head.log).copied();
    }
    heads
}
