use base::Direction;
use mongodb::bson::{Document, RawDocument, doc};
use store::statement::Count;
use store::{Declaration, ReadError, Span};

use super::bounds::{and, filter, visible};
use super::find::{number, whole};
use super::list::sort;
use crate::{MongoEngine, document};

/// Spans counted by one pipeline; the server takes 1,000 stages in each, so
/// more spans are pipelines within the pipeline.
const SPANS: usize = 400;

impl MongoEngine {
    pub(crate) async fn count_spans(&self, count: Count) -> Result<Vec<usize>, ReadError> {
        let (target, declaration) = (count.target(), count.target().declaration());
        let collection = self.names.collection(target.place(), declaration);
        let counting = Counting { count: &count, collection: collection.name() };
        let pipeline = counting.pipeline(declaration).map_err(ReadError::Broken)?;
        let counted = |document: &RawDocument| Ok((number(document, "span"), number(document, "count")));
        let mut counts = vec![0; count.spans().len()];
        for (span, counted) in self.aggregate(target.place(), declaration, pipeline, None, counted).await? {
            if let Some(span) = usize::try_from(span).ok().and_then(|span| counts.get_mut(span)) {
                *span = usize::try_from(counted).unwrap_or(0);
            }
        }
        Ok(counts)
    }
}

struct Counting<'a> {
    count: &'a Count,
    collection: &'a str,
}

impl Counting<'_> {
    fn pipeline(&self, declaration: &'static Declaration) -> Result<Vec<Document>, store::Cause> {
        let each = (0i64..).zip(self.count.spans()).map(|(number, span)| self.one(declaration, number, span));
        let each: Vec<_> = each.collect::<Result<_, _>>()?;
        let groups = each.chunks(SPANS).map(|chunk| self.united(chunk.to_vec())).collect();
        Ok(self.united(groups))
    }

    /// The first pipeline, and what the others find as well.
    fn united(&self, pipelines: Vec<Vec<Document>>) -> Vec<Document> {
        let mut pipelines = pipelines.into_iter();
        let mut united = pipelines.next().unwrap_or_default();
        united
            .extend(pipelines.map(|pipeline| doc! { "$unionWith": { "coll": self.collection, "pipeline": pipeline } }));
        united
    }

    fn one(&self, declaration: &'static Declaration, number: i64, span: &Span) -> Result<Vec<Document>, store::Cause> {
        let mut filter = filter(declaration, self.count.target().tenant(), span)?;
        visible(&mut filter, declaration, false, *self.count.now());
        if *self.count.undeleted() && !declaration.soft_delete {
            and(&mut filter, "deleted_at", doc! { "$exists": false });
        }
        if let Some((field, value)) = self.count.unless() {
            let field = &declaration.fields[*field];
            and(&mut filter, field.name, doc! { "$ne": document::value(field.kind, value)? });
        }
        let cap = whole((*self.count.cap()).max(1));
        // A pipeline within the pipeline takes no hint; only this index needs no sort step.
        let sort = sort(declaration, span.index(), Direction::Forward);
        Ok(vec![
            doc! { "$match": filter },
            doc! { "$sort": sort },
            doc! { "$limit": cap },
            doc! { "$count": "count" },
            doc! { "$addFields": { "span": number } },
        ])
    }
}
