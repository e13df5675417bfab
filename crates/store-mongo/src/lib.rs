//! Store engine on a `MongoDB` replica set: one change stream per node, group commit for single
//! inserts, transactions for batches.

mod commit;
mod connect;
mod document;
mod engine;
mod fault;
mod fields;
mod json;
mod namespace;
mod options;
mod plans;
mod queues;
mod read;
mod schema;
mod watch;

pub use connect::ConnectError;
pub use engine::MongoEngine;
pub use options::Options;
pub use schema::schema;
