//! Access to single fields of an untyped document.

use crate::collection::{Collection, Column, Row};
use crate::declaration::Declaration;
use crate::value::Value;

impl Row {
    /// Returns the value of a declared or standard field; `None` if it is absent.
    #[must_use]
    pub fn field(&self, declaration: &Declaration, name: &str) -> Option<Value> {
        match name {
            "_id" => Some(Value::Id(self.id)),
            "created_at" => Some(Value::Time(self.created_at)),
            "updated_at" => Some(Value::Time(self.updated_at)),
            "__v" => Some(Value::Int(self.version)),
            "deleted_at" => self.deleted_at.map(Value::Time),
            "deleted_by" => self.deleted_by.map(Value::Id),
            _ => self.values.get(declaration.position(name)?)?.clone(),
        }
    }

    /// Returns the integer in a field; 0 if there is none.
    #[must_use]
    pub fn number(&self, declaration: &Declaration, name: &str) -> i64 {
        if let Some(Value::Int(number)) = self.field(declaration, name) {
            number
        } else {
            0
        }
    }

    /// Returns the typed value of a field; `None` if it is absent or of another kind.
    #[must_use]
    pub fn read<C: Collection, T: crate::FieldType>(&self, column: Column<C, T>) -> Option<T> {
        T::load(Some(self.field(C::DECLARATION, column.name)?)).ok()
    }
}
