use std::ops::Bound as End;

use rusqlite::Result;
use store::statement::Count;
use store::{IndexDecl, Range, Span, Value};

use super::push_visible;
use crate::catalogue::Table;
use crate::connection::Connection;
use crate::ddl::{index_name, present, quoted};
use crate::plans::Seek;
use crate::sql::{Bound, Sql, json_list, push_json};

/// How many documents stand in each span, by one statement: an arm for every
/// form of range that occurs, over a list of the spans of that form.
pub(crate) fn count(connection: &Connection, table: &Table, count: &Count) -> Result<Vec<usize>> {
    let mut forms: Vec<(Form, Vec<usize>)> = Vec::new();
    for (position, span) in count.spans().iter().enumerate() {
        let form = Form::of(span.range());
        match forms.iter_mut().find(|(known, _)| *known == form) {
            Some((_, positions)) => positions.push(position),
            None => forms.push((form, vec![position])),
        }
    }
    let mut sql = Sql::new("");
    for (arm, (form, positions)) in forms.iter().enumerate() {
        sql.push(if arm == 0 { "" } else { " UNION ALL " });
        push_arm(&mut sql, table, count, *form, positions);
    }
    let mut counts = vec![0; count.spans().len()];
    for (position, counted) in sql.query(connection, |row| Ok((row.get::<_, usize>(0)?, row.get::<_, usize>(1)?)))? {
        if let Some(place) = counts.get_mut(position) {
            *place = counted;
        }
    }
    Ok(counts)
}

/// What a range looks like, without its values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    All,
    Between(Option<&'static str>, Option<&'static str>),
    OneOf,
}

impl Form {
    const fn of(range: &Range) -> Self {
        match range {
            Range::All => Self::All,
            Range::OneOf(_) => Self::OneOf,
            Range::Between(from, to) => Self::Between(operator(from, ">", ">="), operator(to, "<", "<=")),
        }
    }
}

const fn operator(end: &End<Value>, excluded: &'static str, included: &'static str) -> Option<&'static str> {
    match end {
        End::Excluded(_) => Some(excluded),
        End::Included(_) => Some(included),
        End::Unbounded => None,
    }
}

fn push_arm<'a>(sql: &mut Sql<'a>, table: &Table, count: &'a Count, form: Form, positions: &[usize]) {
    let Some(first) = positions.first().and_then(|position| count.spans().get(*position)) else { return };
    let index = first.index();
    sql.push("SELECT span.value ->> 0, (SELECT count(*) FROM (SELECT 1 FROM ").push(&table.name);
    sql.push(&table.indexed_by(index)).push(" WHERE ");
    let terms = push_conditions(sql, count, first, form);
    sql.expect(Seek { index: index_name(table.declaration, index), terms });
    push_residue(sql, table, count, index);
    sql.push(" LIMIT ").bind(Bound::Int(i64::try_from(*count.cap()).unwrap_or(i64::MAX)));
    sql.push(")) FROM json_each(").bind(Bound::Text(spans(count.spans(), positions).into())).push(") AS span");
}

/// Adds the conditions that the index serves, and says how plans show them.
fn push_conditions(sql: &mut Sql<'_>, count: &Count, span: &Span, form: Form) -> Vec<String> {
    let mut terms = Vec::new();
    if let Some(tenant) = count.target().tenant() {
        sql.push("\"tenant_id\" = ").bind(Bound::Text(tenant.to_string().into()));
        terms.push("tenant_id=?".to_owned());
    } else {
        sql.push("1");
    }
    let equal = span.prefix().len();
    // Behind the position that stands first in the list.
    for (field, place) in span.index().fields.iter().take(equal).zip(1..) {
        sql.push(&format!(" AND {} = span.value ->> {place}", quoted(field)));
        terms.push(format!("{field}=?"));
    }
    let Some(field) = span.index().fields.get(equal) else { return terms };
    match form {
        Form::All => {}
        Form::Between(None, None) => {
            sql.push(" AND ").push(&quoted(field)).push(" IS NOT NULL");
        }
        Form::Between(from, to) => {
            for (operator, place) in from.into_iter().chain(to).zip(equal + 1..) {
                sql.push(&format!(" AND {} {operator} span.value ->> {place}", quoted(field)));
                terms.push(format!("{field}{}?", &operator[..1]));
            }
        }
        Form::OneOf => {
            let place = equal + 1;
            sql.push(&format!(" AND {} IN (SELECT value FROM json_each(span.value -> {place}))", quoted(field)));
            terms.push(format!("{field}=?"));
        }
    }
    terms
}

/// Adds the conditions that only the document itself can answer.
fn push_residue<'a>(sql: &mut Sql<'a>, table: &Table, count: &'a Count, index: &IndexDecl) {
    if let Some(field) = present(index) {
        sql.push(" AND ").push(&quoted(field)).push(" IS NOT NULL");
    }
    if let Some((position, value)) = count.unless()
        && let Some(field) = table.declaration.fields.get(*position)
    {
        sql.push(" AND ").push(&quoted(field.name)).push(" IS NOT ").bind(Bound::Value(value));
    }
    if *count.undeleted() && !table.declaration.soft_delete {
        sql.push(" AND \"deleted_at\" IS NULL");
    }
    push_visible(sql, table, false, *count.now());
}

/// The spans as a list of lists: the position, the equal values, the range's.
fn spans(spans: &[Span], positions: &[usize]) -> String {
    let mut text = String::from("[");
    for (position, span) in positions.iter().filter_map(|position| Some((position, spans.get(*position)?))) {
        if text.len() > 1 {
            text.push(',');
        }
        text.push('[');
        text.push_str(&position.to_string());
        for value in span.prefix() {
            text.push(',');
            push_json(&mut text, value);
        }
        push_range(&mut text, span.range());
        text.push(']');
    }
    text.push(']');
    text
}

fn push_range(text: &mut String, range: &Range) {
    match range {
        Range::All => {}
        Range::OneOf(values) => {
            text.push(',');
            text.push_str(&json_list(values));
        }
        Range::Between(from, to) => {
            for end in [from, to] {
                if let End::Included(value) | End::Excluded(value) = end {
                    text.push(',');
                    push_json(text, value);
                }
            }
        }
    }
}
