//! Bounded table of log heads, raised by change events and filled by reads.

use base::{ObjectId, TenantId};
use quick_cache::sync::{Cache, EntryAction, EntryResult};

use crate::change_event::ChangeEvent;
use crate::collection::Row;
use crate::declaration::Declaration;
use crate::statement::{Head, Shown};
use crate::value::Value;

/// Maximum number of logs whose head is kept, which takes about 20 MiB.
const LOGS: usize = 200_000;

type Key = (TenantId, &'static str, ObjectId);

/// Cached state of a log's head.
#[derive(Debug, Clone, Copy)]
enum Known {
    /// Complete head.
    Whole(Head),
    /// Only a lower bound of its number; the rest must be read from the store.
    AtLeast(i64),
}

impl Known {
    const fn seq(self) -> i64 {
        match self {
            Self::Whole(head) => head.seq,
            Self::AtLeast(seq) => seq,
        }
    }

    /// Replaces the head with a newer one, or with a complete one of the same number.
    const fn raise(&mut self, now: Self) {
        let whole =
            matches!((&now, &*self), (Self::Whole(_), Self::AtLeast(_))) && now.seq() == self.seq();
        if whole || now.seq() > self.seq() {
            *self = now;
        }
    }
}

pub(crate) struct HeadTable(Cache<Key, Known>);

impl Default for HeadTable {
    fn default() -> Self {
        Self(Cache::new(LOGS))
    }
}

impl HeadTable {
    /// Returns the heads that are known completely, and the logs whose head is not.
    pub(crate) fn look_up(
        &self,
        tenant: TenantId,
        declaration: &'static Declaration,
        logs: impl Iterator<Item = ObjectId>,
    ) -> (Vec<Head>, Vec<ObjectId>) {
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for log in logs {
            match self.0.get(&(tenant, declaration.name, log)) {
                Some(Known::Whole(head)) => known.push(head),
                Some(Known::AtLeast(_)) | None => unknown.push(log),
            }
        }
        (known, unknown)
    }

    /// Stores heads that were read from the store, unless newer ones are known.
    pub(crate) fn fill(&self, tenant: TenantId, declaration: &'static Declaration, heads: &[Head]) {
        for head in heads {
            self.raise((tenant, declaration.name, head.log), Known::Whole(*head));
        }
    }

    pub(crate) fn hear(&self, hint: &ChangeEvent) {
        match hint {
            ChangeEvent::LogAppended {
                tenant,
                declaration,
                log,
                head,
                rows,
            } => {
                let key = (*tenant, declaration.name, *log);
                let newest = rows.last().filter(|row| {
                    row.field(declaration, log_seq(declaration)) == Some(Value::Int(*head))
                });
                let created_at = newest.map(|row| row.created_at);
                let shown = rows.iter().rev().find_map(|row| shown(declaration, row));
                let shown = shown.or_else(|| self.shown_before(&key, *head, rows.len()));
                let known = match (created_at, shown) {
                    (Some(created_at), Some(shown)) => Known::Whole(Head {
                        log: *log,
                        seq: *head,
                        created_at,
                        shown: Some(shown),
                    }),
                    _ => Known::AtLeast(*head),
                };
                self.raise(key, known);
            }
            ChangeEvent::Lagged => self.0.clear(),
            ChangeEvent::DocumentChanged { .. } => {}
        }
    }

    /// Returns the last shown record before `rows` rows without one, if they follow the known head.
    fn shown_before(&self, key: &Key, head: i64, rows: usize) -> Option<Shown> {
        match self.0.get(key)? {
            Known::Whole(before) if before.seq + i64::try_from(rows).ok()? >= head => before.shown,
            _ => None,
        }
    }

    fn raise(&self, key: Key, now: Known) {
        let raise = |_: &Key, known: &mut Known| {
            known.raise(now);
            EntryAction::Retain(())
        };
        if let EntryResult::Vacant(place) = self.0.entry(&key, None, raise) {
            // Fails only if the table was cleared concurrently, and then nothing is known.
            let _ = place.insert(now);
        }
    }
}

fn log_seq(declaration: &Declaration) -> &'static str {
    declaration.log.map_or("", |log| log.seq)
}

fn shown(declaration: &Declaration, row: &Row) -> Option<Shown> {
    let log = declaration.log?;
    let Some(Value::Bool(true)) = row.field(declaration, log.shown) else {
        return None;
    };
    let Some(Value::Int(seq)) = row.field(declaration, log.seq) else {
        return None;
    };
    Some(Shown {
        seq,
        id: row.id,
        created_at: row.created_at,
    })
}
