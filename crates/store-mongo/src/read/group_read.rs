//! Group reads: concurrent reads of log records by sequence number share a command. It starts after
//! the last of these reads was queued.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use base::{ObjectId, TenantId};
use mongodb::bson::{Document, doc};
use store::statement::Target;
use store::{LogDecl, Partition, ReadError, Row, Value};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::find::Find;
use super::row;
use super::seq_range::{Numbers, merged};
use crate::fault::{Fault, PATIENCE};
use crate::queues::Queues;
use crate::{MongoEngine, document};

/// Maximum number of records expected in one command, unless a single read expects more. Bounds the
/// memory of one response.
const TOGETHER: usize = 512;

/// Maximum number of reads in one command. Each of them receives its own copies of the rows.
const READS: usize = 64;

/// Records of one log by sequence number.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) log: ObjectId,
    /// Range that is expected to contain records.
    pub(super) believed: Numbers,
    /// Range in which records may have been appended since.
    pub(super) since: Numbers,
}

impl Wanted {
    fn holds(&self, number: i64) -> bool {
        self.believed.hold(number) || self.since.hold(number)
    }
}

/// Queued read.
pub(crate) struct Waiting {
    wanted: Wanted,
    answer: oneshot::Sender<Result<Vec<Row>, ReadError>>,
}

impl Waiting {
    fn wants(&self, log: Option<&Option<Value>>, number: Option<&Option<Value>>) -> bool {
        let (Some(Some(Value::Id(log))), Some(Some(Value::Int(number)))) = (log, number) else {
            return false;
        };
        *log == self.wanted.log && self.wanted.holds(*number)
    }
}

/// Partition, collection and tenant: a response never mixes tenants, and no tenant waits for
/// another.
type Key = (Partition, &'static str, Option<TenantId>);

/// Queued reads by collection and tenant.
pub(crate) type Reads = Queues<Key, Waiting>;

impl MongoEngine {
    /// Returns the records of a log with these sequence numbers, in any order.
    pub(super) async fn read_together(
        &self,
        target: Target,
        decl: LogDecl,
        wanted: Wanted,
    ) -> Result<Vec<Row>, ReadError> {
        let (answer, answered) = oneshot::channel();
        let key = (
            target.partition(),
            target.declaration().name,
            target.tenant(),
        );
        let needed = self.reads.push(key, Waiting { wanted, answer });
        if needed.map_err(|full| ReadError::Unavailable(Arc::new(full)))? {
            // Runs in its own task, so that a cancelled request cannot cancel the reads of others.
            tokio::spawn(
                Reader {
                    engine: self.this()?,
                    key,
                    target,
                    decl,
                }
                .drive(),
            );
        }
        match timeout(PATIENCE, answered).await {
            Ok(answer) => {
                answer.unwrap_or_else(|dropped| Err(ReadError::Unavailable(Arc::new(dropped))))
            }
            Err(_) => Err(Fault::TooLate.read()),
        }
    }
}

/// Task that runs the queued reads of one tenant's collection until the queue is empty.
struct Reader {
    engine: Arc<MongoEngine>,
    key: Key,
    target: Target,
    decl: LogDecl,
}

impl Reader {
    async fn drive(self) {
        loop {
            let group = self.engine.reads.take(&self.key, some);
            if group.is_empty() && self.engine.reads.leave(&self.key) {
                return;
            }
            if !group.is_empty() {
                let found = self.read(&group).await;
                self.answer(group, found);
            }
        }
    }

    async fn read(&self, group: &[Waiting]) -> Result<Vec<Row>, ReadError> {
        let runs = runs(group);
        let clauses: Vec<Document> = runs
            .iter()
            .map(|(log, numbers)| self.clause(*log, *numbers))
            .collect();
        let find = Find {
            filter: doc! { "$or": clauses },
            hint: self.decl.fence,
            limit: runs.iter().map(|(_, numbers)| numbers.count()).sum(),
            ..Find::default()
        };
        let declaration = self.target.declaration();
        self.engine
            .find(self.target.partition(), declaration, find, row(declaration))
            .await
    }

    fn clause(&self, log: ObjectId, numbers: Numbers) -> Document {
        let mut clause = Document::new();
        if let Some(tenant) = self.target.tenant() {
            clause.insert("tenant_id", tenant.to_string());
        }
        clause.insert(self.decl.key, document::id(log));
        clause.insert(
            self.decl.seq,
            doc! { "$gte": numbers.first, "$lte": numbers.last },
        );
        clause
    }

    /// Sends each caller its rows; a caller may be gone.
    fn answer(&self, group: Vec<Waiting>, found: Result<Vec<Row>, ReadError>) {
        let rows = match found {
            Ok(rows) => rows,
            Err(error) => {
                return group
                    .into_iter()
                    .for_each(|waiting| drop(waiting.answer.send(Err(error.clone()))));
            }
        };
        let declaration = self.target.declaration();
        let place = |field| declaration.position(field).unwrap_or(usize::MAX);
        let log = place(self.decl.key);
        let number = place(self.decl.seq);
        let mut answers: Vec<Vec<Row>> = group.iter().map(|_| Vec::new()).collect();
        for row in rows {
            let wants =
                |place: &usize| group[*place].wants(row.values.get(log), row.values.get(number));
            let mut wanted = (0..group.len()).rev().filter(wants);
            let Some(first) = wanted.next() else { continue };
            wanted.for_each(|place| answers[place].push(row.clone()));
            answers[first].push(row);
        }
        group
            .into_iter()
            .zip(answers)
            .for_each(|(waiting, rows)| drop(waiting.answer.send(Ok(rows))));
    }
}

/// Returns the ranges to read of each log, without overlaps.
fn runs(group: &[Waiting]) -> Vec<(ObjectId, Numbers)> {
    let mut logs: HashMap<ObjectId, Vec<Numbers>> = HashMap::new();
    for Waiting { wanted, .. } in group {
        logs.entry(wanted.log)
            .or_default()
            .extend([wanted.believed, wanted.since]);
    }
    let runs = logs
        .into_iter()
        .flat_map(|(log, numbers)| merged(numbers).into_iter().map(move |run| (log, run)));
    runs.collect()
}

/// Takes the oldest reads whose callers still wait, up to [`READS`] reads and [`TOGETHER`] expected
/// records. A range that several reads expect counts once; a single read may expect more.
fn some(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    waiting.retain(|waiting| !waiting.answer.is_closed());
    let mut expected = 0_usize;
    let mut seen = HashSet::new();
    let mut group = Vec::new();
    while let Some(Waiting { wanted, .. }) = waiting.front() {
        let more = if seen.insert((wanted.log, wanted.believed)) {
            wanted.believed.count()
        } else {
            0
        };
        expected = expected.saturating_add(more);
        if group.len() >= READS || (expected > TOGETHER && !group.is_empty()) {
            break;
        }
        group.extend(waiting.pop_front());
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;

    type Answered = oneshot::Receiver<Result<Vec<Row>, ReadError>>;

    /// Creates a read of this many records of a log, and the receiver of its result.
    fn read(log: u8, records: i64) -> (Waiting, Answered) {
        let (answer, answered) = oneshot::channel();
        let believed = Numbers {
            first: 1,
            last: records,
        };
        let since = Numbers {
            first: records + 1,
            last: records + 9,
        };
        (
            Waiting {
                wanted: Wanted {
                    log: ObjectId([log; 12]),
                    believed,
                    since,
                },
                answer,
            },
            answered,
        )
    }

    fn queue(
        reads: impl IntoIterator<Item = (Waiting, Answered)>,
    ) -> (VecDeque<Waiting>, Vec<Answered>) {
        reads.into_iter().unzip()
    }

    fn logs(group: &[Waiting]) -> Vec<u8> {
        group
            .iter()
            .map(|waiting| waiting.wanted.log.0[0])
            .collect()
    }

    #[test]
    fn reads_go_together_until_they_are_many() {
        let (mut waiting, _answered) = queue([
            read(1, 500),
            read(2, 12),
            read(3, 1),
            read(4, 600),
            read(5, 2),
        ]);
        let groups: Vec<_> = (0..4).map(|_| logs(&some(&mut waiting))).collect();
        assert_eq!(groups, [vec![1, 2], vec![3], vec![4], vec![5]]);
        assert!(some(&mut waiting).is_empty());
    }

    #[test]
    fn what_many_ask_for_is_expected_once() {
        let (mut waiting, _answered) = queue((0..70).map(|_| read(1, 500)));
        assert_eq!(some(&mut waiting).len(), READS);
        assert_eq!(waiting.len(), 70 - READS);
    }

    #[test]
    fn nothing_is_read_for_those_who_went_away() {
        let (mut waiting, mut answered) = queue([read(1, 5), read(2, 5)]);
        drop(answered.remove(0));
        assert_eq!(logs(&some(&mut waiting)), [2]);
    }

    #[test]
    fn what_two_ask_for_is_read_once() {
        let (waiting, _answered) = queue([read(0, 5), read(0, 9)]);
        let whole = Numbers { first: 1, last: 18 };
        assert_eq!(runs(&Vec::from(waiting)), [(ObjectId([0; 12]), whole)]);
    }
}
