//! Runs a fake of the Graph API, at 127.0.0.1:8090 or the address given as the argument. It stops
//! when it is interrupted.

#![expect(clippy::print_stdout, reason = "the address is the program's answer")]

use testkit::fake_graph::FakeGraph;

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:8090");
    let fake = FakeGraph::start_at(address).await;
    println!("{}", fake.url);
    let _ = tokio::signal::ctrl_c().await;
}
