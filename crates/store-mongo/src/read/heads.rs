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
        let (place, all, shown) = (target.place(), newest(&heads, log, false), newest(&heads, log, true));
        let read = |document: &RawDocument| Ok(last(document));
        // Two commands, so that the server may work on both at once.
        let (all, shown) = if *heads.newest() {
            let all = self.aggregate_newest(place, declaration, all, read);
            tokio::try_join!(all, self.aggregate_newest(place, declaration, shown, read))?
        } else {
            let all = self.aggregate(place, declaration, all, None, read);
            tokio::try_join!(all, self.aggregate(place, declaration, shown, None, read))?
        };
        Ok(joined(all.into_iter().flatten(), shown.into_iter().flatten()))
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

/// The last record of a log.
fn last(document: &RawDocument) -> Option<(ObjectId, Shown)> {
    let found = |field| document.get(field).ok().flatten();
    let (log, id) = (as_id(&found("_id")?)?, as_id(&found("id")?)?);
    let (seq, created_at) = (number(document, "seq"), as_time(&found("created_at")?)?);
    Some((log, Shown { seq, id, created_at }))
}

fn joined(all: impl Iterator<Item = (ObjectId, Shown)>, shown: impl Iterator<Item = (ObjectId, Shown)>) -> Vec<Head> {
    let shown: HashMap<ObjectId, Shown> = shown.collect();
    let head = |(log, last): (ObjectId, Shown)| {
        let shown = shown.get(&log).copied();
        // One that was shown since is the last one by now.
        let last = shown.filter(|shown| shown.seq > last.seq).unwrap_or(last);
        Head { log, seq: last.seq, created_at: last.created_at, shown }
    };
    all.map(head).collect()
}
