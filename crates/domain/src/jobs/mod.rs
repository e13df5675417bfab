//! What runs by the clock instead of by a request.

mod sweep;

pub use sweep::sweep;
