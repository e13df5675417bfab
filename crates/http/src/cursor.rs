use base::{Direction, Error, ErrorCode, Id, ObjectId, Result, Timestamp};
use domain::auth::AuthContext;
use domain::messaging::{ListPage, ListPosition};
use serde_json::{Value as Json, json};
use store::{Position, Value};
use wire::Page;

use crate::state::AppState;

/// Encoder and decoder of the cursors of a list. A cursor is bound to tenant,
/// operation, filter and direction.
pub(crate) struct ListCursors<'a> {
    state: &'a AppState,
    list: String,
    direction: Direction,
}

impl<'a> ListCursors<'a> {
    /// Creates the cursors of a list with this filter, in this direction.
    pub(crate) fn new(
        state: &'a AppState,
        auth: &AuthContext,
        operation: &str,
        filter: &str,
        direction: Direction,
    ) -> Self {
        Self {
            state,
            list: format!("{}/{operation}/{filter}", auth.tenant.id()),
            direction,
        }
    }

    /// Creates the cursors of a list of the platform, which belongs to no tenant.
    pub(crate) fn of_platform(
        state: &'a AppState,
        operation: &str,
        filter: &str,
        direction: Direction,
    ) -> Self {
        Self {
            state,
            list: format!("platform/{operation}/{filter}"),
            direction,
        }
    }

    /// Returns a page of the list with its cursors.
    pub(crate) fn page<C, T>(&self, found: &store::Page<C>, data: Vec<T>) -> Page<T> {
        let next = found.next.as_ref().map(position_to_json);
        let prev = found.prev.as_ref().map(position_to_json);
        self.with_cursors(next, prev, data)
    }

    /// Returns a page of the conversation list with its cursors.
    pub(crate) fn activity_page<T>(&self, found: &ListPage, data: Vec<T>) -> Page<T> {
        let next = found.next.map(activity_to_json);
        let prev = found.prev.map(activity_to_json);
        self.with_cursors(next, prev, data)
    }

    fn with_cursors<T>(&self, next: Option<Json>, prev: Option<Json>, data: Vec<T>) -> Page<T> {
        let reverse = match self.direction {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        };
        Page {
            data,
            has_more: next.is_some(),
            next_cursor: next.map(|position| self.encode(self.direction, &position)),
            prev_cursor: prev.map(|position| self.encode(reverse, &position)),
        }
    }

    /// Returns the index position of a cursor.
    ///
    /// # Errors
    /// 400 `invalid_cursor`.
    pub(crate) fn decode(&self, cursor: Option<&str>) -> Result<Option<Position>> {
        self.decode_with(cursor, |position| {
            let rest = position.get(0)?.as_array()?.iter();
            let rest: Option<Vec<_>> = rest
                .map(|value| {
                    if value.is_null() {
                        Some(None)
                    } else {
                        value_from_json(value).map(Some)
                    }
                })
                .collect();
            Some(Position {
                rest: rest?,
                id: object_id(position.get(1)?)?,
            })
        })
    }

    /// Returns the position of a cursor in the conversation list.
    ///
    /// # Errors
    /// 400 `invalid_cursor`.
    pub(crate) fn decode_activity(&self, cursor: Option<&str>) -> Result<Option<ListPosition>> {
        self.decode_with(cursor, |position| {
            let active_at = Timestamp::from_millis(position.get(0)?.as_i64()?);
            Some(ListPosition {
                active_at,
                id: Id::new(object_id(position.get(1)?)?),
            })
        })
    }

    fn encode(&self, direction: Direction, position: &Json) -> String {
        self.state
            .cursor_key()
            .seal(&self.binding(direction), position.to_string().as_bytes())
    }

    fn binding(&self, direction: Direction) -> String {
        format!("{}/{direction:?}", self.list)
    }

    fn decode_with<T>(
        &self,
        cursor: Option<&str>,
        parse: impl Fn(&Json) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let bytes = self
            .state
            .cursor_key()
            .open(&self.binding(self.direction), cursor)
            .map_err(|_| invalid_cursor())?;
        let position: Json = serde_json::from_slice(&bytes).map_err(|_| invalid_cursor())?;
        parse(&position).map(Some).ok_or_else(invalid_cursor)
    }
}

fn invalid_cursor() -> Error {
    let mut error = Error::invalid("cursor", "The cursor does not belong to this list.");
    error.code = ErrorCode::InvalidCursor;
    error
}

fn position_to_json(position: &Position) -> Json {
    let rest: Vec<Json> = position
        .rest
        .iter()
        .map(|value| value.as_ref().map_or(Json::Null, value_to_json))
        .collect();
    json!([rest, position.id.to_string()])
}

fn activity_to_json(position: ListPosition) -> Json {
    json!([position.active_at.millis(), position.id.to_string()])
}

fn value_to_json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!(["b", value]),
        Value::Int(value) => json!(["i", value]),
        Value::Text(value) => json!(["s", value]),
        Value::Id(value) => json!(["o", value.to_string()]),
        Value::Time(value) => json!(["t", value.millis()]),
        // No index contains floats, JSON or values that the store assigns.
        Value::Float(_) | Value::Json(_) | Value::AssignedSeq | Value::AssignedTime => Json::Null,
    }
}

/// Returns the value that [`value_to_json`] encoded; `None` for another shape.
fn value_from_json(json: &Json) -> Option<Value> {
    let value = json.get(1)?;
    Some(match json.get(0)?.as_str()? {
        "b" => Value::Bool(value.as_bool()?),
        "i" => Value::Int(value.as_i64()?),
        "s" => Value::Text(value.as_str()?.to_owned().into()),
        "o" => Value::Id(object_id(value)?),
        "t" => Value::Time(Timestamp::from_millis(value.as_i64()?)),
        _ => return None,
    })
}

fn object_id(value: &Json) -> Option<ObjectId> {
    value.as_str()?.parse().ok()
}
