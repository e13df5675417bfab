use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long a condition may take to become true.
const TIMEOUT: Duration = Duration::from_mins(2);
/// Delay between two checks.
const INTERVAL: Duration = Duration::from_millis(10);

/// Checks a condition until it is true. Use it where no event can be awaited.
///
/// # Panics
/// Panics if the condition is still false after two minutes.
pub async fn eventually(condition: &str, mut check: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !check().await {
        assert!(Instant::now() < deadline, "still not: {condition}");
        sleep(INTERVAL).await;
    }
}
