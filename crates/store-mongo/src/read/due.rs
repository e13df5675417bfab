use base::{ObjectId, TenantId};
use mongodb::bson::{RawDocument, doc};
use store::ReadError;
use store::statement::Due;

use super::find::Find;
use crate::fields::find;
use crate::schema::index::{EXPIRY, WORK};
use crate::{MongoEngine, document};

impl MongoEngine {
    pub(crate) async fn due_documents(
        &self,
        due: Due,
    ) -> Result<Vec<(TenantId, ObjectId)>, ReadError> {
        let work = due.declaration().due == Some(*due.field());
        let find = Find {
            filter: doc! { *due.field(): { "$lte": document::time(*due.now()) } },
            hint: if work { WORK } else { EXPIRY },
            sort: Some(doc! { *due.field(): 1 }),
            limit: *due.limit(),
            projection: Some(doc! { "tenant_id": 1 }),
            ..Find::default()
        };
        let found = self
            .find(*due.partition(), due.declaration(), find, |document| {
                Ok(named(document))
            })
            .await?;
        Ok(found.into_iter().flatten().collect())
    }
}

fn named(document: &RawDocument) -> Option<(TenantId, ObjectId)> {
    Some((document::tenant_of(document)?, find(document, "_id")?.id()?))
}
