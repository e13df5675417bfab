use std::collections::HashMap;

use base::ObjectId;
use mongodb::bson::{Document, RawDocument, doc};
use store::statement::Count;
use store::{Cause, Declaration, FieldDecl, IndexDecl, IndexRange, ReadError, Uniqueness, Value};

use super::bounds::{filter, visible};
use super::find::Find;
use super::seq_range::Numbers;
use crate::MongoEngine;
use crate::document::{Strange, field};

/// Maximum number of ranges in one statement.
const SPANS: usize = 400;

/// Maximum number of keys that one statement returns, unless a single range has more.
const KEYS: usize = 4_096;

/// Range with its position among all ranges and the sequence numbers at the end of its keys.
pub(super) type Short<'a> = (usize, &'a IndexRange, Numbers);

/// Returns the sequence numbers of a range that cannot contain more than `cap` documents: its index
/// is unique and ends with a number between two bounds.
pub(super) fn short(span: &IndexRange, cap: usize) -> Option<Numbers> {
    let unique = span.index().uniqueness == Uniqueness::Unique;
    let ends = span.prefix().len() + 1 == span.index().fields.len();
    Numbers::of(span.range()).filter(|numbers| unique && ends && numbers.count() <= cap)
}

impl MongoEngine {
    /// Counts all ranges by reading the keys of their documents. A clause with bounds costs the
    /// server a fifth of a pipeline.
    pub(super) async fn count_short(
        &self,
        count: &Count,
        spans: &[Short<'_>],
        counts: &mut [usize],
    ) -> Result<(), ReadError> {
        let target = count.target();
        let declaration = count.target().declaration();
        let mut rest = spans;
        while let [(_, first, _), ..] = rest {
            let (spans, others) = rest.split_at(together(rest));
            rest = others;
            let clauses = spans
                .iter()
                .map(|(_, span, _)| clause(count, span))
                .collect::<Result<Vec<_>, _>>();
            let seen = Seen::of(count, first.index());
            let find = Find {
                filter: doc! { "$or": clauses.map_err(ReadError::Broken)? },
                hint: first.index().name,
                limit: spans.iter().map(|(.., numbers)| numbers.count()).sum(),
                projection: Some(seen.fields()),
                ..Find::default()
            };
            let keys = self
                .find(target.partition(), declaration, find, |document| {
                    seen.key(document)
                })
                .await?;
            let mut by_log: HashMap<Option<ObjectId>, Vec<&Short<'_>>> = HashMap::new();
            spans
                .iter()
                .for_each(|short| by_log.entry(log(short.1.prefix())).or_default().push(short));
            for key in keys.into_iter().flatten() {
                let holds = |(_, span, numbers): &&&Short<'_>| key.lies_in(span, *numbers);
                let near = by_log.get(&log(&key.0)).into_iter().flatten();
                near.filter(holds)
                    .for_each(|(partition, ..)| counts[*partition] += 1);
            }
        }
        Ok(())
    }
}

/// Returns how many of the first ranges one statement counts.
fn together(spans: &[Short<'_>]) -> usize {
    let mut keys = 0_usize;
    let fits = |(.., numbers): &&Short<'_>| {
        keys = keys.saturating_add(numbers.count());
        keys <= KEYS
    };
    spans.iter().take(SPANS).take_while(fits).count().max(1)
}

/// Returns the log among these values. It limits the ranges that a key is compared with.
fn log(values: &[Value]) -> Option<ObjectId> {
    values.iter().find_map(|value| {
        if let Value::Id(log) = value {
            Some(*log)
        } else {
            None
        }
    })
}

fn clause(count: &Count, span: &IndexRange) -> Result<Document, Cause> {
    let declaration = count.target().declaration();
    let mut clause = filter(declaration, count.target().tenant(), span)?;
    visible(&mut clause, declaration, false, *count.now());
    Ok(clause)
}

/// Fields to read of a document that may be counted.
struct Seen<'a> {
    declaration: &'static Declaration,
    index: Vec<&'static FieldDecl>,
    /// Documents with this value are not counted.
    unless: Option<(&'static FieldDecl, &'a Value)>,
    /// Documents with any value in this field are not counted.
    absent: Option<&'static FieldDecl>,
}

impl<'a> Seen<'a> {
    fn of(count: &'a Count, index: &IndexDecl) -> Self {
        let declaration = count.target().declaration();
        let unless = count.unless().as_ref();
        Self {
            declaration,
            index: index
                .fields
                .iter()
                .filter_map(|name| declaration.field(name))
                .collect(),
            unless: unless.map(|(partition, value)| (&declaration.fields[*partition], value)),
            absent: declaration
                .field("deleted_at")
                .filter(|_| *count.undeleted()),
        }
    }

    fn fields(&self) -> Document {
        let more = self.unless.map(|(field, _)| field);
        let seen = self.index.iter().copied().chain(more).chain(self.absent);
        seen.map(|field| (field.name.to_owned(), 1.into()))
            .chain([("_id".to_owned(), 0.into())])
            .collect()
    }

    /// Returns the index key of a document, or `None` if the document is not counted.
    fn key(&self, document: &RawDocument) -> Result<Option<Key>, Strange> {
        let value = |seen: &'static FieldDecl| field(self.declaration, seen, document, seen.name);
        if let Some(absent) = self.absent
            && value(absent)?.is_some()
        {
            return Ok(None);
        }
        if let Some((unless, left_out)) = self.unless
            && value(unless)?.as_ref() == Some(left_out)
        {
            return Ok(None);
        }
        let key: Result<Option<Vec<Value>>, _> =
            self.index.iter().map(|seen| value(seen)).collect();
        Ok(key?.map(Key))
    }
}

/// Values of the indexed fields, in index order.
struct Key(Vec<Value>);

impl Key {
    fn lies_in(&self, span: &IndexRange, numbers: Numbers) -> bool {
        let Some((Value::Int(number), prefix)) = self.0.split_last() else {
            return false;
        };
        numbers.hold(*number) && prefix == span.prefix()
    }
}
