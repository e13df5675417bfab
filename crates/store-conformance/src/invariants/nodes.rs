use std::sync::Arc;
use std::time::Duration;

use base::{Context, Error, ErrorCode, Id, MockClock, SeededEntropy, TenantId, Timestamp};
use tokio::sync::broadcast;
use tokio::time::timeout;

use super::ledger::{Attempt, Ledger, Reported};
use crate::fixtures::{person, sent};
use crate::rng::Rng;
use crate::{Entry, Faulty, Model, Room, User};
use store::{Append, AppendError, Appended, Engine as _, Guard, Isolation, Store, TenantStore};

/// Number of records that each sender sends.
const SENDS: usize = 8;

/// Several nodes over one model.
pub(super) struct Nodes {
    engines: Vec<Arc<Faulty>>,
    model: Arc<Model>,
    tenants: Vec<TenantStore>,
    pub(super) clock: Arc<MockClock>,
    pub(super) room: Id<Room>,
    seed: u64,
}

impl Nodes {
    pub(super) fn new(seed: u64, dice: &Rng) -> Self {
        let model = Arc::new(Model::new());
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_860_800_000)));
        let bus = (!dice.once_in(3)).then(|| broadcast::Sender::new(64));
        let mut engines = Vec::new();
        let mut tenants = Vec::new();
        let tenant = TenantId::new(dice.id());
        for node in 0..=dice.number(0..3).unsigned_abs() {
            let engine = Arc::new(Faulty::new(model.clone(), bus.clone()));
            engine.at_random(Some(seed * 8 + node));
            let context =
                Context::new(clock.clone(), Arc::new(SeededEntropy::new(seed * 8 + node)));
            tenants.push(Store::new(engine.clone(), context).tenant(tenant, Isolation::Shared));
            engines.push(engine);
        }
        Self {
            engines,
            model,
            tenants,
            clock,
            room: Id::new(dice.id()),
            seed,
        }
    }

    pub(super) fn any(&self) -> &TenantStore {
        &self.tenants[0]
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn heal(&self) {
        self.engines
            .iter()
            .for_each(|engine| engine.at_random(None));
    }

    pub(super) fn faults(&self) -> usize {
        self.engines.iter().map(|engine| engine.injected()).sum()
    }

    pub(super) fn sequence_conflicts(&self) -> u64 {
        // All nodes share the statistics of the one model.
        self.model.stats().sequence_conflicts.get()
    }
}

/// Sender that uses a random node for each attempt, and retries until the outcome is known. The
/// second sender removes the first one meanwhile.
pub(super) struct Sender {
    nodes: Vec<TenantStore>,
    room: Id<Room>,
    number: usize,
    face: Id<User>,
    removed: String,
    clock: Arc<MockClock>,
    dice: Rng,
    ledger: Arc<Ledger>,
}

impl Sender {
    pub(super) fn new(nodes: &Nodes, number: usize, dice: Rng, ledger: Arc<Ledger>) -> Self {
        let face = Id::new(dice.id());
        let removed = format!("{number} is removed");
        let clock = Arc::clone(&nodes.clock);
        Self {
            nodes: nodes.tenants.clone(),
            room: nodes.room,
            number,
            face,
            removed,
            clock,
            dice,
            ledger,
        }
    }

    pub(super) async fn send_all(self) {
        for send in 0..SENDS {
            tokio::time::sleep(Duration::from_millis(self.dice.below(20) as u64)).await;
            self.clock.advance(self.dice.number(-3..6));
            let removes = self.number == 1 && send == SENDS / 2;
            let text = if removes {
                "0 is removed".to_owned()
            } else {
                format!("{} {send:02}", self.number)
            };
            let mut tries = 0;
            while !self.attempt(&text, tries).await {
                tries += 1;
            }
        }
    }

    /// Sends once and returns whether the send is complete; otherwise it must be retried.
    async fn attempt(&self, text: &str, tries: u32) -> bool {
        let tenant = self.dice.pick(&self.nodes).unwrap();
        let record = sent(self.room, self.face, text);
        let counted = if self.dice.once_in(2) {
            Some(counter(&tenant).await)
        } else {
            None
        };
        let append = Append {
            id: tenant.context().new_id(),
            record,
            seen: Some(0),
            guard: self.guard(&tenant, counted),
        };
        let id = append.id;
        let began = self.ledger.now();
        // After a timeout the outcome is unknown, and the next attempt has a longer timeout.
        let patience = Duration::from_millis((5 + self.dice.below(200) as u64) << tries.min(12));
        let outcome = timeout(patience, tenant.append::<Entry>(self.room, append)).await;
        let reported = match outcome
            .unwrap_or_else(|waited| Err(AppendError::OutcomeUnknown(Arc::new(waited))))
        {
            Ok(Appended::New(entry)) => Reported::New(entry.to_row()),
            Ok(Appended::Known(entry)) => Reported::Known(entry.to_row()),
            Err(AppendError::Refused(_)) => Reported::Refused,
            Err(AppendError::Unavailable(_)) => Reported::Unavailable,
            Err(AppendError::OutcomeUnknown(_)) => Reported::Unclear,
            Err(other) => panic!("nothing gives rise to {other:?}"),
        };
        let clear = !matches!(reported, Reported::Unavailable | Reported::Unclear);
        let ended = self.ledger.now();
        let text = text.to_owned();
        let counted = counted.map(Id::object_id);
        self.ledger.write(Attempt {
            id: id.object_id(),
            text,
            began,
            ended,
            reported,
            counted,
        });
        clear
    }

    /// Creates a guard that rejects the record if the sender was removed. With a counter, the
    /// commit of the record increments the counter.
    fn guard(&self, tenant: &TenantStore, counted: Option<Id<User>>) -> Guard {
        let tenant = tenant.clone();
        let removed = self.removed.clone();
        Guard::new(move |since| {
            if since
                .filter_map(|row| row.read(Entry::text))
                .any(|text| text == removed)
            {
                return Err(Error::new(ErrorCode::NotAParticipant, "removed"));
            }
            let mut batch = tenant.batch();
            if let Some(counter) = counted {
                batch.increment(counter, User::points, 1, None);
            }
            Ok(batch)
        })
    }
}

/// Creates a separate counter for one attempt, which may be incremented once at most.
async fn counter(tenant: &TenantStore) -> Id<User> {
    loop {
        let mut batch = tenant.batch();
        let counter = batch.insert(person("counters"));
        if tenant.commit(batch).await.is_ok() {
            return counter.id;
        }
    }
}
