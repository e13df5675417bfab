use serde_json::Value;

use crate::TestUser;
use crate::history::{HistoryRecorder, OperationHistory, Record, Unread};

/// Completes a history with the log and the unread counts of a conversation.
///
/// Returns the history for the checkers. The log is read as the first of the users.
pub async fn audit(
    recorder: &HistoryRecorder,
    conversation: &str,
    people: &[&TestUser],
) -> OperationHistory {
    let mut history = recorder.history();
    let witness = people.first().expect("somebody takes part");
    let log = witness.log(conversation, 0).await;
    history
        .logs
        .insert(conversation.to_owned(), log.iter().map(record).collect());
    for person in people {
        let conversation_view = person
            .api
            .get(&format!("/v1/conversations/{conversation}"))
            .await
            .expect(200);
        let number = |key: &str| {
            conversation_view["my"][key]
                .as_i64()
                .expect("a participant is told what it is to them")
        };
        history.unread.push(Unread {
            user: person.id.clone(),
            conversation: conversation.to_owned(),
            read_seq: number("read_seq"),
            told: usize::try_from(number("unread")).expect("a count"),
        });
    }
    history
}

fn record(event: &Value) -> Record {
    let seq = event["seq"].as_i64().unwrap_or_default();
    let data = &event["data"];
    let is_message = event["type"] == "message.new";
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Record {
        seq,
        id: text(&data["id"])
            .filter(|_| is_message)
            .unwrap_or_else(|| format!("{} at {seq}", event["type"])),
        sender: text(&data["sender"]["id"]).unwrap_or_default(),
        client_message_id: text(&data["client_message_id"]).filter(|_| is_message),
        shown: is_message,
        deleted: !data["deleted_at"].is_null(),
    }
}
