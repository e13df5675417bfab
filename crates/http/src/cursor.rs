use base::{Direction, Error, ErrorCode, Id, ObjectId, Result, Timestamp};
use domain::messaging::{ListPage, ListPosition};
use serde_json::{Value as Json, json};
use store::{Position, Value};
use wire::Page;

use crate::api::Api;
use crate::extract::Caller;

/// The list that a cursor continues: its tenant, operation and filter.
pub(crate) struct List<'a> {
    api: &'a Api,
    bound: String,
    direction: Direction,
}

impl<'a> List<'a> {
    /// The list that this operation shows this caller under this filter, in this direction.
    pub(crate) fn new(
        api: &'a Api,
        caller: &Caller,
        operation: &str,
        filter: &str,
        direction: Direction,
    ) -> Self {
        Self {
            api,
            bound: format!("{}/{operation}/{filter}", caller.tenant.id()),
            direction,
        }
    }

    /// A page of the list with its cursors.
    pub(crate) fn page<C, T>(&self, found: &store::Page<C>, data: Vec<T>) -> Page<T> {
        self.paged(
            found.next.as_ref().map(pair),
            found.prev.as_ref().map(pair),
            data,
        )
    }

    /// A page of the conversation list with its cursors.
    pub(crate) fn activity_page<T>(&self, found: &ListPage, data: Vec<T>) -> Page<T> {
        self.paged(found.next.map(activity), found.prev.map(activity), data)
    }

    fn paged<T>(&self, next: Option<Json>, prev: Option<Json>, data: Vec<T>) -> Page<T> {
        let back = match self.direction {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        };
        Page {
            data,
            has_more: next.is_some(),
            next_cursor: next.map(|position| self.sealed(self.direction, &position)),
            prev_cursor: prev.map(|position| self.sealed(back, &position)),
        }
    }

    /// The index position of a cursor.
    ///
    /// # Errors
    /// 400 `invalid_cursor`.
    pub(crate) fn open(&self, cursor: Option<&str>) -> Result<Option<Position>> {
        self.opened(cursor, |position| {
            let rest = position.get(0)?.as_array()?.iter();
            let rest: Option<Vec<_>> = rest
                .map(|value| {
                    if value.is_null() {
                        Some(None)
                    } else {
                        read(value).map(Some)
                    }
                })
                .collect();
            Some(Position {
                rest: rest?,
                id: id(position.get(1)?)?,
            })
        })
    }

    /// The place in the conversation list of a cursor.
    ///
    /// # Errors
    /// 400 `invalid_cursor`.
    pub(crate) fn open_activity(&self, cursor: Option<&str>) -> Result<Option<ListPosition>> {
        self.opened(cursor, |position| {
            let active_at = Timestamp::from_millis(position.get(0)?.as_i64()?);
            Some(ListPosition {
                active_at,
                id: Id::new(id(position.get(1)?)?),
            })
        })
    }

    fn sealed(&self, direction: Direction, position: &Json) -> String {
        self.api
            .cursors()
            .seal(&self.bound(direction), position.to_string().as_bytes())
    }

    fn bound(&self, direction: Direction) -> String {
        format!("{}/{direction:?}", self.bound)
    }

    fn opened<T>(
        &self,
        cursor: Option<&str>,
        read: impl Fn(&Json) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let bytes = self
            .api
            .cursors()
            .open(&self.bound(self.direction), cursor)
            .map_err(|_| invalid_cursor())?;
        let position: Json = serde_json::from_slice(&bytes).map_err(|_| invalid_cursor())?;
        read(&position).map(Some).ok_or_else(invalid_cursor)
    }
}

fn invalid_cursor() -> Error {
    let mut failure = Error::invalid("cursor", "This list did not hand out the cursor.");
    failure.code = ErrorCode::InvalidCursor;
    failure
}

fn pair(position: &Position) -> Json {
    let rest: Vec<Json> = position
        .rest
        .iter()
        .map(|value| value.as_ref().map_or(Json::Null, shown))
        .collect();
    json!([rest, position.id.to_string()])
}

fn activity(position: ListPosition) -> Json {
    json!([position.active_at.millis(), position.id.to_string()])
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
        "s" => Value::Text(value.as_str()?.to_owned().into()),
        "o" => Value::Id(id(value)?),
        "t" => Value::Time(Timestamp::from_millis(value.as_i64()?)),
        _ => return None,
    })
}

fn id(value: &Json) -> Option<ObjectId> {
    value.as_str()?.parse().ok()
}
