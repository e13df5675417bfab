//! Removes the first documents of an index range. The server's delete command has no limit, so
//! their ids are read first, in the same transaction.

use base::Direction;
use futures_util::TryStreamExt;
use mongodb::ClientSession;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::Hint;
use store::statement::Commit;
use store::{CommitError, Declaration, IndexRange};

use super::single_write::Refused;
use crate::MongoEngine;
use crate::fault::in_time;
use crate::read::{Find, bounds, list, whole};

/// Index range to remove, with the maximum number of documents.
pub(super) struct Removed<'a> {
    pub(super) declaration: &'static Declaration,
    pub(super) span: &'a IndexRange,
    pub(super) limit: usize,
}

impl MongoEngine {
    pub(super) async fn remove_range(
        &self,
        commit: &Commit,
        removed: Removed<'_>,
        session: &mut ClientSession,
    ) -> Result<(), Refused> {
        let Removed {
            declaration,
            span,
            limit,
        } = removed;
        let partition = *commit.partition();
        let tenant = *commit.tenant();
        let broken = |cause| Refused::Says(CommitError::Broken(cause));
        let filter = bounds::filter(declaration, tenant, span).map_err(broken)?;
        let sort = list::sort(declaration, span.index(), Direction::Forward);
        let collection = self.names.collection(partition, declaration);
        let find = Find {
            filter,
            hint: span.index().name,
            sort: Some(sort.clone()),
            limit,
            ..Find::default()
        };
        self.record(partition, declaration, || find.command(collection.name()))
            .await;
        let found = collection
            .find(find.filter)
            .hint(Hint::Name(find.hint.to_owned()))
            .sort(sort)
            .limit(whole(limit));
        let found: Vec<Document> = in_time(async {
            let mut cursor = found
                .projection(doc! { "_id": 1 })
                .session(&mut *session)
                .await?;
            cursor.stream(&mut *session).try_collect().await
        })
        .await?;
        let ids: Vec<Bson> = found
            .into_iter()
            .filter_map(|mut document| document.remove("_id"))
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut these = doc! { "_id": { "$in": ids } };
        these.extend(tenant.map(|tenant| ("tenant_id".to_owned(), tenant.to_string().into())));
        let command = || doc! { "delete": collection.name(), "deletes": [{ "q": these.clone(), "limit": 0, "hint": "_id_" }] };
        self.record(partition, declaration, command).await;
        in_time(
            collection
                .delete_many(these)
                .hint(Hint::Name("_id_".to_owned()))
                .session(session),
        )
        .await?;
        Ok(())
    }
}
