use std::collections::HashMap;

use base::ObjectId;
use mongodb::bson::{Bson, Document, RawDocument, doc};
use store::statement::{Head, Heads, Shown};
use store::{LogDecl, ReadError};

use crate::fields::Fields;
use crate::{MongoEngine, document};

impl MongoEngine {
    /// Returns the heads of logs: one hop in the unique sequence index for each log, and one in the
    /// timeline index if its last record is not shown.
    ///
    /// A group over sorted keys that takes the first record of each log is a distinct scan; one
    /// query per log would be eighty times slower. The timeline index is read last, so that the
    /// shown record is never older than the last record implies.
    pub(crate) async fn heads_of(&self, heads: Heads) -> Result<Vec<Head>, ReadError> {
        let target = heads.target();
        let declaration = heads.target().declaration();
        let Some(log) = declaration.log else {
            return Ok(Vec::new());
        };
        let partition = target.partition();
        let read = |document: &RawDocument| Ok(last(document));
        let all = newest(&heads, log, heads.logs(), false);
        let all = if *heads.newest() {
            self.aggregate_newest(partition, declaration, all, read)
                .await?
        } else {
            self.aggregate(partition, declaration, all, None, read)
                .await?
        };
        let all: Vec<Last> = all.into_iter().flatten().collect();
        let hidden: Vec<ObjectId> = all
            .iter()
            .filter(|last| !last.is_shown)
            .map(|last| last.log)
            .collect();
        let mut shown = HashMap::new();
        if !hidden.is_empty() {
            let pipeline = newest(&heads, log, &hidden, true);
            let found = self
                .aggregate(partition, declaration, pipeline, None, read)
                .await?;
            shown.extend(
                found
                    .into_iter()
                    .flatten()
                    .map(|last| (last.log, last.record)),
            );
        }
        Ok(all
            .into_iter()
            .map(|last| joined(last, shown.get(&last.log).copied()))
            .collect())
    }
}

/// Last record of a log.
#[derive(Clone, Copy)]
struct Last {
    log: ObjectId,
    record: Shown,
    is_shown: bool,
}

fn newest(heads: &Heads, log: LogDecl, logs: &[ObjectId], shown: bool) -> Vec<Document> {
    let logs: Vec<Bson> = logs.iter().map(|log| document::id(*log)).collect();
    let mut filter = Document::new();
    let mut sort = Document::new();
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
            "created_at": first("created_at"), "shown": first(log.shown),
        } },
    ]
}

fn last(document: &RawDocument) -> Option<Last> {
    let mut log = None;
    let mut id = None;
    let mut seq = None;
    let mut created_at = None;
    let mut is_shown = false;
    for field in Fields::of(document).flatten() {
        match field.name {
            b"_id" => log = field.id(),
            b"id" => id = field.id(),
            b"seq" => seq = field.whole(),
            b"created_at" => created_at = field.time(),
            b"shown" => is_shown = field.truth().unwrap_or(false),
            _ => {}
        }
    }
    let record = Shown {
        seq: seq?,
        id: id?,
        created_at: created_at?,
    };
    Some(Last {
        log: log?,
        record,
        is_shown,
    })
}

fn joined(
    Last {
        log,
        record,
        is_shown,
    }: Last,
    shown: Option<Shown>,
) -> Head {
    let shown = if is_shown { Some(record) } else { shown };
    // A record shown between the two reads is now the last one.
    let last = shown
        .filter(|shown| shown.seq > record.seq)
        .unwrap_or(record);
    Head {
        log,
        seq: last.seq,
        created_at: last.created_at,
        shown,
    }
}
