//! Declaration of a collection, the single source of its tables, indexes, shard commands and schema
//! reference.

use std::borrow::Cow;

use base::{ObjectId, Timestamp};

use crate::field::FieldType;
use crate::personal::PersonalDecl;
use crate::value::{Kind, Value};

/// Owner of the documents of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The operator.
    Platform,
    /// One tenant for each document; the port adds `tenant_id` to every key and statement.
    Tenant,
}

/// Database in which a collection is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Database {
    /// `caas_platform`.
    Platform,
    /// The tenant's partition, which its tier determines.
    Tenant,
    /// `caas_analytics`, or the dedicated database of an enterprise tenant.
    Analytics,
}

/// Failure that an acknowledged write survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Durability {
    /// Power loss; on MongoDB, a majority has the write.
    Durable,
    /// None: the data has no value after a restart.
    Ephemeral,
}

/// Declaration of a field.
#[derive(Clone, Copy, Debug)]
pub struct FieldDecl {
    /// Stored name.
    pub name: &'static str,
    /// Kind of its values.
    pub kind: Kind,
    /// Whether the field may be absent.
    pub optional: bool,
    /// Allowed values, if they are a closed list; otherwise empty.
    pub words: &'static [&'static str],
    /// Full name of its Rust type, which shows what an id refers to.
    pub rust_type: fn() -> &'static str,
    /// Meaning of the field, from its doc comment.
    pub meaning: &'static str,
}

impl FieldDecl {
    /// Returns a text as a value of this field; a text of the closed list is borrowed.
    #[must_use]
    pub fn text(&self, text: &str) -> Value {
        let word = self.words.iter().find(|word| **word == text);
        Value::Text(word.map_or_else(|| Cow::Owned(text.to_owned()), |word| Cow::Borrowed(*word)))
    }
}

/// Uniqueness of the keys of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uniqueness {
    /// Not unique; the port appends `_id`, so that the order is total.
    None,
    /// No two documents have the same key.
    Unique,
    /// No two documents that have the last field have the same key; documents without it are not in
    /// the index.
    UniqueWhenPresent,
}

/// Declaration of an index, without the tenant that the port puts first.
#[derive(Clone, Copy, Debug)]
pub struct IndexDecl {
    /// Name, unique within the collection. In the engines the index is called `<collection>_<name>`
    /// or `<name>`.
    pub name: &'static str,
    /// Fields in order, all ascending.
    pub fields: &'static [&'static str],
    /// Uniqueness of its keys.
    pub uniqueness: Uniqueness,
}

/// Declaration that makes a collection a set of dense logs (DESIGN 4).
#[derive(Clone, Copy, Debug)]
pub struct LogDecl {
    /// Field with the id of the log.
    pub key: &'static str,
    /// Field with the sequence number of a record: from 1, without gaps.
    pub seq: &'static str,
    /// Field that marks the records of the main timeline.
    pub shown: &'static str,
    /// Unique sequence index over (key, seq): only one sequencer can take a number.
    pub fence: &'static str,
    /// Index over (key, shown, seq).
    pub timeline: &'static str,
    /// Unique index that detects retries, over (key, sender, id given by the sender).
    pub retry: &'static str,
}

/// Declaration of a collection.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Name of the collection, the same on both engines.
    pub name: &'static str,
    /// Content of the collection, from the doc comment of its type.
    pub meaning: &'static str,
    /// Owner of its documents.
    pub scope: Scope,
    /// Database in which it is stored.
    pub database: Database,
    /// Failure that an acknowledged write survives.
    pub durability: Durability,
    /// Fields, without the standard ones.
    pub fields: &'static [FieldDecl],
    /// Indexes, without the primary key.
    pub indexes: &'static [IndexDecl],
    /// Time field after which a document is no longer visible.
    pub expires: Option<&'static str>,
    /// Time field that says when a document is due for a job; without it a document is no work.
    pub due: Option<&'static str>,
    /// Whether a deletion hides the document instead of removing it.
    pub soft_delete: bool,
    /// Shard key after the tenant.
    pub shard_by: &'static [&'static str],
    /// Log declaration, if its documents are records of logs.
    pub log: Option<LogDecl>,
    /// Whether every write emits a change event on all nodes.
    pub watched: bool,
    /// Fields that refer to a user, and the effect of erasing that user.
    pub personal: &'static [PersonalDecl],
    /// Reason why the collection refers to no user, if it does not.
    pub impersonal: Option<&'static str>,
}

/// Standard fields, which every document has in addition to the declared ones.
pub const STANDARD_FIELDS: &[FieldDecl] = &[
    standard::<ObjectId>("_id", "The document's id."),
    standard::<Timestamp>("created_at", "When the document was written first."),
    standard::<Timestamp>("updated_at", "When it was last changed."),
    standard::<i64>("__v", "Rises by one with each change, from 1."),
    standard::<Option<Timestamp>>("deleted_at", "When it was deleted."),
    standard::<Option<ObjectId>>("deleted_by", "The user who deleted it."),
];

const fn standard<T: FieldType>(name: &'static str, meaning: &'static str) -> FieldDecl {
    FieldDecl {
        name,
        kind: T::KIND,
        optional: T::OPTIONAL,
        words: T::WORDS,
        rust_type: std::any::type_name::<T>,
        meaning,
    }
}

impl Declaration {
    /// Returns the declaration if it is consistent. Called in a constant, so an inconsistent
    /// declaration does not compile.
    ///
    /// # Panics
    /// At compile time, with a message that names the error.
    #[must_use]
    pub const fn checked(self) -> Self {
        self.check_fields();
        let mut i = 0;
        while i < self.indexes.len() {
            self.check_index(&self.indexes[i]);
            i += 1;
        }
        if let Some(expires) = self.expires {
            assert!(
                matches!(self.kind_of(expires), Some(Kind::Time)),
                "an expiry field must be a declared time"
            );
        }
        if let Some(due) = self.due {
            assert!(
                matches!(self.kind_of(due), Some(Kind::Time)),
                "a due field must be a declared time"
            );
            assert!(
                matches!(self.scope, Scope::Tenant),
                "only tenant collections may have a due field"
            );
        }
        let mut i = 0;
        while i < self.shard_by.len() {
            assert!(
                self.kind_of(self.shard_by[i]).is_some(),
                "a shard key names an undeclared field"
            );
            i += 1;
        }
        if let Some(log) = self.log {
            self.check_log(&log);
        }
        assert!(
            self.personal.is_empty() == self.impersonal.is_some(),
            "declare in `personal` the fields that name a user and their erasure action, or none(\"why\")"
        );
        let mut i = 0;
        while i < self.personal.len() {
            self.personal[i].check(&self);
            i += 1;
        }
        self
    }

    const fn check_fields(&self) {
        let mut i = 0;
        while i < self.fields.len() {
            let name = self.fields[i].name;
            let scoped = matches!(self.scope, Scope::Tenant);
            assert!(
                !(scoped && same(name, "tenant_id")),
                "tenant_id is added by the store and must not be declared"
            );
            assert!(
                find(STANDARD_FIELDS, name).is_none(),
                "a declared field has the name of a standard one"
            );
            i += 1;
        }
    }

    const fn check_index(&self, index: &IndexDecl) {
        assert!(!index.fields.is_empty(), "an index needs a field");
        let mut i = 0;
        while i < index.fields.len() {
            let name = index.fields[i];
            assert!(
                !same(name, "tenant_id") || !matches!(self.scope, Scope::Tenant),
                "tenant_id is the first field of every index and must not be declared"
            );
            let kind = self.kind_of(name);
            assert!(kind.is_some(), "an index names an undeclared field");
            assert!(
                !matches!(kind, Some(Kind::Json | Kind::JsonText)),
                "JSON cannot be indexed"
            );
            i += 1;
        }
        if !matches!(index.uniqueness, Uniqueness::None) {
            let mut i = 0;
            while i < self.shard_by.len() {
                let led = i < index.fields.len() && same(index.fields[i], self.shard_by[i]);
                assert!(
                    led,
                    "a unique index must begin with the shard key, or MongoDB cannot enforce it"
                );
                i += 1;
            }
        }
    }

    const fn check_log(&self, log: &LogDecl) {
        assert!(
            matches!(self.kind_of(log.key), Some(Kind::Id)),
            "a log's key must be a declared id"
        );
        assert!(
            matches!(self.kind_of(log.seq), Some(Kind::Int)),
            "a log's seq must be a declared number"
        );
        assert!(
            matches!(self.kind_of(log.shown), Some(Kind::Bool)),
            "a log's shown must be a declared truth value"
        );
        assert!(
            self.index(log.fence).is_some(),
            "a log needs its unique sequence index"
        );
        assert!(
            self.index(log.timeline).is_some(),
            "a log needs its timeline index"
        );
        assert!(
            self.index(log.retry).is_some(),
            "a log needs its retry index"
        );
        assert!(
            !self.soft_delete,
            "a log must not have soft delete: its records stay visible"
        );
        assert!(
            self.expires.is_none(),
            "a log must not expire: its sequence has no gaps"
        );
    }

    /// Returns a declared or standard field.
    #[must_use]
    pub const fn field(&self, name: &str) -> Option<&'static FieldDecl> {
        match find(self.fields, name) {
            Some(field) => Some(field),
            None => find(STANDARD_FIELDS, name),
        }
    }

    /// Returns the kind of a declared or standard field.
    #[must_use]
    pub const fn kind_of(&self, name: &str) -> Option<Kind> {
        match self.field(name) {
            Some(field) => Some(field.kind),
            None => None,
        }
    }

    /// Returns the index of this name.
    #[must_use]
    pub const fn index(&self, name: &str) -> Option<&'static IndexDecl> {
        let mut i = 0;
        while i < self.indexes.len() {
            if same(self.indexes[i].name, name) {
                return Some(&self.indexes[i]);
            }
            i += 1;
        }
        None
    }

    /// Returns the position of a declared field among the values of a row.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// Returns the full key of an index as engines build it: the tenant first, and `_id` last
    /// unless the index is unique.
    pub fn key_of(&self, index: &IndexDecl) -> impl Iterator<Item = &'static str> + use<> {
        let tenant = matches!(self.scope, Scope::Tenant).then_some("tenant_id");
        let tie = matches!(index.uniqueness, Uniqueness::None).then_some("_id");
        tenant
            .into_iter()
            .chain(index.fields.iter().copied())
            .chain(tie)
    }
}

pub(crate) const fn find(fields: &'static [FieldDecl], name: &str) -> Option<&'static FieldDecl> {
    let mut i = 0;
    while i < fields.len() {
        if same(fields[i].name, name) {
            return Some(&fields[i]);
        }
        i += 1;
    }
    None
}

pub(crate) const fn same(left: &str, right: &str) -> bool {
    let left = left.as_bytes();
    let right = right.as_bytes();
    if left.len() != right.len() {
        return false;
    }
    let mut i = 0;
    while i < left.len() {
        if left[i] != right[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_closed_list_are_lent() {
        let rust_type = std::any::type_name::<String> as fn() -> &'static str;
        let words = &["owner", "member"][..];
        let role = FieldDecl {
            name: "role",
            kind: Kind::Text,
            optional: false,
            words,
            rust_type,
            meaning: "",
        };
        assert!(matches!(
            role.text("member"),
            Value::Text(Cow::Borrowed("member"))
        ));
        assert!(
            matches!(role.text("guest"), Value::Text(Cow::Owned(text)) if text == "guest"),
            "told when it is loaded"
        );
    }
}
