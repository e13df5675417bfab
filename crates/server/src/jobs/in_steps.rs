//! Long work that is done in small steps, each under a lease.

use std::collections::{HashSet, VecDeque};
use std::error::Error as StdError;
use std::time::Duration;

use base::{Id, Result, limit};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use store::{Collection, DueIndex, Partition, Store, TenantStore};
use tokio::time::{Instant, interval, sleep};

use super::ask_all::ask_all;
use super::{PAUSE_MS, PERIOD};
use crate::listen::{Phase, Phases};

/// Steps that one process does at the same time.
const AT_ONCE: usize = 2;

/// Pieces of work that take turns; what is due beyond waits until one ends.
const TAKING_TURNS: usize = 64;

/// The shortest pause between two steps.
const REST: Duration = Duration::from_millis(1);

/// Work that somebody has taken.
pub trait Steps: Send {
    /// Does the next bounded part; says whether there is more.
    fn step(&mut self) -> impl Future<Output = Result<bool>> + Send;
}

/// Does the due work of one collection until the stop begins: at once what
/// this process wrote, and after each [`PERIOD`] what others left behind. The
/// pieces take turns step by step, so that a long one keeps nobody waiting. A
/// step that is cut short is done again by whoever comes next.
pub async fn in_steps<C: Collection, W: Steps, F: Future<Output = Result<Option<W>>>>(
    store: Store,
    mut phases: Phases,
    take: impl Fn(TenantStore, Id<C>) -> F,
) {
    let agenda = store.agenda::<C>();
    let mut ask = interval(PERIOD);
    let mut turns = Turns::new();
    let mut under_way = FuturesUnordered::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some(piece) = turns.queue.pop_front()
        {
            under_way.push(turn(piece, &take));
        }
        tokio::select! {
            () = phases.reached(Phase::Draining) => return,
            _ = ask.tick() => ask_all::<C>(&store, &agenda, limit::ERASE_LEASE_SECONDS).await,
            place = agenda.next(store.context()) => {
                if let Err(failure) = turns.add_due(&store, place).await {
                    waits::<C>(&store, &agenda, place, &failure);
                }
            }
            Some((piece, more)) = under_way.next() => match more {
                Ok(true) => turns.queue.push_back(piece),
                Ok(false) => turns.end(&piece, &store, &agenda),
                Err(failure) => {
                    waits::<C>(&store, &agenda, piece.place, &failure);
                    turns.end(&piece, &store, &agenda);
                }
            },
        }
    }
}

fn waits<C: Collection>(store: &Store, agenda: &DueIndex, place: Partition, failure: &base::Error) {
    agenda.note(place, store.context().now().plus_millis(PAUSE_MS));
    tracing::warn!(
        collection = C::DECLARATION.name,
        error = failure as &dyn StdError,
        "work waits"
    );
}

/// A piece of work, taken at its first turn.
struct Piece<C, W> {
    place: Partition,
    tenant: TenantStore,
    id: Id<C>,
    work: Option<W>,
}

/// The pieces that this process has, and those whose turn is next.
struct Turns<C, W> {
    queue: VecDeque<Piece<C, W>>,
    /// All of them: one whose lease ends before its turn is not taken twice.
    known: HashSet<Id<C>>,
    /// Places with more than there is room for.
    crowded: HashSet<Partition>,
}

impl<C: Collection, W> Turns<C, W> {
    fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            known: HashSet::new(),
            crowded: HashSet::new(),
        }
    }

    async fn add_due(&mut self, store: &Store, place: Partition) -> Result<()> {
        // One more than may be known already.
        for (tenant, id) in store.due::<C>(place, TAKING_TURNS + 1).await? {
            if self.known.contains(&id) {
                continue;
            }
            if self.known.len() == TAKING_TURNS {
                self.crowded.insert(place);
                break;
            }
            self.known.insert(id);
            let tenant = store.tenant(tenant, place.isolation());
            self.queue.push_back(Piece {
                place,
                tenant,
                id,
                work: None,
            });
        }
        Ok(())
    }

    fn end(&mut self, piece: &Piece<C, W>, store: &Store, agenda: &DueIndex) {
        self.known.remove(&piece.id);
        self.crowded
            .drain()
            .for_each(|place| agenda.note(place, store.context().now()));
    }
}

/// Does a step, and rests as long, so that others have at least half of the store.
async fn turn<C, W: Steps, F: Future<Output = Result<Option<W>>>>(
    mut piece: Piece<C, W>,
    take: &impl Fn(TenantStore, Id<C>) -> F,
) -> (Piece<C, W>, Result<bool>) {
    let begun = Instant::now();
    let more = step(&mut piece, take).await;
    if matches!(more, Ok(true)) {
        sleep(begun.elapsed().max(REST)).await;
    }
    (piece, more)
}

async fn step<C, W: Steps, F: Future<Output = Result<Option<W>>>>(
    piece: &mut Piece<C, W>,
    take: &impl Fn(TenantStore, Id<C>) -> F,
) -> Result<bool> {
    if piece.work.is_none() {
        piece.work = take(piece.tenant.clone(), piece.id).await?;
    }
    match &mut piece.work {
        Some(work) => work.step().await,
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base::{Context, IdOrExternalId};
    use domain::erasure::{Erasure, request};
    use domain::tenants::{NewTenant, Tier, create_tenant, tenant_id};
    use domain::users::{NewUser, UserChanges, upsert};
    use tokio::sync::watch;

    use super::*;
    use crate::config::Config;
    use crate::folder::{Claim, claim};
    use crate::opened::open;

    /// Work that does not end before the last piece has had its turn.
    struct Long {
        is_last: bool,
        over: Arc<watch::Sender<bool>>,
    }

    impl Steps for Long {
        async fn step(&mut self) -> Result<bool> {
            if self.is_last {
                self.over.send_replace(true);
            }
            Ok(!*self.over.borrow())
        }
    }

    /// As many as have a place at once, which would never end, and two more.
    #[tokio::test]
    async fn long_work_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.store.data_dir = folder.path().to_owned();
        let Claim::Ours(claimed) = claim(folder.path()).await.unwrap() else {
            panic!("the folder is ours")
        };
        let desk = open(
            &config,
            Some(&claimed),
            Context::system(),
            limit::OPEN_FILES,
        )
        .await
        .unwrap();
        let new = NewTenant {
            name: "Acme".to_owned(),
            description: None,
            plan: None,
            tier: Tier::Free,
        };
        let id = tenant_id(create_tenant(&desk.store, new).await.unwrap().id);
        let tenant = desk.door.tenant(id).await.unwrap();
        let mut last = None;
        for at in 0..AT_ONCE + 2 {
            let external_id = format!("user-{at}").parse().unwrap();
            let user = upsert(
                &tenant,
                NewUser {
                    external_id,
                    changes: UserChanges::default(),
                },
            )
            .await
            .unwrap()
            .user;
            last = Some(
                request(&tenant, &IdOrExternalId::Id(user.id))
                    .await
                    .unwrap()
                    .id,
            );
        }
        let (over, mut seen) = watch::channel(false);
        let over = Arc::new(over);
        let take = move |_, id: Id<Erasure>| {
            let work = Long {
                is_last: Some(id) == last,
                over: Arc::clone(&over),
            };
            async move { Ok(Some(work)) }
        };
        let (stop, phases) = Phases::new();
        let job = tokio::spawn(in_steps(desk.store.clone(), phases, take));
        seen.wait_for(|over| *over).await.unwrap();
        stop.send_replace(Phase::Draining);
        job.await.unwrap();
    }
}
