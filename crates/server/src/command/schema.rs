use serde_json::{Value, json};

use super::{Answer, Desk};

/// `caas schema`: one command of the engine per entry.
pub fn run(desk: &Desk) -> Answer {
    let lines = desk.store.schema(&domain::catalogue());
    json!({"data": lines.into_iter().map(Value::from).collect::<Vec<_>>()})
}
