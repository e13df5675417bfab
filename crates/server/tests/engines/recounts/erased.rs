use base::{ErrorCode, Id, IdOrExternalId, limit};
use domain::Actor;
use domain::analytics::{ActiveUser, Event, Granularity, Metric, Recount, recount};
use domain::erasure::{ErasureJob, ErasureStatus, get, request};
use domain::users::User;

use super::{HOUR, Scene, told};
use crate::media::media;
use crate::person::person;

/// A name that only the erased user gave to an event.
const OWN: &str = "theirs alone";

impl Scene {
    /// Erases a user with a job that is stopped one half of a statement later each time.
    ///
    /// Afterwards no metric counts the user, and a metric of only their events is removed. Later
    /// events of the user are rejected.
    pub async fn erase_and_kill_at_each_step(&self, user: Id<User>) {
        let alone = self.store.context().now().plus_millis(-200 * 24 * HOUR);
        self.event_of(user, OWN, alone).await;
        self.count_all().await;
        assert!(
            self.metrics()
                .await
                .iter()
                .any(|metric| metric.counts.0.contains(OWN))
        );
        let erasure = request(&self.tenant, &IdOrExternalId::Id(user))
            .await
            .unwrap();
        let mut step = 0;
        while get(&self.tenant, erasure.id).await.unwrap().status != ErasureStatus::Done {
            self.clock
                .advance(limit::signed(limit::ERASE_LEASE_SECONDS) * 1_000);
            let working = async {
                let mut run = ErasureJob::lease(&self.job, &media(), erasure.id)
                    .await
                    .unwrap()
                    .unwrap();
                while run.step().await.unwrap() {}
            };
            self.pausing_engine.stop(step, working).await;
            step += 1;
        }
        assert!(step > 10, "nothing was stopped");
        let late = told("late".to_owned(), OWN, alone);
        let refused = self
            .intake
            .ingest(&self.tenant, Actor::User(user), vec![late])
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::UserNotFound);
        self.nothing_is_left_of(user).await;
    }

    /// Erases users while their hour is recounted, interrupted one half of a statement later each
    /// time.
    pub async fn erase_while_counting_at_each_step(&self) {
        let hour = self
            .store
            .context()
            .now()
            .plus_millis(-150 * 24 * HOUR)
            .floor_to(HOUR);
        for step in 0.. {
            let user = person(&self.tenant, &format!("gone-{step}")).await;
            self.event_of(user, OWN, hour).await;
            let of_hour = Recount::by_bucket
                .eq(Recount::granularity, Granularity::Hour)
                .eq(Recount::starts_at, hour);
            let mark = self.tenant.find(of_hour).await.unwrap().unwrap();
            let counting = async { recount(&self.job, mark.id).await.unwrap() };
            let in_between = self
                .pausing_engine
                .interrupt(step, counting, self.erase(user))
                .await;
            if !in_between {
                self.erase(user).await;
            }
            self.count_all().await;
            self.nothing_is_left_of(user).await;
            if !in_between {
                assert!(step > 10, "nothing came in between");
                return;
            }
        }
    }

    async fn erase(&self, user: Id<User>) {
        let erasure = request(&self.tenant, &IdOrExternalId::Id(user))
            .await
            .unwrap();
        let mut run = ErasureJob::lease(&self.tenant, &media(), erasure.id)
            .await
            .unwrap()
            .unwrap();
        while run.step().await.unwrap() {}
        assert_eq!(
            get(&self.tenant, erasure.id).await.unwrap().status,
            ErasureStatus::Done
        );
    }

    async fn nothing_is_left_of(&self, user: Id<User>) {
        assert!(
            self.metrics()
                .await
                .iter()
                .all(|metric| !metric.counts.0.contains(OWN))
        );
        assert!(
            self.tenant
                .find(Event::by_user.eq(Event::user_id, user))
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            self.tenant
                .find(ActiveUser::by_user.eq(ActiveUser::user_id, user))
                .await
                .unwrap()
                .is_none()
        );
    }

    async fn metrics(&self) -> Vec<store::Entity<Metric>> {
        self.tenant
            .list(Metric::by_bucket.all().limit(10_000))
            .await
            .unwrap()
            .items
    }
}
