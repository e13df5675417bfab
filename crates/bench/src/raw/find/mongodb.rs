use std::time::Duration;

use bson::{RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use mongodb::Collection;
use testkit::DataDir;

use super::{PAGE, Wanted};
use crate::drive::{Client, drive};
use crate::process;
use crate::raw::mongodb::{id, open};
use crate::sample::Sample;
use crate::workload::READERS;

/// Finds pages in the server's collection, as many at once as the server is asked for.
pub(in crate::raw) async fn find(
    data_dir: &DataDir,
    wanted: &[Wanted],
    length: Duration,
) -> Sample {
    let messages = open(data_dir).await.shared.collection("messages");
    let finders = (0..READERS).map(|turn| Finder {
        messages: messages.clone(),
        wanted: wanted.to_vec(),
        turn,
    });
    drive(process::own(), finders.collect(), length).await.0
}

struct Finder {
    messages: Collection<RawDocumentBuf>,
    wanted: Vec<Wanted>,
    turn: usize,
}

impl Client for Finder {
    async fn act(&mut self) {
        self.turn += 1;
        let page = &self.wanted[self.turn % self.wanted.len()];
        let filter = doc! {
            "tenant_id": &page.tenant, "conversation_id": id(&page.conversation), "shown": true,
            "seq": { "$lt": page.before },
        };
        let found = self
            .messages
            .find(filter)
            .sort(doc! { "seq": -1 })
            .limit(PAGE as i64)
            .await
            .expect("a cursor");
        let found: Vec<RawDocumentBuf> = found.try_collect().await.expect("documents");
        assert_eq!(found.len(), PAGE, "the page is full");
    }
}
