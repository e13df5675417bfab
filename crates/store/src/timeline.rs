//! A part of a log's main timeline together with what else the log says since
//! a record: who knows what held as of that record learns by the same
//! statement whether it still does.

use std::ops::Bound;

use base::{Direction, Id};

use crate::collection::{Collection, Entity, LogCollection, Row};
use crate::declaration::LogDecl;
use crate::engine::ReadError;
use crate::handle::{Tenant, typed};
use crate::query::{Range, Span};
use crate::statement::List;
use crate::value::Value;

/// The end of a part of a timeline.
#[derive(Debug, Clone)]
pub struct Timeline<C> {
    /// The last records that stand in it, the newest first.
    pub shown: Vec<Entity<C>>,
    /// Whether older ones precede.
    pub more: bool,
    /// Every record since that does not stand in it, the newest first.
    pub beside: Vec<Entity<C>>,
}

/// Since when the records beside a timeline are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    /// The newest record that is known.
    pub seq: i64,
    /// How many came since, as far as is known.
    pub records: usize,
}

impl Tenant {
    /// The last records of a log's main timeline between two numbers, at most
    /// `size`, and every record since another that does not stand in it, by a
    /// single statement. `None` when more came since than was known.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn timeline<C: LogCollection>(
        &self,
        log: Id<C::Key>,
        (from, to): (Bound<i64>, Bound<i64>),
        size: usize,
        since: Since,
    ) -> Result<Option<Timeline<C>>, ReadError> {
        let Some(decl) = C::DECLARATION.log else { return Ok(None) };
        let Some(index) = C::DECLARATION.index(decl.timeline) else { return Ok(None) };
        let span = |shown, from: Bound<i64>, to: Bound<i64>| Span {
            index,
            prefix: vec![Value::Id(log.object_id()), Value::Bool(shown)],
            range: Range::Between(from.map(Value::Int), to.map(Value::Int)),
        };
        let limit = size.saturating_add(since.records).saturating_add(1);
        let list = List {
            target: self.target::<C>(),
            span: span(true, from, to),
            beside: Some(span(false, Bound::Excluded(since.seq), Bound::Unbounded)),
            direction: Direction::Backward,
            limit,
            after: None,
            newest: false,
            deleted: true,
            now: self.context().now(),
        };
        let rows = self.engine().list(list).await?;
        parted::<C>(rows, &decl, limit, size, since.seq)
    }
}

fn parted<C: Collection>(
    rows: Vec<Row>,
    decl: &LogDecl,
    limit: usize,
    size: usize,
    since: i64,
) -> Result<Option<Timeline<C>>, ReadError> {
    let cut = rows.len() >= limit;
    // Whatever is older than the last one was left out.
    let reached = !cut || rows.last().is_none_or(|row| row.number(C::DECLARATION, decl.seq) <= since);
    let is_shown = |row: &Row| row.field(C::DECLARATION, decl.shown) == Some(Value::Bool(true));
    let (mut shown, beside): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_shown);
    let more = shown.len() > size;
    if !reached || (cut && !more) {
        return Ok(None);
    }
    shown.truncate(size);
    Ok(Some(Timeline { shown: typed(shown)?, more, beside: typed(beside)? }))
}
