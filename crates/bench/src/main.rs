//! Drives a server over its public API and compares it with what the same
//! machine does bare, in the same run: `cargo run --release -p bench`.

#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a broken measurement ends with a sentence, and a rate needs no exactness"
)]

mod bare;
mod client;
mod drive;
mod options;
mod process;
mod raw;
mod sample;
mod server;
mod stored;
mod table;
mod town;
mod workload;

use clap::Parser;

use options::{Options, Other};
use server::Target;
use table::Row;

#[tokio::main]
async fn main() {
    let options = Options::parse();
    if let Some(Other::Bare(place)) = options.other {
        return bare::serve(place.open().await).await;
    }
    testkit::raise_open_files();
    if cfg!(debug_assertions) {
        show(
            "A debug build, which is many times slower: only its ratios to earlier debug builds tell something.\n",
        );
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

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
fn show(line: &str) {
    println!("{line}");
}
