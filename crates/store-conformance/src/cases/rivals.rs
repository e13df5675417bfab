//! Two sequencers that share no memory write the same log.

use base::{ErrorCode, Id};
use tokio::task::JoinSet;

use super::guards::unless_removed;
use crate::fixtures::{append, append_guarded, entry, sent, stored, whole_log};
use crate::{Case, Room};
use store::{AppendError, Appended};

/// Maximum number of rounds until the two sequencers conflict.
const ROUNDS: usize = 50;

/// Checks that sequence conflicts cost time but no records.
pub async fn two_sequencers_write_one_dense_log(case: &Case<'_>) {
    let lost = || {
        case.world.store.stats().sequence_conflicts.get()
            + case.world.rival.stats().sequence_conflicts.get()
    };
    let before = lost();
    let room = case.tenant().context().new_id();
    let mut results = Vec::new();
    for _ in 0..ROUNDS {
        results.extend(race(case, room).await);
        if lost() > before {
            break;
        }
    }
    results.sort_unstable();
    let stored = whole_log(&case.tenant(), room).await;
    let stored: Vec<_> = stored
        .into_iter()
        .map(|entry| (entry.seq.get(), entry.doc.text))
        .collect();
    assert_eq!(stored, results);
    assert!(lost() > before, "the rivals never met");
}

/// Runs eight senders, half of them on each sequencer, and returns the records that they received.
async fn race(case: &Case<'_>, room: Id<Room>) -> Vec<(i64, String)> {
    let mut senders = JoinSet::new();
    for sender in 0..8 {
        let tenant = if sender % 2 == 0 {
            case.tenant()
        } else {
            case.rival()
        };
        senders.spawn(async move {
            let mut results = Vec::new();
            for text in 0..25 {
                let entry = stored(
                    append(&tenant, entry(room, format!("{sender} {text:02}")))
                        .await
                        .unwrap(),
                );
                results.push((entry.seq.get(), entry.doc.text));
            }
            assert!(results.is_sorted(), "a later send got a smaller number");
            results
        });
    }
    senders.join_all().await.into_iter().flatten().collect()
}

/// Checks that the same send through both sequencers creates one record, which both return.
pub async fn rivals_agree_on_retries(case: &Case<'_>) {
    let room = case.tenant().context().new_id();
    let ada = case.tenant().context().new_id();
    for text in 0..20 {
        let one = case.tenant();
        let other = case.rival();
        let send = || sent(room, ada, text.to_string());
        let (left, right) = tokio::join!(append(&one, send()), append(&other, send()));
        let left = left.unwrap();
        let right = right.unwrap();
        assert_eq!(
            usize::from(matches!(left, Appended::New(_)))
                + usize::from(matches!(right, Appended::New(_))),
            1
        );
        assert_eq!(stored(left).to_row(), stored(right).to_row());
    }
    assert_eq!(whole_log(&case.tenant(), room).await.len(), 20);
}

/// Checks that no record sent through one sequencer follows a removal through the other.
pub async fn a_removal_by_a_rival_is_seen(case: &Case<'_>) {
    for _ in 0..5 {
        let room = case.tenant().context().new_id();
        let mut racers = JoinSet::new();
        for text in 0..20 {
            let tenant = if text % 2 == 0 {
                case.tenant()
            } else {
                case.rival()
            };
            let text = if text == 10 {
                "removed".to_owned()
            } else {
                text.to_string()
            };
            racers.spawn(async move {
                append_guarded(&tenant, entry(room, text), 0, unless_removed(&tenant)).await
            });
        }
        for outcome in racers.join_all().await {
            match outcome {
                Ok(Appended::New(_)) => {}
                Err(AppendError::Refused(failure)) => {
                    assert_eq!(failure.code, ErrorCode::NotAParticipant);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(
            whole_log(&case.tenant(), room)
                .await
                .last()
                .unwrap()
                .doc
                .text,
            "removed"
        );
    }
}
