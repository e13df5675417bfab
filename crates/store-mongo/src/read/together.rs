//! Group reads: records of logs that are asked for by their numbers while
//! other such reads are under way go together in one command, which starts
//! after the last of them was asked.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use base::{ObjectId, TenantId};
use mongodb::bson::{Document, doc};
use store::statement::Target;
use store::{LogDecl, ReadError, Row, Value};
use tokio::sync::oneshot;

use super::find::Find;
use super::numbers::{Numbers, merged};
use super::row;
use crate::queues::{Key, Queues};
use crate::{MongoEngine, document};

/// Records that go together at most, unless a single read asks for more: what
/// one answer may hold in memory.
const TOGETHER: usize = 512;

/// Records of one log by their numbers.
pub(crate) struct Waiting {
    tenant: Option<TenantId>,
    log: ObjectId,
    numbers: Vec<Numbers>,
    answer: oneshot::Sender<Result<Vec<Row>, ReadError>>,
}

impl Waiting {
    fn records(&self) -> usize {
        self.numbers.iter().map(|numbers| numbers.count()).sum()
    }

    fn wants(&self, log: Option<&Option<Value>>, number: Option<&Option<Value>>) -> bool {
        let (Some(Some(Value::Id(log))), Some(Some(Value::Int(number)))) = (log, number) else { return false };
        *log == self.log && self.numbers.iter().any(|numbers| numbers.hold(*number))
    }
}

/// The reads that wait, by collection.
pub(crate) type Reads = Queues<Waiting>;

impl MongoEngine {
    /// The records with these numbers that a log has, in any order.
    pub(super) async fn read_together(
        &self,
        target: Target,
        decl: LogDecl,
        log: ObjectId,
        numbers: Vec<Numbers>,
    ) -> Result<Vec<Row>, ReadError> {
        let (answer, answered) = oneshot::channel();
        let key = (target.place(), target.declaration().name);
        let needed = self.reads.push(key, Waiting { tenant: target.tenant(), log, numbers, answer });
        if needed.map_err(|full| ReadError::Unavailable(Arc::new(full)))? {
            // Its own task, so that a dropped request can never be the reader of others.
            tokio::spawn(Reader { engine: self.this()?, key, target, decl }.drive());
        }
        answered.await.unwrap_or_else(|dropped| Err(ReadError::Unavailable(Arc::new(dropped))))
    }
}

/// Reads what waits for one collection until nothing does.
struct Reader {
    engine: Arc<MongoEngine>,
    key: Key,
    target: Target,
    decl: LogDecl,
}

impl Reader {
    async fn drive(self) {
        loop {
            let group = self.engine.reads.take(self.key, some);
            if group.is_empty() && self.engine.reads.leave(self.key) {
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
        let tenant = group.first().and_then(|waiting| waiting.tenant);
        let clauses: Vec<Document> = runs.iter().map(|(log, numbers)| self.clause(tenant, *log, *numbers)).collect();
        let find = Find {
            filter: doc! { "$or": clauses },
            hint: self.decl.fence,
            limit: runs.iter().map(|(_, numbers)| numbers.count()).sum(),
            ..Find::default()
        };
        let declaration = self.target.declaration();
        self.engine.find(self.target.place(), declaration, find, row(declaration)).await
    }

    fn clause(&self, tenant: Option<TenantId>, log: ObjectId, numbers: Numbers) -> Document {
        let mut clause = Document::new();
        if let Some(tenant) = tenant {
            clause.insert("tenant_id", tenant.to_string());
        }
        clause.insert(self.decl.key, document::id(log));
        clause.insert(self.decl.seq, doc! { "$gte": numbers.first, "$lte": numbers.last });
        clause
    }

    /// To each what they asked for; whoever asked may be gone.
    fn answer(&self, group: Vec<Waiting>, found: Result<Vec<Row>, ReadError>) {
        let rows = match found {
            Ok(rows) => rows,
            Err(error) => return group.into_iter().for_each(|waiting| drop(waiting.answer.send(Err(error.clone())))),
        };
        let declaration = self.target.declaration();
        let place = |field| declaration.position(field).unwrap_or(usize::MAX);
        let (log, number) = (place(self.decl.key), place(self.decl.seq));
        let mut answers: Vec<Vec<Row>> = group.iter().map(|_| Vec::new()).collect();
        for row in rows {
            let wants = |place: &usize| group[*place].wants(row.values.get(log), row.values.get(number));
            let mut wanted = (0..group.len()).rev().filter(wants);
            let Some(first) = wanted.next() else { continue };
            wanted.for_each(|place| answers[place].push(row.clone()));
            answers[first].push(row);
        }
        group.into_iter().zip(answers).for_each(|(waiting, rows)| drop(waiting.answer.send(Ok(rows))));
    }
}

/// What is to be read of each log, nothing twice.
fn runs(group: &[Waiting]) -> Vec<(ObjectId, Numbers)> {
    let mut logs: HashMap<ObjectId, Vec<Numbers>> = HashMap::new();
    for waiting in group {
        logs.entry(waiting.log).or_default().extend(&waiting.numbers);
    }
    let runs = logs.into_iter().flat_map(|(log, numbers)| merged(numbers).into_iter().map(move |run| (log, run)));
    runs.collect()
}

/// Reads of the tenant that has waited longest: an answer never holds what
/// belongs to two.
fn some(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let Some(first) = waiting.pop_front() else { return Vec::new() };
    let (tenant, mut records, mut group) = (first.tenant, first.records(), vec![first]);
    let mut others = VecDeque::with_capacity(waiting.len());
    for next in waiting.drain(..) {
        if next.tenant == tenant && records + next.records() <= TOGETHER {
            records += next.records();
            group.push(next);
        } else {
            others.push_back(next);
        }
    }
    *waiting = others;
    group
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(tenant: u8, records: i64) -> Waiting {
        let tenant = Some(TenantId::new(ObjectId([tenant; 12])));
        let numbers = vec![Numbers { first: 1, last: records }];
        Waiting { tenant, log: ObjectId([0; 12]), numbers, answer: oneshot::channel().0 }
    }

    fn records(group: &[Waiting]) -> Vec<usize> {
        group.iter().map(Waiting::records).collect()
    }

    #[test]
    fn one_tenants_reads_go_together_until_they_are_many() {
        let mut queue = VecDeque::from([waiting(1, 500), waiting(2, 1), waiting(1, 20), waiting(1, 12), waiting(2, 2)]);
        assert_eq!(records(&some(&mut queue)), [500, 12]);
        assert_eq!(records(&some(&mut queue)), [1, 2]);
        assert_eq!(records(&some(&mut queue)), [20]);
        assert!(some(&mut queue).is_empty());
    }

    #[test]
    fn a_read_of_more_goes_alone() {
        let mut queue = VecDeque::from([waiting(1, 600), waiting(1, 1)]);
        assert_eq!(records(&some(&mut queue)), [600]);
    }

    #[test]
    fn what_two_ask_for_is_read_once() {
        assert_eq!(runs(&[waiting(1, 5), waiting(1, 9)]), [(ObjectId([0; 12]), Numbers { first: 1, last: 9 })]);
    }
}
