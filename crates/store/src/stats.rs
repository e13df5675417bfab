use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! stats {
    ($($(#[doc = $meaning:literal])+ $name:ident;)+) => {
        /// What an engine and the sequencers over it count since the start.
        #[derive(Debug, Default)]
        pub struct Stats { $($(#[doc = $meaning])+ pub $name: Counter,)+ }

        impl Stats {
            /// Every counter with its name and meaning, for the metrics page.
            pub fn all(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
                [$((stringify!($name), concat!($($meaning),+), self.$name.get())),+].into_iter()
            }
        }
    };
}

stats! {
    /// Read statements issued.
    reads;
    /// Batches asked to be committed.
    commits;
    /// Group commits: synced transactions or insert commands.
    groups;
    /// Batches written by group commits; divided by `groups` it is the mean group.
    grouped;
    /// Transactions that wrote records together with what stands beside them (MongoDB).
    transactions;
    /// Records written by such transactions.
    transaction_records;
    /// Runs of records that sequencers wrote.
    runs;
    /// Records that sequencers wrote; divided by `runs` it is the mean run.
    records;
    /// Times that a rival took the number first.
    lost_fences;
    /// Requests dropped by their caller while their record was being written.
    abandoned;
}

/// A number that only rises.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// The present value.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
