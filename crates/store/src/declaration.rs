//! What a collection says of itself, once; tables, indexes, shard commands and
//! the schema reference are derived from it.

use std::borrow::Cow;

use base::{ObjectId, Timestamp};

use crate::field::FieldType;
use crate::personal::PersonalDecl;
use crate::value::{Kind, Value};

/// Who owns the documents of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The operator.
    Platform,
    /// One tenant each; the port puts `tenant_id` into every key and statement.
    Tenant,
}

/// Which of the product's databases a collection lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Database {
    /// `caas_platform`.
    Platform,
    /// The tenant's place, which its tier decides.
    Tenant,
    /// `caas_analytics`; an enterprise tenant's own database.
    Analytics,
}

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Durability {
    /// Power loss; on MongoDB a majority holds it.
    Durable,
    /// Nothing: the data is worthless after a restart.
    Ephemeral,
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct FieldDecl {
    /// The stored name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be absent.
    pub optional: bool,
    /// The words that it can be, where they are a closed list.
    pub words: &'static [&'static str],
    /// The name of its Rust type in full, which tells what an id refers to.
    pub rust_type: fn() -> &'static str,
    /// What it means, from its documentation.
    pub meaning: &'static str,
}

impl FieldDecl {
    /// A text as the value of this field.
    #[must_use]
    pub fn text(&self, text: &str) -> Value {
        let word = self.words.iter().find(|word| **word == text);
        Value::Text(word.map_or_else(|| Cow::Owned(text.to_owned()), |word| Cow::Borrowed(*word)))
    }
}

/// What an index promises besides order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uniqueness {
    /// Nothing; the port appends `_id`, so that order is total.
    None,
    /// No two documents have the same key.
    Unique,
    /// No two documents that have the last field have the same key; documents without it are left out.
    UniqueWhenPresent,
}

/// One index, without the tenant that the port puts in front.
#[derive(Clone, Copy, Debug)]
pub struct IndexDecl {
    /// Unique within the collection; the engines' index is called `<collection>_<name>` or `<name>`.
    pub name: &'static str,
    /// The fields in order, all ascending.
    pub fields: &'static [&'static str],
    /// What it promises.
    pub uniqueness: Uniqueness,
}

/// Makes a collection a set of dense logs (DESIGN 4).
#[derive(Clone, Copy, Debug)]
pub struct LogDecl {
    /// The field that names the log.
    pub key: &'static str,
    /// The field that numbers its records from 1 without holes.
    pub seq: &'static str,
    /// The field that marks records of the main timeline.
    pub shown: &'static str,
    /// The unique index over (key, seq): the fence between sequencers.
    pub fence: &'static str,
    /// The index over (key, shown, seq).
    pub timeline: &'static str,
    /// The unique index that tells a retry: (key, sender, the sender's own id).
    pub retry: &'static str,
}

/// A collection.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// The collection's name, the same on both engines.
    pub name: &'static str,
    /// What the collection holds, from the type's documentation.
    pub meaning: &'static str,
    /// Who owns its documents.
    pub scope: Scope,
    /// Which database it lives in.
    pub database: Database,
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// The fields, without the standard ones.
    pub fields: &'static [FieldDecl],
    /// The indexes, without the primary key.
    pub indexes: &'static [IndexDecl],
    /// The time field after which a document is no longer seen.
    pub expires: Option<&'static str>,
    /// The time field that says when a document is work for a job; one without it is none.
    pub due: Option<&'static str>,
    /// Whether deleting keeps the document out of sight instead of removing it.
    pub soft_delete: bool,
    /// The shard key after the tenant.
    pub shard_by: &'static [&'static str],
    /// Whether its documents are records of logs.
    pub log: Option<LogDecl>,
    /// Whether every write is told to the watchers of all nodes.
    pub watched: bool,
    /// The fields that name a person, and what an erase of that person does.
    pub personal: &'static [PersonalDecl],
    /// Why it names nobody, where it does not.
    pub impersonal: Option<&'static str>,
}

/// The fields every document has, whatever its declaration says.
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
    /// The declaration itself, when it holds together. Called in a constant,
    /// so a wrong declaration does not compile.
    ///
    /// # Panics
    /// At compile time, with a sentence that says what is wrong.
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
                "the due door yields tenants: only their documents are work"
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
            "say in `personal` which fields name a person and what an erase does, or none(\"why\")"
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
                "tenant_id is the port's: do not declare it"
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
                "tenant_id leads every index already"
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
            "a log needs its fence index"
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
            "a log keeps its tombstones in sight: no soft delete filter"
        );
        assert!(
            self.expires.is_none(),
            "a log has no expiry: it would tear holes"
        );
    }

    /// A declared or standard field.
    #[must_use]
    pub const fn field(&self, name: &str) -> Option<&'static FieldDecl> {
        match find(self.fields, name) {
            Some(field) => Some(field),
            None => find(STANDARD_FIELDS, name),
        }
    }

    /// The kind of a declared or standard field.
    #[must_use]
    pub const fn kind_of(&self, name: &str) -> Option<Kind> {
        match self.field(name) {
            Some(field) => Some(field.kind),
            None => None,
        }
    }

    /// The index of that name.
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

    /// Where a declared field stands among the values of a row.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The full key of an index as engines build it: the tenant in front, and
    /// `_id` behind where nothing else makes the order total.
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
