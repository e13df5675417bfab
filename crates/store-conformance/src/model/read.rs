use std::cmp::Ordering;
use std::ops::Bound;

use base::{Direction, ObjectId, TenantId, Timestamp};

use super::order::{Key, compare, compare_keys, key};
use super::{Stored, Tables};
use store::Row;
use store::Value;
use store::statement::{
    Count, Covered, Due, Get, GroupCount, Head, Heads, List, ListEach, Shown, Target,
};
use store::{Declaration, IndexDecl, Uniqueness};
use store::{IndexRange, Range};

/// Returns the documents of the statement's tenant, including deleted and expired ones.
fn scoped<'a>(tables: &'a Tables, target: &Target) -> impl Iterator<Item = &'a Row> {
    let tenant = target.tenant();
    let table = tables
        .get(&(target.partition(), target.declaration().name))
        .into_iter()
        .flatten();
    table
        .filter(move |(_, stored)| stored.tenant == tenant)
        .map(|(_, stored)| stored.row.as_ref())
}

fn visible(declaration: &Declaration, row: &Row, deleted: bool, now: Timestamp) -> bool {
    let gone = declaration.soft_delete && !deleted && row.deleted_at.is_some();
    !gone && !expired(declaration, row, now)
}

fn expired(declaration: &Declaration, row: &Row, now: Timestamp) -> bool {
    let at = declaration
        .expires
        .and_then(|field| row.field(declaration, field));
    matches!(at, Some(Value::Time(at)) if at <= now)
}

pub(super) fn get(tables: &Tables, get: &Get) -> Vec<Row> {
    let wanted = |row: &&Row| {
        get.ids().contains(&row.id)
            && visible(get.target().declaration(), row, *get.deleted(), *get.now())
    };
    scoped(tables, get.target())
        .filter(wanted)
        .cloned()
        .collect()
}

pub(super) fn list(tables: &Tables, list: &List) -> Vec<Row> {
    let declaration = list.target().declaration();
    let rest = &list.span().index().fields[list.span().prefix().len()..];
    let mut found: Vec<(Key, &Row)> = scoped(tables, list.target())
        .filter(|row| visible(declaration, row, *list.deleted(), *list.now()))
        .filter(|row| list.spans().any(|span| spanned(declaration, span, row)))
        .map(|row| (key(declaration, rest, row), row))
        .collect();
    found.sort_by(|left, right| towards(*list.direction(), compare_keys(&left.0, &right.0)));
    let after = list
        .after()
        .as_ref()
        .map(|after| (after.rest.clone(), after.id));
    let behind = |key: &Key| {
        after
            .as_ref()
            .is_none_or(|after| towards(*list.direction(), compare_keys(key, after)).is_gt())
    };
    found
        .into_iter()
        .filter(|(key, _)| behind(key))
        .map(|(_, row)| row.clone())
        .take(*list.limit())
        .collect()
}

fn towards(direction: Direction, order: Ordering) -> Ordering {
    match direction {
        Direction::Forward => order,
        Direction::Backward => order.reverse(),
    }
}

pub(super) fn spanned(declaration: &Declaration, span: &IndexRange, row: &Row) -> bool {
    let equal = span
        .index()
        .fields
        .iter()
        .zip(span.prefix())
        .all(|(field, value)| row.field(declaration, field).as_ref() == Some(value));
    let next = span
        .index()
        .fields
        .get(span.prefix().len())
        .and_then(|field| row.field(declaration, field));
    equal && indexed(declaration, span.index(), row) && within(span.range(), next.as_ref())
}

/// Returns whether the index contains the document. An index that is unique when present omits
/// documents without its last field.
fn indexed(declaration: &Declaration, index: &IndexDecl, row: &Row) -> bool {
    let last = index
        .fields
        .last()
        .and_then(|field| row.field(declaration, field));
    index.uniqueness != Uniqueness::UniqueWhenPresent || last.is_some()
}

fn within(range: &Range, value: Option<&Value>) -> bool {
    match (range, value) {
        (Range::All, _) => true,
        (_, None) => false,
        (Range::OneOf(values), Some(value)) => values.contains(value),
        (Range::Between(from, to), Some(value)) => {
            let from = match from {
                Bound::Included(from) => compare(Some(value), Some(from)).is_ge(),
                Bound::Excluded(from) => compare(Some(value), Some(from)).is_gt(),
                Bound::Unbounded => true,
            };
            let to = match to {
                Bound::Included(to) => compare(Some(value), Some(to)).is_le(),
                Bound::Excluded(to) => compare(Some(value), Some(to)).is_lt(),
                Bound::Unbounded => true,
            };
            from && to
        }
    }
}

pub(super) fn list_each(tables: &Tables, list: &ListEach) -> Vec<Row> {
    let declaration = list.target().declaration();
    let found = scoped(tables, list.target()).filter(|row| {
        visible(declaration, row, *list.deleted(), *list.now())
            && list
                .spans()
                .iter()
                .any(|span| spanned(declaration, span, row))
    });
    found.take(*list.limit()).cloned().collect()
}

pub(super) fn covered(tables: &Tables, covered: &Covered) -> Vec<Vec<Value>> {
    let declaration = covered.target().declaration();
    let found =
        scoped(tables, covered.target()).filter(|row| spanned(declaration, covered.span(), row));
    let values = |row: &Row| {
        covered
            .fields()
            .iter()
            .filter_map(|field| row.field(declaration, field.name))
            .collect()
    };
    found.take(*covered.limit()).map(values).collect()
}

pub(super) fn count(tables: &Tables, count: &Count) -> Vec<usize> {
    let declaration = count.target().declaration();
    let left_out = |row: &Row| {
        let unless = count
            .unless()
            .as_ref()
            .is_some_and(|(field, value)| row.values[*field].as_ref() == Some(value));
        unless
            || (*count.undeleted() && row.deleted_at.is_some())
            || !visible(declaration, row, false, *count.now())
    };
    let counted = |span: &IndexRange| {
        let found = scoped(tables, count.target())
            .filter(|row| spanned(declaration, span, row) && !left_out(row));
        found.take(*count.cap()).count()
    };
    count.spans().iter().map(counted).collect()
}

pub(super) fn tally(tables: &Tables, tally: &GroupCount) -> Vec<(Option<Value>, usize)> {
    let declaration = tally.target().declaration();
    let counted = |row: &&Row| {
        visible(declaration, row, false, *tally.now()) && spanned(declaration, tally.span(), row)
    };
    let mut counts: Vec<(Option<Value>, usize)> = Vec::new();
    for row in scoped(tables, tally.target()).filter(counted) {
        let value = row.field(declaration, tally.field().name);
        match counts.iter_mut().find(|(known, _)| *known == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((value, 1)),
        }
    }
    counts.sort_by(|left, right| {
        right
            .1
            .cmp(&left.1)
            .then_with(|| compare(left.0.as_ref(), right.0.as_ref()))
    });
    counts.truncate(*tally.groups());
    counts
}

pub(super) fn heads(tables: &Tables, heads: &Heads) -> Vec<Head> {
    heads
        .logs()
        .iter()
        .filter_map(|log| head(tables, heads.target(), *log))
        .collect()
}

fn head(tables: &Tables, target: &Target, log: ObjectId) -> Option<Head> {
    let declaration = target.declaration();
    let decl = declaration.log?;
    let seq = |row: &Row| match row.field(declaration, decl.seq) {
        Some(Value::Int(seq)) => seq,
        other => unreachable!("a record has a number, not {other:?}"),
    };
    let of_log = |row: &&Row| row.field(declaration, decl.key) == Some(Value::Id(log));
    let is_shown = |row: &&Row| row.field(declaration, decl.shown) == Some(Value::Bool(true));
    let newest = scoped(tables, target)
        .filter(of_log)
        .max_by_key(|row| seq(row))?;
    let shown = scoped(tables, target)
        .filter(of_log)
        .filter(is_shown)
        .max_by_key(|row| seq(row));
    let shown = shown.map(|row| Shown {
        seq: seq(row),
        id: row.id,
        created_at: row.created_at,
    });
    Some(Head {
        log,
        seq: seq(newest),
        created_at: newest.created_at,
        shown,
    })
}

pub(super) fn due(tables: &Tables, due: &Due) -> Vec<(TenantId, ObjectId)> {
    let table = tables
        .get(&(*due.partition(), due.declaration().name))
        .into_iter()
        .flatten();
    let time = |stored: &Stored| stored.row.field(due.declaration(), due.field());
    let mut found: Vec<_> = table
        .filter_map(|(id, stored)| match time(stored) {
            Some(Value::Time(at)) if at <= *due.now() => Some((at, stored.tenant?, *id)),
            _ => None,
        })
        .collect();
    found.sort_unstable();
    found
        .into_iter()
        .map(|(_, tenant, id)| (tenant, id))
        .take(*due.limit())
        .collect()
}
