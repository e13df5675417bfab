use mongodb::bson::{Bson, Document, doc};
use store::{Declaration, FieldDecl, IndexDecl, Uniqueness};

/// Name of the index with which the server removes expired documents.
pub(crate) const EXPIRY: &str = "expiry";

/// Name of the index of due documents, which jobs read.
pub(crate) const WORK: &str = "work";

/// Returns every index of a collection in the format of `createIndexes`.
pub(crate) fn indexes(declaration: &'static Declaration) -> Vec<Document> {
    let declared = declaration
        .indexes
        .iter()
        .map(|index| declared(declaration, index));
    let expiry = declaration
        .expires
        .map(|field| doc! { "key": { field: 1 }, "name": EXPIRY, "expireAfterSeconds": 0 });
    let present = |field: &str| Document::from_iter([(field.to_owned(), exists())]);
    let work = declaration
        .due
        .map(|field| doc! { "key": { field: 1 }, "name": WORK, "partialFilterExpression": present(field) });
    declared.chain(expiry).chain(work).collect()
}

fn declared(declaration: &'static Declaration, index: &'static IndexDecl) -> Document {
    let key: Document = declaration
        .key_of(index)
        .map(|field| (field.to_owned(), Bson::Int32(1)))
        .collect();
    let mut made = doc! { "key": key, "name": index.name };
    if index.uniqueness != Uniqueness::None {
        made.insert("unique", true);
    }
    let present: Document = must_be_present(declaration, index)
        .map(|field| (field.to_owned(), exists()))
        .collect();
    if !present.is_empty() {
        made.insert("partialFilterExpression", present);
    }
    made
}

/// Returns the fields that a document must have to be in the index.
///
/// For "unique when present" these are the last field of the index and its optional fields. An
/// absent value equals nothing, but the server treats two absent values as equal.
pub(crate) fn must_be_present(
    declaration: &'static Declaration,
    index: &'static IndexDecl,
) -> impl Iterator<Item = &'static str> + use<> {
    let partial = index.uniqueness == Uniqueness::UniqueWhenPresent;
    let last = index.fields.last().copied();
    let optional = move |name: &str| {
        declaration
            .fields
            .iter()
            .any(|field: &FieldDecl| field.name == name && field.optional)
    };
    index
        .fields
        .iter()
        .copied()
        .filter(move |field| partial && (Some(*field) == last || optional(field)))
}

pub(crate) fn exists() -> Bson {
    doc! { "$exists": true }.into()
}

/// Returns whether an index listed by the server equals the wanted one.
pub(crate) fn same(listed: &Document, wanted: &Document) -> bool {
    let flag = |index: &Document| index.get_bool("unique").unwrap_or(false);
    let field = |index: &Document, name| index.get_document(name).ok().cloned();
    let seconds = |index: &Document| index.contains_key("expireAfterSeconds");
    // Document equality ignores the order of keys, so the order of the index fields is compared
    // separately.
    let order =
        |index: &Document| field(index, "key").map(|key| key.keys().cloned().collect::<Vec<_>>());
    flag(listed) == flag(wanted)
        && order(listed) == order(wanted)
        && seconds(listed) == seconds(wanted)
        && field(listed, "partialFilterExpression") == field(wanted, "partialFilterExpression")
}
