//! The control socket: commands on a folder that is being served go to the
//! server, which alone has the folder's files open. One JSON line each way.

mod address;
mod client;
mod server;

pub use client::{ask, is_served};
pub use server::serve;

use base::limit;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// Reads one line of at most [`limit::CONTROL_LINE_BYTES`]; `None` when it is
/// longer or the other side is gone.
async fn read_line(reader: impl AsyncBufRead + Unpin) -> Option<String> {
    let mut line = String::new();
    let mut bounded = reader.take(limit::CONTROL_LINE_BYTES as u64);
    bounded.read_line(&mut line).await.ok()?;
    line.ends_with('\n').then_some(line)
}
