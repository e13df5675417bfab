use base::ObjectId;
use store::{CommitError, Value};

use super::WriteContext;
use crate::ddl::quoted;
use crate::sql::{Bound, Sql};

impl WriteContext<'_> {
    pub(super) fn raise(&self, id: ObjectId, field: usize, to: &Value) -> Result<(), CommitError> {
        let field = quoted(self.field(field)?);
        let mut sql = Sql::new("UPDATE ");
        sql.push(&self.table.name)
            .push(" SET ")
            .push(&field)
            .push(" = ")
            .bind(Bound::Value(to));
        self.push_document(&mut sql, id);
        self.push_undeleted(&mut sql);
        sql.push(" AND coalesce(")
            .push(&field)
            .push(" < ")
            .bind(Bound::Value(to))
            .push(", 1)");
        self.execute_unique(&sql, None).map(|_| ())
    }
}
