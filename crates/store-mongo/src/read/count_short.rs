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

/// Spans counted by one statement.
const SPANS: usize = 400;

/// Keys that one statement answers at most, unless a single span holds more.
const KEYS: usize = 4_096;

/// A span, its place among all, and the numbers that its keys end with.
pub(super) type Short<'a> = (usize, &'a IndexRange, Numbers);

/// The numbers of a span that cannot hold more documents than are counted: a
/// unique index ends with a number that lies between two so near.
pub(super) fn short(span: &IndexRange, cap: usize) -> Option<Numbers> {
    let unique = span.index().uniqueness == Uniqueness::Unique;
    let ends = span.prefix().len() + 1 == span.index().fields.len();
    Numbers::of(span.range()).filter(|numbers| unique && ends && numbers.count() <= cap)
}

impl MongoEngine {
    /// Reads what tells the documents of all spans apart, and counts them
    /// here: a clause with bounds costs the server a fifth of a pipeline.
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
                .find(target.place(), declaration, find, |document| {
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
                    .for_each(|(place, ..)| counts[*place] += 1);
            }
        }
        Ok(())
    }
}

/// How many of the first spans one statement counts.
fn together(spans: &[Short<'_>]) -> usize {
    let mut keys = 0_usize;
    let fits = |(.., numbers): &&Short<'_>| {
        keys = keys.saturating_add(numbers.count());
        keys <= KEYS
    };
    spans.iter().take(SPANS).take_while(fits).count().max(1)
}

/// The log that values name, by which a key finds the spans it may lie in.
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

/// What is looked at of a document that may be counted.
struct Seen<'a> {
    declaration: &'static Declaration,
    index: Vec<&'static FieldDecl>,
    /// Whoever has this value is left out.
    unless: Option<(&'static FieldDecl, &'a Value)>,
    /// Whoever has something here is left out.
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
            unless: unless.map(|(place, value)| (&declaration.fields[*place], value)),
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

    /// The key of a document, unless it is left out.
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

/// The values of an index, field by field.
struct Key(Vec<Value>);

impl Key {
    fn lies_in(&self, span: &IndexRange, numbers: Numbers) -> bool {
        let Some((Value::Int(number), prefix)) = self.0.split_last() else {
            return false;
        };
        numbers.hold(*number) && prefix == span.prefix()
    }
}
