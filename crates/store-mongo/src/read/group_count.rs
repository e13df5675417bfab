use mongodb::bson::{RawDocument, doc};
use store::statement::GroupCount;
use store::{ReadError, Value};

use super::bounds::{filter, visible};
use super::find::{number, whole};
use crate::{MongoEngine, document};

impl MongoEngine {
    pub(crate) async fn tally_span(
        &self,
        tally: GroupCount,
    ) -> Result<Vec<(Option<Value>, usize)>, ReadError> {
        let target = tally.target();
        let declaration = tally.target().declaration();
        let field = *tally.field();
        let mut filter =
            filter(declaration, target.tenant(), tally.span()).map_err(ReadError::Broken)?;
        visible(&mut filter, declaration, false, *tally.now());
        let pipeline = vec![
            doc! { "$match": filter },
            doc! { "$group": { "_id": format!("${}", field.name), "count": { "$sum": 1 } } },
            doc! { "$sort": { "count": -1, "_id": 1 } },
            doc! { "$limit": whole((*tally.groups()).max(1)) },
        ];
        let hint = tally.span().index().name;
        let counted = |found: &RawDocument| {
            let count = usize::try_from(number(found, "count")).unwrap_or(0);
            Ok((document::field(declaration, field, found, "_id")?, count))
        };
        self.aggregate(
            target.partition(),
            declaration,
            pipeline,
            Some(hint),
            counted,
        )
        .await
    }
}
