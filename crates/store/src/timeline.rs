//! Part of a log's main timeline, together with the other records of the log since a given one. A
//! caller that has the state as of that record learns with the same statement whether it is still
//! current.

use std::ops::Bound;

use base::{Direction, Id};

use crate::collection::{Collection, Entity, LogCollection, Row};
use crate::declaration::LogDecl;
use crate::engine::ReadError;
use crate::handle::{TenantStore, typed};
use crate::query::{IndexRange, Range};
use crate::statement::{List, SecondRange};
use crate::value::Value;

/// End of a part of a timeline.
#[derive(Debug, Clone)]
pub struct Timeline<C> {
    /// Last records of the timeline, newest first.
    pub shown: Vec<Entity<C>>,
    /// Whether older ones precede.
    pub more: bool,
    /// Every record since then that is not in the timeline, newest first.
    pub unshown: Vec<Entity<C>>,
    /// Whether the range of numbers that an engine reads first would have contained the part; the
    /// value for the next [`Since`].
    pub dense: bool,
}

/// Record since which the other records of the log are requested.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    /// Number of the newest known record.
    pub seq: i64,
    /// Number of records written since then, as far as known.
    pub records: usize,
    /// Whether nearly all records of the log are expected to be in its timeline. Then an engine
    /// finds a part of the timeline by the numbers.
    pub dense: bool,
}

/// Tolerance of a dense timeline: one in this many records may be outside it, and this many in any
/// part of it.
const SPARE: usize = 8;

impl TenantStore {
    /// Returns the last records of a log's main timeline between two numbers, at most `size`, and
    /// every other record after [`Since::seq`].
    ///
    /// Uses a single statement. Returns `None` if more records were written since then than was
    /// known.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
    pub async fn timeline<C: LogCollection>(
        &self,
        log: Id<C::Key>,
        (from, to): (Bound<i64>, Bound<i64>),
        size: usize,
        since: Since,
    ) -> Result<Option<Timeline<C>>, ReadError> {
        let Some(decl) = C::DECLARATION.log else {
            return Ok(None);
        };
        let Some(index) = C::DECLARATION.index(decl.timeline) else {
            return Ok(None);
        };
        let span = |shown, from: Bound<i64>, to: Bound<i64>| IndexRange {
            index,
            prefix: vec![Value::Id(log.object_id()), Value::Bool(shown)],
            range: Range::Between(from.map(Value::Int), to.map(Value::Int)),
        };
        let limit = size.saturating_add(since.records).saturating_add(1);
        let near = near(from, to, limit, since);
        let list = List {
            target: self.target::<C>(),
            span: span(true, from, to),
            second: Some(SecondRange {
                span: span(false, Bound::Excluded(since.seq), Bound::Unbounded),
                near: since.dense.then_some(near),
            }),
            direction: Direction::Backward,
            limit,
            after: None,
            newest: false,
            deleted: true,
            now: self.context().now(),
        };
        let rows = self.engine().list(list).await?;
        Asked {
            size,
            limit,
            since: since.seq,
            near: near.0,
            lowest: lowest(from).max(1),
        }
        .parted::<C>(rows, &decl)
    }
}

/// Returns the range of numbers that contains as many records of a dense timeline as are listed.
fn near(from: Bound<i64>, to: Bound<i64>, limit: usize, since: Since) -> (i64, i64) {
    let head = since.seq.saturating_add(whole(since.records));
    let last = match to {
        Bound::Included(last) => last.min(head),
        Bound::Excluded(behind) => behind.saturating_sub(1).min(head),
        Bound::Unbounded => head,
    };
    let first = last.saturating_sub(whole(limit + (limit / SPARE).max(SPARE)));
    (first.max(lowest(from)), last)
}

/// Returns the first number within a bound.
const fn lowest(from: Bound<i64>) -> i64 {
    match from {
        Bound::Included(first) => first,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => i64::MIN,
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Parameters of a request, needed to interpret its result.
struct Asked {
    size: usize,
    limit: usize,
    /// Number of the newest known record.
    since: i64,
    /// First number that an engine reads in a dense log.
    near: i64,
    /// First number that may be returned.
    lowest: i64,
}

impl Asked {
    fn parted<C: Collection>(
        &self,
        rows: Vec<Row>,
        decl: &LogDecl,
    ) -> Result<Option<Timeline<C>>, ReadError> {
        let number = |row: &Row| row.number(C::DECLARATION, decl.seq);
        let cut = rows.len() >= self.limit;
        // Records older than the last one were left out.
        let reached = !cut || rows.last().is_none_or(|row| number(row) <= self.since);
        let is_shown = |row: &Row| row.field(C::DECLARATION, decl.shown) == Some(Value::Bool(true));
        let (mut shown, unshown): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_shown);
        let more = shown.len() > self.size;
        if !reached || (cut && !more) {
            return Ok(None);
        }
        let oldest = if more {
            shown.last().map_or(self.lowest, number)
        } else {
            self.lowest
        };
        shown.truncate(self.size);
        let shown = typed(shown)?;
        let unshown = typed(unshown)?;
        Ok(Some(Timeline {
            shown,
            more,
            unshown,
            dense: self.near <= oldest,
        }))
    }
}
