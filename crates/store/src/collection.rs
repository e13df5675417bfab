use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use base::{Id, ObjectId, Timestamp};

use crate::declaration::{Declaration, IndexDecl};
use crate::field::Mismatch;
use crate::query::Query;
use crate::value::Value;

/// Marker of the operator's collections, in the platform database.
#[derive(Debug)]
pub enum PlatformData {}

/// Marker of a tenant's durable collections, in the partition that its tier determines.
#[derive(Debug)]
pub enum TenantData {}

/// Marker of a tenant's ephemeral collections.
#[derive(Debug)]
pub enum TenantEphemeral {}

/// Marker of a tenant's durable collections about user activity. They are stored apart from the
/// tenant's other data, so that counting does not slow it down.
#[derive(Debug)]
pub enum TenantAnalytics {}

/// Type whose values are the documents of one collection. Implemented by
/// [`collection!`](crate::collection!).
pub trait Collection: Sized + Send + Sync + 'static {
    /// Marker that determines which handle reaches the collection and which batches may write it:
    /// one of [`PlatformData`], [`TenantData`], [`TenantEphemeral`], [`TenantAnalytics`].
    type Partition;

    /// Declaration of the collection.
    const DECLARATION: &'static Declaration;

    /// Returns the declared fields in order.
    fn to_values(&self) -> Vec<Option<Value>>;

    /// Creates the document from its declared fields in order.
    ///
    /// # Errors
    /// Fails with [`Mismatch`] if a value does not have its declared kind.
    fn from_values(values: Vec<Option<Value>>) -> Result<Self, Mismatch>;
}

/// Collection whose documents are records of logs; each log is named by the id of a `Key`.
pub trait LogCollection: Collection<Partition = TenantData> {
    /// Type of the document that a log belongs to.
    type Key;
}

/// Untyped document with its standard fields, as engines carry it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Document id.
    pub id: ObjectId,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Version: 1 for a new document, increased by one with each change (`__v`).
    pub version: i64,
    /// Time of the soft deletion.
    pub deleted_at: Option<Timestamp>,
    /// User who deleted the document.
    pub deleted_by: Option<ObjectId>,
    /// Declared fields in order; `None` is absent.
    pub values: Vec<Option<Value>>,
}

/// Document with its standard fields. Dereferences to the document itself.
#[derive(Debug, Clone)]
pub struct Entity<C> {
    /// Document id.
    pub id: Id<C>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Version: 1 for a new document, increased by one with each change.
    pub version: i64,
    /// Time of the soft deletion.
    pub deleted_at: Option<Timestamp>,
    /// User who deleted the document.
    pub deleted_by: Option<ObjectId>,
    /// Declared fields.
    pub doc: C,
}

impl<C: Collection> Entity<C> {
    /// Creates the typed document of a row.
    ///
    /// # Errors
    /// Fails with [`Mismatch`] if a value does not have its declared kind.
    pub fn from_row(row: Row) -> Result<Self, Mismatch> {
        let Row {
            id,
            created_at,
            updated_at,
            version,
            deleted_at,
            deleted_by,
            values,
        } = row;
        let doc = C::from_values(values)?;
        Ok(Self {
            id: Id::new(id),
            created_at,
            updated_at,
            version,
            deleted_at,
            deleted_by,
            doc,
        })
    }

    /// Returns the untyped row of the document.
    #[must_use]
    pub fn to_row(&self) -> Row {
        let Self {
            id,
            created_at,
            updated_at,
            version,
            deleted_at,
            deleted_by,
            doc,
        } = self;
        Row {
            id: id.object_id(),
            created_at: *created_at,
            updated_at: *updated_at,
            version: *version,
            deleted_at: *deleted_at,
            deleted_by: *deleted_by,
            values: doc.to_values(),
        }
    }
}

impl<C> Deref for Entity<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.doc
    }
}

impl<C> DerefMut for Entity<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.doc
    }
}

/// Field of `C` that holds a `T`.
pub struct Column<C, T> {
    pub(crate) name: &'static str,
    marker: PhantomData<fn() -> (C, T)>,
}

impl<C, T> Column<C, T> {
    /// Creates a column. For [`collection!`](crate::collection) only.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            marker: PhantomData,
        }
    }

    /// Returns the stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<C, T> Clone for Column<C, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C, T> Copy for Column<C, T> {}

impl<C, T> fmt::Debug for Column<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Declared index of `C`. Every query other than by id uses one.
pub struct Index<C> {
    pub(crate) declared: &'static IndexDecl,
    marker: PhantomData<fn() -> C>,
}

impl<C: Collection> Index<C> {
    /// Creates an index. For [`collection!`](crate::collection) only.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(declared: &'static IndexDecl) -> Self {
        Self {
            declared,
            marker: PhantomData,
        }
    }

    /// Returns a query over the whole index.
    #[must_use]
    pub fn all(self) -> Query<C> {
        Query::new(self.declared)
    }

    /// Returns a query for the documents whose first indexed field has this value.
    #[must_use]
    pub fn eq<T: crate::FieldType>(self, column: Column<C, T>, value: T) -> Query<C> {
        self.all().eq(column, value)
    }

    /// Returns the name of the index.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.declared.name
    }
}

impl<C> Clone for Index<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Index<C> {}

impl<C> fmt::Debug for Index<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.declared.name)
    }
}

/// Returns the stored name of a field: its identifier without the prefix of a raw identifier.
#[doc(hidden)]
#[must_use]
pub const fn plain(identifier: &'static str) -> &'static str {
    match identifier.as_bytes() {
        [b'r', b'#', ..] => identifier.split_at(2).1,
        _ => identifier,
    }
}

/// Expands to `Some` of its argument, or to `None` without one, for the options of
/// [`collection!`](crate::collection!).
#[doc(hidden)]
#[macro_export]
macro_rules! maybe {
    () => {
        None
    };
    ($given:expr) => {
        Some($given)
    };
}

/// Declares a collection together with the type of its documents.
///
/// ```
/// store::collection! {
///     /// User who can receive messages.
///     pub struct Person: TenantData "people" {
///         /// Id that the tenant has given.
///         external_id: Option<String>,
///         /// Display name.
///         name: String,
///     }
///     soft_delete: true;
///     indexes {
///         by_external_id: UniqueWhenPresent [external_id];
///         by_name: None [name];
///     }
///     personal {
///         _id: purge;
///     }
/// }
/// assert_eq!(<Person as store::Collection>::DECLARATION.indexes.len(), 2);
/// ```
///
/// Options, in this order and each optional: `soft_delete: true;`, `expires: field;`,
/// `due: field;`, `watched: true;`, `shard_by: [field];`,
/// `log: { key: field of Type, seq: field, shown: field, fence: index, timeline: index,
/// retry: index };`.
///
/// After the indexes, `personal { … }` lists every field that refers to a user, with the effect of
/// erasing that user on the document. `user_id: purge by index;` removes the document.
/// `sender_id: wipe [content, name] by index;` clears fields. `created_by: keep;` keeps the bare
/// id. `user_id: lapse;` leaves the document to its expiry. The index begins with the field. With
/// `, exported: false` at the end, an export of the user's data leaves the documents out. A
/// collection that refers to no user declares `personal: none("why");`.
#[macro_export]
macro_rules! collection {
    (
        $(#[doc = $meaning:literal])+
        $vis:vis struct $name:ident: $place:ident $collection:literal {
            $($(#[doc = $field_meaning:literal])+ $field:ident: $type:ty),+ $(,)?
        }
        $(soft_delete: $soft_delete:literal;)?
        $(expires: $expires:ident;)?
        $(due: $due:ident;)?
        $(watched: $watched:literal;)?
        $(shard_by: [$($shard:ident),*];)?
        $(log: {
            key: $log_key:ident of $log_of:ty, seq: $log_seq:ident, shown: $log_shown:ident,
            fence: $fence:ident, timeline: $timeline:ident, retry: $retry:ident $(,)?
        };)?
        indexes { $($(#[doc = $index_meaning:literal])* $index:ident: $unique:ident [$($key:ident),*];)* }
        $(personal { $($person:ident: $fate:ident $([$($wiped:ident),*])? $(by $found:ident)? $(, exported: $exported:literal)?;)+ })?
        $(personal: none($nobody:literal);)?
    ) => {
        $(#[doc = $meaning])+
        #[derive(Clone, Debug)]
        $vis struct $name { $($(#[doc = $field_meaning])+ pub $field: $type),+ }

        const _: () = {
            use $crate::{Column, Declaration, FieldDecl, FieldType, IndexDecl, Mismatch, Value};

            const INDEXES: &[IndexDecl] = &[$(IndexDecl {
                name: $crate::plain(stringify!($index)),
                fields: &[$($crate::plain(stringify!($key))),*],
                uniqueness: $crate::Uniqueness::$unique,
            }),*];

            const PERSONAL: &[$crate::PersonalDecl] = &[$($($crate::PersonalDecl {
                field: $crate::plain(stringify!($person)),
                fate: $crate::fate!($fate $($($wiped)*)?),
                index: $crate::maybe!($($crate::plain(stringify!($found)))?),
                exported: true $(&& $exported)?,
            }),*)?];

            const DECLARATION: Declaration = Declaration {
                name: $collection,
                meaning: concat!($($meaning),+),
                scope: $crate::partition::$place::SCOPE,
                database: $crate::partition::$place::DATABASE,
                durability: $crate::partition::$place::DURABILITY,
                fields: &[$(FieldDecl {
                    name: $crate::plain(stringify!($field)),
                    kind: <$type as FieldType>::KIND,
                    optional: <$type as FieldType>::OPTIONAL,
                    words: <$type as FieldType>::WORDS,
                    rust_type: std::any::type_name::<$type>,
                    meaning: concat!($($field_meaning),+),
                }),+],
                indexes: INDEXES,
                expires: $crate::maybe!($($crate::plain(stringify!($expires)))?),
                due: $crate::maybe!($($crate::plain(stringify!($due)))?),
                soft_delete: false $(|| $soft_delete)?,
                shard_by: &[$($($crate::plain(stringify!($shard))),*)?],
                log: $crate::maybe!($($crate::LogDecl {
                    key: $crate::plain(stringify!($log_key)),
                    seq: $crate::plain(stringify!($log_seq)),
                    shown: $crate::plain(stringify!($log_shown)),
                    fence: $crate::plain(stringify!($fence)),
                    timeline: $crate::plain(stringify!($timeline)),
                    retry: $crate::plain(stringify!($retry)),
                })?),
                watched: false $(|| $watched)?,
                personal: PERSONAL,
                impersonal: $crate::maybe!($($nobody)?),
            }.checked();

            #[expect(non_upper_case_globals, reason = "columns and indexes bear their stored names")]
            impl $name {
                $($(#[doc = $field_meaning])+ pub const $field: Column<$name, <$type as FieldType>::Inner> = Column::new($crate::plain(stringify!($field)));)+
                $(
                    #[doc = concat!("The index ", stringify!($index), ".")]
                    $(#[doc = $index_meaning])*
                    pub const $index: $crate::Index<$name> = $crate::Index::new(match DECLARATION.index($crate::plain(stringify!($index))) {
                        Some(index) => index,
                        None => panic!("the index is declared above"),
                    });
                )*
            }

            // Avoids dead-code warnings: not every module uses every field and index.
            const _: fn() = || {
                $(let _ = $name::$field;)+
                $(let _ = $name::$index;)*
            };

            impl $crate::Collection for $name {
                type Partition = $crate::$place;
                const DECLARATION: &'static Declaration = &DECLARATION;

                fn to_values(&self) -> Vec<Option<Value>> {
                    vec![$(self.$field.store()),+]
                }

                fn from_values(values: Vec<Option<Value>>) -> Result<Self, Mismatch> {
                    let mut values = values.into_iter();
                    Ok(Self { $($field: FieldType::load(values.next().flatten())
                        .map_err(|Mismatch(detail)| Mismatch(format!("{}.{}: {detail}", $collection, $crate::plain(stringify!($field)))))?),+ })
                }
            }

            $(impl $crate::LogCollection for $name {
                type Key = $log_of;
            })?
        };
    };
}
