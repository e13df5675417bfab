use store::{CommitError, IndexDecl, Row};

use super::WriteContext;
use crate::ddl::{present, quoted};
use crate::sql::Sql;

impl WriteContext<'_> {
    pub(super) fn upsert(
        &self,
        index: &IndexDecl,
        row: &Row,
        set: &[usize],
        raise: &[usize],
    ) -> Result<(), CommitError> {
        let key: Vec<_> = self.table.declaration.key_of(index).map(quoted).collect();
        let mut sql = Sql::new(self.table.insert.as_str());
        self.push_row(&mut sql, row);
        sql.push(" ON CONFLICT (").push(&key.join(", ")).push(")");
        if let Some(field) = present(index) {
            sql.push(" WHERE ")
                .push(&quoted(field))
                .push(" IS NOT NULL");
        }
        let changes = self.changes(set, raise)?;
        if changes.is_empty() {
            sql.push(" DO NOTHING");
        } else {
            sql.push(" DO UPDATE SET ").push(&changes.join(", "));
        }
        self.execute_unique(&sql, Some(row)).map(|_| ())
    }

    fn changes(&self, set: &[usize], raise: &[usize]) -> Result<Vec<String>, CommitError> {
        let mut changes = Vec::with_capacity(set.len() + raise.len() + 2);
        for position in set {
            let field = quoted(self.field(*position)?);
            changes.push(format!("{field} = excluded.{field}"));
        }
        for position in raise {
            let field = quoted(self.field(*position)?);
            changes.push(format!(
                "{field} = max(coalesce({field}, excluded.{field}), coalesce(excluded.{field}, {field}))"
            ));
        }
        if !set.is_empty() {
            changes.push("\"__v\" = \"__v\" + 1".to_owned());
            changes.push("\"updated_at\" = excluded.\"updated_at\"".to_owned());
        }
        Ok(changes)
    }
}
