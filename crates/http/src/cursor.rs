use base::{Code, Failure, Id, ObjectId, Result, Timestamp};
use domain::messaging::ListPosition;
use serde_json::{Value as Json, json};
use store::{Position, Value};

use crate::api::Api;
use crate::extract::Caller;

/// The list that a cursor continues: its tenant, operation and filter.
pub(crate) struct List<'a> {
    api: &'a Api,
    bound: String,
}

impl<'a> List<'a> {
    /// The list that this operation shows this caller under this filter.
    pub(crate) fn new(api: &'a Api, caller: &Caller, operation: &str, filter: &str) -> Self {
        Self { api, bound: format!("{}/{operation}/{filter}", caller.tenant.id()) }
    }

    /// The cursor of an index position.
    pub(crate) fn seal(&self, position: &Position) -> String {
        let rest: Vec<Json> = position.rest.iter().map(|value| value.as_ref().map_or(Json::Null, shown)).collect();
        self.sealed(&json!([rest, position.id.to_string()]))
    }

    /// The index position of a cursor.
    ///
    /// # Errors
    /// 400 `invalid_cursor`.
    pub(crate) fn open(&self, cursor: Option<&str>) -> Result<Option<Position>> {
        self.opened(cursor, |position| {
            let rest = position.get(0)?.as_array()?.iter();
            let rest: Option<Vec<_>> =
                rest.map(|value| if value.is_null() { Some(None) } else { read(value).map(Some) }).collect();
            Some(Position { rest: rest?, id: id(position.get(1)?)? })
        })
    }

    /// The cursor of a place in the conversation list.
    pub(crate) fn seal_activity(&self, position: ListPosition) -> String {
        self.sealed(&json!([position.active_at.millis(), position.id.to_string()]))
    }

    /// The place in the conversation list of a cursor.
    ///
    /// # Errors
    /// 400 `invalid_cursor`.
    pub(crate) fn open_activity(&self, cursor: Option<&str>) -> Result<Option<ListPosition>> {
        self.opened(cursor, |position| {
            let active_at = Timestamp::from_millis(position.get(0)?.as_i64()?);
            Some(ListPosition { active_at, id: Id::new(id(position.get(1)?)?) })
        })
    }

    fn sealed(&self, position: &Json) -> String {
        self.api.cursors().seal(&self.bound, position.to_string().as_bytes())
    }

    fn opened<T>(&self, cursor: Option<&str>, read: impl Fn(&Json) -> Option<T>) -> Result<Option<T>> {
        let Some(cursor) = cursor else { return Ok(None) };
        let bytes = self.api.cursors().open(&self.bound, cursor).map_err(|_| invalid_cursor())?;
        let position: Json = serde_json::from_slice(&bytes).map_err(|_| invalid_cursor())?;
        read(&position).map(Some).ok_or_else(invalid_cursor)
    }
}

fn invalid_cursor() -> Failure {
    let mut failure = Failure::invalid("cursor", "This list did not hand out the cursor.");
    failure.code = Code::InvalidCursor;
    failure
}

fn shown(value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!(["b", value]),
        Value::Int(value) => json!(["i", value]),
        Value::Text(value) => json!(["s", value]),
        Value::Id(value) => json!(["o", value.to_string()]),
        Value::Time(value) => json!(["t", value.millis()]),
        // No index holds numbers with fractions, JSON, or what stands in for a number to come.
        Value::Float(_) | Value::Json(_) | Value::AssignedSeq | Value::AssignedTime => Json::Null,
    }
}

/// The value that [`shown`] showed; `None` for another shape.
fn read(shown: &Json) -> Option<Value> {
    let value = shown.get(1)?;
    Some(match shown.get(0)?.as_str()? {
        "b" => Value::Bool(value.as_bool()?),
        "i" => Value::Int(value.as_i64()?),
        "s" => Value::Text(value.as_str()?.to_owned()),
        "o" => Value::Id(id(value)?),
        "t" => Value::Time(Timestamp::from_millis(value.as_i64()?)),
        _ => return None,
    })
}

fn id(value: &Json) -> Option<ObjectId> {
    value.as_str()?.parse().ok()
}
