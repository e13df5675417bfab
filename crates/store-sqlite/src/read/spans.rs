//! Several spans of one index in one statement. The spans are one bound JSON list, so the text of
//! the statement does not depend on their number.

use std::ops::Bound as End;

use base::TenantId;
use store::{IndexRange, Range, Value};

use crate::catalogue::Table;
use crate::ddl::{index_name, present, quoted};
use crate::plans::Seek;
use crate::sql::{Bound, Sql, json_list, push_json};

/// Returns the forms of range that occur, with the positions of their spans. Each form needs its
/// own arm of the statement.
pub(super) fn forms(spans: &[IndexRange]) -> Vec<(Form, Vec<usize>)> {
    let mut forms: Vec<(Form, Vec<usize>)> = Vec::new();
    for (position, span) in spans.iter().enumerate() {
        let form = Form::of(span.range());
        match forms.iter_mut().find(|(known, _)| *known == form) {
            Some((_, positions)) => positions.push(position),
            None => forms.push((form, vec![position])),
        }
    }
    forms
}

/// Form of a range without its values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    All,
    Between(Option<&'static str>, Option<&'static str>),
    OneOf,
}

impl Form {
    const fn of(range: &Range) -> Self {
        match range {
            Range::All => Self::All,
            Range::OneOf(_) => Self::OneOf,
            Range::Between(from, to) => {
                Self::Between(operator(from, ">", ">="), operator(to, "<", "<="))
            }
        }
    }
}

const fn operator(
    end: &End<Value>,
    excluded: &'static str,
    included: &'static str,
) -> Option<&'static str> {
    match end {
        End::Excluded(_) => Some(excluded),
        End::Included(_) => Some(included),
        End::Unbounded => None,
    }
}

/// Adds the conditions that the index of a span serves, for one span of the list, and the search
/// that the plan must contain.
pub(super) fn push_conditions(
    sql: &mut Sql<'_>,
    table: &Table,
    tenant: Option<TenantId>,
    span: &IndexRange,
    form: Form,
) {
    let index = span.index();
    let mut terms = Vec::new();
    if let Some(tenant) = tenant {
        sql.push("\"tenant_id\" = ")
            .bind(Bound::Text(tenant.to_string().into()));
        terms.push("tenant_id=?".to_owned());
    } else {
        sql.push("1");
    }
    let equal = span.prefix().len();
    // After the position, which is the first element of the list.
    for (field, place) in index.fields.iter().take(equal).zip(1..) {
        sql.push(&format!(" AND {} = span.\"$\" ->> {place}", quoted(field)));
        terms.push(format!("{field}=?"));
    }
    if let Some(field) = index.fields.get(equal) {
        push_range_conditions(sql, field, form, equal, &mut terms);
    }
    if let Some(field) = present(index) {
        sql.push(" AND ").push(&quoted(field)).push(" IS NOT NULL");
    }
    sql.expect(Seek::new(index_name(table.declaration, index), terms));
}

fn push_range_conditions(
    sql: &mut Sql<'_>,
    field: &str,
    form: Form,
    equal: usize,
    terms: &mut Vec<String>,
) {
    match form {
        Form::All => {}
        Form::Between(None, None) => {
            sql.push(" AND ").push(&quoted(field)).push(" IS NOT NULL");
        }
        Form::Between(from, to) => {
            for (operator, place) in from.into_iter().chain(to).zip(equal + 1..) {
                sql.push(&format!(
                    " AND {} {operator} span.\"$\" ->> {place}",
                    quoted(field)
                ));
                terms.push(format!("{field}{}?", &operator[..1]));
            }
        }
        Form::OneOf => {
            let place = equal + 1;
            sql.push(&format!(
                " AND {} IN (SELECT value FROM json_each(span.\"$\" -> {place}))",
                quoted(field)
            ));
            terms.push(format!("{field}=?"));
        }
    }
}

/// Adds the list of spans as a table with the single column `$`.
pub(super) fn push_spans(sql: &mut Sql<'_>, spans: &[IndexRange], positions: &[usize]) {
    let list = Bound::Text(text(spans, positions).into());
    sql.push("(SELECT value AS \"$\" FROM json_each(")
        .bind(list)
        .push(")) AS span");
}

/// Returns the spans as a list of lists: the position, the equal values, the values of the range.
fn text(spans: &[IndexRange], positions: &[usize]) -> String {
    let mut text = String::from("[");
    for (position, span) in positions
        .iter()
        .filter_map(|position| Some((position, spans.get(*position)?)))
    {
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
