use mongodb::bson::{Bson, Document, doc};
use store::statement::Get;
use store::{ReadError, Row};

use super::bounds::visible;
use super::find::Find;
use super::row;
use crate::{MongoEngine, document};

impl MongoEngine {
    pub(crate) async fn get_rows(&self, get: Get) -> Result<Vec<Row>, ReadError> {
        let target = get.target();
        let declaration = get.target().declaration();
        let ids: Vec<Bson> = get.ids().iter().map(|id| document::id(*id)).collect();
        let limit = ids.len();
        let mut filter: Document = doc! { "_id": { "$in": ids } };
        if let Some(tenant) = target.tenant() {
            filter.insert("tenant_id", tenant.to_string());
        }
        visible(&mut filter, declaration, *get.deleted(), *get.now());
        let find = Find {
            filter,
            hint: "_id_",
            limit,
            ..Find::default()
        };
        self.find(target.partition(), declaration, find, row(declaration))
            .await
    }
}
