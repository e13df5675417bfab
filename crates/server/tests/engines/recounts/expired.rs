use base::{Direction, PageSize, Timestamp, limit};
use domain::analytics::{EventFilter, Granularity, TimeRange, count, list, list_metrics};

use super::{HOUR, Scene};

const MINUTE: i64 = 60 * 1_000;

impl Scene {
    /// Expires events after 400 days, and the counts of an hour with its day.
    ///
    /// Neither a late event nor an expired one changes the counts.
    pub async fn forget(&self) {
        let kept = limit::signed(limit::EVENT_SECONDS) * 1_000;
        let hour = self
            .store
            .context()
            .now()
            .floor_to(HOUR)
            .plus_millis(24 * HOUR - kept);
        let [first, second, third] = [10, 40, 50].map(|minute| hour.plus_millis(minute * MINUTE));
        self.event("first", first).await;
        self.event("second", second).await;
        self.count_all().await;
        let counted = self.counted(hour).await;
        assert_eq!(counted.map(|events| events[0]), [Some(2); 3]);

        self.wait_until(first.plus_millis(kept));
        assert_eq!(self.names(hour).await, ["second"]);
        self.event("third", third).await;
        self.count_all().await;
        assert_eq!(self.names(hour).await, ["second", "third"]);
        assert_eq!(
            self.counted(hour).await,
            counted,
            "half an hour is not counted"
        );

        self.wait_until(third.plus_millis(kept));
        assert_eq!(self.names(hour).await, [""; 0]);
        self.count_all().await;
        assert_eq!(self.counted(hour).await, counted);

        let day = Granularity::Day.around(hour);
        self.wait_until(day.end().plus_millis(kept));
        let [of_hour, of_day, of_month] = counted;
        assert_ne!(of_hour, [None; 2]);
        assert_eq!(self.counted(hour).await, [[None; 2], of_day, of_month]);
        let all = count(
            &self.tenant,
            TimeRange::new(day.starts_at, day.end()).unwrap(),
            None,
        )
        .await
        .unwrap();
        assert_eq!(
            all.counts.names.into_iter().collect::<Vec<_>>(),
            [("first".to_owned(), 1), ("second".to_owned(), 1)]
        );
    }

    fn wait_until(&self, moment: Timestamp) {
        self.clock
            .advance(moment.millis() - self.store.context().now().millis());
    }

    /// Returns the events and the users of the hour, the day and the month.
    async fn counted(&self, hour: Timestamp) -> [[Option<i64>; 2]; 3] {
        let mut counted = [[None; 2]; 3];
        for (counted, granularity) in counted.iter_mut().zip(Granularity::ALL) {
            let bucket = granularity.around(hour);
            let span = TimeRange {
                from: bucket.starts_at,
                to: bucket.end(),
            };
            let page = list_metrics(
                &self.tenant,
                *granularity,
                span,
                PageSize::MAX,
                Direction::Forward,
                None,
            )
            .await;
            if let Some(metric) = page.unwrap().items.first() {
                *counted = [Some(metric.events), Some(metric.users)];
            }
        }
        counted
    }

    async fn names(&self, hour: Timestamp) -> Vec<String> {
        let span = TimeRange {
            from: hour,
            to: hour.plus_millis(HOUR),
        };
        let page = list(
            &self.tenant,
            &EventFilter::All,
            span,
            PageSize::MAX,
            Direction::Forward,
            None,
        )
        .await
        .unwrap();
        page.items.iter().map(|event| event.name.clone()).collect()
    }
}
