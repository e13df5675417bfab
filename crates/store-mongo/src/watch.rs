//! Change stream over all databases of the prefix: receives the writes of other nodes.

use std::sync::Arc;
use std::time::Duration;

use base::ObjectId;
use futures_util::StreamExt;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::{ChangeStreamEvent, OperationType, ResumeToken};
use mongodb::error::Error;
use mongodb::options::FullDocumentType;
use store::{ChangeEvent, Declaration, Scope, Value};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use crate::namespace::Namespaces;
use crate::{document, fault};

/// Maximum number of events that a subscriber may lag behind.
const HINTS: usize = 8_192;
/// Delay before a broken stream is reopened.
const PAUSE: Duration = Duration::from_millis(250);

/// Change stream task and its subscribers.
#[derive(Debug)]
pub(crate) struct Watch {
    hints: broadcast::Sender<Arc<ChangeEvent>>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Opens the change stream at the current time and starts its task.
    pub(crate) async fn start(
        client: mongodb::Client,
        names: Namespaces,
        catalogue: &[&'static Declaration],
    ) -> Result<Self, fault::Fault> {
        let follower = Follower {
            client,
            names,
            watched: catalogue
                .iter()
                .copied()
                .filter(|it| is_watched(it))
                .collect(),
        };
        let stream = fault::in_time(follower.open(None)).await?;
        let hints = broadcast::Sender::new(HINTS);
        let task = tokio::spawn(follower.follow(stream, hints.clone()));
        Ok(Self { hints, task })
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<ChangeEvent>> {
        self.hints.subscribe()
    }
}

impl Watch {
    /// Stops the change stream.
    pub(crate) fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

const fn is_watched(declaration: &Declaration) -> bool {
    declaration.log.is_some() || declaration.watched
}

struct Follower {
    client: mongodb::Client,
    names: Namespaces,
    watched: Vec<&'static Declaration>,
}

type Events = ChangeStream<ChangeStreamEvent<RawDocumentBuf>>;

impl Follower {
    async fn open(&self, from: Option<ResumeToken>) -> Result<Events, Error> {
        let watch = self
            .client
            .watch()
            .pipeline([doc! { "$match": self.wanted() }]);
        let watch = watch.full_document(FullDocumentType::UpdateLookup);
        let stream = from
            .into_iter()
            .fold(watch, mongodb::action::Watch::resume_after)
            .await?;
        // Events are decoded in the response buffer, like all documents.
        Ok(stream.with_type())
    }

    /// Returns the filter of the stream: inserts into logs, and every write to a watched
    /// collection.
    ///
    /// Events without a collection are ignored. Their alternative keeps the whole filter out of the
    /// server's oplog scan. The server moves what it can into that scan, where it compiles each
    /// pattern again for every entry. An alternative that it cannot move holds the others back
    /// (MongoDB 6.0, `change_stream_rewrite_helpers.cpp`).
    fn wanted(&self) -> Document {
        let named = |wanted: fn(&Declaration) -> bool| {
            let names: Vec<_> = self
                .watched
                .iter()
                .filter(|it| wanted(it))
                .map(|it| it.name)
                .collect();
            doc! { "$regex": format!("^(clnt_[0-9a-f]{{24}}_)?({})$", names.join("|")) }
        };
        let ours = doc! { "$regex": self.names.pattern() };
        let writes = ["insert", "update", "replace", "delete"];
        doc! { "$or": [
            { "operationType": "insert", "ns.coll": named(|it| it.log.is_some()), "ns.db": ours.clone() },
            { "operationType": { "$in": writes.to_vec() }, "ns.coll": named(|it| it.watched), "ns.db": ours },
            { "ns.coll": { "$exists": false } },
        ] }
    }

    async fn follow(self, mut stream: Events, hints: broadcast::Sender<Arc<ChangeEvent>>) {
        loop {
            while let Some(event) = stream.next().await {
                match event {
                    Ok(event) => self
                        .hints(event)
                        .into_iter()
                        .for_each(|hint| tell(&hints, hint)),
                    Err(error) => {
                        tracing::warn!(%error, "the change stream broke");
                        break;
                    }
                }
            }
            let token = stream.resume_token();
            drop(stream);
            stream = self.reopen(token).await;
            // The server may no longer have the events that were missed.
            tell(&hints, ChangeEvent::Lagged);
        }
    }

    /// Reopens the stream where it broke or, if that fails, at the current time.
    async fn reopen(&self, mut token: Option<ResumeToken>) -> Events {
        loop {
            tokio::time::sleep(PAUSE).await;
            match fault::in_time(self.open(token.take())).await {
                Ok(stream) => return stream,
                Err(fault) => {
                    tracing::warn!(error = %fault.cause(), "the change stream does not open");
                }
            }
        }
    }

    fn hints(&self, event: ChangeStreamEvent<RawDocumentBuf>) -> Vec<ChangeEvent> {
        let Some((scope, name)) = self.namespace(&event) else {
            return Vec::new();
        };
        let of = |it: &&&'static Declaration| it.scope == scope && it.name == name;
        let Some(declaration) = self.watched.iter().find(of).copied() else {
            return Vec::new();
        };
        let grew = (event.operation_type == OperationType::Insert)
            .then(|| grew(declaration, &event))
            .flatten();
        let written = declaration
            .watched
            .then(|| written(declaration, &event))
            .flatten();
        grew.into_iter().chain(written).collect()
    }

    fn namespace<'a>(
        &self,
        event: &'a ChangeStreamEvent<RawDocumentBuf>,
    ) -> Option<(Scope, &'a str)> {
        let names = event.ns.as_ref()?;
        self.names.parse(&names.db, names.coll.as_deref()?)
    }
}

fn tell(hints: &broadcast::Sender<Arc<ChangeEvent>>, hint: ChangeEvent) {
    // Having no subscriber is not an error.
    let _ = hints.send(Arc::new(hint));
}

fn grew(
    declaration: &'static Declaration,
    event: &ChangeStreamEvent<RawDocumentBuf>,
) -> Option<ChangeEvent> {
    let log = declaration.log?;
    let document = event.full_document.as_ref()?;
    let tenant = document::tenant_of(document)?;
    let row = document::to_row(declaration, document).ok()?;
    let Value::Id(key) = row.field(declaration, log.key)? else {
        return None;
    };
    let Value::Int(head) = row.field(declaration, log.seq)? else {
        return None;
    };
    Some(ChangeEvent::LogAppended {
        tenant,
        declaration,
        log: key,
        head,
        rows: vec![Arc::new(row)],
    })
}

/// Returns the event of a watched document. A removal does not contain the tenant, so in tenant
/// collections it yields no event.
fn written(
    declaration: &'static Declaration,
    event: &ChangeStreamEvent<RawDocumentBuf>,
) -> Option<ChangeEvent> {
    let id = event.document_key.as_ref()?.get_object_id("_id").ok()?;
    let document = event.full_document.as_deref();
    let tenant = document
        .and_then(document::tenant_of)
        .filter(|_| declaration.scope == Scope::Tenant);
    if declaration.scope == Scope::Tenant && tenant.is_none() {
        return None;
    }
    let row = document
        .and_then(|document| document::to_row(declaration, document).ok())
        .map(Arc::new);
    Some(ChangeEvent::DocumentChanged {
        tenant,
        declaration,
        id: ObjectId(id.bytes()),
        row,
    })
}
