use base::Direction;
use mongodb::bson::{Document, RawDocument, doc};
use store::statement::Count;
use store::{Declaration, IndexRange, ReadError};

use super::bounds::{and, filter, visible};
use super::find::{number, whole};
use super::list::sort;
use crate::{MongoEngine, document};

/// Maximum number of ranges in one pipeline. The server allows 1,000 stages in each, so more ranges
/// use nested pipelines.
const SPANS: usize = 400;

impl MongoEngine {
    /// Counts each range with its own pipeline and limit. Each result contains the position of its
    /// range.
    pub(super) async fn count_long(
        &self,
        count: &Count,
        spans: &[(usize, &IndexRange)],
        counts: &mut [usize],
    ) -> Result<(), ReadError> {
        if spans.is_empty() {
            return Ok(());
        }
        let target = count.target();
        let declaration = count.target().declaration();
        let collection = self.names.collection(target.partition(), declaration);
        let counting = Counting {
            count,
            collection: collection.name(),
        };
        let pipeline = counting
            .pipeline(declaration, spans)
            .map_err(ReadError::Broken)?;
        let counted =
            |document: &RawDocument| Ok((number(document, "span"), number(document, "count")));
        for (place, counted) in self
            .aggregate(target.partition(), declaration, pipeline, None, counted)
            .await?
        {
            if let Some(count) = usize::try_from(place)
                .ok()
                .and_then(|place| counts.get_mut(place))
            {
                *count = usize::try_from(counted).unwrap_or(0);
            }
        }
        Ok(())
    }
}

struct Counting<'a> {
    count: &'a Count,
    collection: &'a str,
}

impl Counting<'_> {
    fn pipeline(
        &self,
        declaration: &'static Declaration,
        spans: &[(usize, &IndexRange)],
    ) -> Result<Vec<Document>, store::Cause> {
        let each = spans
            .iter()
            .map(|(place, span)| self.one(declaration, *place, span));
        let each: Vec<_> = each.collect::<Result<_, _>>()?;
        let groups = each
            .chunks(SPANS)
            .map(|chunk| self.united(chunk.to_vec()))
            .collect();
        Ok(self.united(groups))
    }

    /// Returns the first pipeline, extended by the results of the others.
    fn united(&self, pipelines: Vec<Vec<Document>>) -> Vec<Document> {
        let mut pipelines = pipelines.into_iter();
        let mut united = pipelines.next().unwrap_or_default();
        united.extend(pipelines.map(
            |pipeline| doc! { "$unionWith": { "coll": self.collection, "pipeline": pipeline } },
        ));
        united
    }

    fn one(
        &self,
        declaration: &'static Declaration,
        place: usize,
        span: &IndexRange,
    ) -> Result<Vec<Document>, store::Cause> {
        let mut filter = filter(declaration, self.count.target().tenant(), span)?;
        visible(&mut filter, declaration, false, *self.count.now());
        if *self.count.undeleted() && !declaration.soft_delete {
            and(&mut filter, "deleted_at", doc! { "$exists": false });
        }
        if let Some((field, value)) = self.count.unless() {
            let field = &declaration.fields[*field];
            and(
                &mut filter,
                field.name,
                doc! { "$ne": document::value(field.kind, value)? },
            );
        }
        let cap = whole((*self.count.cap()).max(1));
        // A nested pipeline takes no hint; this order makes the server choose the index, since any
        // other needs a sort step.
        let sort = sort(declaration, span.index(), Direction::Forward);
        Ok(vec![
            doc! { "$match": filter },
            doc! { "$sort": sort },
            doc! { "$limit": cap },
            doc! { "$count": "count" },
            doc! { "$addFields": { "span": whole(place) } },
        ])
    }
}
