use std::sync::Arc;

use mongodb::bson::{Bson, Document, doc};
use store::statement::Tally;
use store::{ReadError, Value};

use super::bounds::{filter, visible};
use super::find::{number, whole};
use crate::{MongoEngine, document};

impl MongoEngine {
    pub(crate) async fn tally_span(&self, tally: Tally) -> Result<Vec<(Option<Value>, usize)>, ReadError> {
        let (target, declaration) = (tally.target(), tally.target().declaration());
        let mut filter = filter(declaration, target.tenant(), tally.span()).map_err(ReadError::Broken)?;
        visible(&mut filter, declaration, false, *tally.now());
        let pipeline = vec![
            doc! { "$match": filter },
            doc! { "$group": { "_id": format!("${}", tally.field()), "count": { "$sum": 1 } } },
            doc! { "$sort": { "count": -1, "_id": 1 } },
            doc! { "$limit": whole((*tally.groups()).max(1)) },
        ];
        let hint = tally.span().index().name;
        let found = self.aggregate(target.place(), declaration, pipeline, Some(hint)).await?;
        let counted = |mut found: Document| {
            let count = usize::try_from(number(found.get("count"))).unwrap_or(0);
            let value = match found.remove("_id") {
                None | Some(Bson::Null) => None,
                Some(value) => Some(document::field(declaration, tally.field(), value)?),
            };
            Ok((value, count))
        };
        found
            .into_iter()
            .map(counted)
            .collect::<Result<_, document::Strange>>()
            .map_err(|strange| ReadError::Broken(Arc::new(strange)))
    }
}
