use base::Error;
use base::Result;
use serde_json::{Map, Value as Json};
use store::{Declaration, Row, Value};

/// A stored document as one line of JSON, all of its fields.
pub(super) fn line(declaration: &Declaration, row: &Row) -> Result<String> {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Option<Json>| {
        if let Some(value) = value {
            shown.insert(name.to_owned(), value);
        }
    };
    put("id", Some(row.id.to_string().into()));
    for (field, value) in declaration.fields.iter().zip(&row.values) {
        put(field.name, value.as_ref().map(json).transpose()?);
    }
    put("created_at", Some(row.created_at.to_string().into()));
    put("updated_at", Some(row.updated_at.to_string().into()));
    put(
        "deleted_at",
        row.deleted_at.map(|time| time.to_string().into()),
    );
    put("deleted_by", row.deleted_by.map(|id| id.to_string().into()));
    put("version", Some(row.version.into()));
    Ok(Json::Object(shown).to_string() + "\n")
}

fn json(value: &Value) -> Result<Json> {
    Ok(match value {
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => (&**text).into(),
        Value::Id(id) => id.to_string().into(),
        Value::Time(time) => time.to_string().into(),
        Value::Json(text) => serde_json::from_str(text).map_err(Error::internal)?,
        Value::AssignedSeq | Value::AssignedTime => Json::Null,
    })
}
