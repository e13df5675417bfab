//! Clients for fault tests: they write down in a recorder what they do and see,
//! live through the end of their server, and never give up a send whose
//! outcome is unclear.

mod audit;
mod listener;
mod sender;
mod stop;

pub use audit::audit;
pub use listener::Listener;
pub use sender::Sender;
pub use stop::Stop;
