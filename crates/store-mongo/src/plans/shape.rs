use mongodb::bson::{Bson, Document};
use store::Declaration;

/// Keys whose string values belong to the shape of a command.
const WORDS: &[&str] = &["find", "aggregate", "update", "delete", "coll", "hint"];

/// Returns a command without its values. Statements that differ only in values have the same shape.
pub(super) fn of(declaration: &Declaration, command: &Document) -> String {
    let shape = shaped(declaration, "", &Bson::Document(command.clone()));
    shape.to_string()
}

fn shaped(declaration: &Declaration, key: &str, value: &Bson) -> Bson {
    match value {
        Bson::Document(document) => {
            let fields = document
                .iter()
                .map(|(key, value)| (key.clone(), shaped(declaration, key, value)));
            Bson::Document(fields.collect())
        }
        Bson::Array(items) => {
            let mut items: Vec<_> = items
                .iter()
                .map(|item| shaped(declaration, key, item))
                .collect();
            // Collapses equal neighbours, so that the length of a uniform list does not matter.
            items.dedup();
            Bson::Array(items)
        }
        // Dedicated collections are prefixed with the tenant id.
        Bson::String(word) if WORDS.contains(&key) && word.ends_with(declaration.name) => {
            Bson::String(declaration.name.to_owned())
        }
        Bson::String(word) if WORDS.contains(&key) || word.starts_with('$') => value.clone(),
        Bson::Int32(_) | Bson::Boolean(_) | Bson::MinKey | Bson::MaxKey => value.clone(),
        Bson::String(_) => Bson::String("text".to_owned()),
        other => Bson::String(format!("{:?}", other.element_type())),
    }
}
