use base::ObjectId;
use store::CommitError;

use super::WriteContext;
use crate::sql::Sql;

impl WriteContext<'_> {
    pub(super) fn remove(&self, id: ObjectId, required: bool) -> Result<(), CommitError> {
        let mut sql = Sql::new("DELETE FROM ");
        sql.push(&self.table.name);
        self.push_document(&mut sql, id);
        match self.execute(&sql)? {
            0 if required => Err(self.stale(None)),
            _ => Ok(()),
        }
    }
}
