use base::ObjectId;

use super::{ErasureAction, PersonalLine};
use crate::batch::{Batch, Deletion, Expect, Write};
use crate::collection::Row;

/// Number of documents of one collection that an erasure affects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// Documents that are removed.
    pub removed: usize,
    /// Documents that are kept with cleared fields.
    pub wiped: usize,
}

impl<P> Batch<P> {
    /// Applies the erasure action of a line to these documents of a user.
    ///
    /// If the action removes them, they must be the first documents that the line finds. The batch
    /// must be one of the line's database.
    pub fn erase(&mut self, line: PersonalLine, person: ObjectId, rows: &[Row]) -> Erased {
        match line.said.fate {
            ErasureAction::Delete => Erased {
                removed: self.erase_whole(line, person, rows),
                wiped: 0,
            },
            ErasureAction::Redact(fields) => self.wipe_each(line, rows, fields),
            ErasureAction::Retain | ErasureAction::Expire => Erased::default(),
        }
    }

    /// Applies the erasure action to some of the documents that the line finds, if others of them
    /// stay.
    pub fn erase_some(&mut self, line: PersonalLine, rows: &[Row]) -> Erased {
        let declaration = line.declaration;
        match line.said.fate {
            ErasureAction::Delete => {
                let removal = |row: &Row| Write::Remove {
                    declaration,
                    id: row.id,
                    required: false,
                };
                self.writes.extend(rows.iter().map(removal));
                Erased {
                    removed: rows.len(),
                    wiped: 0,
                }
            }
            ErasureAction::Redact(fields) => self.wipe_each(line, rows, fields),
            ErasureAction::Retain | ErasureAction::Expire => Erased::default(),
        }
    }

    fn wipe_each(&mut self, line: PersonalLine, rows: &[Row], fields: &[&'static str]) -> Erased {
        let before = self.len();
        rows.iter().for_each(|row| self.wipe(line, row, fields));
        Erased {
            removed: 0,
            wiped: self.len() - before,
        }
    }

    fn erase_whole(&mut self, line: PersonalLine, person: ObjectId, rows: &[Row]) -> usize {
        let declaration = line.declaration;
        let limit = rows.len();
        match line.span(person) {
            _ if rows.is_empty() => {}
            Some(span) => self.writes.push(Write::RemoveRange {
                declaration,
                span,
                limit,
            }),
            None => self.writes.push(Write::Remove {
                declaration,
                id: person,
                required: false,
            }),
        }
        limit
    }

    /// Clears those of the fields that are present. A log record becomes a tombstone.
    fn wipe(&mut self, line: PersonalLine, row: &Row, fields: &[&'static str]) {
        let declaration = line.declaration;
        let positions = fields
            .iter()
            .filter_map(|field| declaration.position(field));
        let held =
            positions.filter(|position| row.values.get(*position).is_some_and(Option::is_some));
        let changes: Vec<_> = held.map(|position| (position, None)).collect();
        if changes.is_empty() {
            return;
        }
        let mark = declaration.log.is_some() && row.deleted_at.is_none();
        let deletion = if mark {
            Deletion::Mark(None)
        } else {
            Deletion::Keep
        };
        let id = row.id;
        let expect = Expect::Present;
        let touch = true;
        let now = self.now;
        self.writes.push(Write::Update {
            declaration,
            id,
            expect,
            changes,
            touch,
            deletion,
            now,
        });
    }
}
