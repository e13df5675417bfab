use base::{Id, Named, limit};
use domain::analytics::{Event, Metric};
use domain::erasure::{ErasureStatus, Run, get, request};
use domain::users::User;

use crate::{HOUR, Scene};

/// A name that only the erased user gave to an event.
const OWN: &str = "theirs alone";

impl Scene {
    /// Erases a user; whoever does it dies one half of a statement later each
    /// time. When it is done, no bucket knows of them, and one in which only
    /// they had an event is gone.
    pub async fn erase_and_kill_at_each_step(&self, user: Id<User>) {
        let alone = self.store.context().now().plus_millis(-200 * 24 * HOUR);
        self.event_of(user, OWN, alone).await;
        self.count_all().await;
        assert!(self.metrics().await.iter().any(|metric| metric.counts.0.contains(OWN)));
        let erasure = request(&self.tenant, &Named::Id(user)).await.unwrap();
        let mut step = 0;
        while get(&self.tenant, erasure.id).await.unwrap().status != ErasureStatus::Done {
            self.clock.advance(limit::signed(limit::ERASE_LEASE_SECONDS) * 1_000);
            let working = async {
                let mut run = Run::take(&self.job, erasure.id).await.unwrap().unwrap();
                while run.step().await.unwrap() {}
            };
            self.halting.stop(step, working).await;
            step += 1;
        }
        assert!(step > 10, "nothing was stopped");
        let metrics = self.metrics().await;
        assert!(metrics.iter().all(|metric| metric.starts_at > alone && !metric.counts.0.contains(OWN)));
        assert!(self.tenant.find(Event::by_user.eq(Event::user_id, user)).await.unwrap().is_none());
    }

    async fn metrics(&self) -> Vec<store::Entity<Metric>> {
        self.tenant.list(Metric::by_bucket.all().limit(10_000)).await.unwrap().items
    }
}
