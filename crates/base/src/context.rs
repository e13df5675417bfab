use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::{Id, ObjectId, Timestamp};

/// Source of time.
pub trait Clock: Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
}

/// Source of randomness.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// Time and randomness as parameters, so that tests are deterministic.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    process: [u8; 5],
    counter: AtomicU32,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context")
    }
}

impl Context {
    /// Creates a context over the given clock and entropy.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let mut process = [0; 5];
        let mut counter = [0; 4];
        entropy.fill(&mut process);
        entropy.fill(&mut counter);
        let counter = AtomicU32::new(u32::from_be_bytes(counter));
        Self(Arc::new(Inner {
            clock,
            entropy,
            process,
            counter,
        }))
    }

    /// Creates a context with the system clock and the operating system's entropy.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(OsEntropy))
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Returns `N` unpredictable bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.entropy.fill(&mut bytes);
        bytes
    }

    /// Creates a unique id.
    #[must_use]
    pub fn new_id<T: ?Sized>(&self) -> Id<T> {
        Id::new(self.new_object_id())
    }

    /// Creates a unique untyped id.
    #[must_use]
    pub fn new_object_id(&self) -> ObjectId {
        let seconds = u32::try_from(self.now().seconds())
            .unwrap_or(u32::MAX)
            .to_be_bytes();
        let counter = self.0.counter.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&seconds);
        bytes[4..9].copy_from_slice(&self.0.process);
        bytes[9..].copy_from_slice(&counter[1..]);
        ObjectId(bytes)
    }
}

/// The system clock.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the only place that reads the wall clock"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's entropy.
#[derive(Debug)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "the only place that reads the random source"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        // Without entropy no secret can be created, so continuing is unsafe.
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// A clock that only moves when [`advance`](Self::advance) is called.
#[derive(Debug)]
pub struct MockClock(AtomicI64);

impl MockClock {
    /// Creates a clock that shows the given time.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self(AtomicI64::new(moment.millis()))
    }

    /// Moves the clock forward by `millis` milliseconds.
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A reproducible byte stream (`SplitMix64`), for tests only.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// Creates the stream for a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_the_clock_and_never_repeat() {
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(5_000)));
        let context = Context::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
        let first = context.new_object_id();
        let second = context.new_object_id();
        assert_ne!(first, second);
        assert_eq!(first.seconds(), 5);
        clock.advance(1_000);
        assert_eq!(context.new_object_id().seconds(), 6);
    }
}
