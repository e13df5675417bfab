//! The store port: collections declared once, handles that carry their scope,
//! the dense log with its batching sequencer. Engines stand behind it.

mod agenda;
mod batch;
mod collection;
mod covered;
mod declaration;
mod engine;
mod field;
mod handle;
mod heads;
mod hint;
mod log;
mod marker;
mod parts;
mod personal;
pub mod place;
#[cfg(feature = "proof")]
pub mod proof;
mod query;
mod row;
mod sequencer;
pub mod statement;
mod stats;
mod store;
mod sweep;
mod tally;
mod timeline;
mod uncounted;
mod value;
mod write;

pub use agenda::DueIndex;
pub use batch::{Batch, Changes, Deletion, Expect, Update, Write};
#[doc(hidden)]
pub use collection::plain;
pub use collection::{
    Collection, Column, Entity, Index, LogCollection, PlatformData, Row, TenantAnalytics,
    TenantData, TenantEphemeral,
};
pub use covered::Columns;
pub use declaration::{
    Database, Declaration, Durability, FieldDecl, IndexDecl, LogDecl, STANDARD_FIELDS, Scope,
    Uniqueness,
};
pub use engine::{Cause, CommitError, Engine, ReadError};
pub use field::{FieldType, Json, JsonText, Mismatch, RawJson, Seq};
pub use handle::{Handle, OfPlatform, OfTenant, PlatformStore, Reaches, Scoped, TenantStore};
pub use hint::ChangeEvent;
pub use log::{Append, AppendError, Appended, Guard};
pub use marker::Marker;
pub use parts::ChildCollections;
pub use personal::{Erased, ErasureAction, PersonalDecl, PersonalLine, PersonalRows};
pub use place::{Isolation, Partition};
pub use query::{IndexRange, Page, Position, Query, Range};
pub use sequencer::Queued;
#[cfg(feature = "proof")]
pub use sequencer::planted;
pub use statement::{Head, Shown};
pub use stats::{Counter, Stats};
pub use store::Store;
pub use tally::GroupCount;
pub use timeline::{Since, Timeline};
pub use uncounted::CountFilter;
pub use value::{Kind, Value};
