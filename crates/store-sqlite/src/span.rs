//! Spans of an index, and positions in them, as conditions that the index serves completely.

use std::ops::Bound as End;

use base::{Direction, ObjectId, TenantId};
use store::{IndexRange, Position, Range, Value};

use crate::catalogue::Table;
use crate::ddl::{index_name, present, quoted};
use crate::plans::Seek;
use crate::sql::{Bound, Sql, json_list};

/// Condition on the next column or columns of the index.
#[derive(Clone)]
enum Term<'a> {
    Equal(&'static str, Equal<'a>),
    Compare(&'static str, &'static str, Equal<'a>),
    OneOf(&'static str, &'a [Value]),
    /// Comparison of these columns with these values, in lexicographic order.
    Row(Vec<&'static str>, &'static str, Vec<Equal<'a>>),
}

/// Value of a key; the id at the end of a key is not a declared value.
#[derive(Clone)]
enum Equal<'a> {
    Value(&'a Value),
    Id(ObjectId),
    Absent,
}

/// Run of adjacent keys: the ordered result of a single index search.
pub(crate) struct Run<'a> {
    terms: Vec<Term<'a>>,
    /// Conditions that the search may not serve, which filter the rows.
    residue: Vec<Term<'a>>,
}

/// Returns the runs of a span after a position, in the order of the walk.
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
        // The prefix is a complete unique key: no document follows its only one.
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

/// Returns the column that the range restricts.
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
        // An absent value is outside of any bounds, even of a range without bounds.
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

/// Returns the columns of the key after the prefix.
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

/// Walk that continues after a position.
struct Walk<'a, 't> {
    table: &'t Table,
    span: &'a IndexRange,
    direction: Direction,
    columns: Vec<&'static str>,
    values: Vec<Equal<'a>>,
}

impl<'a> Walk<'a, '_> {
    /// Returns whether a comparison of complete keys is correct. A comparison with an absent value
    /// is neither true nor false. Absent values sort first, so they follow a present value only
    /// when walking backward.
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

    /// Returns the bound of the range at which the walk ends.
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

    /// Returns the runs from the last column to the first: the earlier columns equal the position,
    /// the column itself is beyond it.
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
    /// Adds the conditions of the run after a `WHERE`, the tenant first.
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
        // A partial index serves only statements that repeat its condition.
        if let Some(field) = present(span.index()) {
            sql.push(" AND ").push(&quoted(field)).push(" IS NOT NULL");
        }
        sql.expect(Seek::new(
            index_name(table.declaration, span.index()),
            terms,
        ));
    }
}

/// Adds `ORDER BY` the columns of the key after the prefix, if there are any.
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
    /// Returns the term as query plans show it.
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
