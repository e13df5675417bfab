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
use crate::statement::{Beside, List};
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
    /// Whether nearly all records between the first and the last one stand in it.
    pub dense: bool,
}

/// Since when the records beside a timeline are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    /// The newest record that is known.
    pub seq: i64,
    /// How many came since, as far as is known.
    pub records: usize,
    /// Whether nearly all records of the log are believed to stand in its
    /// timeline: then an engine finds a part of it by their numbers.
    pub dense: bool,
}

/// Of so many records one may not stand in the timeline, and it is still dense.
const SPARE: usize = 8;

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
            beside: Some(Beside {
                span: span(false, Bound::Excluded(since.seq), Bound::Unbounded),
                near: since.dense.then(|| near(from, to, limit, since)),
            }),
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

/// The numbers that hold as many records of a dense timeline as are listed.
fn near(from: Bound<i64>, to: Bound<i64>, limit: usize, since: Since) -> (i64, i64) {
    let head = since.seq.saturating_add(whole(since.records));
    let last = match to {
        Bound::Included(last) => last.min(head),
        Bound::Excluded(behind) => behind.saturating_sub(1).min(head),
        Bound::Unbounded => head,
    };
    let lowest = match from {
        Bound::Included(first) => first,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => i64::MIN,
    };
    let first = last.saturating_sub(whole(limit + limit / SPARE));
    (first.max(lowest), last)
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
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
    let number = |row: Option<&Row>| row.map_or(0, |row| row.number(C::DECLARATION, decl.seq));
    let spanned = usize::try_from(number(shown.first()) - number(shown.last())).unwrap_or(usize::MAX);
    let dense = spanned <= shown.len() + shown.len() / SPARE;
    Ok(Some(Timeline { shown: typed(shown)?, more, beside: typed(beside)?, dense }))
}
