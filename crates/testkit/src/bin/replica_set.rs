//! Runs one replica set for a whole test run. It prints the address and stops when standard input
//! closes.

#![expect(clippy::print_stdout, reason = "the address is the program's answer")]

use testkit::mongod::{Error, ReplicaSet};
use tokio::io::AsyncReadExt;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let set = ReplicaSet::start(1).await?;
    println!("{}", set.uri());
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    drop(set);
    Ok(())
}
