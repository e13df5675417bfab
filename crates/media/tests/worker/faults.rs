use std::io;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use media::{ProcessError, ProcessOptions, Source, WorkerOptions, WorkerPool};

use crate::samples;
use crate::support::{options, pool, process};

/// Checks that the pool processes files, with a worker or a new one.
async fn assert_works(pool: &WorkerPool) {
    let done = process(pool, "image/png", &samples::png(10, 10)).await;
    assert_eq!(done.unwrap().width, Some(10));
}

async fn error_of(pool: &WorkerPool, media_type: &str) -> ProcessError {
    let error = process(pool, media_type, b"x").await.unwrap_err();
    assert!(pool.idle_processes().is_empty());
    assert_works(pool).await;
    error
}

#[tokio::test]
async fn worker_is_kept_for_further_files() {
    let pool = pool();
    assert_works(&pool).await;
    let first = pool.idle_processes();
    assert_works(&pool).await;
    assert_eq!(pool.idle_processes(), first);
}

#[tokio::test]
async fn worker_is_replaced_after_its_files() {
    let pool = WorkerPool::new(WorkerOptions {
        files: 2,
        ..options()
    });
    assert_works(&pool).await;
    assert_eq!(pool.idle_processes().len(), 1);
    assert_works(&pool).await;
    assert_eq!(pool.idle_processes().len(), 0);
    assert_works(&pool).await;
}

#[tokio::test]
async fn worker_cannot_open_files_sockets_or_processes() {
    let error = process(&pool(), "planted/escape", b"x").await.unwrap_err();
    assert!(matches!(error, ProcessError::Unsupported), "{error}");
}

#[tokio::test]
async fn worker_that_allocates_too_much_ends_alone() {
    let error = error_of(&pool(), "planted/allocate").await;
    assert!(matches!(error, ProcessError::Crashed), "{error}");
}

#[tokio::test]
async fn worker_that_spins_is_ended_by_its_cpu_bound() {
    let pool = WorkerPool::new(WorkerOptions {
        cpu_seconds: 1,
        wall_time: Duration::from_mins(10),
        ..options()
    });
    let error = error_of(&pool, "planted/spin").await;
    assert!(matches!(error, ProcessError::TimedOut), "{error}");
}

#[tokio::test]
async fn worker_that_sleeps_is_killed_at_its_wall_time() {
    let pool = WorkerPool::new(WorkerOptions {
        wall_time: Duration::from_millis(500),
        ..options()
    });
    let error = process(&pool, "planted/sleep", b"x").await.unwrap_err();
    assert!(matches!(error, ProcessError::TimedOut), "{error}");
    assert!(pool.idle_processes().is_empty());
}

#[tokio::test]
async fn worker_that_exits_or_breaks_the_protocol_is_replaced() {
    let pool = pool();
    for planted in [
        "planted/exit",
        "planted/garbage",
        "planted/range",
        "planted/result",
    ] {
        let error = error_of(&pool, planted).await;
        assert!(matches!(error, ProcessError::Crashed), "{planted}: {error}");
    }
}

#[tokio::test]
async fn worker_killed_while_idle_is_replaced() {
    let pool = pool();
    assert_works(&pool).await;
    let id = i32::try_from(pool.idle_processes()[0]).unwrap();
    let id = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
    // It stays a zombie until the pool reaps it.
    assert_works(&pool).await;
}

#[tokio::test]
async fn idle_worker_ends_after_its_time() {
    let pool = WorkerPool::new(WorkerOptions {
        idle_time: Duration::from_hours(100),
        ..options()
    });
    assert_works(&pool).await;
    tokio::time::pause();
    tokio::time::sleep(Duration::from_hours(99)).await;
    assert_eq!(pool.idle_processes().len(), 1);
    tokio::time::sleep(Duration::from_hours(2)).await;
    assert!(pool.idle_processes().is_empty());
}

#[tokio::test]
async fn missing_program_is_an_error_worth_a_retry() {
    let pool = WorkerPool::new(WorkerOptions {
        program: "/missing/program".into(),
        ..options()
    });
    let error = process(&pool, "image/png", b"x").await.unwrap_err();
    assert!(matches!(error, ProcessError::Start(_)), "{error}");
    assert!(error.is_transient());
}

struct Failing;

#[async_trait]
impl Source for Failing {
    fn size(&self) -> u64 {
        1000
    }

    async fn read(&self, _: u64, _: usize) -> io::Result<Bytes> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

#[tokio::test]
async fn source_that_fails_is_an_error_worth_a_retry() {
    let pool = pool();
    let options = ProcessOptions::default();
    let error = pool.process("image/png", &Failing, options).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ProcessError::Source(_)), "{error}");
    assert!(error.is_transient());
    assert_works(&pool).await;
}
