//! Work that this process has written, and the times at which it is due.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use base::{Context, Timestamp};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::batch::Write;
use crate::declaration::Declaration;
use crate::partition::Partition;
use crate::value::Value;

/// Longest sleep before the clock is read again.
const LOOK: Duration = Duration::from_mins(15);

/// Maximum number of due times kept for a partition. The latest are dropped; a periodic scan of all
/// partitions finds them.
const MOMENTS: usize = 256;

/// Known work of one collection: the due times of each partition.
///
/// It contains only what this process has written. A periodic scan of the partitions finds the work
/// of other processes.
#[derive(Debug, Default)]
pub struct DueIndex {
    partitions: Mutex<HashMap<Partition, BTreeSet<Timestamp>>>,
    changed: Notify,
}

impl DueIndex {
    /// Records that a partition has work that is due at this time.
    pub fn note(&self, partition: Partition, at: Timestamp) {
        let mut partitions = self.partitions.lock();
        let moments = partitions.entry(partition).or_default();
        moments.insert(at);
        if moments.len() > MOMENTS {
            moments.pop_last();
        }
        drop(partitions);
        self.changed.notify_one();
    }

    /// Waits until a partition has due work, removes its due times and returns the partition.
    ///
    /// For one caller at a time. Dropping the future loses nothing.
    pub async fn next(&self, context: &Context) -> Partition {
        loop {
            let left = match self.earliest() {
                Some((partition, at)) if at <= context.now() => {
                    self.take(partition, context.now());
                    return partition;
                }
                Some((_, at)) => Duration::from_millis(
                    u64::try_from(at.millis() - context.now().millis()).unwrap_or(0),
                ),
                None => LOOK,
            };
            tokio::select! {
                () = self.changed.notified() => {}
                () = tokio::time::sleep(left.min(LOOK)) => {}
            }
        }
    }

    fn earliest(&self) -> Option<(Partition, Timestamp)> {
        let partitions = self.partitions.lock();
        partitions
            .iter()
            .filter_map(|(partition, moments)| Some((*partition, *moments.first()?)))
            .min_by_key(|(_, at)| *at)
    }

    fn take(&self, partition: Partition, now: Timestamp) {
        let mut partitions = self.partitions.lock();
        let Some(moments) = partitions.get_mut(&partition) else {
            return;
        };
        moments.retain(|at| *at > now);
        if moments.is_empty() {
            partitions.remove(&partition);
        }
    }
}

/// Due indexes of all collections with work.
#[derive(Debug, Default)]
pub(crate) struct DueIndexes(Mutex<HashMap<&'static str, Arc<DueIndex>>>);

impl DueIndexes {
    pub(crate) fn of(&self, collection: &'static str) -> Arc<DueIndex> {
        Arc::clone(self.0.lock().entry(collection).or_default())
    }

    pub(crate) fn note(&self, partition: Partition, work: Vec<(&'static str, Timestamp)>) {
        for (collection, at) in work {
            self.of(collection).note(partition, at);
        }
    }
}

/// Returns the collections in which these writes leave work, and when it is due.
pub(crate) fn work(writes: &[Write]) -> Vec<(&'static str, Timestamp)> {
    writes
        .iter()
        .filter_map(|write| Some((write.declaration().name, due(write)?)))
        .collect()
}

fn due(write: &Write) -> Option<Timestamp> {
    let position = position(write.declaration())?;
    let value = match write {
        Write::Insert { row, .. } | Write::Upsert { row, .. } => row.values.get(position)?.as_ref(),
        Write::Update { changes, .. } => changes.iter().find(|(at, _)| *at == position)?.1.as_ref(),
        Write::Raise { field, to, .. } if *field == position => Some(to),
        Write::Raise { .. }
        | Write::Increment { .. }
        | Write::Remove { .. }
        | Write::RemoveRange { .. } => None,
    };
    if let Some(Value::Time(at)) = value {
        Some(*at)
    } else {
        None
    }
}

fn position(declaration: &Declaration) -> Option<usize> {
    declaration.position(declaration.due?)
}

#[cfg(test)]
mod tests {
    use base::{MockClock, SeededEntropy};

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_place_comes_first_and_each_once() {
        let clock = Arc::new(MockClock::at(at(1_000)));
        let context = Context::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
        let agenda = DueIndex::default();
        agenda.note(Partition::Shared, at(900));
        agenda.note(Partition::Platform, at(800));
        agenda.note(Partition::Platform, at(5_000));
        assert_eq!(agenda.next(&context).await, Partition::Platform);
        assert_eq!(agenda.next(&context).await, Partition::Shared);
        agenda.note(Partition::Shared, at(2_000));
        let early = tokio::time::timeout(Duration::from_millis(500), agenda.next(&context)).await;
        assert!(early.is_err(), "nothing is due yet");
        clock.advance(1_000);
        assert_eq!(agenda.next(&context).await, Partition::Shared);
        clock.advance(10_000);
        assert_eq!(
            agenda.next(&context).await,
            Partition::Platform,
            "what was due later is not forgotten"
        );
    }
}
