use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use media::{ProcessError, ProcessOptions, Processed, WorkerOptions, WorkerPool};

/// Returns the worker program: the example of this crate, which cargo builds with the tests.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(2).unwrap();
    let program = target.join("examples/media_worker");
    assert!(
        program.exists(),
        "build it with: cargo build -p media --example media_worker"
    );
    program
}

pub fn options() -> WorkerOptions {
    WorkerOptions {
        arguments: Vec::new(),
        workers: 1,
        // Unoptimized code on a busy machine is slow.
        wall_time: Duration::from_secs(500),
        cpu_seconds: 500,
        ..WorkerOptions::new(program())
    }
}

pub fn pool() -> WorkerPool {
    WorkerPool::new(options())
}

pub async fn process(
    pool: &WorkerPool,
    media_type: &str,
    file: &[u8],
) -> Result<Processed, ProcessError> {
    let source = Bytes::copy_from_slice(file);
    pool.process(media_type, &source, ProcessOptions::default())
        .await
}
