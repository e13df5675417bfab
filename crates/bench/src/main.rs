//! Benchmark of a server over its public API, compared with the limits of the
//! same machine in the same run: `cargo run --release -p bench`.

#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a failed measurement aborts, and a rate needs no exactness"
)]

mod bare;
mod client;
mod drive;
mod fixture;
mod options;
mod prefill;
mod process;
mod raw;
mod sample;
mod server;
mod table;
mod workload;

use clap::Parser;

use options::{Mode, Options};
use server::Target;
use table::Row;

#[tokio::main]
async fn main() {
    let options = Options::parse();
    if let Some(Mode::Bare(data)) = options.mode {
        return bare::serve(data.open().await).await;
    }
    testkit::raise_open_files();
    if cfg!(debug_assertions) {
        show("Debug build: compare only with other debug builds.\n");
    }
    show(Row::HEAD);
    for workload in options.workloads() {
        for engine in options.engines() {
            let target = Target {
                engine,
                members: options.members,
            };
            for row in workload.measure(target, options.scale()).await {
                show(&row.to_string());
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "the program prints its table")]
fn show(line: &str) {
    println!("{line}");
}
