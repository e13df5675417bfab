use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! stats {
    ($($(#[doc = $meaning:literal])+ $name:ident;)+) => {
        /// Counters of an engine and its sequencers since the start.
        #[derive(Debug, Default)]
        pub struct Stats { $($(#[doc = $meaning])+ pub $name: Counter,)+ }

        impl Stats {
            /// Returns every counter with its name, help text and value.
            pub fn all(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
                [$((stringify!($name), concat!($($meaning),+), self.$name.get())),+].into_iter()
            }
        }
    };
}

stats! {
    /// Read statements issued.
    reads;
    /// Write batches to commit.
    commits;
    /// Group commits: durable transactions or insert commands.
    groups;
    /// Write batches of all group commits. Divided by `groups`, the mean size of a group.
    grouped;
    /// Transactions that wrote log records together with other documents (MongoDB).
    transactions;
    /// Log records written by these transactions.
    transaction_records;
    /// Batches of log records written by sequencers.
    runs;
    /// Log records written by sequencers. Divided by `runs`, the mean size of a batch.
    records;
    /// Appends retried because another writer took the sequence number.
    sequence_conflicts;
    /// Requests cancelled while their log record was being written.
    abandoned;
}

/// Monotonic counter.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// Returns the current value.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
