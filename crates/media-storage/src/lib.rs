//! Object storage of media: a folder, or a bucket of an S3-compatible service.
//!
//! [`MediaStorage::open`] makes no request. Objects are reached through the traits of
//! `object_store`; what it lacks is here: the id that ties a storage to its database, presigned
//! downloads, and the check for versioned buckets.

mod connector;
mod error;
mod folder;
mod location;
mod s3;
mod storage;
mod store_id;

pub use error::Error;
pub use location::{InvalidLocation, Location};
pub use s3::S3Options;
pub use storage::{Download, MediaStorage, Options};
pub use store_id::STORE_ID;
