use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use base::{Id, ObjectId, Timestamp};

use crate::declaration::{Declaration, IndexDecl};
use crate::field::Mismatch;
use crate::query::Query;
use crate::value::Value;

/// Collections of the operator, in the platform's database.
#[derive(Debug)]
pub enum PlatformData {}

/// Durable collections of a tenant, in the place that its tier decides.
#[derive(Debug)]
pub enum TenantData {}

/// Ephemeral collections of a tenant.
#[derive(Debug)]
pub enum TenantEphemeral {}

/// Durable collections about what a tenant's users do, beside the tenant's
/// place so that counting them is in nobody's way.
#[derive(Debug)]
pub enum TenantAnalytics {}

/// A type whose values are the documents of one collection. Made by
/// [`collection!`](crate::collection!).
pub trait Collection: Sized + Send + Sync + 'static {
    /// Which handle reaches it and which batches may hold it: one of
    /// [`PlatformData`], [`TenantData`], [`TenantEphemeral`], [`TenantAnalytics`].
    type Partition;

    /// What the collection says of itself.
    const DECLARATION: &'static Declaration;

    /// The declared fields in order.
    fn to_values(&self) -> Vec<Option<Value>>;

    /// The document from its declared fields in order.
    ///
    /// # Errors
    /// [`Mismatch`] when a value does not have its declared kind.
    fn from_values(values: Vec<Option<Value>>) -> Result<Self, Mismatch>;
}

/// A collection whose documents are records of logs named by a `Key`'s id.
pub trait LogCollection: Collection<Partition = TenantData> {
    /// What a log belongs to.
    type Key;
}

/// A document with its standard fields, untyped, as engines carry it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The id.
    pub id: ObjectId,
    /// When it was written first.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Rises by one with each change, from 1 (`__v`).
    pub version: i64,
    /// When it was deleted softly.
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it.
    pub deleted_by: Option<ObjectId>,
    /// The declared fields in order.
    pub values: Vec<Option<Value>>,
}

/// A document with its standard fields. Reads like the document itself.
#[derive(Debug, Clone)]
pub struct Entity<C> {
    /// The id.
    pub id: Id<C>,
    /// When it was written first.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Rises by one with each change, from 1.
    pub version: i64,
    /// When it was deleted softly.
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it.
    pub deleted_by: Option<ObjectId>,
    /// The declared fields.
    pub doc: C,
}

impl<C: Collection> Entity<C> {
    /// The typed document of a row.
    ///
    /// # Errors
    /// [`Mismatch`] when a value does not have its declared kind.
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

    /// The row of a typed document.
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

/// A field of `C` that holds a `T`.
pub struct Column<C, T> {
    pub(crate) name: &'static str,
    marker: PhantomData<fn() -> (C, T)>,
}

impl<C, T> Column<C, T> {
    /// Made by [`collection!`](crate::collection) only.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            marker: PhantomData,
        }
    }

    /// The stored name.
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

/// A declared index of `C`: the only way to ask for more than ids.
pub struct Index<C> {
    pub(crate) declared: &'static IndexDecl,
    marker: PhantomData<fn() -> C>,
}

impl<C: Collection> Index<C> {
    /// Made by [`collection!`](crate::collection) only.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(declared: &'static IndexDecl) -> Self {
        Self {
            declared,
            marker: PhantomData,
        }
    }

    /// A question over this index, at first for everything in it.
    #[must_use]
    pub fn all(self) -> Query<C> {
        Query::new(self.declared)
    }

    /// A question for the documents whose first indexed field has this value.
    #[must_use]
    pub fn eq<T: crate::FieldType>(self, column: Column<C, T>, value: T) -> Query<C> {
        self.all().eq(column, value)
    }

    /// The index's name.
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

/// A field's stored name: its identifier without the mark of a raw one.
#[doc(hidden)]
#[must_use]
pub const fn plain(identifier: &'static str) -> &'static str {
    match identifier.as_bytes() {
        [b'r', b'#', ..] => identifier.split_at(2).1,
        _ => identifier,
    }
}

/// `Some` of what is given, for the options of [`collection!`](crate::collection!).
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

/// Declares a collection beside its type.
///
/// ```
/// store::collection! {
///     /// A person who can be written to.
///     pub struct Person: TenantData "people" {
///         /// The tenant's own id.
///         external_id: Option<String>,
///         /// What others see.
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
/// Options, in this order and each optional: `soft_delete: true;`,
/// `expires: field;`, `due: field;`, `watched: true;`, `shard_by: [field];`,
/// `log: { key: field of Type, seq: field, shown: field, fence: index, timeline: index, retry: index };`.
///
/// Behind the indexes, `personal { … }` names every field that refers to a
/// person and what an erase of that person does to the document: `user_id:
/// purge by index;` removes it, `sender_id: wipe [content, name] by index;`
/// clears fields, `created_by: keep;` leaves the bare id, `user_id: lapse;`
/// leaves it to its expiry. The index begins with the field; `, exported:
/// false` behind it leaves the documents out of what a person is told of
/// themselves. Of a collection that names nobody it says `personal:
/// none("why");`.
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

            // Not every room asks for every field and index.
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
                        .map_err(|Mismatch(told)| Mismatch(format!("{}.{}: {told}", $collection, $crate::plain(stringify!($field)))))?),+ })
                }
            }

            $(impl $crate::LogCollection for $name {
                type Key = $log_of;
            })?
        };
    };
}
