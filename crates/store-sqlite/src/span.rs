//! A span of an index, and a position in it, as conditions that the index
//! serves from end to end.

use std::ops::Bound as End;

use base::{Direction, ObjectId, TenantId};
use store::{IndexRange, Position, Range, Value};

use crate::catalogue::Table;
use crate::ddl::{index_name, present, quoted};
use crate::plans::Seek;
use crate::sql::{Bound, Sql, json_list};

/// A condition on the index's next column or columns.
#[derive(Clone)]
enum Term<'a> {
    Equal(&'static str, Equal<'a>),
    Compare(&'static str, &'static str, Equal<'a>),
    OneOf(&'static str, &'a [Value]),
    /// Behind (or before) these values of these columns, compared in order.
    Row(Vec<&'static str>, &'static str, Vec<Equal<'a>>),
}

/// A value of a key; the id at its end is none of the declared ones.
#[derive(Clone)]
enum Equal<'a> {
    Value(&'a Value),
    Id(ObjectId),
    Absent,
}

/// One run of neighbouring keys: what a single index search yields in order.
pub(crate) struct Run<'a> {
    terms: Vec<Term<'a>>,
    /// What the search may leave over and the rows are filtered by.
    residue: Vec<Term<'a>>,
}

/// The runs that make up a span behind a position, in the order of the walk.
pub(crate) fn runs<'a>(
    table: &Table,
    span: &'a IndexRange,
    direction: Direction,
    after: Option<&'a Position>,
) -> Vec<Run<'a>> {
    let prefix = prefix(span);
    let Some(after) = after else {
        let terms = prefix.into_iter().chain(range(span)).collect();
        return vec![Run {
            terms,
            residue: Vec::new(),
        }];
    };
    let walk = Walk {
        table,
        span,
        direction,
        columns: rest(table, span),
        values: key(table, span, after),
    };
    match walk.columns.len() {
        // A whole unique key: nothing stands behind its one document.
        0 => Vec::new(),
        _ if walk.is_simple() => vec![walk.single(prefix)],
        _ => walk.lexicographic(&prefix),
    }
}

fn prefix(span: &IndexRange) -> Vec<Term<'_>> {
    let fields = span.index().fields.iter().zip(span.prefix());
    fields
        .map(|(field, value)| Term::Equal(field, Equal::Value(value)))
        .collect()
}

/// The column that the range is about.
pub(crate) fn ranged(span: &IndexRange) -> &'static str {
    span.index()
        .fields
        .get(span.prefix().len())
        .copied()
        .unwrap_or("_id")
}

fn range(span: &IndexRange) -> Vec<Term<'_>> {
    match span.range() {
        Range::All => Vec::new(),
        Range::OneOf(values) => vec![Term::OneOf(ranged(span), values)],
        // An absent value lies outside any bounds, also where there are none.
        Range::Between(End::Unbounded, End::Unbounded) => {
            vec![Term::Compare(ranged(span), ">", Equal::Absent)]
        }
        Range::Between(..) => lower(span).into_iter().chain(upper(span)).collect(),
    }
}

fn lower(span: &IndexRange) -> Option<Term<'_>> {
    match span.range() {
        Range::Between(End::Included(value), _) => {
            Some(Term::Compare(ranged(span), ">=", Equal::Value(value)))
        }
        Range::Between(End::Excluded(value), _) => {
            Some(Term::Compare(ranged(span), ">", Equal::Value(value)))
        }
        _ => None,
    }
}

fn upper(span: &IndexRange) -> Option<Term<'_>> {
    match span.range() {
        Range::Between(_, End::Included(value)) => {
            Some(Term::Compare(ranged(span), "<=", Equal::Value(value)))
        }
        Range::Between(_, End::Excluded(value)) => {
            Some(Term::Compare(ranged(span), "<", Equal::Value(value)))
        }
        _ => None,
    }
}

/// The columns of the key behind the prefix.
fn rest(table: &Table, span: &IndexRange) -> Vec<&'static str> {
    let bound = usize::from(tenant_led(table)) + span.prefix().len();
    table.declaration.key_of(span.index()).skip(bound).collect()
}

fn tenant_led(table: &Table) -> bool {
    table.declaration.scope == store::Scope::Tenant
}

fn key<'a>(table: &Table, span: &IndexRange, after: &'a Position) -> Vec<Equal<'a>> {
    let rest = rest(table, span);
    let mut values: Vec<_> = after
        .rest
        .iter()
        .map(|value| value.as_ref().map_or(Equal::Absent, Equal::Value))
        .collect();
    values.push(Equal::Id(after.id));
    values.truncate(rest.len());
    values
}

/// A walk that goes on behind a position.
struct Walk<'a, 't> {
    table: &'t Table,
    span: &'a IndexRange,
    direction: Direction,
    columns: Vec<&'static str>,
    values: Vec<Equal<'a>>,
}

impl<'a> Walk<'a, '_> {
    /// Whether comparing whole keys is right although comparing with an
    /// absent value is neither true nor false: absent ones sort first, so
    /// they are behind a present one only when walking backward.
    fn is_simple(&self) -> bool {
        let present = self
            .values
            .iter()
            .all(|value| !matches!(value, Equal::Absent));
        let never_absent = self
            .columns
            .iter()
            .all(|column| !self.may_be_absent(column));
        present && (self.direction == Direction::Forward || never_absent)
    }

    fn may_be_absent(&self, column: &str) -> bool {
        let field = self
            .table
            .declaration
            .fields
            .iter()
            .find(|field| field.name == column);
        column == "deleted_at"
            || column == "deleted_by"
            || field.is_some_and(|field| field.optional)
    }

    const fn beyond(&self) -> &'static str {
        match self.direction {
            Direction::Forward => ">",
            Direction::Backward => "<",
        }
    }

    /// The end of the range that the walk is going towards.
    fn far_end(&self) -> Option<Term<'a>> {
        match self.direction {
            Direction::Forward => upper(self.span),
            Direction::Backward => lower(self.span),
        }
    }

    fn residue(&self) -> Vec<Term<'a>> {
        match self.span.range() {
            Range::OneOf(values) => vec![Term::OneOf(ranged(self.span), values)],
            Range::All | Range::Between(..) => Vec::new(),
        }
    }

    fn single(&self, mut terms: Vec<Term<'a>>) -> Run<'a> {
        match (self.columns.as_slice(), self.values.as_slice()) {
            ([column], [value]) => terms.push(Term::Compare(column, self.beyond(), value.clone())),
            _ => terms.push(Term::Row(
                self.columns.clone(),
                self.beyond(),
                self.values.clone(),
            )),
        }
        terms.extend(self.far_end());
        Run {
            terms,
            residue: self.residue(),
        }
    }

    /// Same first values and a later last one, then one value fewer the same, and so on.
    fn lexicographic(&self, prefix: &[Term<'a>]) -> Vec<Run<'a>> {
        let mut runs = Vec::new();
        for last in (0..self.columns.len().min(self.values.len())).rev() {
            let same = self.columns.iter().zip(&self.values).take(last);
            let mut terms = prefix.to_vec();
            terms.extend(same.map(|(column, value)| Term::Equal(column, value.clone())));
            for beyond in self.beyond_one(self.columns[last], &self.values[last]) {
                let far_end = self.far_end().filter(|_| last == 0);
                let terms = terms
                    .iter()
                    .cloned()
                    .chain([beyond])
                    .chain(far_end)
                    .collect();
                runs.push(Run {
                    terms,
                    residue: self.residue(),
                });
            }
        }
        runs
    }

    fn beyond_one(&self, column: &'static str, value: &Equal<'a>) -> Vec<Term<'a>> {
        let ranged_out = column == ranged(self.span) && *self.span.range() != Range::All;
        let absent = Term::Equal(column, Equal::Absent);
        match (self.direction, value) {
            (Direction::Forward, Equal::Absent) => vec![Term::Compare(column, ">", Equal::Absent)],
            (Direction::Backward, Equal::Absent) => Vec::new(),
            (Direction::Backward, value) if self.may_be_absent(column) && !ranged_out => {
                vec![Term::Compare(column, "<", value.clone()), absent]
            }
            (_, value) => vec![Term::Compare(column, self.beyond(), value.clone())],
        }
    }
}

impl<'a> Run<'a> {
    /// Adds the run's conditions behind a `WHERE`, the tenant first.
    pub(crate) fn push(
        &self,
        sql: &mut Sql<'a>,
        table: &Table,
        span: &'a IndexRange,
        tenant: Option<TenantId>,
    ) {
        let mut terms = Vec::new();
        if let Some(tenant) = tenant {
            sql.push("\"tenant_id\" = ")
                .bind(Bound::Text(tenant.to_string().into()));
            terms.push("tenant_id=?".to_owned());
        } else {
            sql.push("1");
        }
        for term in &self.terms {
            push_term(sql.push(" AND "), term);
            terms.push(term.shown());
        }
        for term in &self.residue {
            push_term(sql.push(" AND "), term);
        }
        // A partial index serves only who says the same as it does.
        if let Some(field) = present(span.index()) {
            sql.push(" AND ").push(&quoted(field)).push(" IS NOT NULL");
        }
        sql.expect(Seek::new(
            index_name(table.declaration, span.index()),
            terms,
        ));
    }
}

/// Adds `ORDER BY` the key behind the prefix, where there is one.
pub(crate) fn push_order(
    sql: &mut Sql<'_>,
    table: &Table,
    span: &IndexRange,
    direction: Direction,
) {
    let towards = match direction {
        Direction::Forward => "",
        Direction::Backward => " DESC",
    };
    for (place, column) in rest(table, span).into_iter().enumerate() {
        sql.push(if place == 0 { " ORDER BY " } else { ", " })
            .push(&quoted(column))
            .push(towards);
    }
}

fn push_term<'a>(sql: &mut Sql<'a>, term: &Term<'a>) {
    match term {
        Term::Equal(column, Equal::Absent) => {
            sql.push(&quoted(column)).push(" IS NULL");
        }
        Term::Compare(column, _, Equal::Absent) => {
            sql.push(&quoted(column)).push(" IS NOT NULL");
        }
        Term::Equal(column, value) => push_value(sql.push(&quoted(column)).push(" = "), value),
        Term::Compare(column, operator, value) => {
            push_value(
                sql.push(&quoted(column)).push(" ").push(operator).push(" "),
                value,
            );
        }
        Term::OneOf(column, values) => {
            sql.push(&quoted(column))
                .push(" IN (SELECT value FROM json_each(");
            sql.bind(Bound::Text(json_list(*values).into())).push("))");
        }
        Term::Row(columns, operator, values) => {
            let columns: Vec<_> = columns.iter().map(|column| quoted(column)).collect();
            sql.push("(")
                .push(&columns.join(", "))
                .push(") ")
                .push(operator)
                .push(" (");
            for (place, value) in values.iter().enumerate() {
                push_value(sql.push(if place == 0 { "" } else { ", " }), value);
            }
            sql.push(")");
        }
    }
}

fn push_value<'a>(sql: &mut Sql<'a>, value: &Equal<'a>) {
    sql.bind(match value {
        Equal::Value(value) => Bound::Value(value),
        Equal::Id(id) => Bound::Id(*id),
        Equal::Absent => Bound::Absent,
    });
}

impl Term<'_> {
    /// The term as plans show it.
    fn shown(&self) -> String {
        match self {
            Self::Equal(column, _) | Self::OneOf(column, _) => format!("{column}=?"),
            Self::Compare(column, operator, _) => format!("{column}{}?", &operator[..1]),
            Self::Row(columns, operator, _) => {
                format!(
                    "({}){operator}({})",
                    columns.join(","),
                    vec!["?"; columns.len()].join(",")
                )
            }
        }
    }
}
