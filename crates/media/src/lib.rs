//! Media files: types by content, decoding in sandboxed child processes, and virus scans.
//!
//! Bytes that users upload are never decoded in the server's process. [`WorkerPool`] starts
//! child processes of the same binary, which call [`worker::run`]: it gives up files, network,
//! memory and time before it reads the first byte, and talks only over its standard streams.
//! A file that crashes its decoder, or keeps it busy, costs one child.

pub mod clamd;
mod content_type;
mod media_types;
mod pool;
mod processed;
mod protocol;
mod source;
pub mod worker;

pub use content_type::{FalseClaim, SNIFF_BYTES, claim, is_inline, sniff};
pub use pool::{ProcessError, WorkerOptions, WorkerPool};
pub use processed::{ProcessOptions, Processed, Variant, WAVEFORM_BARS};
pub use source::Source;
