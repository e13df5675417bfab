use crate::declaration::{Declaration, Durability, Uniqueness, find, same};
use crate::value::Kind;

/// Declaration of a field that refers to a user, with the effect of erasing that user.
#[derive(Clone, Copy, Debug)]
pub struct PersonalDecl {
    /// Name of the field: `_id`, or a declared id.
    pub field: &'static str,
    /// Effect of an erasure on the document.
    pub fate: ErasureAction,
    /// Index that begins with the field and finds the documents.
    pub index: Option<&'static str>,
    /// Whether an export includes the documents. Internal bookkeeping says nothing about the user
    /// and is left out.
    pub exported: bool,
}

/// Effect of an erasure on a document that refers to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureAction {
    /// Removes the document.
    Delete,
    /// Clears these fields and keeps the rest, in particular the number of a log record.
    Redact(&'static [&'static str]),
    /// Keeps the document: the id alone identifies no person once the user is erased.
    Retain,
    /// Leaves the document to its expiry, which is near.
    Expire,
}

impl PersonalDecl {
    /// Checks the declaration of the field against its collection.
    pub(crate) const fn check(&self, declaration: &Declaration) {
        let kind = declaration.kind_of(self.field);
        assert!(
            matches!(kind, Some(Kind::Id)),
            "a personal field must be a declared id"
        );
        if let Some(index) = self.index {
            let found = declaration.index(index);
            assert!(
                found.is_some(),
                "a personal field names an undeclared index"
            );
            if let Some(found) = found {
                assert!(
                    same(found.fields[0], self.field),
                    "the index of a personal field must begin with it"
                );
                let whole = !matches!(found.uniqueness, Uniqueness::UniqueWhenPresent)
                    || found.fields.len() == 1;
                assert!(whole, "the index of a personal field leaves documents out");
            }
        }
        let lasting = matches!(declaration.durability, Durability::Durable);
        assert!(
            lasting || matches!(self.fate, ErasureAction::Expire),
            "what is ephemeral lapses"
        );
        let is_id = same(self.field, "_id");
        match self.fate {
            ErasureAction::Delete => assert!(
                self.index.is_some() || is_id,
                "what is purged must be found by an index"
            ),
            ErasureAction::Redact(fields) => {
                assert!(
                    self.index.is_some(),
                    "what is wiped must be found by an index"
                );
                assert!(
                    !declaration.soft_delete,
                    "a deleted document is out of a wipe's reach: purge it"
                );
                check_wiped(fields, declaration);
            }
            ErasureAction::Expire => assert!(
                declaration.expires.is_some(),
                "what lapses must have an expiry"
            ),
            ErasureAction::Retain => {}
        }
    }
}

const fn check_wiped(fields: &[&str], declaration: &Declaration) {
    assert!(!fields.is_empty(), "a wipe must name what it clears");
    let mut i = 0;
    while i < fields.len() {
        let declared = find(declaration.fields, fields[i]);
        assert!(declared.is_some(), "a wipe names an undeclared field");
        if let Some(declared) = declared {
            assert!(
                declared.optional,
                "a wiped field must be optional: it becomes absent"
            );
        }
        i += 1;
    }
}

/// Expands a keyword of [`collection!`](crate::collection!) to its `ErasureAction`.
#[doc(hidden)]
#[macro_export]
macro_rules! fate {
    (purge) => {
        $crate::ErasureAction::Delete
    };
    (wipe $($field:ident)+) => {
        $crate::ErasureAction::Redact(&[$($crate::plain(stringify!($field))),+])
    };
    (keep) => {
        $crate::ErasureAction::Retain
    };
    (lapse) => {
        $crate::ErasureAction::Expire
    };
}
