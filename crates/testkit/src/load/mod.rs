//! Clients for fault tests. They record their operations, survive restarts of the server and
//! retry a send until its outcome is clear.

mod audit;
mod listener;
mod sender;
mod stop;

pub use audit::audit;
pub use listener::Listener;
pub use sender::Sender;
pub use stop::Stop;
