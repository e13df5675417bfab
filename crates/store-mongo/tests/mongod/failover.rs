//! Loss of the primary under load.

use std::collections::BTreeMap;

use base::Id;
use store::{AppendError, Appended, Seq, TenantStore};
use store_conformance::{Entry, Room, User};
use testkit::mongod::ReplicaSet;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::world::{Fresh, append, sent, tenant};

const SENDERS: usize = 8;
/// Records that each sender must append before and after each loss of the primary.
const AFTER: usize = 25;

/// Acknowledged records of a sender: sequence number and text.
type Told = Vec<(i64, String)>;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_primary_dies_twice() {
    let mut set = ReplicaSet::start(3).await.unwrap();
    let fresh = Fresh::on(&set.uri());
    let store = fresh.store().await;
    let tenant = tenant(&store);
    let room = store.context().new_id::<Room>();
    let (round, rounds) = watch::channel(0);
    let (acknowledged, mut progress) = watch::channel(BTreeMap::new());
    let mut senders = JoinSet::new();
    for number in 0..SENDERS {
        let tenant = tenant.clone();
        let rounds = rounds.clone();
        let acknowledged = acknowledged.clone();
        senders.spawn(async move {
            send_until_told(number, &tenant, room, &rounds, &acknowledged).await
        });
    }
    for kill in 1..=2 {
        reach(&mut progress, AFTER * (2 * kill - 1)).await;
        set.kill_primary().await.unwrap();
        reach(&mut progress, AFTER * 2 * kill).await;
        set.revive().await.unwrap();
    }
    round.send_replace(1);
    let mut told: Told = senders.join_all().await.into_iter().flatten().collect();
    told.sort_unstable();
    let stored = whole_log(&tenant, room).await;
    assert!(
        stored
            .iter()
            .map(|(seq, _)| *seq)
            .eq(1..=i64::try_from(stored.len()).unwrap()),
        "a hole"
    );
    assert_eq!(stored, told, "lost, doubled or renumbered");
}

/// Waits until every sender has this many acknowledgements.
async fn reach(progress: &mut watch::Receiver<BTreeMap<usize, usize>>, count: usize) {
    let reached = |counts: &BTreeMap<usize, usize>| {
        counts.len() == SENDERS && counts.values().all(|it| *it >= count)
    };
    progress.wait_for(reached).await.unwrap();
}

/// Sends records one after the other, retrying each until it is acknowledged.
async fn send_until_told(
    number: usize,
    tenant: &TenantStore,
    room: Id<Room>,
    rounds: &watch::Receiver<i32>,
    acknowledged: &watch::Sender<BTreeMap<usize, usize>>,
) -> Told {
    let sender = tenant.context().new_id::<User>();
    let mut told = Vec::new();
    while *rounds.borrow() == 0 {
        let text = format!("{number} {}", told.len());
        let entry = loop {
            match append(tenant, sent(room, sender, &text)).await {
                Ok(Appended::New(entry) | Appended::Known(entry)) => break entry,
                Err(AppendError::Unavailable(_) | AppendError::OutcomeUnknown(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        };
        assert_eq!(entry.text, text);
        told.push((entry.seq.get(), text));
        acknowledged.send_modify(|counts| {
            counts.insert(number, told.len());
        });
    }
    told
}

async fn whole_log(tenant: &TenantStore, room: Id<Room>) -> Told {
    let mut stored: Told = Vec::new();
    let mut after = Seq::At(0);
    loop {
        let query = Entry::by_seq
            .eq(Entry::room, room)
            .above(Entry::seq, after)
            .limit(100);
        let page = tenant.list(query).await.unwrap();
        stored.extend(
            page.items
                .iter()
                .map(|entry| (entry.seq.get(), entry.text.clone())),
        );
        let Some(last) = page.items.last() else {
            return stored;
        };
        after = last.seq;
    }
}
