//! Store port: collections that are declared once, handles that carry their scope, and the dense
//! log with its batching sequencer. Engines implement the port.

mod batch;
mod change_event;
mod child_collections;
mod collection;
mod count_filter;
mod declaration;
mod due_index;
mod engine;
#[macro_use]
pub mod fault_injection;
mod field;
mod group_count;
mod handle;
mod heads;
mod index_only;
mod log;
mod marker;
pub mod partition;
mod personal;
mod platform_handle;
mod query;
mod row;
mod sequencer;
pub mod statement;
mod stats;
mod store;
mod sweep;
mod timeline;
mod value;
mod write;

pub use batch::{Batch, Changes, Deletion, Expect, Update, Write};
pub use change_event::ChangeEvent;
pub use child_collections::ChildCollections;
#[doc(hidden)]
pub use collection::plain;
pub use collection::{
    Collection, Column, Entity, Index, LogCollection, PlatformData, Row, TenantAnalytics,
    TenantData, TenantEphemeral,
};
pub use count_filter::CountFilter;
pub use declaration::{
    Database, Declaration, Durability, FieldDecl, IndexDecl, LogDecl, STANDARD_FIELDS, Scope,
    Uniqueness,
};
pub use due_index::DueIndex;
pub use engine::{Cause, CommitError, Engine, ReadError};
pub use field::{FieldType, Json, JsonText, Mismatch, RawJson, Seq};
pub use group_count::GroupCount;
pub use handle::{Handle, OfPlatform, OfTenant, PlatformStore, Reaches, Scoped, TenantStore};
pub use index_only::Columns;
pub use log::{Append, AppendError, Appended, Guard};
pub use marker::Marker;
pub use partition::{Isolation, Partition};
pub use personal::{Erased, ErasureAction, PersonalDecl, PersonalLine, PersonalRows};
pub use platform_handle::Companion;
pub use query::{IndexRange, Page, Position, Query, Range};
pub use sequencer::Queued;
pub use statement::{Head, Shown};
pub use stats::{Counter, Stats};
pub use store::Store;
pub use timeline::{Since, Timeline};
pub use value::{Kind, Value};
