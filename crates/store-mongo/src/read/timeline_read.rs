use store::statement::List;
use store::{LogDecl, ReadError, Row, Value};

use super::group_read::Wanted;
use super::seq_range::Numbers;
use crate::MongoEngine;

impl MongoEngine {
    /// Reads a part of a timeline by the sequence numbers that it is expected to have, in a group
    /// with other reads. Returns `None` if the list has no such numbers, or if they contain too few
    /// records.
    pub(crate) async fn list_near(&self, list: &List) -> Result<Option<Vec<Row>>, ReadError> {
        let Some(near) = Near::of(list) else {
            return Ok(None);
        };
        match self
            .read_together(*list.target(), near.decl, near.wanted)
            .await
        {
            Ok(rows) => Ok(near.part(rows)),
            // The malformed record may belong to another read, or be one that this list excludes.
            Err(ReadError::Broken(_)) => Ok(None),
            Err(unavailable) => Err(unavailable),
        }
    }
}

/// Sequence numbers of a timeline list.
struct Near<'a> {
    list: &'a List,
    decl: LogDecl,
    /// Range that may contain records of the timeline.
    shown: Numbers,
    /// Range that is expected to contain them, and the range of records appended since, of at most
    /// the list's limit.
    wanted: Wanted,
}

impl<'a> Near<'a> {
    fn of(list: &'a List) -> Option<Self> {
        let second = list.second().as_ref()?;
        let (first, last) = (*second.near())?;
        let since = Numbers::of(second.span().range())?.first;
        let Some(Value::Id(log)) = list.span().prefix().first() else {
            return None;
        };
        let room = i64::try_from(*list.limit()).ok()?;
        Some(Self {
            list,
            decl: list.target().declaration().log?,
            shown: Numbers::of(list.span().range())?,
            wanted: Wanted {
                log: *log,
                believed: Numbers { first, last },
                since: Numbers {
                    first: since,
                    last: since.checked_add(room)?.checked_sub(1)?,
                },
            },
        })
    }

    /// Returns the list if the rows are sufficient.
    fn part(&self, rows: Vec<Row>) -> Option<Vec<Row>> {
        let declaration = self.list.target().declaration();
        let place = |field| declaration.position(field).unwrap_or(usize::MAX);
        let seq = place(self.decl.seq);
        let shown = place(self.decl.shown);
        let number = |row: &Row| match row.values.get(seq) {
            Some(Some(Value::Int(number))) => *number,
            _ => 0,
        };
        let Wanted {
            believed, since, ..
        } = self.wanted;
        if rows.iter().any(|row| number(row) == since.last) {
            return None;
        }
        let stands = |row: &Row| match row.values.get(shown) {
            Some(Some(Value::Bool(true))) => self.shown.hold(number(row)),
            _ => since.hold(number(row)),
        };
        let mut part: Vec<Row> = rows.into_iter().filter(stands).collect();
        let whole = part.len() >= *self.list.limit() || believed.first <= self.shown.first.max(1);
        part.sort_unstable_by_key(|row| std::cmp::Reverse(number(row)));
        part.truncate(*self.list.limit());
        whole.then_some(part)
    }
}
